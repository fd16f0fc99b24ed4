"""The Celery tasks for other programs, asked as those do: by a plain Celery client, over a real Valkey, of a real worker."""

import gc
import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from celery import Celery

from parsers.errors import UsageError
from storage.documents import document_id
from storage.files import whole_file
from storage.vocabulary import new_id
from tests.workers.cluster import EN, PT, ROOT, TENANT, guide, running
from tests.workers.test_worker import DOCUMENTS, direct
from workers import shared_folder
from workers.intake import Asked
from workers.shared_folder import LARGEST, SharedFolder

SHORT = guide(7, 12)
SOON = 60
"""Seconds in which a worker answers even on a busy machine."""
NUMBERS = count()


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A worker that shares a folder, and a client that knows nothing of Diglot."""
    folder = tmp_path_factory.mktemp("tasks")
    shared = folder / "shared"
    (shared / "in").mkdir(parents=True)
    with running(folder) as cluster:
        cluster.settings["task_folder"] = str(shared)
        cluster.worker()
        app = Celery(broker=cluster.broker.connection_url, backend=cluster.broker.connection_url, set_as_current=False)
        yield SimpleNamespace(cluster=cluster, shared=shared, app=app)
        gc.collect()                                    # answers say at their end that they are not waited for
        app.close()


def ask(service, task, /, *args, task_id=None, **kwargs):
    return service.app.send_task(f"diglot.{task}", args, kwargs, queue="api", task_id=task_id).get(timeout=SOON)


def refusal(service, task, /, *args, **kwargs):
    """What a client gets to know: the error's name and the sentence."""
    with pytest.raises(Exception, match=r"\w") as caught:         # a class that this client makes of its name
        ask(service, task, *args, **kwargs)
    assert type(caught.value).__name__ == "TaskRefused"
    kind, sentence = caught.value.args
    assert isinstance(sentence, str) and sentence.endswith(".") and "\n" not in sentence
    return kind, sentence


def put(service, data=b"Some *words* of a text.\n", suffix=".md"):
    path = service.shared / f"document-{next(NUMBERS)}{suffix}"
    path.write_bytes(data)
    return path.name


# ---- what is meant to be done -------------------------------------------------------------------------
def test_by_path_the_same_bytes_as_the_command_line(service):
    for name, data in DOCUMENTS.items():
        (service.shared / "in" / name).write_bytes(data)
    jobs = {name: ask(service, "translate_document", to="pt-BR", source="en", path=f"in/{name}") for name in DOCUMENTS}
    service.cluster.ended(*jobs.values())
    for name, job in jobs.items():
        told = ask(service, "job", job=job)
        assert (told["state"], told["problem"], told["to"], told["done"]) == ("succeeded", None, "pt-BR", told["segments"])
        place = ask(service, "save_result", job, f"out-{name}")
        assert place == str(service.shared / f"out-{name}")
        assert (service.shared / f"out-{name}").read_bytes() == direct(name, DOCUMENTS[name])


def test_by_reference(service):
    """A document of another job of the tenant, and one that a program has put into the store by itself."""
    data = SHORT
    first = service.cluster.submit(data)
    mine = document_id(new_id(), "upload")
    service.cluster.stores.documents.put(mine, (data,))
    jobs = [ask(service, "translate_document", to="pt-BR", source="en", reference=reference, name="guide.md")
            for reference in (document_id(first, "source"), mine)]
    service.cluster.ended(first, *jobs)
    assert {service.cluster.result(job) for job in (first, *jobs)} == {direct("guide.md", data)}


def test_an_absolute_path_in_the_folder_and_options(service):
    path = service.shared / put(service, b"The widget is here.\n", ".txt")
    job = ask(service, "translate_document", to="pt-BR", source="en", path=str(path), name="page.md", service="interactive",
              options={"keep": ["widget"], "format": "markdown"})
    (ended,) = service.cluster.ended(job)
    assert (ended.name, ended.service, ended.options) == ("page.md", "interactive", {"format": "markdown", "keep": ["widget"], "terms": []})
    assert b"widget" in service.cluster.result(job)


def test_a_task_that_is_delivered_twice_makes_one_job(service):
    path, twice = put(service), new_id()
    jobs = []
    for _ in range(2):
        jobs.append(ask(service, "translate_document", to="pt-BR", source="en", path=path, task_id=twice))
        service.app.AsyncResult(twice).forget()            # else the first answer would be read again
    assert jobs[0] == jobs[1]
    assert refusal(service, "translate_document", to="fr", path=path, task_id=twice)[0] == "KeyReused"


