"""The watched folder over a real database and a real disk."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.engines import engine_named
from pipeline.translation import Job, translate
from storage.vocabulary import State
from tests.workers.watching.desk import GUIDE, PT, Desk
from workers.options import Options
from workers.watching.profiles import Profile, Profiles

EN = Locale.parse("en")


def expected(data: bytes = GUIDE, format: str = "markdown", **options) -> bytes:
    return translate(data, Job(format, PT, EN, **options), engine_named("pseudo")).output


def test_a_file_is_translated_and_put_away(desk):
    desk.drop("guide.md", folder="pt-BR/manuals")
    desk.settle()
    assert desk.files("in") == desk.files("failed") == desk.left() == []
    assert desk.files("out") == ["pt-BR/manuals/guide.pt-BR.md"]
    assert (desk.root / "out/pt-BR/manuals/guide.pt-BR.md").read_bytes() == expected()
    assert desk.processed() == ["pt-BR/manuals/guide.md"]
    assert [job.state for job in desk.jobs()] == [State.SUCCEEDED]


def test_on_postgres(desk_with, postgres_url):
    desk = desk_with(database=postgres_url)
    desk.drop("one.md")
    desk.drop("two.md")                                     # the same bytes: the same idempotency key
    desk.settle()
    assert desk.files("out") == ["pt-BR/one.pt-BR.md", "pt-BR/two.pt-BR.md"]
    assert len(desk.jobs()) == 1


def test_a_file_is_claimed_when_it_was_the_same_thrice_and_for_five_seconds(desk):
    place = desk.drop("guide.md")
    desk.rounds(2, seconds=2.0)
    assert place.exists()
    desk.rounds(1, seconds=2.0)                             # thrice, and four seconds
    assert place.exists()
    desk.rounds(1, seconds=2.0)
    assert not place.exists()


def test_a_file_that_grows_is_waited_for(desk):
    place = desk.drop("guide.md", b"")
    for line in GUIDE.splitlines(keepends=True):
        with place.open("ab") as file:
            file.write(line)
        desk.rounds(3)
        assert place.exists()
    desk.settle()
    assert (desk.root / "out/pt-BR/guide.pt-BR.md").read_bytes() == expected()


def test_a_file_that_is_written_into_after_it_was_claimed_is_translated_as_it_is_in_the_end(desk):
    place = desk.drop("guide.md")
    with place.open("ab") as file:
        desk.rounds(4)
        assert not place.exists()
        file.write(b"\nAnother paragraph.\n")
    desk.settle()
    assert (desk.root / "out/pt-BR/guide.pt-BR.md").read_bytes() == expected(GUIDE + b"\nAnother paragraph.\n")
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"] and desk.processed() == ["pt-BR/guide.md"]


def test_a_mark_beside_a_file_spares_it_the_waiting(desk):
    place = desk.drop("guide.md")
    mark = desk.drop("guide.md.done", b"")
    desk.rounds(1)
    assert not place.exists() and not mark.exists()
    late = desk.drop("guide.md.done", b"")                  # after the file has gone
    desk.settle()
    desk.rounds(4)
    assert not late.exists()


@pytest.mark.parametrize("name", [".hidden.md", "~$guide.docx", "guide.md.part", "guide.tmp", "a.CRDOWNLOAD"])
def test_files_in_the_making_are_left_alone(desk, name):
    place = desk.root / "in/pt-BR" / name
    place.parent.mkdir()
    place.write_bytes(GUIDE)
    assert not desk.rounds(10)
    assert place.exists()


def test_half_a_word_document_is_waited_for_and_told_in_the_end(desk):
    whole = package_bytes()
    place = desk.drop("half.docx", whole[:-30])
    zeros = desk.drop("zeros.docx", bytes(len(whole)))
    empty = desk.drop("empty.md", b"")
    desk.rounds(20, seconds=20.0)
    assert place.exists() and zeros.exists() and empty.exists()
    zeros.write_bytes(whole)
    desk.rounds(12, seconds=20.0)
    desk.settle()
    assert desk.files("out") == ["pt-BR/zeros.pt-BR.docx"]
    assert desk.files("failed") == ["pt-BR/empty.md", "pt-BR/empty.md.error.json", "pt-BR/half.docx",
                                    "pt-BR/half.docx.error.json"]
    assert note(desk, "empty.md")["kind"] == "empty-document"
    assert note(desk, "half.docx")["kind"] == "damaged-document"


def package_bytes() -> bytes:
    from tests.parsers.docx.making import members, p, package, r

    return package(members(p(r("Some "), r("bold", "b"), r(" words"))))


def note(desk: Desk, name: str, folder: str = "pt-BR") -> dict:
    values = json.loads((desk.root / "failed" / folder / f"{name}.error.json").read_text())
    assert values["name"] == name and values["time"]
    (problem,) = values["problems"]
    assert problem["message"].endswith(".") and problem["advice"].endswith(".")
    return problem


def test_what_cannot_be_translated_fails_with_a_note(desk):
    desk.drop("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(40))
    desk.drop("wrong.docx", b"no zip at all")
    desk.drop("locked.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512))
    desk.settle()
    assert note(desk, "picture.png")["kind"] == "unknown-format"
    wrong, locked = note(desk, "wrong.docx"), note(desk, "locked.docx")
    assert (wrong["kind"], locked["kind"]) == ("damaged-document", "encrypted-document")
    assert "password" in locked["message"] and "password" in locked["advice"] and locked["job"] in {job.id for job in desk.jobs()}
    assert desk.files("out") == desk.processed() == desk.left() == []
    desk.drop("wrong.docx", b"no zip at all")               # once more: tried again, the notes stay apart
    desk.settle()
    assert "pt-BR/wrong~2.docx" in desk.files("failed") and "pt-BR/wrong~2.docx.error.json" in desk.files("failed")
    assert len(desk.jobs()) == 3


def test_links_and_pipes_are_refused_and_what_they_lead_to_is_untouched(desk, tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_bytes(GUIDE)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/inner.md").write_bytes(GUIDE)
    into = desk.root / "in/pt-BR"
    into.mkdir()
    (into / "link.md").symlink_to(secret)
    (into / "dangling.md").symlink_to("nowhere")
    (into / "linked").symlink_to(tmp_path / "folder")
    os.mkfifo(into / "pipe.md")
    desk.settle()
    assert [note(desk, name)["kind"] for name in ("link.md", "dangling.md", "linked", "pipe.md")] == ["not-a-file"] * 4
    assert secret.read_bytes() == GUIDE and (tmp_path / "folder/inner.md").exists()
    assert desk.jobs() == () and desk.files("out") == []


def test_a_link_in_the_place_of_a_folder_leads_nowhere(desk, tmp_path):
    """Neither are files taken from where it leads, nor is anything written there."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "private.md").write_bytes(GUIDE)
    (desk.root / "in/fr").symlink_to(elsewhere)
    (desk.root / "out/pt-BR").symlink_to(elsewhere)
    desk.drop("guide.md")
    for _ in range(8):
        desk.rounds()
        desk.work()
    assert os.listdir(elsewhere) == ["private.md"]
    assert len(desk.left()) == 2                            # the file and its job wait for a better place
    (desk.root / "out/pt-BR").unlink()
    desk.settle()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"]


