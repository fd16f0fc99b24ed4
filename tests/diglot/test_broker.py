"""The broker's own process: it ends with who has started it, and takes over what a killed one left behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from diglot import broker

PROGRAM = "import sys, pathlib; from diglot import broker; broker.FAREWELL = 0.1; sys.exit(broker.main(pathlib.Path(sys.argv[1])))"


def until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


@pytest.fixture
def folder():
    """With a short path, which is what a socket needs."""
    with tempfile.TemporaryDirectory(prefix="dg-", ignore_cleanup_errors=True) as name:
        yield Path(name, "run")


def start(folder: Path) -> subprocess.Popen[bytes]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder)], stdin=subprocess.PIPE)


def valkey(folder: Path) -> int | None:
    """The server's process, which shows its socket as its name."""
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"unixsocket:{folder}".encode() in place.read_bytes():
                return int(place.parent.name)
        except OSError:
            continue
    return None


def test_it_ends_with_who_has_started_it_and_takes_its_folder(folder):
    with start(folder) as process:
        until(lambda: broker.answers(folder))
        server = valkey(folder)
        process.stdin.close()
        assert process.wait(30) == 0
    assert server is not None and valkey(folder) is None
    assert not folder.exists()


def test_told_to_stop_it_leaves_the_folder_to_who_has_started_it(folder):
    with start(folder) as process:
        until(lambda: broker.answers(folder))
        process.terminate()
        assert process.wait(30) == 0
    assert valkey(folder) is None and folder.exists()


def test_a_killed_one_leaves_a_server_that_the_next_one_replaces(folder):
    with start(folder) as first:
        until(lambda: broker.answers(folder))
        first.kill()
        first.wait()
    former = valkey(folder)
    assert former is not None
    with start(folder) as second:
        until(lambda: valkey(folder) not in {None, former} and broker.answers(folder))
        os.kill(valkey(folder), signal.SIGKILL)             # and one whose server ends says so by ending
        assert second.wait(60) == 1
