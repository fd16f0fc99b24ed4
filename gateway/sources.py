"""The texts of segments of jobs that are not finished, read again from their documents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.glance import LARGEST
from gateway.recent import Recent
from parsers.document import Content, codes, readable
from parsers.errors import DocumentError, UsageError
from pipeline.reading import read
from storage.documents import DocumentStore, document_id
from storage.errors import DocumentNotFound
from storage.vocabulary import Job
from workers.intake import SOURCE
from workers.wishes import wish_of


@dataclass(frozen=True, slots=True)
class SourceText:
    """A segment as its reader sees it."""

    text: str
    marks: tuple[str, ...]
    """What its Codes show, in order."""

    @classmethod
    def of(cls, content: Content) -> SourceText:
        """Of a segment; its document need not be kept for it."""
        return cls(readable(content), tuple(code.equiv for code in codes(content)))

    def shown(self, translation: str) -> str:
        """A translation as the store keeps it: texts, and Codes by their number."""
        return "".join(one if isinstance(one, str) else self.marks[one] for one in json.loads(translation))


def numbered(translation: str) -> str:
    """The same where nothing is known of the source."""
    return "".join(one if isinstance(one, str) else f"{{{one + 1}}}" for one in json.loads(translation))


class Sources:
    """Any number of threads may ask. A document is read here only after a worker has read it and lived; none over
    16 MB is."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._recent = Recent[Sequence[SourceText]]()

    def of(self, job: Job) -> Sequence[SourceText]:
        """The texts of all segments of a job that has been planned; none if its document is large or gone. Raises
        StoreFault."""
        if job.input_size > LARGEST:
            return ()
        return self._recent.get(job.id, lambda: (self._read(job), True))

    def _read(self, job: Job) -> Sequence[SourceText]:
        try:
            data = self._documents.read(document_id(job.id, SOURCE))
            document = read(data, wish_of(job, self._documents)).document
        except (DocumentError, DocumentNotFound, UsageError):
            return ()
        return tuple(SourceText.of(segment.content) for segment in document.segments)