@pytest.mark.parametrize("name", [b"caf\xe9.md", b"\xff\xfe.md", "snow ☃\n\u202e.md".encode(), b"-rf.md", b"a" * 252 + b".md",
                                  "ä".encode() * 126 + b".md"], ids=["latin", "bytes", "controls", "option", "long", "letters"])
def test_any_name_that_a_disk_takes(desk, name):
    desk.drop(name)
    desk.settle()
    (out,) = os.listdir(os.fsencode(desk.root / "out/pt-BR"))
    assert out.endswith(b".pt-BR.md") and len(out) <= 255
    if len(name) < 100:
        assert out == name.replace(b".md", b".pt-BR.md")
    (day,) = os.listdir(desk.root / "processed")
    assert os.listdir(os.fsencode(desk.root / "processed" / day / "pt-BR")) == [name]
    (job,) = desk.jobs()
    assert job.name.isprintable()
    desk.drop(name, b"")
    desk.rounds(8, seconds=200.0)
    assert {one[-11:] for one in os.listdir(os.fsencode(desk.root / "failed/pt-BR"))} == {name[-11:], b".error.json"}


def test_nothing_is_overwritten(desk):
    there = desk.root / "out/pt-BR"
    there.mkdir()
    (there / "guide.pt-BR.md").write_bytes(b"somebody's own\n")
    desk.drop("guide.md")
    desk.settle()
    desk.drop("guide.md")                                   # the same: its result is there
    desk.settle()
    desk.drop("guide.md", GUIDE + b"\nMore.\n")
    desk.settle()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md", "pt-BR/guide.pt-BR~2.md", "pt-BR/guide.pt-BR~3.md"]
    assert (there / "guide.pt-BR.md").read_bytes() == b"somebody's own\n"
    assert (there / "guide.pt-BR~2.md").read_bytes() == expected()
    assert desk.processed() == ["pt-BR/guide.md", "pt-BR/guide~2.md", "pt-BR/guide~3.md"]


