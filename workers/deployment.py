"""Where the parts of a service are, and all of them opened for one process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pipeline.engines import ServerOptions
from storage import database, documents
from storage.api_keys import KeyStore
from storage.database import Database
from storage.deliveries import DeliveryStore, WebhookStore
from storage.documents import DocumentStore
from storage.glossaries import GlossaryStore
from storage.jobs import JobStore
from storage.retention import Retention
from storage.shared_memory import MemoryStore
from storage.sweep import Sweep
from storage.vocabulary import Periods
from storage.work import WorkStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What is the same for every process of a service: by URL, so that one machine and many run the same code."""

    database: str
    """``sqlite:///file`` or ``postgresql://…``."""
    documents: str
    """A folder, or ``s3://bucket/prefix``."""
    broker: str = field(repr=False)
    """``redis://…``; it may hold a password."""
    engine: str = "embedded"
    server: ServerOptions = field(default_factory=ServerOptions)
    """For engines that speak to one."""
    periods: Periods = field(default_factory=Periods)


@dataclass(frozen=True, slots=True)
class Stores:
    """All that is kept, opened in this process."""

    database: Database
    documents: DocumentStore
    jobs: JobStore
    work: WorkStore
    sweep: Sweep
    retention: Retention
    glossaries: GlossaryStore
    memories: MemoryStore
    keys: KeyStore
    webhooks: WebhookStore
    deliveries: DeliveryStore

    @classmethod
    @contextmanager
    def opened(cls, deployment: Deployment) -> Iterator[Stores]:
        """The stores of a deployment, made if they are not there. Not before a fork.

        Raises StoreFault, BadStoreUrl, ForeignDatabase.
        """
        kept = database.opened(deployment.database)
        try:
            yield cls.on(kept, documents.opened(deployment.documents), deployment.periods)
        finally:
            kept.close()

    @classmethod
    def on(cls, kept: Database, bytes_of: DocumentStore, periods: Periods) -> Stores:
        """Stores on what is open already."""
        return cls(kept, bytes_of, JobStore(kept, periods), WorkStore(kept, periods), Sweep(kept, periods),
                   Retention(kept), GlossaryStore(kept), MemoryStore(kept), KeyStore(kept), WebhookStore(kept),
                   DeliveryStore(kept, periods))
