"""Jobs as workers see them: take work with a lease, checkpoint, finish.

Who holds work has its lease: a name, and a number (the fence) that grows each time the work changes hands. Every write
asks for both in its WHERE, so that a worker who was frozen while its work went to another changes nothing. A lease that
has run out may still be renewed as long as no sweep has freed its work: to take it away would only repeat work.

Locks are taken in the order job, chunk, segments, which is why no two of these transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, insert, or_, select, update

from pipeline.report import Outcome
from storage import rows
from storage.database import Database, now
from storage.errors import Incomplete, JobNotFound, LeaseLost
from storage.schema import ChunkRow, JobRow, SegmentRow
from storage.vocabulary import (
    ENDED,
    MOST_SUSPICION,
    Chunk,
    ChunkState,
    Job,
    JobSegment,
    Lease,
    Periods,
    Problem,
    SegmentResult,
    Stage,
    State,
    Work,
)

PAGE = 500
"""Segments that are read together."""


class WorkStore:
    """The work of all jobs. Messages say what is to be done; this says who may do it.

    Every method raises StoreFault if the database cannot be read or written; each that takes a lease raises LeaseLost,
    and then has written nothing, if the work went to somebody else or its job has ended.
    """

    def __init__(self, database: Database, periods: Periods | None = None) -> None:
        self._database, self._periods = database, periods or Periods()

    def claim(self, work: Work, owner: str) -> Lease | None:
        """The lease for this work; None if somebody holds it, or it is no more to be done.

        Work whose holder is silent becomes free by a sweep alone, because there the crash is counted.
        """
        if work.stage == Stage.TRANSLATING:
            claim = update(ChunkRow).where(
                ChunkRow.job_id == work.job, ChunkRow.number == work.chunk, ChunkRow.state == ChunkState.OPEN,
                ChunkRow.owner.is_(None), ChunkRow.suspicion < MOST_SUSPICION).values(
                owner=owner, fence=ChunkRow.fence + 1, due=now() + self._periods.lease).returning(
                ChunkRow.fence, ChunkRow.suspicion)
        else:
            claim = update(JobRow).where(
                JobRow.id == work.job, JobRow.stage == work.stage, JobRow.state.in_(rows.OPEN_WORK),
                JobRow.owner.is_(None), JobRow.suspicion < MOST_SUSPICION).values(
                owner=owner, fence=JobRow.fence + 1, due=now() + self._periods.lease, state=State.RUNNING,
                started=func.coalesce(JobRow.started, now())).returning(JobRow.fence, JobRow.suspicion)
        with self._database.writing() as connection:
            row = connection.execute(claim).first()
        return None if row is None else Lease(work.job, work.stage, work.chunk, owner, row.fence, row.suspicion)

    def heartbeat(self, lease: Lease) -> None:
        """Say that this worker is alive."""
        with self._database.writing() as connection:
            self._held(connection, lease)

    def release(self, lease: Lease, after: float = 0.0) -> None:
        """Give the work back, to be sent again in so many seconds. Counts as no crash."""
        with self._database.writing() as connection:
            self._held(connection, lease, owner=None, due=now() + after)

    def stumbled(self, lease: Lease, after: float = 0.0) -> None:
        """Give back work whose step broke in a way that nobody foresaw, to be sent again in so many seconds. Counts as
        a process that ended over it."""
        table = JobRow if lease.chunk is None else ChunkRow
        with self._database.writing() as connection:
            self._held(connection, lease, owner=None, due=now() + after, suspicion=table.suspicion + ENDED)

    def planned(self, lease: Lease, segments: Sequence[JobSegment]) -> tuple[Work, ...]:
        """The document has been read: keep its plan, and give the work to send.

        Each segment is in a chunk or has a result. Without chunks the document is assembled next.
        """
        numbers = sorted({segment.chunk for segment in segments if segment.chunk is not None})
        stage = Stage.TRANSLATING if numbers else Stage.ASSEMBLING
        due = now() + self._periods.resend
        with self._database.writing() as connection:
            self._held(connection, lease, owner=None, stage=stage, suspicion=0, due=due)
            for number in numbers:
                connection.execute(insert(ChunkRow).values(
                    job_id=lease.job, number=number, state=ChunkState.OPEN, due=due))
            if segments:
                connection.execute(insert(SegmentRow), [_planned(lease.job, segment) for segment in segments])
            service = connection.execute(select(JobRow.service).where(JobRow.id == lease.job)).scalar_one()
        return tuple(Work(lease.job, stage, number, service) for number in (numbers or (None,)))

    def checkpoint(self, lease: Lease, results: Mapping[int, SegmentResult]) -> None:
        """Keep how these segments ended, by position. Counts as a heartbeat, and forgets suspicion before.

        They are of the chunk that is held; who assembles may write all. Raises Incomplete for any other.
        """
        with self._database.writing() as connection:
            self._held(connection, lease, suspicion=0)
            if _known(connection, lease, list(results)) < len(results):
                raise Incomplete("A result is of no segment of this part of the document.")
            if results:
                put = update(SegmentRow).where(SegmentRow.job_id == lease.job, SegmentRow.position == bindparam("at"))
                connection.execute(put, [{"at": at, **rows.result_values(result)} for at, result in results.items()])

    def finish_chunk(self, lease: Lease) -> Work | None:
        """The chunk is translated. Gives the work to send if it was the last one: exactly one of those who finish a
        job's chunks is given it. Raises Incomplete if a segment has no outcome."""
        with self._database.writing() as connection:
            # The job's row is locked first. Otherwise two that finish at once would each see the other's chunk open.
            service = _locked(connection, lease.job)
            self._held(connection, lease, state=ChunkState.DONE, owner=None)
            _require_outcomes(connection, SegmentRow.job_id == lease.job, SegmentRow.chunk == lease.chunk)
            moved = connection.execute(update(JobRow).where(
                JobRow.id == lease.job, JobRow.state == State.RUNNING, JobRow.stage == Stage.TRANSLATING,
                ~exists().where(ChunkRow.job_id == lease.job, ChunkRow.state != ChunkState.DONE)).values(
                stage=Stage.ASSEMBLING, due=now() + self._periods.resend).returning(JobRow.id)).first()
        return Work(lease.job, Stage.ASSEMBLING, None, service) if moved else None

    def finish(self, lease: Lease, *, warnings: bool = False) -> State:
        """The document is assembled and kept. With a segment that kept its source, the job ends with warnings, whatever
        is said. Raises Incomplete if a segment has no outcome."""
        with self._database.writing() as connection:
            self._held(connection, lease)
            _require_outcomes(connection, SegmentRow.job_id == lease.job)
            kept = connection.execute(select(exists().where(
                SegmentRow.job_id == lease.job, SegmentRow.outcome == Outcome.KEPT_SOURCE))).scalar_one()
            state = State.WARNINGS if warnings or kept else State.SUCCEEDED
            rows.end(connection, lease.job, state, self._periods)
            return state

    def fail(self, lease: Lease, problem: Problem) -> None:
        """The job fails: what was wrong is no accident of this worker."""
        with self._database.writing() as connection:
            _locked(connection, lease.job)
            self._held(connection, lease)
            rows.end(connection, lease.job, State.FAILED, self._periods, problem)

    def job(self, job: str) -> Job:
        """The job, whoever's it is. Raises JobNotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(*JobRow.__table__.columns).where(JobRow.id == job)).first()
            if row is None:
                raise JobNotFound("There is no such job any more.")
            return rows.jobs(connection, [row])[0]

    def chunk(self, job: str, number: int) -> Chunk:
        """A chunk with what is left of it. Raises JobNotFound."""
        with self._database.reading() as connection:
            row = connection.execute(select(ChunkRow.state, ChunkRow.suspicion).where(
                ChunkRow.job_id == job, ChunkRow.number == number)).first()
            if row is None:
                raise JobNotFound("There is no such job or part of it any more.")
            found = connection.execute(
                select(SegmentRow.position, SegmentRow.outcome).where(
                    SegmentRow.job_id == job, SegmentRow.chunk == number).order_by(SegmentRow.position)).all()
            return Chunk(job, number, row.state, row.suspicion, tuple(at for at, _ in found),
                         tuple(at for at, outcome in found if outcome is None))

    def segments(self, job: str, chunk: int | None = None) -> Iterator[JobSegment]:
        """The segments of a job in the order of the document, read a page at a time; or only those of one chunk and
        those that the plan settled."""
        which = SegmentRow.job_id == job
        if chunk is not None:
            which &= or_(SegmentRow.chunk == chunk, SegmentRow.chunk.is_(None))
        after = -1
        while True:
            with self._database.reading() as connection:
                page = connection.execute(
                    select(*SegmentRow.__table__.columns).where(which, SegmentRow.position > after)
                    .order_by(SegmentRow.position).limit(PAGE)).all()
            yield from map(rows.segment, page)
            if len(page) < PAGE:
                return
            after = page[-1].position

    def _held(self, connection: Connection, lease: Lease, **values: Any) -> None:
        """Write to the row that this lease is for, and renew it. Raises LeaseLost."""
        values = {"due": now() + self._periods.lease, **values}
        if lease.chunk is None:
            write = update(JobRow).where(JobRow.id == lease.job, JobRow.fence == lease.fence,
                                         JobRow.owner == lease.owner).values(values).returning(JobRow.fence)
        else:
            write = update(ChunkRow).where(
                ChunkRow.job_id == lease.job, ChunkRow.number == lease.chunk, ChunkRow.fence == lease.fence,
                ChunkRow.owner == lease.owner).values(values).returning(ChunkRow.fence)
        if connection.execute(write).first() is None:
            raise LeaseLost("This work was given to another worker, or its job has ended.")


def _locked(connection: Connection, job: str) -> Any:
    """The job's row stays as it is until the end of this transaction. Gives its class of service; raises LeaseLost."""
    row = connection.execute(select(JobRow.service).where(JobRow.id == job).with_for_update()).first()
    if row is None:
        raise LeaseLost("The job has been erased.")
    return row.service