def test_the_example_client(service, tmp_path):
    """The program of the documentation, as a process that cannot import Diglot."""
    (tmp_path / "guide.md").write_bytes(SHORT)
    before = sorted(service.shared.iterdir())
    done = client(service, tmp_path, "guide.md", "pt-BR")
    assert (done.returncode, done.stderr) == (0, "")
    detected = service.cluster.stores.jobs.list(TENANT)[0]
    assert (tmp_path / "out").read_bytes() == service.cluster.result(detected.id) == direct("guide.md", SHORT)
    assert sorted(service.shared.iterdir()) == before
    (tmp_path / "odd.bin").write_bytes(b"\0\1\2")
    done = client(service, tmp_path, "odd.bin", "pt-BR")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "(UnknownFormat)" in done.stderr
    (tmp_path / "bad.docx").write_bytes(b"no zip")
    done = client(service, tmp_path, "bad.docx", "pt-BR")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert sorted(service.shared.iterdir()) == before


def client(service, folder, name, language):
    return subprocess.run(
        [sys.executable, "-I", str(ROOT / "docs/examples/task_client.py"), service.cluster.broker.connection_url,
         str(service.shared), name, language, "out"], check=False, cwd=folder, capture_output=True, text=True, timeout=120)


# ---- what is not --------------------------------------------------------------------------------------
WRONG_CALLS = [
    ("translate_document", (), {}, "argument to is missing"),
    ("translate_document", ("pt",), {"to": "pt"}, "fewer arguments without a name"),
    ("translate_document", (), {"to": 3, "path": "a.md"}, "argument to makes no sense: it should be a valid string"),
    ("translate_document", (), {"to": "pt", "path": ["a.md"]}, "argument path makes no sense"),
    ("translate_document", (), {"to": "pt", "path": "a" * 5000}, "argument path makes no sense"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "colour": 1}, "no argument colour"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "options": ["x"]}, "argument options makes no sense"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "options": {"colour": 1}}, "no option “colour”"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "options": {"keep": 7}}, "option keep makes no sense"),
    ("translate_document", (), {"to": "../x", "path": "a.md"}, "is not a language code"),
    ("translate_document", (), {"to": "pt", "source": "english please", "path": "a.md"}, "is not a language code"),
    ("translate_document", (), {"to": "pt", "service": "now", "path": "a.md"}, "no class “now”"),
    ("translate_document", (), {"to": "pt"}, "give either its path, or its reference"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "reference": "b"}, "give either its path, or its reference"),
    ("translate_document", (), {"to": "pt", "reference": "../../etc/passwd"}, "no id of a document"),
    ("translate_document", (), {"to": "pt", "path": "a.md", "tenant": "../x"}, "A name is 1 to 64"),
    ("job", (), {}, "argument job is missing"),
    ("job", (1,), {}, "argument number 1 makes no sense"),
    ("job", (None,), {"tenant": {"a": 1}}, "makes no sense"),
    ("job", ("a", "b", "c"), {}, "fewer arguments"),
    ("job", ("a",), {"job": "b"}, "argument job is given twice"),
    ("save_result", ("a",), {}, "argument path is missing"),
    ("save_result", ("a", ""), {}, "argument number 2 makes no sense"),
]


def test_wrong_arguments_are_told_in_a_sentence(service):
    for task, args, kwargs, words in WRONG_CALLS:
        kind, sentence = refusal(service, task, *args, **kwargs)
        assert words in sentence, (task, args, kwargs)
        assert kind in {"UsageError", "BadDocumentId", "BadName"}
    assert "unexpected" not in service.cluster.workers[0].log.read_text()


def test_only_files_in_the_folder(service, tmp_path):
    secret = tmp_path / "secret.md"
    secret.write_text("Not yours.\n")
    shared = service.shared
    (shared / "link.md").symlink_to(secret)
    (shared / "way").symlink_to(tmp_path)
    os.mkfifo(shared / "pipe.md")
    (shared / "folder.md").mkdir()
    with (shared / "huge.md").open("wb") as file:
        file.truncate(LARGEST + 1)
    before = sorted(shared.rglob("*"))
    told = {path: refusal(service, "translate_document", to="pt", path=path) for path in (
        "../secret.md", str(secret), "in/../../secret.md", "link.md", "way/secret.md", "pipe.md", "folder.md", "huge.md",
        "absent.md", "a\0b.md", ".", "//etc/passwd", "/dev/zero", "x/" * 2000, "n" * 300)}
    assert {kind for kind, _ in told.values()} == {"UsageError", "TooLarge"}
    assert told["pipe.md"][1] == told["folder.md"][1] == "This is no document: a pipe, a device or a folder."
    assert told["huge.md"] == ("TooLarge", "The document is larger than 100 MB.")
    assert sum("outside the folder" in sentence for _, sentence in told.values()) == 6
    assert not any(str(tmp_path) in sentence for _, sentence in told.values())
    assert sorted(shared.rglob("*")) == before


