"""kill -9 between every step, and two watchers on one folder: each file is handled exactly once.

Whoever waits for the results takes them away at once, so that a second delivery of the same would be seen.
"""

import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest

from storage.documents import document_id
from storage.vocabulary import Stage, State, Work
from tests.workers.watching import mortal
from tests.workers.watching.desk import GUIDE, Desk
from workers.intake import RESULT, SOURCE

FILES = mortal.FILES
KILLS_EVERY = max(10, FILES // 20)
"""Results, on average."""


class Consumer:
    """Takes results away."""

    def __init__(self, desk_folder: Path) -> None:
        self.out, self.taken = desk_folder / "watched/out", Counter()

    def take(self) -> None:
        for folder, _, names in os.walk(self.out):
            for name in names:
                if not name.endswith(".report.json"):
                    self.taken[name] += 1
                Path(folder, name).unlink()


def dropped(folder: Path) -> None:
    desk = Desk(folder)
    desk.drop("good.md")
    desk.drop("copy.md")
    desk.drop("bad.docx", b"no zip")
    desk.drop("note.txt.png", b"\x89PNG")
    desk.close()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory):
    made = mortal.Nursery(tmp_path_factory.mktemp("nursery"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def steps(nursery, tmp_path_factory) -> list[str]:
    """Those of an undisturbed run."""
    folder = tmp_path_factory.mktemp("undisturbed")
    dropped(folder)
    assert nursery.until_step(folder, -1) == 0
    return (folder / "steps").read_text().splitlines()


def test_all_steps_are_there_to_be_killed_at(steps):
    assert set(steps) == {"claim-made", "claimed", "handed-over", "jobs-kept", "staging", "staged", "ready", "result-put",
                          "note-put", "original-put", "removed"}
    assert 35 <= len(steps) <= 40


@pytest.mark.parametrize("part", range(4))
def test_a_watcher_that_is_killed_after_any_step_loses_and_repeats_nothing(tmp_path, nursery, steps, part):
    for fatal in range(1 + part, len(steps) + 1, 4):
        folder = tmp_path / str(fatal)
        folder.mkdir()
        dropped(folder)
        consumer = Consumer(folder)
        assert nursery.until_step(folder, fatal) == -signal.SIGKILL
        consumer.take()
        assert nursery.until_step(folder, fatal % 7 + 1) in {-signal.SIGKILL, 0}
        consumer.take()
        last = Desk(folder)
        last.settle()
        consumer.take()
        at = f"killed after step {fatal}, {steps[fatal - 1]}"
        assert consumer.taken == {"good.pt-BR.md": 1, "copy.pt-BR.md": 1}, at
        assert sorted(last.processed()) == ["pt-BR/copy.md", "pt-BR/good.md"], at
        assert last.files("failed") == ["pt-BR/bad.docx", "pt-BR/bad.docx.error.json", "pt-BR/note.txt.png",
                                        "pt-BR/note.txt.png.error.json"], at
        assert last.files("in") == last.left() == [], at
        assert sorted(job.state for job in last.jobs()) == [State.FAILED, State.SUCCEEDED], at
        last.close()


def test_two_watchers_one_of_them_killed_again_and_again(tmp_path):
    desk, consumer, chance = Desk(tmp_path), Consumer(tmp_path), random.Random(7)
    began = time.monotonic()
    for number in range(FILES):
        desk.drop(f"{number}.md", b"File %d\n" % number)
    put = time.monotonic()
    watchers = [start(tmp_path), start(tmp_path)]
    kills, kill_at = 0, KILLS_EVERY
    while time.monotonic() < put + 120 + FILES / 4:
        done = len(desk.processed()) if consumer.taken.total() >= FILES else 0
        if done >= FILES and not desk.left():
            break
        worked(desk)
        consumer.take()
        if consumer.taken.total() >= kill_at:
            victim = watchers.pop(0)
            os.kill(victim.pid, signal.SIGKILL)
            victim.join()
            watchers.append(start(tmp_path))
            kills, kill_at = kills + 1, consumer.taken.total() + chance.randrange(1, 2 * KILLS_EVERY)
        time.sleep(0.01)
    for watcher in watchers:
        assert watcher.is_alive()
        watcher.kill()
        watcher.join()
    consumer.take()
    took = time.monotonic() - put
    print(  # noqa: T201 - for make watch-proof
        f"\n{FILES:,} files put there in {put - began:.1f} s, handled in {took:.0f} s by two watchers, {kills} of which were "
        f"killed; {consumer.taken.total():,} results, {max(consumer.taken.values(), default=0)} at most of one file")
    assert consumer.taken == {f"{number}.pt-BR.md": 1 for number in range(FILES)}
    assert sorted(desk.processed()) == sorted(f"pt-BR/{number}.md" for number in range(FILES))
    assert desk.files("failed") == desk.files("in") == desk.left() == []
    jobs: list[str] = []
    while page := desk.stores.jobs.list("local", after=jobs[-1] if jobs else None, limit=1000):
        jobs += [job.id for job in page]
    assert len(jobs) == FILES
    assert kills >= 3
    desk.close()


def start(folder: Path):
    process = mortal.processes.Process(target=mortal.for_ever, args=(folder, 1000), daemon=True)
    process.start()
    return process


def worked(desk: Desk) -> None:
    """Do all jobs that wait: a stand-in for workers, which gives each document back as it is."""
    work, documents = desk.stores.work, desk.stores.documents
    for job in desk.stores.jobs.list("local", frozenset({State.QUEUED}), limit=max(20, FILES // 200)):
        (last,) = work.planned(work.claim(Work(job.id, Stage.PREPARING, None, job.service), "stand-in"), [])
        lease = work.claim(last, "stand-in")
        documents.put(document_id(job.id, RESULT), (documents.read(document_id(job.id, SOURCE)),))
        work.finish(lease)


@pytest.mark.skipif(os.geteuid() != 0, reason="this account may not mount a file system")
def test_a_full_disk_costs_time_and_nothing_else(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if os.system(f"mount -t tmpfs -o size=256k none {small} 2>/dev/null") != 0:
        pytest.skip("this account may not mount a file system")
    desk = None
    try:
        desk = Desk(tmp_path)
        (tmp_path / "watched").rename(tmp_path / "unused")
        (tmp_path / "watched").symlink_to(small)
        desk.close()
        desk = Desk(tmp_path)
        desk.drop("guide.md")
        filler = small / "filler"
        with pytest.raises(OSError, match="space"):
            filler.write_bytes(bytes(1 << 20))
        for _ in range(8):
            desk.rounds()
            desk.work()
        assert desk.files("out") == []
        filler.unlink()
        desk.settle()
        assert desk.files("out") == ["pt-BR/guide.pt-BR.md"] and desk.processed() == ["pt-BR/guide.md"]
        assert (small / "out/pt-BR/guide.pt-BR.md").stat().st_size > len(GUIDE)
    finally:
        if desk is not None:
            desk.close()
        os.system(f"umount {small}")
