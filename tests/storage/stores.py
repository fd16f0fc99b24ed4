"""All stores of jobs on one database, and the ways in which tests bring a job somewhere."""

from dataclasses import replace

import pytest

from pipeline.report import Outcome
from storage.database import Database
from storage.jobs import JobStore
from storage.retention import Retention
from storage.sweep import Sweep
from storage.vocabulary import JobSegment, Lease, NewJob, Periods, Problem, SegmentResult, Work, new_id
from storage.work import WorkStore
from tests.storage.databases import OnDatabase

NEW = NewJob("ann", "a.md", "en", "de", "0" * 64, 12, options={"formality": "more"})
DONE = SegmentResult(Outcome.TRANSLATED, "Hallo", details={"rung": "free"})
KEPT = SegmentResult(Outcome.KEPT_SOURCE, "Hello", "codes lost", 4)
OVER = Periods(lease=-1, resend=-1)
"""Leases that have run out when they are given, messages that are lost when they are sent."""
PLAN = tuple(JobSegment(position, f"{position:x}", position // 3) for position in range(9))


def new(**changes) -> NewJob:
    return replace(NEW, id=new_id(), **changes)


class Stores:
    """All that works on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.jobs, self.work, self.sweep = JobStore(database), WorkStore(database), Sweep(database)
        self.retention = Retention(database)

    def translating(self, segments=PLAN, **changes) -> tuple[str, tuple[Work, ...]]:
        created = self.jobs.create(new(**changes))
        lease = self.claimed(created.work)
        return created.job.id, self.work.planned(lease, segments)

    def claimed(self, work: Work, owner: str = "worker") -> Lease:
        lease = self.work.claim(work, owner)
        assert lease
        return lease

    def translate(self, work: Work, result: SegmentResult = DONE) -> Work | None:
        lease = self.claimed(work)
        chunk = self.work.chunk(work.job, work.chunk)
        self.work.checkpoint(lease, dict.fromkeys(chunk.pending, result))
        return self.work.finish_chunk(lease)

    def assembling(self, result: SegmentResult = DONE) -> Work:
        last = [self.translate(work, result) for work in self.translating()[1]][-1]
        assert last
        return last

    def ended(self, **changes) -> str:
        work = self.assembling(**changes)
        self.work.finish(self.claimed(work))
        return work.job

    def failed(self) -> str:
        work = self.jobs.create(new()).work
        self.work.fail(self.claimed(work), Problem("damaged-document", "The document is damaged."))
        return work.job

    def crash(self, work: Work) -> None:
        """A worker takes it and is never heard of again."""
        assert WorkStore(self.database, OVER).claim(work, "zombie")

    def later(self) -> Sweep:
        """A sweep for which every message is lost."""
        return Sweep(self.database, OVER)


class JobSuite(OnDatabase):
    """A suite about jobs."""

    @pytest.fixture
    def s(self, database):
        return Stores(database)
