"""Files are written beside their place and renamed: a reader sees a whole file or none."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from parsers.errors import UsageError

PART = ".part"
"""Suffix of a file that is being written; watched folders and `diglot.folders` ignore it."""


def write(path: Path, data: bytes, *, replace: bool, mode: int | None = None) -> None:
    """Write a file as `written` does."""
    with written(path, replace=replace, mode=mode) as file:
        file.write(data)


@contextlib.contextmanager
def written(path: Path, *, replace: bool, mode: int | None = None) -> Iterator[BinaryIO]:
    """A file that takes its place at the end of the block, atomically and durably; folders above are made.

    ``mode`` are permission bits for a new file (default: what the umask leaves); a file that is
    replaced keeps its own. A symbolic link stays and its target is replaced.
    Raises UsageError if the file is there and may not be replaced, or is none; OSError.
    """
    refuse_special(path)
    path = Path(os.path.realpath(path)) if replace else path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle, name = tempfile.mkstemp(prefix=".diglot-", suffix=PART, dir=path.parent)
    except OSError as error:        # people know the output's name, not that of its unfinished half
        raise OSError(error.errno, error.strerror, str(path)) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(_mode(path, mode))
        _put(part, path, replace=replace)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def mode_of(path: Path) -> int | None:
    """Permission bits that a translation of this file should have: a private file stays private."""
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o666 | stat.S_IWUSR | stat.S_IRUSR
    except OSError:
        return None


def _mode(path: Path, mode: int | None) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    if mode is not None:
        return mode
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _put(part: Path, path: Path, *, replace: bool) -> None:
    """Rename, or link where nothing may be replaced: a link fails if the name has been taken meanwhile."""
    if replace:
        part.replace(path)
        return
    try:
        path.hardlink_to(part)
    except FileExistsError:
        raise exists_already(path) from None
    except OSError:     # a file system without links
        if path.exists():
            raise exists_already(path) from None
        part.replace(path)


def refuse_special(path: Path, option: str = "-o") -> None:
    """Refuse a pipe, a device or a socket: a file that is renamed would take its place. Raises UsageError."""
    from diglot.exits import shown

    if path.exists() and not (path.is_file() or path.is_dir()):
        raise UsageError(f"{shown(path)} is a pipe or a device and never replaced; give another {option} "
                         "(- is standard output).")


def exists_already(path: Path, option: str = "-o") -> UsageError:
    """The sentence for a file that would be overwritten; ``option`` is the one that names it."""
    from diglot.exits import shown

    return UsageError(f"{shown(path)} is there already; give --force to replace it, or another {option}.")


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut. Not every system opens folders."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
