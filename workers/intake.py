"""The one way in: every door hands its documents over here, and asks for their ends here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from parsers import format_of
from parsers.errors import UnknownFormat
from parsers.locales import Locale
from parsers.sniffing import binary_kind, sniff
from pipeline.glossary_files import parsed
from storage import marks
from storage.documents import document_id
from storage.errors import StoreUnavailable
from storage.glossaries import TermList
from storage.vocabulary import Created, Job, NewJob, ServiceClass, Work, new_id
from workers.deployment import Stores
from workers.metrics import document_taken
from workers.options import Options

SOURCE, RESULT, REPORT = "source", "result", "report"
"""Kinds of the documents of a job."""


def terms_kind(number: int) -> str:
    """The kind of the job's own copy of a term list, from 0: what a job was asked with does not change under it."""
    return f"terms-{number}"


@dataclass(frozen=True, slots=True)
class Asked:
    """A document that somebody wants translated."""

    name: str
    """For display, and to tell the format; never part of a path."""
    target: Locale
    source: Locale | None = None
    """None to detect it."""
    service: ServiceClass = ServiceClass.BATCH
    options: Options = field(default_factory=Options)
    terms: tuple[TermList, ...] = ()
    """Term lists that are not stored ones; they go over those."""
    webhook: str | None = None
    """Name of the stored webhook that hears of the end."""


class Messenger(Protocol):
    """Whoever tells the workers."""

    def send(self, work: Iterable[Work]) -> None:
        """Say that something is to be done. A message that cannot be sent costs time, no work: a sweep sends it again.
        Raises nothing for a broker that does not answer."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes documents in. One for each process; any number of threads may use it."""

    stores: Stores
    messenger: Messenger

    def submit(self, tenant: str, asked: Asked, pieces: Iterable[bytes], key: str | None = None,
               body_hash: str = "") -> Created:
        """Keep a document, make its job, tell the workers. Nothing is kept if anything is raised but StoreUnavailable.

        With an idempotency ``key`` the same request gives the same job; ``body_hash`` is of what was said beside the
        document. Raises UsageError, DocumentError for a format that is none, NotKept for a glossary or a webhook that
        is not there, KeyReused, StoreFault, and what ``pieces`` raises.
        """
        if asked.webhook is not None:
            self.stores.webhooks.get(tenant, asked.webhook)
        lists = (*self.stores.glossaries.files(tenant, asked.options.glossaries), *asked.terms)
        for one in lists:
            parsed(one.name, one.data)                       # read once here, so that nonsense is told at once
        job = new_id()
        marks.leave(self.stores.database, self.stores.documents)
        try:
            stored = self.stores.documents.put(document_id(job, SOURCE), pieces)
            options = replace(asked.options, format=asked.options.format or self._format(job, asked.name))
            for number, one in enumerate(lists):
                self.stores.documents.put(document_id(job, terms_kind(number)), (one.data,))
            values = {**options.as_json(), "terms": [one.name for one in lists]}
            new = NewJob(tenant, asked.name, asked.source.tag if asked.source else None, asked.target.tag,
                         stored.sha256, stored.size, asked.service, values, job, asked.webhook)
            created = self.stores.jobs.create(
                new, key, hashlib.sha256(f"{stored.sha256} {body_hash}".encode()).hexdigest())
        except StoreUnavailable:
            raise                   # the job may be there, unanswered; if it is not, a sweep deletes its documents
        except BaseException:
            self._forget_documents(job)
            raise
        if created.fresh:
            document_taken(str(options.format), stored.size)
            self.messenger.send((created.work,))
        else:
            self._forget_documents(job)
        return created

    def retry(self, tenant: str, job: str) -> Job:
        """Go on with a failed job. Raises JobNotFound, WrongState."""
        again, work = self.stores.jobs.retry(tenant, job)
        self.messenger.send(work)
        return again

    def erase(self, tenant: str, job: str) -> None:
        """Forget a job with all that was kept of it. Raises JobNotFound."""
        self.stores.jobs.erase(tenant, job)
        self._forget_documents(job)
        self.stores.retention.erased((job,))

    def _forget_documents(self, job: str) -> None:
        for kept in list(self.stores.documents.listed(job)):
            self.stores.documents.delete(kept.id)

    def _format(self, job: str, name: str) -> str:
        """By the name, else by the content. Raises UnknownFormat."""
        known = format_of(name)
        if known is None:
            data = self.stores.documents.read(document_id(job, SOURCE))
            known = sniff(data, name)
            kind = binary_kind(data)
            if known is None and kind:
                raise UnknownFormat(f"This is {kind}; Diglot translates Markdown, HTML and Word (.docx).")
        if known is None:
            raise UnknownFormat("Neither its name nor its content says what format this is; say it with format.")
        return known.name

