"""Jobs as those see them who ask for them: make, look at, cancel, retry, erase. Workers' side is `storage.work`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage import rows
from storage.database import Database, now
from storage.errors import BadCursor, JobNotFound, KeyReused, WrongState
from storage.schema import ChunkRow, DeliveryRow, IdempotencyRow, JobRow, SegmentRow
from storage.vocabulary import (
    UNFINISHED,
    ChunkState,
    Created,
    Job,
    JobSegment,
    NewJob,
    Periods,
    Stage,
    State,
    Unfinished,
    Work,
    is_id,
)

MOST_LISTED = 1000
"""Jobs or segments in one page."""


class JobStore:
    """Jobs in a database. Of a tenant's question only that tenant's jobs are the answer; others are not there.

    Every method raises StoreFault if the database cannot be read or written, and JobNotFound for an id that the tenant
    has no job of.
    """

    def __init__(self, database: Database, periods: Periods | None = None) -> None:
        self._database, self._periods = database, periods or Periods()

    def create(self, new: NewJob, key: str | None = None, body_hash: str = "") -> Created:
        """Make a job, and send its work then; if the message is lost, a sweep sends it again.

        With an idempotency ``key`` the same request (by ``body_hash``, of everything that it said) gives the same job.
        Raises KeyReused if another request came with this key.
        """
        with self._database.writing() as connection:
            if key is not None:
                known = self._key_taken(connection, new, hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
                                        body_hash)
                if known is not None:
                    return _created(_job(connection, new.tenant, known), fresh=False)
            connection.execute(insert(JobRow).values(
                id=new.id, tenant=new.tenant, name=new.name, service=new.service, source_language=new.source_language,
                target_language=new.target_language, options=dict(new.options), webhook=new.webhook,
                input_sha256=new.input_sha256, input_size=new.input_size, state=State.QUEUED, stage=Stage.PREPARING,
                created=now(), due=now() + self._periods.resend))
            return _created(_job(connection, new.tenant, new.id), fresh=True)

    def _key_taken(self, connection: Connection, new: NewJob, key: str, body_hash: str) -> str | None:
        """The job of the request that had this key before, if it is still there. Two at once: the database lets the
        second wait."""
        connection.execute(delete(IdempotencyRow).where(
            IdempotencyRow.tenant == new.tenant, IdempotencyRow.key == key, IdempotencyRow.expires <= now()))
        put = (postgresql if self._database.postgres else sqlite).insert(IdempotencyRow).values(
            tenant=new.tenant, key=key, body_hash=body_hash, job_id=new.id, expires=now() + self._periods.keys)
        mine = (IdempotencyRow.tenant == new.tenant, IdempotencyRow.key == key)
        while connection.execute(put.on_conflict_do_nothing().returning(IdempotencyRow.job_id)).first() is None:
            before = connection.execute(select(IdempotencyRow.job_id, IdempotencyRow.body_hash).where(*mine)).first()
            if before is None:
                continue                                    # somebody has just let it go
            if connection.execute(select(JobRow.id).where(JobRow.id == before.job_id, *_visible(new.tenant))).first():
                if before.body_hash != body_hash:
                    raise KeyReused("This idempotency key was used for another request; take a new one for each.")
                return str(before.job_id)
            connection.execute(delete(IdempotencyRow).where(*mine, IdempotencyRow.job_id == before.job_id))
        return None

    def get(self, tenant: str, job: str) -> Job:
        """The job as it is now."""
        with self._database.reading() as connection:
            return _job(connection, tenant, job)

    def those(self, ids: Sequence[str]) -> tuple[Job, ...]:
        """The jobs of these ids as they are now, whosever they are, in any order: one question for all. What is not
        there is missing."""
        with self._database.reading() as connection:
            found = (connection.execute(select(*JobRow.__table__.columns).where(
                JobRow.id.in_(ids[at:at + MOST_LISTED]), *_visible(None))).all()
                for at in range(0, len(ids), MOST_LISTED))
            return tuple(job for some in found for job in rows.jobs(connection, some))

    def list(self, tenant: str | None, states: frozenset[State] | None = None, after: str | None = None,
             limit: int = 50) -> tuple[Job, ...]:
        """Jobs, the newest first, of these states or all. ``after`` is the id of the last one of the page before.
        Those of all tenants (None) are for whoever looks after the service. Raises BadCursor.
        """
        if after is not None and not is_id(after):
            raise BadCursor("This cursor was not given by a list of jobs.")
        query = select(*JobRow.__table__.columns).where(*_visible(tenant)).order_by(JobRow.id.desc())
        if states is not None:
            query = query.where(JobRow.state.in_(states))
        if after is not None:
            query = query.where(JobRow.id < after)
        with self._database.reading() as connection:
            return rows.jobs(connection, connection.execute(query.limit(min(limit, MOST_LISTED))).all())

    def unfinished(self, tenant: str) -> Unfinished:
        """How many jobs have not ended: for quotas and back-pressure. Read from an index alone."""
        own = func.count(case((JobRow.tenant == tenant, 1)))
        with self._database.reading() as connection:
            return Unfinished(*connection.execute(
                select(own, func.count()).select_from(JobRow).where(JobRow.state.in_(UNFINISHED))).one())

    def segments(self, tenant: str, job: str, after: int = -1, limit: int = 200) -> tuple[JobSegment, ...]:
        """Segments behind a position, in the order of the document; without their text once it is erased."""
        with self._database.reading() as connection:
            _row(connection, tenant, job)
            found = connection.execute(
                select(*SegmentRow.__table__.columns).where(SegmentRow.job_id == job, SegmentRow.position > after)
                .order_by(SegmentRow.position).limit(min(limit, MOST_LISTED)))
            return tuple(map(rows.segment, found))

    def cancel(self, tenant: str, job: str) -> Job:
        """Let a job end here and now: workers lose their leases and learn it from their next heartbeat. A job that has
        ended stays as it is."""
        with self._database.writing() as connection:
            if not _row(connection, tenant, job, lock=True).state.ended:
                rows.end(connection, job, State.CANCELLED, self._periods)
            return _job(connection, tenant, job)

    def retry(self, tenant: str, job: str) -> tuple[Job, tuple[Work, ...]]:
        """Go on with a failed job where it failed; what was checkpointed stays. Gives the work to send.

        Raises WrongState if it has not failed, or its documents are gone.
        """
        with self._database.writing() as connection:
            row = _row(connection, tenant, job, lock=True)
            if row.state != State.FAILED:
                raise WrongState(f"Only a failed job can be tried again; this one is {row.state.value}.")
            if row.erased or connection.execute(select(now())).scalar_one() >= row.documents_until:
                raise WrongState("The documents of this job have been erased; send them again.")
            due = now() + self._periods.resend
            connection.execute(update(JobRow).where(JobRow.id == job).values(
                state=State.QUEUED if row.stage == Stage.PREPARING else State.RUNNING, attempt=JobRow.attempt + 1,
                suspicion=0, due=due, problem_kind=None, problem_message=None, finished=None, documents_until=None,
                rows_until=None))
            reopened = connection.execute(
                update(ChunkRow).where(ChunkRow.job_id == job, ChunkRow.state == ChunkState.STOPPED)
                .values(state=ChunkState.OPEN, suspicion=0, due=due).returning(ChunkRow.number)).scalars().all()
            numbers = sorted(reopened) if row.stage == Stage.TRANSLATING else [None]
            return _job(connection, tenant, job), tuple(Work(job, row.stage, n, row.service) for n in numbers)

    def erase(self, tenant: str, job: str) -> None:
        """Forget a job, running or not: its text is gone at once, its row is not seen any more.

        Delete its documents next, and tell `storage.retention.Retention.erased`. If that never happens a sweep does it.
        """
        with self._database.writing() as connection:
            _row(connection, tenant, job, lock=True)
            for table in (ChunkRow, SegmentRow, IdempotencyRow, DeliveryRow):
                connection.execute(delete(table).where(table.job_id == job))
            connection.execute(update(JobRow).where(JobRow.id == job).values(
                state=State.CANCELLED, owner=None, fence=JobRow.fence + 1, documents_until=now(), rows_until=now(),
                name="", options={}, webhook=None, problem_message=None))
        self._database.shrink_log()


def _visible(tenant: str | None) -> tuple[ColumnElement[bool], ...]:
    """Which jobs a tenant sees: their own, until they are forgotten. None: those of all tenants."""
    kept = or_(JobRow.rows_until.is_(None), JobRow.rows_until > now())
    return (kept,) if tenant is None else (JobRow.tenant == tenant, kept)


def _row(connection: Connection, tenant: str, job: str, *, lock: bool = False) -> Row[Any]:
    query = select(*JobRow.__table__.columns).where(JobRow.id == job, *_visible(tenant))
    row = connection.execute(query.with_for_update() if lock else query).first() if is_id(job) else None
    if row is None:
        raise JobNotFound("There is no such job.")
    return row


def _job(connection: Connection, tenant: str, job: str) -> Job:
    return rows.jobs(connection, [_row(connection, tenant, job)])[0]


def _created(job: Job, *, fresh: bool) -> Created:
    return Created(job, fresh, Work(job.id, Stage.PREPARING, None, job.service))
