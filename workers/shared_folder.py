"""The folder in which other programs name files to the service: entered step by step, so that no link leads out."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from parsers.errors import TooLarge, UsageError
from storage.documents import PIECE
from storage.files import whole_file
from workers.watching.places import inside, opened

LARGEST = 100 << 20
"""Bytes of a document: as many as the gateway takes unless it is told otherwise."""
SHARED = 0o666
"""Mode of what is written, less the umask: other programs are to read it. Whom the folder lets in is its own matter."""


class SharedFolder:
    """Paths are relative to it, or begin with its own. Every method raises UsageError for one that leads elsewhere."""

    def __init__(self, folder: str | None) -> None:
        """None: there is none, and every path is refused."""
        self._root = Path(os.path.abspath(folder)) if folder else None  # noqa: PTH100 - its links may change

    def pieces(self, path: str) -> Iterator[bytes]:
        """The bytes that a file has now. Raises UsageError at once for what is no file that can be read, TooLarge."""
        root, parts = self._parts(path)
        try:
            with opened(root) as top, inside(top, parts[:-1]) as folder:
                handle = os.open(parts[-1], os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as error:
            raise UsageError(f"The document cannot be read ({error.strerror}); links are not followed.") from error
        about = os.fstat(handle)
        if stat.S_ISREG(about.st_mode) and about.st_size <= LARGEST:
            return _pieces(os.fdopen(handle, "rb"), about.st_size)
        os.close(handle)
        if not stat.S_ISREG(about.st_mode):
            raise UsageError("This is no document: a pipe, a device or a folder.")
        raise TooLarge(f"The document is larger than {LARGEST >> 20} MB.")

    def write(self, path: str, pieces: Iterator[bytes]) -> str:
        """Write a file, in place of what is there, wholly or not at all. Gives its whole path. Raises UsageError if the
        folder or the disk does not let it."""
        root, parts = self._parts(path)
        try:
            with (opened(root) as top, inside(top, parts[:-1]) as folder,
                  whole_file(Path(parts[-1]), SHARED, folder) as file):
                file.writelines(pieces)
        except OSError as error:
            raise UsageError(f"The result cannot be written ({error.strerror}); links are not followed.") from error
        return str(root.joinpath(*parts))

    def _parts(self, path: str) -> tuple[Path, tuple[str, ...]]:
        if self._root is None:
            raise UsageError("This worker shares no folder, so files cannot be named by path; see --task-folder.")
        if "\0" in path:
            raise UsageError("A path cannot hold a NUL character.")
        asked = PurePosixPath(path)
        if asked.is_absolute() and asked.is_relative_to(self._root):
            asked = asked.relative_to(self._root)
        if asked.is_absolute() or ".." in asked.parts or not asked.parts:
            raise UsageError("The path is outside the folder that this worker shares.")
        return self._root, asked.parts


def _pieces(file: BinaryIO, size: int) -> Iterator[bytes]:
    """No more than the file had when it was weighed, even if it grows meanwhile."""
    with file:
        while size > 0 and (piece := file.read(min(PIECE, size))):
            size -= len(piece)
            yield piece