def test_the_same_document_is_translated_once_and_delivered_to_all(desk_with):
    desk = desk_with(profiles=Profiles(
        {"kept": Profile(targets=(PT,), source=EN, options=Options(keep=("Guide",)))}, Profile(source=EN)))
    desk.drop("one.md")
    desk.drop("two.md")
    desk.settle()
    desk.drop("three.md")
    desk.drop("other.md", folder="kept")                    # with other wishes: another translation
    desk.settle()
    assert desk.files("out") == ["kept/other.pt-BR.md", "pt-BR/one.pt-BR.md", "pt-BR/three.pt-BR.md", "pt-BR/two.pt-BR.md"]
    assert len(desk.jobs()) == 2


def test_a_result_that_is_erased_is_made_again(desk):
    """The watcher was away for longer than documents are kept."""
    desk.drop("guide.md")
    desk.rounds(4)
    desk.work()
    (job,) = desk.jobs()
    for kept in list(desk.stores.documents.listed(job.id)):
        desk.stores.documents.delete(kept.id)
    desk.settle()
    assert (desk.root / "out/pt-BR/guide.pt-BR.md").read_bytes() == expected()
    assert len(desk.jobs()) == 2


@pytest.mark.parametrize(("end", "kind"), [("cancel", "cancelled"), ("erase", "job-gone")])
def test_a_job_that_somebody_ends_is_told(desk, end, kind):
    desk.drop("guide.md")
    desk.rounds(4)
    (job,) = desk.jobs()
    (desk.stores.jobs.cancel if end == "cancel" else desk.intake.erase)("local", job.id)
    desk.settle()
    assert note(desk, "guide.md")["kind"] == kind
    (desk.root / "failed/pt-BR/guide.md").rename(desk.root / "in/pt-BR/guide.md")
    desk.settle()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"]


def test_profiles(desk_with, tmp_path):
    terms = tmp_path / "terms.csv"
    terms.write_text("source,target\nthing,coisa\n")
    desk = desk_with(profiles=Profiles(
        {"press": Profile(targets=(PT, Locale.parse("fr")), source=EN, glossary_files=(terms,)),
         "plain": Profile(targets=(PT,), options=Options(format="markdown"))},
        Profile(targets=(Locale.parse("de"),), source=EN)))
    desk.drop("a.md", folder="press")
    desk.drop("b.unknown", folder="plain")
    desk.drop("c.md", folder="")
    desk.drop("d.md", folder="something else")
    desk.settle()
    assert [name for name in desk.files("out") if "report" not in name] == ["c.de.md", "plain/b.pt-BR.unknown", "press/a.fr.md", "press/a.pt-BR.md"]
    assert desk.files("in") == ["something else/d.md"]
    assert {job.target_language: job.options.get("terms") for job in desk.jobs() if job.name == "a.md"} == {
        "pt-BR": ["terms.csv"], "fr": ["terms.csv"]}
    terms.write_text("source,target\nthing,objeto\n")       # a glossary that has changed: another translation
    desk.drop("again.md", folder="press")
    desk.settle()
    assert len(desk.jobs()) == 6


def test_a_glossary_that_cannot_be_read_stops_nothing_for_ever(desk_with, tmp_path):
    terms = tmp_path / "terms.csv"
    terms.write_text("source,target\nthing,coisa\n")
    desk = desk_with(profiles=Profiles({"press": Profile(targets=(PT,), glossary_files=(terms,))}))
    terms.unlink()
    desk.drop("a.md", folder="press")
    desk.drop("b.md", folder="pt-BR")
    for _ in range(6):
        desk.rounds()
        desk.work()
    assert desk.files("out") == ["pt-BR/b.pt-BR.md"]
    terms.write_text("source,target\nthing,coisa\n")
    desk.settle()
    assert {"press/a.pt-BR.md", "pt-BR/b.pt-BR.md"} <= set(desk.files("out"))


@pytest.mark.parametrize("profile", [Profile(), Profile(targets=(PT,), glossary_files=(Path("nowhere/t.csv"),))])
def test_profiles_that_make_no_sense_are_told_at_once(desk_with, profile):
    with pytest.raises(UsageError):
        desk_with(profiles=Profiles({"x": profile}))


def test_a_translation_with_warnings_has_its_report_beside_it(desk):
    desk.drop("guide.md")
    desk.rounds(4)
    (job,) = desk.jobs()
    desk.work()
    with desk.stores.database.writing() as connection:
        connection.exec_driver_sql(f"UPDATE job SET state = 'warnings' WHERE id = '{job.id}'")
    assert desk.jobs()[0].state is State.WARNINGS
    desk.settle()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md", "pt-BR/guide.pt-BR.report.json"]
    assert json.loads((desk.root / "out/pt-BR/guide.pt-BR.report.json").read_text())["segments"]


def test_a_private_file_stays_private(desk):
    desk.drop("guide.md").chmod(0o600)
    desk.settle()
    assert (desk.root / "out/pt-BR/guide.pt-BR.md").stat().st_mode & 0o777 == 0o600
    assert (desk.root / ".work").stat().st_mode & 0o777 == 0o700