def test_results_go_nowhere_else(service, tmp_path):
    job = ask(service, "translate_document", to="pt-BR", source="en", path=put(service))
    service.cluster.ended(job)
    shared = service.shared
    (tmp_path / "kept").write_text("kept")
    (shared / "exit").symlink_to(tmp_path)
    (shared / "over.md").symlink_to(tmp_path / "kept")
    for path in ("../kept", "exit/kept", "in", "none/there.md", str(tmp_path / "kept")):
        assert refusal(service, "save_result", job, path)[0] == "UsageError"
    ask(service, "save_result", job, "over.md")             # the link is replaced, not what it leads to
    assert not (shared / "over.md").is_symlink()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("kept", "kept")]
    assert not list(shared.rglob(".*.part"))


def test_jobs_that_are_not_there_or_not_done(service):
    stores, messages = service.cluster.stores, []
    for job in (new_id(), "no id", "x" * 200):
        assert refusal(service, "job", job)[0] == refusal(service, "save_result", job, "a.md")[0] == "JobNotFound"
    others = service.cluster.submit(SHORT)
    service.cluster.ended(others)
    for task, kwargs in (("job", {"job": others}), ("save_result", {"job": others, "path": "a.md"})):
        assert refusal(service, task, tenant="ann", **kwargs)[0] == "JobNotFound"
    for reference in (document_id(others, "source"), document_id(new_id(), "source"), document_id(new_id(), "upload")):
        assert refusal(service, "translate_document", to="fr", tenant="ann", reference=reference)[0] == "DocumentNotFound"
    silent = type(service.cluster.intake)(stores, SimpleNamespace(send=messages.extend))
    waiting = silent.submit(TENANT, Asked("guide.md", PT, EN), (guide(1),)).job.id
    stores.jobs.cancel(TENANT, waiting)
    assert refusal(service, "save_result", waiting, "a.md") == ("WrongState", "This job has no result; it is cancelled.")
    assert not (service.shared / "a.md").exists()


def test_a_worker_without_a_folder_says_so():
    with pytest.raises(UsageError, match="shares no folder"):
        SharedFolder(None).pieces("a.md")


# ---- races, which need no worker ----------------------------------------------------------------------
def test_a_folder_that_becomes_a_link_between_two_looks_leads_nowhere(tmp_path, monkeypatch):
    """Whoever may write into the folder swaps it for a link at the worst moment."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret.md").write_text("secret")
    (tmp_path / "shared" / "in").mkdir(parents=True)
    (tmp_path / "shared" / "in" / "secret.md").write_text("harmless")
    real = shared_folder.inside

    @contextmanager
    def swapped(top, parts):
        with real(top, parts) as folder:
            (tmp_path / "shared" / "in").rename(tmp_path / "shared" / "old")
            (tmp_path / "shared" / "in").symlink_to(tmp_path / "out")
            yield folder

    monkeypatch.setattr(shared_folder, "inside", swapped)
    shared = SharedFolder(str(tmp_path / "shared"))
    assert b"".join(shared.pieces("in/secret.md")) == b"harmless"


def test_a_file_that_grows_is_read_as_it_was(tmp_path):
    place = tmp_path / "grows.md"
    place.write_text("before")
    pieces = SharedFolder(str(tmp_path)).pieces("grows.md")
    with place.open("a") as file:
        file.write(", after")
    assert b"".join(pieces) == b"before"


def test_a_whole_file_in_a_folder_by_its_descriptor(tmp_path):
    (tmp_path / "name").write_text("old")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(TypeError), whole_file(Path("name"), 0o600, folder) as file:
            file.writelines([b"half", None])
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("name", "old")]
        with whole_file(Path("name"), 0o600, folder) as file:
            file.write(b"new")
    finally:
        os.close(folder)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("name", "new")]
