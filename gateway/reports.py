"""The reports of finished jobs, for those who look at a part of one."""

from __future__ import annotations

import json
from typing import Any

from gateway.glance import LARGEST
from gateway.recent import Recent
from storage.documents import DocumentStore, document_id
from storage.vocabulary import Job
from workers.intake import REPORT


class Reports:
    """Any number of threads may ask. One over 16 MB is read anew each time: in memory it takes several times that."""

    def __init__(self, documents: DocumentStore) -> None:
        self._documents = documents
        self._recent = Recent[dict[str, Any]]()

    def of(self, job: Job) -> dict[str, Any]:
        """The report of a job that has one. It is not to be changed. Raises DocumentNotFound, StoreFault."""
        return self._recent.get((job.id, job.attempt), lambda: self._read(job))

    def _read(self, job: Job) -> tuple[dict[str, Any], bool]:
        data = self._documents.read(document_id(job.id, REPORT))
        return json.loads(data), len(data) <= LARGEST
