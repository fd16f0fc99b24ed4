"""Files that this watcher has taken: where each is on the disk says how far it has come.

``.work/<watcher>/<claim>/``
    ``source/<folder>/<name>``  the file, under the path that it had below ``in/``
    ``jobs.json``               it was handed over, and these are its jobs
    ``staging/``                results that are being written; worth nothing
    ``ready/``                  results that are written wholly: from now on they are only moved

Every change is one rename, and every path begins with the name of the watcher whose claim it is. Whoever takes a claim
over renames it into their own folder; the one who had it finds nothing any more, and can do nothing twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from storage.vocabulary import is_id, new_id
from workers.watching.places import inside
from workers.watching.sightings import Found

LOCK = "lock"
SOURCE, JOBS, STAGING, READY = "source", "jobs.json", "staging", "ready"

log = structlog.get_logger(__name__)
Reached = Callable[[str], None]
"""Told the name of each step when it has been done: tests end the process there."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What was handed over."""

    size: int
    mtime: int
    """Nanoseconds. A file that has another size or time now was still being written."""
    jobs: Mapping[str, str]
    """Language → job."""


@dataclass(slots=True)
class Claim:
    """One file that a watcher has taken."""

    path: Path
    folder: tuple[str, ...]
    """Where the file was below ``in/``."""
    name: str
    handed: Handed | None = None

    @property
    def source(self) -> Path:
        """The file."""
        return self.path.joinpath(SOURCE, *self.folder, self.name)

    @property
    def staging(self) -> Path:
        """Where results are written."""
        return self.path / STAGING

    @property
    def ready(self) -> Path:
        """Where they are once they are written wholly."""
        return self.path / READY

    def keep(self, handed: Handed) -> None:
        """Remember its jobs. If a loss of power undoes that, it is handed over again, to the same. Raises OSError."""
        part = self.path / f"{JOBS}.part"
        with part.open("w") as file:
            json.dump({"size": handed.size, "mtime": handed.mtime, "jobs": dict(handed.jobs)}, file)
        part.replace(self.path / JOBS)
        self.handed = handed

    def forget_jobs(self) -> None:
        """As if it had just been taken. Raises OSError."""
        (self.path / JOBS).unlink()
        self.handed = None

    def remove(self) -> None:
        """There is nothing more to do. Raises OSError."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path)


@dataclass(slots=True)
class Claims:
    """The claims of one watcher. One thread may use it."""

    work: Path
    """The folder ``.work``."""
    reached: Reached
    _folder: Path | None = None
    _lock: int | None = None
    _held: dict[str, Claim] = field(default_factory=dict)

    def hold(self) -> None:
        """Have a folder for claims, known to be in use; a new one if it has been taken away. Raises OSError."""
        if self._lock is None or self._folder is None or not _same(self._lock, self._folder / LOCK):
            self._let_go()
            while (lock := self._begun()) is None:
                pass
            self._lock = lock

    def _begun(self) -> int | None:
        """The lock of a new folder; None if somebody thought it abandoned before it was locked."""
        self._folder = self.work / secrets.token_hex(6)
        self._folder.mkdir()
        try:
            lock = _locked(self._folder / LOCK)
        except FileNotFoundError:
            return None
        if lock is not None and not _same(lock, self._folder / LOCK):
            os.close(lock)
            return None
        return lock

    def take(self, root: int, found: Found) -> Claim | None:
        """Take a file; None if it is not there any more, or somebody else was faster. Raises OSError."""
        assert self._folder is not None
        claim = Claim(self._folder / new_id(), found.folder, found.name)
        claim.path.mkdir()
        try:
            claim.source.parent.mkdir(parents=True)
            self.reached("claim-made")
            with inside(root, ("in", *found.folder)) as folder:
                os.rename(found.name, claim.source, src_dir_fd=folder)
        except BaseException as error:
            claim.remove()
            if isinstance(error, FileNotFoundError | NotADirectoryError):
                return None
            raise
        self.reached("claimed")
        self._held[claim.path.name] = claim
        return claim

    def held(self) -> tuple[Claim, ...]:
        """All claims, the oldest first."""
        return tuple(claim for _, claim in sorted(self._held.items()))

    def drop(self, claim: Claim) -> None:
        """It is done, or somebody else's."""
        self._held.pop(claim.path.name, None)

    def take_over(self) -> int:
        """Make the claims of watchers that have ended this one's; gives how many. Raises OSError."""
        count = 0
        for folder in sorted(self.work.iterdir()):
            if folder != self._folder and not folder.is_symlink() and folder.is_dir():
                count += self._inherit(folder)
        return count

    def _inherit(self, folder: Path) -> int:
        assert self._folder is not None
        try:
            lock = _locked(folder / LOCK)
        except FileNotFoundError:                           # another one was faster
            return 0
        if lock is None:
            return 0
        count = 0
        try:
            for path in sorted(folder.iterdir()):
                if is_id(path.name):
                    with suppress(FileNotFoundError):
                        mine = path.rename(self._folder / path.name)
                        self.reached("taken-over")
                        count += self._enter(mine)
            (folder / LOCK).unlink(missing_ok=True)
            with suppress(OSError):                         # not empty: a claim was made at this moment
                folder.rmdir()
        finally:
            os.close(lock)
        return count

    def _enter(self, path: Path) -> bool:
        claim = _read(path)
        if claim is None:
            shutil.rmtree(path)
            return False
        self._held[path.name] = claim
        return True

    def close(self) -> None:
        """Leave the claims to whoever comes next."""
        if self._folder is not None and self._lock is not None:
            with suppress(OSError):
                if not any(is_id(path.name) for path in self._folder.iterdir()):
                    (self._folder / LOCK).unlink(missing_ok=True)
                    self._folder.rmdir()
        self._let_go()

    def _let_go(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
        self._folder, self._lock = None, None
        self._held.clear()


def _read(path: Path) -> Claim | None:
    """A claim as it is on the disk; None if the file is not there: it never was, or everything is done."""
    for folder, below, names in os.walk(path / SOURCE):
        links = [name for name in below if Path(folder, name).is_symlink()]
        for name in (*names, *links):
            return Claim(path, Path(folder).relative_to(path / SOURCE).parts, name, _handed(path / JOBS))
    return None


def _handed(path: Path) -> Handed | None:
    try:
        values = json.loads(path.read_text())
        jobs = {str(language): str(job) for language, job in values["jobs"].items()}
        return Handed(int(values["size"]), int(values["mtime"]), jobs)
    except (FileNotFoundError, ValueError, LookupError, TypeError):     # handed over again, it has the same jobs
        return None


def _locked(path: Path) -> int | None:
    """A lock that ends with its process; None if another process has it.

    Locks say when a claim is taken over, not whether it may be: on a file system without them claims change hands for
    nothing, and no file is handled twice. Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError:
        log.warning("watch_without_locks")
    return descriptor


def _same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
