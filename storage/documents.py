"""Where the bytes of documents are kept: a folder, or an S3-compatible object store; by URL."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from storage.errors import BadDocumentId, BadStoreUrl, DocumentNotFound, StoreFault
from storage.files import sync_folder, whole_file
from storage.vocabulary import is_id

KIND = re.compile(r"[a-z][a-z0-9-]{0,30}")
NO_JOB = "00000000-0000-7000-8000-000000000000"
"""An id that no job has: what is kept under it is no document."""
PIECE = 1 << 20
"""Bytes that are read together."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """One line of a list."""

    id: str
    size: int
    modified: float
    """Seconds since 1970 by the clock of the store."""


class DocumentStore(Protocol):
    """Bytes under ids, as `document_id` makes them. Every method raises StoreFault if the store cannot be read or
    written, BadDocumentId for what is no id."""

    def put(self, document: str, pieces: Iterable[bytes]) -> Stored:
        """Keep these bytes under an id, in place of what was there. They are there wholly or, if anything is raised,
        not at all; once this returns they outlast a loss of power."""

    def stream(self, document: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` on, ``length`` of them or all, in pieces. Raises DocumentNotFound at once."""

    def read(self, document: str) -> bytes:
        """All bytes. Raises DocumentNotFound."""

    def exists(self, document: str) -> bool:
        """Whether something is kept under this id."""

    def delete(self, document: str) -> None:
        """Forget it. Nothing happens if it is not there."""

    def listed(self, job: str | None = None) -> Iterator[Kept]:
        """What is kept of one job, or of all jobs."""

    def tidy(self, older_than: float) -> None:
        """Remove what interrupted writes left behind, so many seconds ago or more."""


def document_id(job: str, kind: str) -> str:
    """The id of a document of a job: ``kind`` is ``source``, ``result`` … Raises BadDocumentId."""
    return checked(f"{job}.{kind}")


def job_of(document: str) -> str:
    """The job that a document belongs to. Raises BadDocumentId."""
    return checked(document).partition(".")[0]


def checked(document: str) -> str:
    """The same id. Raises BadDocumentId: names that people gave never become paths."""
    job, _, kind = document.partition(".")
    if not is_id(job) or not KIND.fullmatch(kind):
        raise BadDocumentId("This is no id of a document.")
    return document


def opened(url: str) -> DocumentStore:
    """The store at ``s3://bucket/prefix``, ``file:///folder``, or in a folder. Raises BadStoreUrl, StoreFault."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        from storage.s3 import S3Documents  # noqa: PLC0415 (an optional library)

        return S3Documents(url)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return FolderDocuments(unquote(parts.path))
    if not parts.scheme:
        return FolderDocuments(url)
    raise BadStoreUrl(f"Documents cannot be kept at {parts.scheme}:; give a folder, or s3://bucket/prefix.")


class Measured:
    """Pieces that are counted and hashed as they go by."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces, self._hash, self._size = pieces, hashlib.sha256(), 0

    def __iter__(self) -> Iterator[bytes]:
        """Each once."""
        for piece in self._pieces:
            self._hash.update(piece)
            self._size += len(piece)
            yield piece

    def stored(self) -> Stored:
        """What has gone by."""
        return Stored(self._hash.hexdigest(), self._size)


class FolderDocuments:
    """Documents in a folder, for its owner alone. Any number of processes may use it at once."""

    def __init__(self, folder: str | Path) -> None:
        """Raises StoreFault if it cannot be made."""
        self.folder = Path(folder)
        with _told():
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, document: str, pieces: Iterable[bytes]) -> Stored:
        """See `DocumentStore`."""
        path, measured = self._path(document), Measured(pieces)
        with _told():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            with whole_file(path) as file:
                for piece in measured:
                    file.write(piece)
            sync_folder(self.folder)
        return measured.stored()

    def stream(self, document: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `DocumentStore`."""
        path = self._path(document)
        with _told(), _found():
            file = path.open("rb")
            file.seek(start)
        return _pieces(file, length)

    def read(self, document: str) -> bytes:
        """See `DocumentStore`."""
        with _told(), _found():
            return self._path(document).read_bytes()

    def exists(self, document: str) -> bool:
        """See `DocumentStore`."""
        with _told():
            return self._path(document).is_file()

    def delete(self, document: str) -> None:
        """See `DocumentStore`."""
        path = self._path(document)
        with _told():
            path.unlink(missing_ok=True)
            if path.parent.exists():
                sync_folder(path.parent)

    def listed(self, job: str | None = None) -> Iterator[Kept]:
        """See `DocumentStore`."""
        with _told():
            names = self.folder.glob("*/*") if job is None else self._path(f"{job}.any").parent.glob(f"{job}.*")
            for path in names:
                try:
                    document, about = checked(path.name), path.stat()
                except (BadDocumentId, FileNotFoundError):      # half written; or deleted meanwhile
                    continue
                if job or job_of(document) != NO_JOB:
                    yield Kept(document, about.st_size, about.st_mtime)

    def tidy(self, older_than: float) -> None:
        """See `DocumentStore`."""
        with _told():
            for part in self.folder.glob("*/.*.part"):
                try:
                    if time.time() - part.stat().st_mtime >= older_than:
                        part.unlink()
                except FileNotFoundError:
                    continue

    def _path(self, document: str) -> Path:
        """Documents are spread over 256 folders by the last digits of their job, which are chance."""
        return self.folder / job_of(document)[-2:] / document


def _pieces(file: BinaryIO, length: int | None) -> Iterator[bytes]:
    left = float("inf") if length is None else length
    with file, _told():
        while left > 0 and (piece := file.read(int(min(PIECE, left)))):
            left -= len(piece)
            yield piece


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the system in a sentence, without the name of a file."""
    try:
        yield
    except OSError as error:
        raise StoreFault(f"The documents' folder cannot be used: {error.strerror or type(error).__name__}.") from error


@contextmanager
def _found() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentNotFound("There is no such document any more.") from error
