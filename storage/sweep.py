"""What keeps jobs going when messages are lost and workers die. Run it every 10 seconds, in any number of processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select, tuple_, update
from sqlalchemy.orm import InstrumentedAttribute

from storage import rows
from storage.database import Database, now
from storage.schema import ChunkRow, JobRow
from storage.vocabulary import (
    ENDED,
    MOST_SUSPICION,
    QUARANTINED,
    SILENT,
    ChunkState,
    Periods,
    Problem,
    ServiceClass,
    Stage,
    State,
    Swept,
    Work,
)

MOST_AT_ONCE = 256
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A table of work that somebody may hold."""

    table: type[JobRow | ChunkRow]
    key: Sequence[InstrumentedAttribute[Any]]
    open: ColumnElement[bool]


CHUNKS = _Kind(ChunkRow, (ChunkRow.job_id, ChunkRow.number), ChunkRow.state == ChunkState.OPEN)
STEPS = _Kind(JobRow, (JobRow.id,), JobRow.state.in_(rows.OPEN_WORK) & (JobRow.stage != Stage.TRANSLATING))


class Sweep:
    """Looks after work that nobody looks after. Raises StoreFault if the database cannot be read or written."""

    def __init__(self, database: Database, periods: Periods | None = None) -> None:
        self._database, self._periods = database, periods or Periods()

    def run(self, limits: Mapping[ServiceClass, int] | None = None) -> Swept:
        """Free what silent workers hold, let jobs fail whose work ended every worker, and give the work to send.

        ``limits`` says how much of each class to send, the oldest first: less than the default, even 0, while its queue
        is long, because what waits there needs no second message.
        """
        freed = sum(self._freed(kind) for kind in (CHUNKS, STEPS))
        quarantined = tuple(job for job in self._poisonous() if self._quarantine(job))
        send = [work for service in ServiceClass for kind in (CHUNKS, STEPS)
                for work in self._due(kind, service, MOST_AT_ONCE if limits is None else limits.get(service, 0))]
        return Swept(tuple(send), quarantined, freed)

    def holders(self, worker: str) -> frozenset[str]:
        """The owners of leases whose names begin with that of a worker and a colon: its processes at work."""
        with self._database.reading() as connection:
            return frozenset(owner for kind in (CHUNKS, STEPS) for owner in connection.execute(
                select(kind.table.owner).where(
                    kind.open, kind.table.owner.startswith(f"{worker}:", autoescape=True))).scalars() if owner)

    def ended(self, owner: str) -> int:
        """Free what somebody held who has ended, without waiting for the leases. Gives how much that was."""
        freed = 0
        for kind in (CHUNKS, STEPS):
            with self._database.writing() as connection:
                keys = _locked(connection, kind, select(*kind.key).where(kind.open, kind.table.owner == owner))
                _free(connection, kind, keys, ENDED)
                freed += len(keys)
        return freed

    def _freed(self, kind: _Kind) -> int:
        """How much was held for too long, and is not any more."""
        table = kind.table
        late = select(*kind.key).where(kind.open, table.owner.is_not(None), table.due < now()).order_by(table.due)
        freed = 0
        while True:
            with self._database.writing() as connection:
                keys = _locked(connection, kind, late.limit(MOST_AT_ONCE))
                _free(connection, kind, keys, SILENT)
            freed += len(keys)
            if len(keys) < MOST_AT_ONCE:
                return freed

    def _poisonous(self) -> list[str]:
        found: set[str] = set()
        with self._database.reading() as connection:
            for kind in (CHUNKS, STEPS):
                table = kind.table
                found.update(connection.execute(select(kind.key[0]).where(
                    kind.open, table.owner.is_(None), table.suspicion >= MOST_SUSPICION)).scalars())
        return sorted(found)

    def _quarantine(self, job: str) -> bool:
        """Whether this sweep did it."""
        with self._database.writing() as connection:
            query = select(JobRow.state, JobRow.stage).where(JobRow.id == job)
            row = connection.execute(query.with_for_update()).first()
            if row is None or row.state.ended:
                return False
            rows.end(connection, job, State.FAILED, self._periods, Problem(
                QUARANTINED, f"The document was set aside: at least {MOST_SUSPICION // ENDED} workers, one after the "
                f"other, ended or broke off while {row.stage.value} it."))
            return True

    def _due(self, kind: _Kind, service: ServiceClass, limit: int) -> list[Work]:
        table = kind.table
        waiting = select(*kind.key).where(
            kind.open, table.owner.is_(None), table.suspicion < MOST_SUSPICION, table.due <= now(),
            JobRow.service == service).order_by(table.due).limit(limit)
        if kind is CHUNKS:
            waiting = waiting.join(JobRow, JobRow.id == ChunkRow.job_id)
        with self._database.writing() as connection:
            keys = _locked(connection, kind, waiting)
            _update(connection, kind, keys, due=now() + self._periods.resend)
            if kind is CHUNKS:
                return [Work(job, Stage.TRANSLATING, number, service) for job, number in keys]
            found = connection.execute(select(JobRow.id, JobRow.stage).where(JobRow.id.in_([job for job, in keys])))
            stages = {row.id: row.stage for row in found}
            return [Work(job, stages[job], None, service) for job, in keys]


def _locked(connection: Connection, kind: _Kind, query: Select[Any]) -> list[tuple[Any, ...]]:
    """Keys of rows that are this transaction's now; what another one holds is left to it."""
    return [tuple(row) for row in connection.execute(query.with_for_update(of=kind.table, skip_locked=True))]


def _free(connection: Connection, kind: _Kind, keys: list[tuple[Any, ...]], suspicion: int) -> None:
    table = kind.table
    _update(connection, kind, keys, owner=None, fence=table.fence + 1, suspicion=table.suspicion + suspicion, due=now())


def _update(connection: Connection, kind: _Kind, keys: list[tuple[Any, ...]], **values: Any) -> None:
    if keys:
        connection.execute(update(kind.table).where(tuple_(*kind.key).in_(keys)).values(values))
