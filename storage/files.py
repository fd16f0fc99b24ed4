"""Files that are there wholly or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole_file(path: Path, mode: int = 0o600, folder: int | None = None) -> Iterator[BinaryIO]:
    """A file that takes its place at the end of the block, instead of what was there: atomically, and so that it
    outlasts a loss of power. If anything is raised nothing has changed. With the descriptor of a ``folder`` the path
    is a name in it. Raises OSError."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")     # short: the name may be as long as names can be
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(part, dir_fd=folder)
        raise
    if folder is None:
        sync_folder(path.parent)
    else:
        os.fsync(folder)


def sync_folder(folder: Path) -> None:
    """A rename outlasts a loss of power once its folder is on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
