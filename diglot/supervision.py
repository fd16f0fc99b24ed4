"""The processes of `diglot serve`: a broker, a worker, the gateway; kept alive, and ended together."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from diglot.console import say
from diglot.exits import Exit, shown
from diglot.service import command, environment
from parsers.errors import UsageError
from pipeline.engines import EngineError

if TYPE_CHECKING:
    from diglot.settings import Settings

PATIENCE = 30.0
"""Seconds that the processes have for ending in good order."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a process that ended is started again; twice as long each time."""
STEADY = 60.0
"""Seconds after which a process is thought to run well: then the next pause is the first one again."""
BROKER_URL = "broker.url"
"""File in the data folder that says where the broker is, while there is one of our own."""
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""See `workers.metrics_folder`."""
SUPERVISED = "DIGLOT_SUPERVISED"
"""Set for processes whose standard input ends with who has started them."""


def supervise(chosen: Settings, names: Sequence[str] = ("worker", "gateway")) -> Exit:
    """Run these commands, and a broker, until SIGINT or SIGTERM. Raises UsageError, EngineError."""
    with (_alone(chosen.data), _stops() as stop, tempfile.TemporaryDirectory(prefix="diglot-") as folder,
          _broker(chosen, Path(folder)) as (url, brokers)):
        chosen = replace(chosen, broker=url)
        if "gateway" in names:
            chosen = replace(chosen, port=_free_port(chosen.host, chosen.port))
        counts = Path(folder, "counts")
        counts.mkdir()
        together = {**environment(chosen), METRICS_FOLDER: str(counts)}      # the gateway serves what all count
        processes = [Process(name, together if name == "gateway" else {**together, "DIGLOT_METRICS_PORT": ""})
                     for name in names]
        try:
            for process in processes:
                process.start()
            if "gateway" in names:
                _announce(chosen, processes, stop)
            else:
                say(f"Watching {shown(chosen.watch['folder'])}: put documents into in/LANGUAGE there. Ctrl-C stops it.")
            while not stop.wait(0.5):
                for process in (*brokers, *processes):
                    process.look_after()
        finally:
            say("Stopping; what is not finished goes on at the next start.")
            end(processes)
    return Exit.OK


@dataclass(slots=True)
class Process:
    """A command that is started again when it ends."""

    name: str
    variables: dict[str, str] = field(repr=False)
    line: Sequence[str] = ()
    """What is run, if it is no command of Diglot."""
    running: subprocess.Popen[bytes] | None = None
    _pause: float = FIRST_PAUSE
    _began: float = 0.0
    _ended: float | None = None

    def start(self) -> None:
        """Start it."""
        self.running = subprocess.Popen(  # noqa: S603 - our own command
            self.line or command(self.name), env={**self.variables, SUPERVISED: "1"}, stdin=subprocess.PIPE,
            process_group=0 if self.line else None)         # Ctrl-C is not for the broker: others need it to stop
        self._began, self._ended = time.monotonic(), None

    def look_after(self) -> None:
        """Start it again if it has ended, after a pause."""
        if self.running is None or self.running.poll() is None:
            return
        now = time.monotonic()
        if self._ended is None:
            self._ended = now
            self._pause = FIRST_PAUSE if now - self._began > STEADY else min(2 * self._pause, LONGEST_PAUSE)
            say(f"The {self.name} ended ({self.running.returncode}); it is started again in {self._pause:.0f} s.")
        elif now - self._ended >= self._pause:
            self.start()


def end(processes: Sequence[Process]) -> None:
    """Let processes end in good order, the last one started first; kill what takes too long."""
    left = [process.running for process in reversed(processes) if process.running is not None]
    for running in left:
        running.terminate()
    deadline = time.monotonic() + PATIENCE
    for running in left:
        try:
            running.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def end_with_parent() -> None:
    """If `diglot serve` has started this process, stop when that ends, however it ends."""
    if not os.environ.pop(SUPERVISED, ""):
        return

    def wait() -> None:
        # Not sys.stdin: its lock would be held, and a process that is forked meanwhile waits for ever to close it.
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


@contextlib.contextmanager
def _stops() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one service in a data folder. Raises UsageError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise UsageError(f"The data folder {shown(folder)} cannot be used: {error.strerror}; "
                         "give another --data.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(f"A diglot serve runs already in {shown(folder)}; stop it, or give another "
                             "--data.") from error
        yield
    finally:
        os.close(lock)


@contextlib.contextmanager
def _broker(chosen: Settings, folder: Path) -> Iterator[tuple[str, tuple[Process, ...]]]:
    """The URL of the broker of the settings, or of one of our own in this folder. Raises EngineError, UsageError."""
    if chosen.broker:
        yield chosen.broker, ()
        return
    from diglot import broker

    own = Process("broker", dict(os.environ), (sys.executable, "-P", "-m", "diglot.broker", str(folder)))
    own.start()
    note = chosen.data / BROKER_URL
    try:
        deadline = time.monotonic() + PATIENCE
        while not broker.answers(folder):
            if own.running is None or own.running.poll() is not None or time.monotonic() > deadline:
                raise EngineError("The broker could not be started; give one with --broker redis://host/0.")
            time.sleep(0.05)
        _write(note, broker.url(folder))
        yield broker.url(folder), (own,)
    finally:
        note.unlink(missing_ok=True)
        end((own,))


def _write(note: Path, url: str) -> None:
    """Let other programs of this user find the broker. Raises UsageError."""
    from storage.files import whole_file

    try:
        with whole_file(note) as file:
            file.write(f"{url}\n".encode())
    except OSError as error:
        raise UsageError(f"The data folder {shown(note.parent)} cannot be used: {error.strerror}; "
                         "give another --data.") from error


def _free_port(host: str, port: int) -> int:
    """The port, or a free one for 0. Raises UsageError if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise UsageError(f"Nothing can listen at {host}, port {port}: {error.strerror}; give another --port or "
                             "--host.") from error
        return int(trial.getsockname()[1])


def _announce(chosen: Settings, processes: Sequence[Process], stop: threading.Event) -> None:
    """Say where the page is as soon as it answers."""
    shown_host = "127.0.0.1" if chosen.host in ("0.0.0.0", "") else chosen.host  # noqa: S104 - how it is shown
    address = f"http://[{shown_host}]:{chosen.port}" if ":" in shown_host else f"http://{shown_host}:{chosen.port}"
    while not stop.wait(0.2):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/healthz", timeout=2):  # noqa: S310
            break
        for process in processes:
            process.look_after()
    else:
        return
    say(f"Diglot is at {address}/ (engine: {chosen.engine}; data: {shown(chosen.data)})")
    say(f"A first document: curl -F file=@guide.md -F target_lang=pt-BR {address}/v1/translations")
    note = chosen.data / BROKER_URL
    if chosen.task_folder and note.exists():
        say(f"Celery tasks for other programs: {shown(note)} says where their broker is.")
    say("Ctrl-C stops it.")
