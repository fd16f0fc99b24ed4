"""The folders under a watched root, entered step by step so that no link in them leads elsewhere; names and moves."""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from parsers.errors import UsageError

IN, OUT, FAILED, PROCESSED, WORK = "in", "out", "failed", "processed", ".work"
LONGEST_NAME = 255
"""Bytes of a file's name on all common file systems (NAME_MAX of Linux)."""
LONGEST_SUFFIX = 32
"""Bytes; what follows a dot and is longer is no suffix."""
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NO_REPLACE = 1
"""RENAME_NOREPLACE of renameat2(2)."""
AT_CWD = -100
UNKNOWN_CALL = {errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP}
"""A file system, such as NFS, that cannot rename so."""


@dataclass(frozen=True, slots=True)
class Name:
    """A file's name that may get a number if another file has it."""

    stem: str
    suffix: str = ""
    mark: str = ""
    """Between them, and never cut: ``.pt-BR``."""

    @classmethod
    def of(cls, name: str) -> Name:
        """Taken apart at its suffix."""
        stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name, not a path
        return cls(stem, suffix) if len(os.fsencode(suffix)) <= LONGEST_SUFFIX else cls(name)

    def numbered(self, number: int) -> str:
        """``guide.md``, ``guide~2.md`` …, the stem cut where the name would be too long for a file system."""
        end = self.mark + (f"~{number}" if number > 1 else "") + self.suffix
        stem = os.fsencode(self.stem)
        cut = min(len(stem), LONGEST_NAME - len(os.fsencode(end)))
        while 0 < cut < len(stem) and stem[cut] & 0xC0 == 0x80:        # not within a letter of UTF-8
            cut -= 1
        return os.fsdecode(stem[:cut]) + end


@contextmanager
def opened(root: Path) -> Iterator[int]:
    """A descriptor of the root, which may itself be reached through a link. Raises OSError."""
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def inside(root: int, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """A descriptor of a folder below the root. Raises OSError, also if a link is on the way.

    ``make`` makes it, but for the first step: if that is gone, so is perhaps the disk that should be there.
    """
    here = os.dup(root)
    try:
        for depth, part in enumerate(parts):
            if make and depth:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=here)
            below = os.open(part, FOLDER, dir_fd=here)
            os.close(here)
            here = below
        yield here
    finally:
        os.close(here)


def prepare(root: Path) -> None:
    """Make the folders of a watched root. Raises UsageError if that cannot be, or if they are on several disks."""
    try:
        root.mkdir(exist_ok=True)
        for name in (IN, OUT, FAILED, PROCESSED):
            (root / name).mkdir(exist_ok=True)
        (root / WORK).mkdir(mode=0o700, exist_ok=True)
        abouts = [(root / name).stat(follow_symlinks=False) for name in (IN, OUT, FAILED, PROCESSED, WORK)]
        with opened(root) as top:
            for name in (IN, OUT, FAILED, PROCESSED, WORK):
                with inside(top, (name,)):
                    pass
    except OSError as error:
        raise UsageError(f"The watched folder cannot be used: {error.strerror}. It must hold {IN}, {OUT}, {FAILED}, "
                         f"{PROCESSED} and {WORK} as folders, or let them be made.") from error
    if len({about.st_dev for about in abouts}) > 1:
        raise UsageError(f"The folders {IN}, {OUT}, {FAILED}, {PROCESSED} and {WORK} of a watched folder must be on "
                         "one file system: files are handed on by renaming them.")


def put(source: Path, folder: int, name: Name, *, same: bool) -> str:
    """Move a file into a folder under this name, or with a number if the name is taken; nothing is ever replaced.

    With ``same``, a file there that has the same bytes is this one, which is removed. Gives the name. Raises OSError.
    """
    number = 1
    while True:
        wanted = name.numbered(number)
        try:
            _move(source, folder, wanted)
        except FileExistsError:
            if _is(source, folder, wanted) or (same and equal(source, folder, wanted)):
                source.unlink()
                return wanted
            number += 1
        else:
            return wanted


def present(folder: int, name: str) -> bool:
    """Whether anything has this name."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def equal(source: Path, folder: int, name: str) -> bool:
    """Whether a regular file in the folder has the same bytes."""
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError:                                         # a link, or a file that may not be read: another one
        return False
    with os.fdopen(descriptor, "rb") as other, source.open("rb") as own:
        if os.fstat(other.fileno()).st_size != os.fstat(own.fileno()).st_size:
            return False
        while piece := own.read(1 << 20):
            if other.read(len(piece)) != piece:
                return False
    return True


def _move(source: Path, folder: int, name: str) -> None:
    """Rename, unless the name is taken. Raises FileExistsError, OSError."""
    rename = getattr(_LIBC, "renameat2", None)
    if rename is not None:
        if rename(AT_CWD, os.fsencode(source), folder, os.fsencode(name), NO_REPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in UNKNOWN_CALL:
            raise OSError(number, os.strerror(number), name)
    os.link(source, name, dst_dir_fd=folder, follow_symlinks=False)
    source.unlink()


def _is(source: Path, folder: int, name: str) -> bool:
    """Whether it is the very same file: linked there, and ended before its first name was removed."""
    return os.path.samestat(source.lstat(), os.stat(name, dir_fd=folder, follow_symlinks=False))


_LIBC = ctypes.CDLL(None, use_errno=True)
