"""Which files have arrived whole. Folders are looked into again and again, because no event of a network tells."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from workers.watching.places import FOLDER, inside

UNFINISHED_SUFFIXES = (".part", ".tmp", ".crdownload", ".partial", ".filepart")
"""Of files that browsers and copying programs are still writing, in small letters."""
UNFINISHED_PREFIXES = (".", "~$")
"""Of hidden files, and of those that Word keeps beside an open document."""
DONE = ".done"
"""``guide.md.done`` says that ``guide.md`` is there wholly."""
DEEPEST = 32
"""Folders in folders; each that is open costs a descriptor."""
SOON = 5.0
"""Seconds that a mark may be seen before its file is, where a folder is listed while both are put there."""
HEAD = 64
"""Bytes. A file that begins with so many zeros has been given its size, and not yet its content."""

Key: TypeAlias = tuple[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Found:
    """A file in ``in/``, as one look saw it."""

    folder: tuple[str, ...]
    """Below ``in/``."""
    name: str
    size: int
    mtime: int
    """Nanoseconds, by whatever clock."""
    inode: int
    regular: bool
    """False for links, pipes, devices."""

    @property
    def key(self) -> Key:
        """Where it is."""
        return self.folder, self.name


@dataclass(slots=True)
class Look:
    """What one look into ``in/`` saw."""

    files: list[Found] = field(default_factory=list)
    done: set[Key] = field(default_factory=set)
    """Files that are said to be there wholly."""
    unreadable: list[OSError] = field(default_factory=list)
    """Folders that could not be read."""


def look(into: int) -> Look:
    """Every file below this folder but those in the making; no link is followed. Raises OSError for the folder."""
    seen = Look()
    _walk(into, (), seen)
    return seen


def _walk(folder: int, parts: tuple[str, ...], seen: Look) -> None:
    below = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                about = entry.stat(follow_symlinks=False)
            except FileNotFoundError:                       # taken away meanwhile
                continue
            if entry.name.startswith(UNFINISHED_PREFIXES) or entry.name.lower().endswith(UNFINISHED_SUFFIXES):
                continue
            if stat.S_ISDIR(about.st_mode):
                below.append(entry.name)
            elif entry.name.endswith(DONE):
                seen.done.add((parts, entry.name.removesuffix(DONE)))
            else:
                seen.files.append(Found(parts, entry.name, about.st_size, about.st_mtime_ns, about.st_ino,
                                        stat.S_ISREG(about.st_mode)))
    for name in below if len(parts) < DEEPEST else ():
        try:
            descriptor = os.open(name, FOLDER, dir_fd=folder)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                seen.unreadable.append(error)
            continue
        try:
            _walk(descriptor, (*parts, name), seen)
        except OSError as error:
            seen.unreadable.append(error)
        finally:
            os.close(descriptor)


@dataclass(slots=True)
class _Sighting:
    found: Found
    since: float
    times: int = 1


@dataclass(slots=True)
class Sightings:
    """What was seen before, by this watcher's own clock: those of file servers may be wrong."""

    scans: int
    quiet: float
    patience: float
    _known: dict[Key, _Sighting] = field(default_factory=dict)
    _lonely: dict[Key, float] = field(default_factory=dict)
    """Since when a mark stands alone."""

    def update(self, seen: Look, now: float) -> None:
        """Take in another look."""
        before, self._known = self._known, {}
        for found in seen.files:
            known = before.get(found.key)
            if known is None or known.found != found:
                known = _Sighting(found, now, 0)
            known.times += 1
            self._known[found.key] = known
        self._lonely = {key: self._lonely.get(key, now) for key in seen.done if key not in self._known}

    def stray(self, now: float) -> list[Key]:
        """Files that are said to be there wholly, and were gone before it was said: the mark would mislead about the
        next file of this name."""
        return [key for key, since in self._lonely.items() if now - since >= max(self.quiet, SOON)]

    def ready(self, root: int, done: set[Key], now: float) -> Iterator[Found]:
        """Files that are whole, or have been waited for in vain; the oldest first. Raises OSError."""
        for known in sorted(self._known.values(), key=lambda one: (one.found.mtime, one.found.key)):
            if known.found.key not in done:
                still = now - known.since
                if known.times < self.scans or still < self.quiet:
                    continue
                if still < self.patience and not whole(root, known.found):
                    continue
            yield known.found

    def forget(self, found: Found) -> None:
        """It has been claimed."""
        self._known.pop(found.key, None)

    def __len__(self) -> int:
        """Files that are waited for."""
        return len(self._known)


def whole(root: int, found: Found) -> bool:
    """Whether a file has the end of what it begins with. What is wrong in itself is whole, and told later."""
    if not found.regular:
        return True
    if not found.size:
        return False
    try:
        with inside(root, ("in", *found.folder)) as folder:
            descriptor = os.open(found.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        return False
    except OSError:                                         # told when it has been claimed
        return True
    with os.fdopen(descriptor, "rb") as file:
        head = file.read(HEAD)
        if not head.strip(b"\0"):
            return False
        return not head.startswith(b"PK\x03\x04") or zipfile.is_zipfile(file)      # its table stands at its end
