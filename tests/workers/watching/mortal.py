"""Watchers in processes of their own, that may be killed."""

import multiprocessing
import os
import signal
from pathlib import Path

from tests.workers.watching.desk import Desk

processes = multiprocessing.get_context("forkserver")
processes.set_forkserver_preload(["tests.workers.watching.desk"])
FILES = int(os.environ.get("DIGLOT_WATCH_FILES", "200"))
HASTE = {"interval": 1.0 if FILES > 1000 else 0.05, "idle_interval": 0.1, "quiet": 0.1, "scans": 2}


def until_step(folder: Path, fatal: int) -> None:
    """Watch and work until everything is done, or until this step: then end as by kill -9."""
    steps: list[str] = []

    def reached(step: str) -> None:
        steps.append(step)
        if len(steps) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    desk = Desk(folder, reached=reached)
    desk.settle()
    (folder / "steps").write_text("\n".join(steps))
    desk.close()


def for_ever(folder: Path, most_unfinished: int) -> None:
    """Watch in real time; somebody else works."""
    from threading import Event

    desk = Desk(folder, real_time=True, most_unfinished=most_unfinished, **HASTE)
    desk.watcher.run(Event())


class Nursery:
    """Brings processes up that have read all their code and met a database, so that their lives are short."""

    def __init__(self, folder: Path) -> None:
        self._line, other = processes.Pipe()
        self._process = processes.Process(target=_brought_up, args=(folder, other))
        self._process.start()
        other.close()

    def until_step(self, folder: Path, fatal: int) -> int:
        """The exit code: negative if it was killed."""
        self._line.send((folder, fatal))
        assert self._line.poll(120)
        return self._line.recv()

    def close(self) -> None:
        self._line.close()
        self._process.join()


def _brought_up(folder: Path, line) -> None:
    desk = Desk(folder)
    desk.drop("guide.md")
    desk.settle()
    desk.close()
    while True:
        try:
            asked = line.recv()
        except EOFError:
            return
        child = os.fork()
        if child == 0:
            until_step(*asked)
            os._exit(0)
        line.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
