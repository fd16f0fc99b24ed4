"""Rows read as the words of jobs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from pipeline.report import Outcome
from storage.database import now
from storage.schema import ChunkRow, DeliveryRow, JobRow, SegmentRow, WebhookRow
from storage.vocabulary import ChunkState, Job, JobSegment, Periods, Problem, Progress, SegmentResult, State, new_id

OPEN_WORK = (State.QUEUED, State.RUNNING)


def jobs(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[Job, ...]:
    """Jobs with their progress, in the order of these rows of `JobRow`."""
    progress = _progress(connection, [row.id for row in rows])
    return tuple(_job(row, progress[row.id]) for row in rows)


def _job(row: Row[Any], progress: Progress) -> Job:
    problem = None if row.problem_kind is None else Problem(row.problem_kind, row.problem_message)
    return Job(row.id, row.tenant, row.name, row.service, row.source_language, row.target_language, row.options,
               row.input_sha256, row.input_size, row.state, row.stage, row.attempt, problem, progress, row.created,
               row.started, row.finished, row.documents_until, row.erased, row.webhook)


def _progress(connection: Connection, ids: Sequence[str]) -> dict[str, Progress]:
    segments: dict[str, Counter[Outcome | None]] = defaultdict(Counter)
    for job, outcome, number in connection.execute(
            select(SegmentRow.job_id, SegmentRow.outcome, func.count()).where(SegmentRow.job_id.in_(ids))
            .group_by(SegmentRow.job_id, SegmentRow.outcome)):
        segments[job][outcome] = number
    chunks: dict[str, Counter[ChunkState]] = defaultdict(Counter)
    for job, state, number in connection.execute(
            select(ChunkRow.job_id, ChunkRow.state, func.count()).where(ChunkRow.job_id.in_(ids))
            .group_by(ChunkRow.job_id, ChunkRow.state)):
        chunks[job][state] = number
    return {job: Progress(segments[job].total(), {outcome: n for outcome, n in segments[job].items() if outcome},
                          chunks[job].total(), chunks[job][ChunkState.DONE]) for job in ids}


def segment(row: Row[Any]) -> JobSegment:
    """One row of `SegmentRow`."""
    if row.outcome is None:
        return JobSegment(row.position, row.source_hash, row.chunk)
    result = SegmentResult(row.outcome, row.text or "", row.reason, row.attempts, row.details)
    return JobSegment(row.position, row.source_hash, row.chunk, result)


def result_values(result: SegmentResult) -> dict[str, Any]:
    """The columns of `SegmentRow` that say how a segment ended."""
    return {"outcome": result.outcome, "text": result.text, "reason": result.reason, "attempts": result.attempts,
            "details": dict(result.details)}


def end(connection: Connection, job: str, state: State, periods: Periods, problem: Problem | None = None) -> None:
    """Let a job end, whoever works at it: their leases are lost, and its webhook is to be told. Lock its row first."""
    connection.execute(update(JobRow).where(JobRow.id == job).values(
        state=state, owner=None, fence=JobRow.fence + 1, finished=now(), documents_until=now() + periods.documents,
        rows_until=now() + periods.rows, problem_kind=problem.kind if problem else None,
        problem_message=problem.message if problem else None))
    connection.execute(update(ChunkRow).where(ChunkRow.job_id == job, ChunkRow.state == ChunkState.OPEN).values(
        state=ChunkState.STOPPED, owner=None, fence=ChunkRow.fence + 1))
    _announce(connection, job, state)


def _announce(connection: Connection, job: str, state: State) -> None:
    """Tell the job's webhook of its end, if it has one that is there and enabled."""
    # Locked, so that nobody deletes it before the delivery refers to it.
    webhook = connection.execute(
        select(WebhookRow.id, WebhookRow.tenant)
        .join(JobRow, (JobRow.tenant == WebhookRow.tenant) & (JobRow.webhook == WebhookRow.name))
        .where(JobRow.id == job, WebhookRow.enabled).with_for_update(read=True, of=WebhookRow)).first()
    if webhook is not None:
        connection.execute(insert(DeliveryRow).values(
            id=new_id(), job_id=job, webhook_id=webhook.id, tenant=webhook.tenant, event=f"translation.{state.value}",
            created=now(), due=now()))
