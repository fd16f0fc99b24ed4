"""How long jobs are kept with all that is theirs, and that they are gone then.

What outlasts jobs (glossaries, memories, keys, webhooks) is kept until its owner deletes it.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, or_, select, update

from storage.database import Database, now
from storage.rows import OPEN_WORK
from storage.schema import IdempotencyRow, JobRow, SegmentRow

MOST_AT_ONCE = 25
"""Jobs of one transaction."""


class Retention:
    """Jobs whose time is over. Raises StoreFault if the database cannot be read or written.

    In this order, so that an interruption at any point leaves nothing behind: ask for `expired`, delete the documents
    of these jobs, say that they are `erased`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def expired(self, limit: int = MOST_AT_ONCE) -> tuple[str, ...]:
        """Jobs whose documents are to be deleted."""
        with self._database.reading() as connection:
            return tuple(connection.execute(select(JobRow.id).where(or_(
                JobRow.erased.is_(False) & (JobRow.documents_until <= now()), JobRow.rows_until <= now()),
            ).order_by(JobRow.documents_until).limit(limit)).scalars())

    def cut_short(self, seconds: float) -> int:
        """Let the time of all jobs be over that ended so long ago. Gives their number; they are `expired` then."""
        with self._database.writing() as connection:
            old = update(JobRow).where(JobRow.state.not_in(OPEN_WORK), JobRow.finished <= now() - seconds)
            return connection.execute(old.values(documents_until=now(), rows_until=now())).rowcount

    def erased(self, jobs: Collection[str]) -> None:
        """The documents of these jobs are deleted: erase their text, and the rows whose time is over too."""
        with self._database.writing() as connection:
            over = delete(JobRow).where(JobRow.id.in_(jobs), JobRow.rows_until <= now()).returning(JobRow.id)
            gone = set(connection.execute(over).scalars())
            connection.execute(delete(IdempotencyRow).where(
                or_(IdempotencyRow.expires <= now(), IdempotencyRow.job_id.in_(gone))))
            left = set(jobs) - gone
            if left:
                late = update(JobRow).where(JobRow.id.in_(left), JobRow.documents_until <= now())
                ids = connection.execute(late.values(erased=True).returning(JobRow.id)).scalars().all()
                connection.execute(update(SegmentRow).where(SegmentRow.job_id.in_(ids)).values(
                    text=None, reason=None, details={}))
        self._database.shrink_log()

    def unknown(self, jobs: Collection[str]) -> frozenset[str]:
        """Which of these, named by documents that are kept, are no jobs any more: a worker may have written its result
        when the job was just erased."""
        with self._database.reading() as connection:
            return frozenset(jobs) - set(connection.execute(select(JobRow.id).where(JobRow.id.in_(jobs))).scalars())