def test_no_more_is_claimed_while_the_queue_is_long(desk_with):
    desk = desk_with(most_unfinished=3)
    for number in range(8):
        desk.drop(f"{number}.md", GUIDE + str(number).encode())
    desk.rounds(10)
    assert len(desk.jobs()) == 3 and len(desk.files("in")) == 5
    desk.settle()
    assert len(desk.files("out")) == len(desk.jobs()) == 8


def test_a_watcher_outlives_its_folders_and_its_store(desk, monkeypatch):
    from storage.errors import StoreUnavailable

    desk.drop("guide.md")
    desk.rounds(1)
    for name in ("in", "out", ".work"):                     # as when a network file system goes away and comes back
        (desk.root / name).rename(desk.root / f"{name} away")
        desk.rounds(4)
        (desk.root / f"{name} away").rename(desk.root / name)
    desk.root.rename(desk.root.with_name("away"))
    desk.rounds(3)
    desk.root.with_name("away").rename(desk.root)

    def unavailable(*_):
        raise StoreUnavailable("The database does not answer.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.stores.jobs, "create", unavailable)
        patch.setattr(desk.stores.jobs, "unfinished", unavailable)
        desk.rounds(6)
        patch.setattr(desk.stores.jobs, "list", unavailable)
        desk.rounds(2)
    desk.settle()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"]
    assert len(desk.jobs()) == 1


def test_a_file_that_cannot_be_moved_is_in_nobodys_way(desk):
    """A path that fits below in/, and not below .work/."""
    deep = "/".join("d" * 250 for _ in range((4000 - len(str(desk.root))) // 251))
    rest = "e" * (4085 - len(f"{desk.root}/in/pt-BR/{deep}/a.md/"))
    place = desk.drop("a.md", folder=f"pt-BR/{deep}/{rest}")
    os.utime(place, (1, 1))                                 # the oldest is taken first
    desk.drop("guide.md")
    desk.rounds(5)
    desk.work()
    desk.rounds(5)
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"]
    assert place.exists() and desk.left() == []


def test_a_document_that_is_too_large_is_not_read(desk_with):
    desk = desk_with(most_bytes=1 << 20)
    desk.drop("film.mkv", bytes(1) + os.urandom(1 << 20))
    desk.settle()
    assert note(desk, "film.mkv")["kind"] == "too-large-document"
    assert desk.jobs() == ()


def test_trouble_with_one_claim_does_not_hold_up_others(desk, monkeypatch):
    from storage.errors import StoreFault

    first, second = desk.drop("a.md", b"# First\n"), desk.drop("b.md", b"# Second\n")
    os.utime(first, (1, 1))
    desk.rounds(4)
    desk.work()
    stage = desk.watcher._delivery.stage

    def damaged(claim, *rest):
        if claim.name == "a.md":
            raise StoreFault("The documents' folder cannot be used: Input/output error.")
        stage(claim, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.watcher._delivery), "stage", lambda _, *given: damaged(*given))
        desk.rounds(3)
    assert desk.files("out") == ["pt-BR/b.pt-BR.md"] and not second.exists()
    desk.settle()
    assert desk.files("out") == ["pt-BR/a.pt-BR.md", "pt-BR/b.pt-BR.md"]


def test_each_trouble_is_told_once_and_no_name_is(desk, capsys):
    import structlog

    desk.drop("very secret name.md", b"\x89PNG")
    with structlog.testing.capture_logs() as events:
        (desk.root / "out").rename(desk.root / "out away")
        desk.drop("guide.md")
        for _ in range(8):
            desk.rounds()
            desk.work()
        (desk.root / "out away").rename(desk.root / "out")
        desk.settle()
    said = [event["event"] for event in events]
    assert said.count("watch_trouble") == said.count("watch_recovered") == 1
    assert "secret" not in str(events) and "guide" not in str(events)


def test_folders_on_two_disks_are_refused(tmp_path):
    if Path("/dev/shm").stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one file system here")
    from workers.watching.places import prepare

    (tmp_path / "in").mkdir()
    if os.geteuid() != 0 or os.system(f"mount -t tmpfs none {tmp_path}/in 2>/dev/null") != 0:
        pytest.skip("this account may not mount a file system")
    try:
        with pytest.raises(UsageError, match="one file system"):
            prepare(tmp_path)
    finally:
        os.system(f"umount {tmp_path}/in")


def test_it_runs_until_it_is_told_to_stop(desk_with):
    desk = desk_with(interval=0.01, idle_interval=0.02, quiet=0.0)
    desk.drop("guide.md")
    stop = threading.Event()
    thread = threading.Thread(target=desk.watcher.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 30
    while not desk.files("out") and time.monotonic() < deadline:
        desk.work()
        time.sleep(0.02)
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert desk.files("out") == ["pt-BR/guide.pt-BR.md"]
    assert desk.files(".work") == []
