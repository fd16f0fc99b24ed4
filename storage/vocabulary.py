"""The words of jobs: the values that cross the border of the job store."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from pipeline.report import Outcome
from storage.errors import BadName

DAY = 86_400.0
NAME = re.compile("[a-z0-9][a-z0-9._-]{0,63}")
"""How tenants may name what they keep: safe in a URL, a file name and a log."""


def new_id() -> str:
    """A UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then chance. Later ones sort later."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76        # version
    value = value & ~(0x3 << 62) | 0x2 << 62        # variant
    return str(UUID(int=value))


def is_id(text: str) -> bool:
    """Whether this is written as `new_id` writes."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def named(name: str) -> str:
    """The name, if something may be kept under it. Raises BadName."""
    if NAME.fullmatch(name):
        return name
    raise BadName("A name is 1 to 64 lower-case letters from a to z, digits, dots, hyphens and underscores, and begins "
                  "with a letter or a digit.")


class State(StrEnum):
    """Where a job is, for those who asked for it: one list for ever. What is being done is its `Stage`."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    WARNINGS = "warnings"
    """Finished, and the report names segments that kept their source."""
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Nothing more happens to the job by itself."""
        return self not in UNFINISHED


UNFINISHED = frozenset({State.QUEUED, State.RUNNING})


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How many jobs have not ended."""

    own: int
    """Of a tenant."""
    every: int
    """Of all."""


class Stage(StrEnum):
    """What is to be done next to a job; of one that ended, what was done last."""

    PREPARING = "preparing"
    """Parse, plan, split into chunks."""
    TRANSLATING = "translating"
    ASSEMBLING = "assembling"


class ServiceClass(StrEnum):
    """How urgent a job is. Each class has a queue of its own."""

    INTERACTIVE = "interactive"
    BATCH = "batch"
    BACKGROUND = "background"


class ChunkState(StrEnum):
    """Where a chunk is."""

    OPEN = "open"
    DONE = "done"
    STOPPED = "stopped"
    """The job was cancelled, or failed, while this chunk was open."""


@dataclass(frozen=True, slots=True)
class Periods:
    """Seconds."""

    lease: float = 45.0
    """How long a worker may be silent: three heartbeats of 15 s. With a sweep every 10 s, the work of a killed one
    is sent again within 55 s."""
    resend: float = 30.0
    """How long work may wait for a worker until its message is thought lost. Too short costs a message, no work."""
    documents: float = DAY
    """How long documents and their text are kept once the job has ended."""
    rows: float = 30 * DAY
    """How long the job's row is."""
    keys: float = DAY
    """How long an idempotency key is known."""


SILENT = 1
"""Added to the suspicion of work whose worker fell silent: its machine may have gone, which says little."""
ENDED = 2
"""Added to that of work over which a process ended while its worker went on, or that a defect broke off."""
MOST_SUSPICION = 6
"""Work so suspicious is set aside: three processes ended over it, or six workers fell silent, one after the other,
with nothing checkpointed between."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a job failed."""

    kind: str
    """A stable word for programs, such as ``damaged-document``."""
    message: str
    """One sentence for people."""


QUARANTINED = "quarantined"
"""The kind of problem of a job whose work has reached `MOST_SUSPICION`."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is asked for."""

    tenant: str
    name: str
    """The document's, for display only: never part of a path."""
    source_language: str | None
    """None to detect it."""
    target_language: str
    input_sha256: str
    input_size: int
    service: ServiceClass = ServiceClass.BATCH
    options: Mapping[str, Any] = field(default_factory=dict)
    """Everything else, as JSON can say it; the store does not look inside."""
    id: str = field(default_factory=new_id)
    """Made before the row, because the document is stored under it first."""
    webhook: str | None = None
    """Name of the tenant's webhook that hears of the end."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. What is done is never undone, so that no number but ``segments`` − ``done`` falls."""

    segments: int
    """0 until the document has been read."""
    outcomes: Mapping[Outcome, int]
    chunks: int
    chunks_done: int

    @property
    def done(self) -> int:
        """Segments that have an outcome."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it is now. Times are seconds since 1970 by the database's clock."""

    id: str
    tenant: str
    name: str
    service: ServiceClass
    source_language: str | None
    target_language: str
    options: Mapping[str, Any]
    input_sha256: str
    input_size: int
    state: State
    stage: Stage
    attempt: int
    """1, and one more for each retry that somebody asked for."""
    problem: Problem | None
    progress: Progress
    created: float
    started: float | None
    finished: float | None
    documents_until: float | None
    """When its documents and their text are erased; None while it runs."""
    erased: bool
    """They have been."""
    webhook: str | None = None
    """Name of the tenant's webhook that hears of the end."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a message to the workers says: something is to be done. It may be sent twice, or late."""

    job: str
    stage: Stage
    chunk: int | None
    """Its number while translating, None for the steps of a whole job."""
    service: ServiceClass


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to a request for a job."""

    job: Job
    fresh: bool
    """False: the same request came before, and this is its job."""
    work: Work
    """What to send, if fresh."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work at a step of a job, or at a chunk, until somebody else is given it."""

    job: str
    stage: Stage
    chunk: int | None
    owner: str
    fence: int
    """Grows each time the work changes hands; a write with an old one changes nothing."""
    suspicion: int = 0
    """Of ending its workers: somebody ended, or fell silent, over it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Segments of one job that one worker translates."""

    job: str
    number: int
    state: ChunkState
    suspicion: int
    """Of ending its workers; 0 again whenever something is checkpointed."""
    segments: tuple[int, ...]
    """Positions, in order."""
    pending: tuple[int, ...]
    """Those without an outcome."""


@dataclass(frozen=True, slots=True)
class SegmentResult:
    """How a segment ended."""

    outcome: Outcome
    text: str
    """Its translation, in the form that the workers agree on; the store does not look inside."""
    reason: str | None = None
    attempts: int = 1
    details: Mapping[str, Any] = field(default_factory=dict)
    """Rung and findings, as JSON can say them."""


@dataclass(frozen=True, slots=True)
class JobSegment:
    """A segment of a job: in the plan, and as it is read later."""

    position: int
    """In the document, from 0."""
    source_hash: str
    """Tells whether the document still parses into the same segments."""
    chunk: int | None
    """None if the plan itself gave its result."""
    result: SegmentResult | None = None


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    send: tuple[Work, ...]
    quarantined: tuple[str, ...]
    """Jobs that failed now, because their work ended every worker."""
    freed: int = 0
    """Pieces of work that were taken from silent workers."""
