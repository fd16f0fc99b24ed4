"""Documents in an S3-compatible object store. Keys, region and endpoint come from the environment (AWS_…)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import chain

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from storage.documents import NO_JOB, PIECE, Kept, Measured, Stored, checked, document_id, job_of
from storage.errors import BadDocumentId, BadStoreUrl, DocumentNotFound, StoreFault, StoreUnavailable

TRIES = 4
LONGEST_TRYING = timedelta(seconds=20)
"""obstore's own, ten tries in three minutes, would outlast the lease of whoever waits."""


class S3Documents:
    """Documents under the prefix of a bucket. See `storage.documents.DocumentStore`."""

    def __init__(self, url: str) -> None:
        """``s3://bucket/prefix``. Raises BadStoreUrl."""
        endpoint = os.environ.get("AWS_ENDPOINT_URL") or os.environ.get("AWS_ENDPOINT") or ""
        try:
            self._store = S3Store.from_url(
                url, retry_config={"max_retries": TRIES, "retry_timeout": LONGEST_TRYING},
                client_options={"connect_timeout": "5s", "timeout": "60s", "allow_http": endpoint.startswith("http:")})
        except (BaseError, ValueError) as error:
            raise BadStoreUrl("This URL names no bucket; give s3://bucket/prefix.") from error

    def put(self, document: str, pieces: Iterable[bytes]) -> Stored:
        """See `storage.documents.DocumentStore`."""
        measured = Measured(pieces)
        with _told():
            obstore.put(self._store, _key(document), iter(measured))
        return measured.stored()

    def stream(self, document: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """See `storage.documents.DocumentStore`."""
        with _told():
            size = obstore.head(self._store, _key(document))["size"]
            end = size if length is None else min(size, start + length)
            if start >= end:
                return iter(())
            found = obstore.get(self._store, _key(document), options={"range": (start, end)})
        return _pieces(found.stream(min_chunk_size=PIECE))

    def read(self, document: str) -> bytes:
        """See `storage.documents.DocumentStore`."""
        with _told():
            return bytes(obstore.get(self._store, _key(document)).bytes())

    def exists(self, document: str) -> bool:
        """See `storage.documents.DocumentStore`."""
        try:
            with _told():
                obstore.head(self._store, _key(document))
        except DocumentNotFound:
            return False
        return True

    def delete(self, document: str) -> None:
        """See `storage.documents.DocumentStore`."""
        try:
            with _told():
                obstore.delete(self._store, _key(document))
        except DocumentNotFound:
            return

    def listed(self, job: str | None = None) -> Iterator[Kept]:
        """See `storage.documents.DocumentStore`."""
        if job is not None:
            document_id(job, "any")
        with _told():
            for about in chain.from_iterable(obstore.list(self._store, job)):
                try:
                    document = checked(about["path"].replace("/", ".", 1))
                except BadDocumentId:       # somebody else's
                    continue
                if job or job_of(document) != NO_JOB:
                    yield Kept(document, about["size"], about["last_modified"].timestamp())

    def tidy(self, older_than: float) -> None:
        """Uploads that were interrupted are the bucket's to remove (a rule AbortIncompleteMultipartUpload)."""


def _key(document: str) -> str:
    """Where it is in the bucket: a job is a folder there, so that its documents are listed without the others."""
    return checked(document).replace(".", "/", 1)


def _pieces(stream: Iterable[object]) -> Iterator[bytes]:
    with _told():
        for piece in stream:
            yield bytes(piece)      # type: ignore[call-overload]


@contextmanager
def _told() -> Iterator[None]:
    """Errors of the store in a sentence: theirs hold addresses and keys."""
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentNotFound("There is no such document any more.") from error
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StoreFault("The object store refuses these keys.") from error
    except BaseError as error:
        raise StoreUnavailable("The object store does not answer as it should; try again.") from error
