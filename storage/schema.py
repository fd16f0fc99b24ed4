"""The tables of the service. `storage.migrations` makes them; a test asserts that both agree.

Times are seconds since 1970 by the database's clock (`storage.database.now`): one clock for all hosts, and one that
SQLite and Postgres compare alike.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Double,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from pipeline.report import Outcome
from storage.vocabulary import ChunkState, ServiceClass, Stage, State

ID = String(36)
SIZE = BigInteger().with_variant(Integer(), "sqlite")
"""Bytes: documents may have more than 2 GiB. SQLite's integers are as long as they need to be."""
WORD = 16
"""Length of the longest state, stage or outcome, and some."""


class AnyText(TypeDecorator[str]):
    """Text of people and documents as bytes: they hold what Postgres refuses in text (U+0000), and what neither
    database can encode (lone surrogates)."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (theirs)
        """To the database."""
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (theirs)
        """From the database."""
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


def _words(kind: type[StrEnum]) -> Enum:
    """A column for these words, without a constraint: a new word must need no new table."""
    return Enum(kind, native_enum=False, create_constraint=False, length=WORD,
                values_callable=lambda words: [word.value for word in words])


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention={     # the same names in every database, so that migrations can name them
        "ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    })
    type_annotation_map = {         # noqa: RUF012 (SQLAlchemy declares it)
        float: Double(), dict[str, Any]: JSON(), State: _words(State), Stage: _words(Stage),
        ServiceClass: _words(ServiceClass), ChunkState: _words(ChunkState), Outcome: _words(Outcome),
    }


class Claimable:
    """Work that one worker at a time may hold."""

    owner: Mapped[str | None] = mapped_column(String(100))
    due: Mapped[float]
    """When somebody looks at it: held, the end of the lease; not held, when it is to be sent again."""
    fence: Mapped[int] = mapped_column(default=0)


class Guarded(Claimable):
    """Work that may end whoever does it."""

    suspicion: Mapped[int] = mapped_column(default=0)


class IdentityRow(Base):
    """One line, made with the database: what tells it from others."""

    __tablename__ = "identity"

    id: Mapped[str] = mapped_column(ID, primary_key=True)


class JobRow(Guarded, Base):
    """One document into one language."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "tenant", "id"), Index(None, "state", "due"), Index(None, "state", "tenant"),
                      Index(None, "documents_until"), Index(None, "rows_until"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(AnyText)
    service: Mapped[ServiceClass]
    source_language: Mapped[str | None] = mapped_column(String(50))
    target_language: Mapped[str] = mapped_column(String(50))
    options: Mapped[dict[str, Any]]
    webhook: Mapped[str | None] = mapped_column(String(64))
    """Name of the one that hears of the end; no foreign key: it may be deleted, and made again."""
    input_sha256: Mapped[str] = mapped_column(String(64))
    input_size: Mapped[int] = mapped_column(SIZE)
    state: Mapped[State]
    stage: Mapped[Stage]
    attempt: Mapped[int] = mapped_column(default=1)
    problem_kind: Mapped[str | None] = mapped_column(String(50))
    problem_message: Mapped[str | None] = mapped_column(AnyText)
    created: Mapped[float]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    documents_until: Mapped[float | None]
    rows_until: Mapped[float | None]
    erased: Mapped[bool] = mapped_column(default=False)


class ChunkRow(Guarded, Base):
    """Segments that one worker translates."""

    __tablename__ = "chunk"
    __table_args__ = (Index(None, "state", "due"),)

    job_id: Mapped[str] = mapped_column(ID, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[ChunkState]


class SegmentRow(Base):
    """What became of one segment. Its source is in the document."""

    __tablename__ = "segment"
    # Progress is counted from this index alone, without reading any text.
    __table_args__ = (Index(None, "job_id", "chunk", "outcome"),)

    job_id: Mapped[str] = mapped_column(ID, ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_hash: Mapped[str] = mapped_column(String(64))
    chunk: Mapped[int | None]
    outcome: Mapped[Outcome | None]
    text: Mapped[str | None] = mapped_column(AnyText)
    reason: Mapped[str | None] = mapped_column(AnyText)
    attempts: Mapped[int] = mapped_column(default=0)
    details: Mapped[dict[str, Any]]


class GlossaryRow(Base):
    """One version of a term list, as the file that it came in."""

    __tablename__ = "glossary"

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str] = mapped_column(AnyText)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    terms: Mapped[int]
    languages: Mapped[list[str]] = mapped_column(JSON)
    created: Mapped[float]
    data: Mapped[bytes] = mapped_column(LargeBinary)


class MemoryRow(Base):
    """A unit of a translation memory, under one of the keys that it is found by."""

    __tablename__ = "memory"
    # The first tells equal units apart from different ones, the second gives them in order, a page at a time.
    __table_args__ = (Index(None, "tenant", "name", "unit_hash"), Index(None, "tenant", "name", "imported", "made"))

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """`storage.units.short`."""
    unit_hash: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Of languages, content and whether it was imported: the same unit stands under several keys."""
    source_language: Mapped[str] = mapped_column(String(50))
    target_language: Mapped[str] = mapped_column(String(50))
    content: Mapped[str] = mapped_column(AnyText)
    origin: Mapped[str] = mapped_column(AnyText)
    imported: Mapped[bool]
    made: Mapped[float]
    uses: Mapped[int] = mapped_column(default=0)
    used: Mapped[float | None]
    """Last."""


class ApiKeyRow(Base):
    """Who may ask. Of the secret only its SHA-256 is kept: 256 random bits need no slow hash."""

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "tenant"),)

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(AnyText)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created: Mapped[float]
    expires: Mapped[float | None]
    revoked: Mapped[float | None]
    used: Mapped[float | None]
    """Last, roughly."""


class IdempotencyRow(Base):
    """Requests for jobs that came with a key. The answer to the same request is the job."""

    __tablename__ = "idempotency"
    __table_args__ = (Index(None, "expires"), Index(None, "job_id"))

    tenant: Mapped[str] = mapped_column(String(100), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of what the client sent, which may be anything."""
    body_hash: Mapped[str] = mapped_column(String(64))
    job_id: Mapped[str] = mapped_column(ID)     # no foreign key: the key is taken before the job is made
    expires: Mapped[float]


class WebhookRow(Base):
    """Where a tenant wants to hear of jobs that end."""

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("tenant", "name"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    tenant: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(64))
    url: Mapped[str] = mapped_column(AnyText)
    secret: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool]
    created: Mapped[float]


class DeliveryRow(Claimable, Base):
    """A webhook that is to be told, and what came of it."""

    __tablename__ = "delivery"
    __table_args__ = (Index(None, "finished", "due"), Index(None, "job_id"), Index(None, "webhook_id"))

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    job_id: Mapped[str] = mapped_column(ID, ForeignKey("job.id", ondelete="CASCADE"))
    webhook_id: Mapped[str] = mapped_column(ID, ForeignKey("webhook.id", ondelete="CASCADE"))
    tenant: Mapped[str] = mapped_column(String(100))
    event: Mapped[str] = mapped_column(String(50))
    attempts: Mapped[int] = mapped_column(default=0)
    """Those that were begun."""
    status: Mapped[int | None]
    """Of the last answer."""
    problem: Mapped[str | None] = mapped_column(AnyText)
    created: Mapped[float]
    finished: Mapped[float | None]
    """Told, or given up."""