def _known(connection: Connection, lease: Lease, positions: Sequence[int]) -> int:
    """How many of these positions are of the chunk that is held, or of the job."""
    own = SegmentRow.job_id == lease.job
    if lease.chunk is not None:
        own &= SegmentRow.chunk == lease.chunk
    return sum(connection.execute(select(func.count()).select_from(SegmentRow).where(
        own, SegmentRow.position.in_(positions[at:at + PAGE]))).scalar_one() for at in range(0, len(positions), PAGE))


def _planned(job: str, segment: JobSegment) -> dict[str, Any]:
    if segment.result is None and segment.chunk is None:
        raise Incomplete(f"Segment {segment.position} has neither a chunk nor a result.")
    ended: dict[str, Any] = {"outcome": None, "text": None, "reason": None, "attempts": 0, "details": {}}
    if segment.result is not None:
        ended = rows.result_values(segment.result)
    return {"job_id": job, "position": segment.position, "source_hash": segment.source_hash, "chunk": segment.chunk,
            **ended}


def _require_outcomes(connection: Connection, *which: ColumnElement[bool]) -> None:
    missing = connection.execute(
        select(func.count()).select_from(SegmentRow).where(*which, SegmentRow.outcome.is_(None))).scalar_one()
    if missing:
        raise Incomplete(f"{missing} segments have no outcome yet.")
