"""How much there is of everything, over all tenants: for metrics. Cheap enough to be asked every few seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from storage import rows
from storage.database import Database, now
from storage.schema import JobRow, SegmentRow
from storage.vocabulary import ServiceClass, Stage, State

OpenJobs = Mapping[tuple[ServiceClass, State, Stage], int]
SAMPLE = 50
"""Jobs, the newest that have been read, whose mean length stands for those that have not."""


@dataclass(frozen=True, slots=True)
class Census:
    """Numbers of one moment."""

    unfinished: OpenJobs
    """Jobs."""
    ended: Mapping[State, int]
    """Jobs that ended and whose rows are still kept."""
    segments: Mapping[ServiceClass, float]
    """Segments without an outcome. Of jobs that nobody has read yet their number is an estimate."""
    oldest: Mapping[ServiceClass, float]
    """Seconds since the oldest job was made that nobody has begun."""


def take(database: Database) -> Census:
    """Count. Raises StoreFault if the database cannot be read."""
    with database.reading() as connection:
        open_jobs = {(row.service, row.state, row.stage): row.jobs for row in connection.execute(
            select(JobRow.service, JobRow.state, JobRow.stage, func.count().label("jobs"))
            .where(JobRow.state.in_(rows.OPEN_WORK)).group_by(JobRow.service, JobRow.state, JobRow.stage))}
        states = connection.execute(select(JobRow.state, func.count().label("jobs")).group_by(JobRow.state))
        oldest = connection.execute(
            select(JobRow.service, (now() - func.min(JobRow.created)).label("age"))
            .where(JobRow.state == State.QUEUED, JobRow.started.is_(None)).group_by(JobRow.service))
        return Census(open_jobs, {row.state: row.jobs for row in states if row.state.ended},
                      _waiting(connection, open_jobs), {row.service: max(0.0, row.age) for row in oldest})


def _waiting(connection: Connection, open_jobs: OpenJobs) -> dict[ServiceClass, float]:
    planned = {row.service: row.segments for row in connection.execute(
        select(JobRow.service, func.count().label("segments")).select_from(SegmentRow)
        .join(JobRow, JobRow.id == SegmentRow.job_id)
        .where(JobRow.state == State.RUNNING, JobRow.stage == Stage.TRANSLATING, SegmentRow.outcome.is_(None))
        .group_by(JobRow.service))}
    unread = {service: sum(count for (one, _, stage), count in open_jobs.items()
                           if one is service and stage is Stage.PREPARING) for service in ServiceClass}
    length = _mean_length(connection) if any(unread.values()) else 0.0
    return {service: planned.get(service, 0) + unread[service] * length for service in ServiceClass}


def _mean_length(connection: Connection) -> float:
    """Segments of a job; 1 if none was ever read."""
    newest = select(JobRow.id).where(JobRow.stage != Stage.PREPARING).order_by(JobRow.id.desc()).limit(SAMPLE)
    lengths = (select(func.count().label("segments")).select_from(SegmentRow)
               .where(SegmentRow.job_id.in_(newest)).group_by(SegmentRow.job_id).subquery())
    return float(connection.execute(select(func.avg(lengths.c.segments))).scalar_one() or 1.0)
