"""What every job store does: one suite, inherited for each database."""

import time
from abc import ABC, abstractmethod
from dataclasses import replace

import pytest

from pipeline.report import Outcome
from storage.database import Database, opened
from storage.errors import BadCursor, Incomplete, JobNotFound, KeyReused, LeaseLost, WrongState
from storage.jobs import JobStore
from storage.retention import Retention
from storage.sweep import Sweep
from storage.vocabulary import (
    MOST_CRASHES,
    ChunkState,
    JobSegment,
    Lease,
    NewJob,
    Periods,
    Problem,
    SegmentResult,
    ServiceClass,
    Stage,
    State,
    Work,
    new_id,
)
from storage.work import PAGE, WorkStore

NO_JOB = "01936d5e-0a00-7abc-8def-0123456789ab"
NEW = NewJob("ann", "a.md", "en", "de", "0" * 64, 12, options={"formality": "more"})
DONE = SegmentResult(Outcome.TRANSLATED, "Hallo", details={"rung": "free"})
KEPT = SegmentResult(Outcome.KEPT_SOURCE, "Hello", "codes lost", 4)
OVER = Periods(lease=-1, resend=-1)
"""Leases that have run out when they are given, messages that are lost when they are sent."""
PLAN = tuple(JobSegment(position, f"{position:x}", position // 3) for position in range(9))
ODD = ["a\nb\t c ", "\x0b\x00", "\ud800 alone", "𝔘𝔫𝔦", "a" * 100_000, '"\\', ""]


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


class Store(ABC):
    """The suite."""

    @pytest.fixture
    @abstractmethod
    def url(self, tmp_path) -> str:
        """Of an empty database."""

    @pytest.fixture
    def s(self, url):
        database = opened(url)
        yield Stores(database)
        database.close()

    # --- asking ---------------------------------------------------------------------------------------------------

    def test_a_job_is_kept_as_it_was_asked_for(self, s):
        asked = new(service=ServiceClass.INTERACTIVE, source_language=None)
        before = time.time()
        created = s.jobs.create(asked)
        job = s.jobs.get("ann", asked.id)
        assert created.fresh and created.job == job
        assert created.work == Work(asked.id, Stage.PREPARING, None, ServiceClass.INTERACTIVE)
        assert (job.name, job.options, job.input_size, job.source_language) == ("a.md", {"formality": "more"}, 12, None)
        assert (job.state, job.stage, job.attempt, job.problem) == (State.QUEUED, Stage.PREPARING, 1, None)
        assert (job.started, job.finished, job.documents_until, job.erased) == (None, None, None, False)
        assert before - 1 < job.created < time.time() + 1

    @pytest.mark.parametrize("text", ODD)
    def test_any_text_comes_back(self, s, text):
        job, works = s.translating(name=text, options={"glossary": text})
        assert s.jobs.get("ann", job).name == text
        assert s.jobs.get("ann", job).options == {"glossary": text}
        lease = s.claimed(works[0])
        result = SegmentResult(Outcome.KEPT_SOURCE, text, text, 2, {"findings": [text]})
        s.work.checkpoint(lease, {0: result})
        assert s.jobs.segments("ann", job)[0].result == result
        s.work.fail(lease, Problem("odd", text))
        assert s.jobs.get("ann", job).problem == Problem("odd", text)

    def test_another_tenants_job_is_not_there(self, s):
        job = s.jobs.create(new()).job.id
        for ask in (s.jobs.get, s.jobs.segments, s.jobs.cancel, s.jobs.retry, s.jobs.erase):
            with pytest.raises(JobNotFound):
                ask("bob", job)
        assert s.jobs.list("bob") == ()
        assert s.jobs.count("bob", frozenset(State)) == 0
        assert s.jobs.get("ann", job).state is State.QUEUED

    @pytest.mark.parametrize("job", ["", "x", "\x00", "' OR 1=1 --", NO_JOB, NO_JOB.upper()])
    def test_an_id_of_no_job_is_not_found(self, s, job):
        with pytest.raises(JobNotFound):
            s.jobs.get("ann", job)

    def test_jobs_are_listed_newest_first_in_pages(self, s):
        made = []
        for _ in range(5):
            made.insert(0, s.jobs.create(new()).job.id)
            time.sleep(0.002)           # ids of the same millisecond are in no order
        s.jobs.create(new(tenant="bob"))
        assert [job.id for job in s.jobs.list("ann")] == made
        assert [job.id for job in s.jobs.list("ann", limit=2)] == made[:2]
        assert [job.id for job in s.jobs.list("ann", after=made[1])] == made[2:]
        s.jobs.cancel("ann", made[2])
        assert [job.id for job in s.jobs.list("ann", frozenset({State.CANCELLED}))] == [made[2]]
        assert s.jobs.count("ann", frozenset({State.QUEUED})) == 4
        assert s.jobs.count(None, frozenset(State)) == 6

    @pytest.mark.parametrize("cursor", ["", "1", "\x00", "~"])
    def test_a_foreign_cursor_is_refused(self, s, cursor):
        with pytest.raises(BadCursor):
            s.jobs.list("ann", after=cursor)

    # --- idempotency ----------------------------------------------------------------------------------------------

    def test_the_same_request_gives_the_same_job(self, s):
        first = s.jobs.create(new(), "k\x00\ud800", "hash")
        again = s.jobs.create(new(), "k\x00\ud800", "hash")
        assert first.fresh and not again.fresh
        assert again.job == first.job
        assert len(s.jobs.list("ann")) == 1

    def test_another_request_with_the_same_key_is_refused(self, s):
        s.jobs.create(new(), "k", "hash")
        with pytest.raises(KeyReused):
            s.jobs.create(new(), "k", "other")
        assert s.jobs.create(new(tenant="bob"), "k", "other").fresh
        assert s.jobs.create(new(), "k2", "other").fresh

    def test_a_key_is_forgotten_in_time(self, s):
        JobStore(s.database, Periods(keys=-1)).create(new(), "k", "hash")
        assert s.jobs.create(new(), "k", "other").fresh

    # --- the way of a job -----------------------------------------------------------------------------------------

    def test_a_job_runs_through_its_stages(self, s):
        created = s.jobs.create(new())
        job = created.job.id
        lease = s.claimed(created.work)
        seen = s.jobs.get("ann", job)
        assert (seen.state, seen.stage) == (State.RUNNING, Stage.PREPARING) and seen.started
        works = s.work.planned(lease, PLAN)
        assert works == tuple(Work(job, Stage.TRANSLATING, n, ServiceClass.BATCH) for n in range(3))
        assert [s.translate(work) for work in works[:2]] == [None, None]
        assert s.jobs.get("ann", job).stage is Stage.TRANSLATING
        last = s.translate(works[2])
        assert last == Work(job, Stage.ASSEMBLING, None, ServiceClass.BATCH)
        assert s.work.finish(s.claimed(last)) is State.SUCCEEDED
        seen = s.jobs.get("ann", job)
        assert (seen.state, seen.stage) == (State.SUCCEEDED, Stage.ASSEMBLING)
        assert seen.started <= seen.finished < seen.documents_until
        assert s.later().run().send == ()

    def test_a_document_with_nothing_to_translate_is_assembled_next(self, s):
        for plan in ((), (JobSegment(0, "0", None, SegmentResult(Outcome.PROTECTED, "42")),)):
            job, works = s.translating(plan)
            assert works == (Work(job, Stage.ASSEMBLING, None, ServiceClass.BATCH),)
            assert s.work.finish(s.claimed(works[0])) is State.SUCCEEDED

    def test_a_segment_that_kept_its_source_is_a_warning(self, s):
        assert s.work.finish(s.claimed(s.assembling(KEPT))) is State.WARNINGS
        assert s.work.finish(s.claimed(s.assembling(DONE)), warnings=True) is State.WARNINGS

    def test_who_assembles_may_change_results(self, s):
        lease = s.claimed(s.assembling())
        s.work.checkpoint(lease, {0: KEPT, 8: KEPT})
        assert s.work.job(lease.job).progress.outcomes == {Outcome.TRANSLATED: 7, Outcome.KEPT_SOURCE: 2}
        assert s.work.finish(lease) is State.WARNINGS

    def test_progress_counts_what_is_checkpointed(self, s):
        job, works = s.translating((*PLAN, JobSegment(9, "9", None, SegmentResult(Outcome.FROM_MEMORY, "x"))))
        lease = s.claimed(works[1])
        s.work.checkpoint(lease, {3: DONE, 4: KEPT})
        s.work.checkpoint(lease, {3: KEPT})
        s.work.checkpoint(lease, {})
        progress = s.jobs.get("ann", job).progress
        assert (progress.segments, progress.done, progress.chunks, progress.chunks_done) == (10, 3, 3, 0)
        assert progress.outcomes == {Outcome.KEPT_SOURCE: 2, Outcome.FROM_MEMORY: 1}
        chunk = s.work.chunk(job, 1)
        assert (chunk.state, chunk.segments, chunk.pending) == (ChunkState.OPEN, (3, 4, 5), (5,))
        assert s.jobs.list("ann")[0].progress == progress

    def test_segments_come_in_order_and_in_pages(self, s):
        many = tuple(JobSegment(n, str(n), n % 7) for n in range(2 * PAGE + 3))
        job, _ = s.translating(many[::-1])
        assert tuple(s.work.segments(job)) == many
        assert s.jobs.segments("ann", job, after=4, limit=3) == many[5:8]

    def test_what_is_unfinished_cannot_be_finished(self, s):
        job, works = s.translating()
        lease = s.claimed(works[0])
        s.work.checkpoint(lease, {0: DONE, 1: DONE})
        with pytest.raises(Incomplete):
            s.work.finish_chunk(lease)
        with pytest.raises(Incomplete):
            s.work.checkpoint(lease, {2: DONE, 3: DONE})        # 3 is of another chunk
        assert s.work.chunk(job, 0).pending == (2,)
        s.work.checkpoint(lease, {2: DONE})
        assert s.work.finish_chunk(lease) is None

    def test_a_plan_without_a_place_for_a_segment_is_refused(self, s):
        created = s.jobs.create(new())
        with pytest.raises(Incomplete):
            s.work.planned(s.claimed(created.work), (JobSegment(0, "0", None),))
        assert s.work.job(created.job.id).progress.segments == 0

    def test_a_job_fails_with_its_problem(self, s):
        job, works = s.translating()
        leases = [s.claimed(work) for work in works]
        s.work.fail(leases[0], Problem("engine", "The model server refuses the key."))
        seen = s.jobs.get("ann", job)
        assert (seen.state, seen.stage) == (State.FAILED, Stage.TRANSLATING)
        assert seen.problem == Problem("engine", "The model server refuses the key.")
        with pytest.raises(LeaseLost):
            s.work.checkpoint(leases[1], {3: DONE})
        assert s.later().run().send == ()

    # --- leases ---------------------------------------------------------------------------------------------------

    def test_one_holds_work_at_a_time(self, s):
        work = s.jobs.create(new()).work
        lease = s.claimed(work, "one")
        assert s.work.claim(work, "two") is None
        assert s.work.claim(work, "one") is None
        s.work.release(lease)
        assert s.claimed(work, "two").fence > lease.fence

    def test_old_messages_claim_nothing(self, s):
        job, works = s.translating()
        assert s.work.claim(Work(job, Stage.PREPARING, None, ServiceClass.BATCH), "late") is None
        assert s.work.claim(Work(job, Stage.ASSEMBLING, None, ServiceClass.BATCH), "early") is None
        assert s.work.claim(Work(job, Stage.TRANSLATING, 77, ServiceClass.BATCH), "wrong") is None
        s.translate(works[0])
        assert s.work.claim(works[0], "late") is None
        assert s.work.claim(Work(new_id(), Stage.PREPARING, None, ServiceClass.BATCH), "nobody's") is None

    def test_who_lost_the_lease_writes_nothing(self, s):
        job, works = s.translating()
        zombie = WorkStore(s.database, OVER).claim(works[0], "zombie")
        assert works[0] in s.sweep.run().send
        healthy = s.claimed(works[0])
        writes = (s.work.heartbeat, s.work.release, s.work.finish_chunk, lambda lease: s.work.checkpoint(lease, {0: DONE}),
                  lambda lease: s.work.fail(lease, Problem("x", "y")))
        for write in writes:
            with pytest.raises(LeaseLost):
                write(zombie)
        assert s.work.chunk(job, 0).pending == (0, 1, 2)
        assert s.jobs.get("ann", job).state is State.RUNNING
        s.work.checkpoint(healthy, {0: DONE})

    def test_a_step_of_a_job_is_guarded_too(self, s):
        created = s.jobs.create(new())
        zombie = WorkStore(s.database, OVER).claim(created.work, "zombie")
        assert s.sweep.run().send == (created.work,)
        s.claimed(created.work)
        for write in (lambda: s.work.planned(zombie, PLAN), lambda: s.work.finish(zombie),
                      lambda: s.work.fail(zombie, Problem("x", "y"))):
            with pytest.raises(LeaseLost):
                write()
        seen = s.jobs.get("ann", created.job.id)
        assert (seen.stage, seen.progress.segments) == (Stage.PREPARING, 0)

    def test_a_late_worker_goes_on_if_nobody_noticed(self, s):
        _, works = s.translating()
        late = WorkStore(s.database, OVER).claim(works[0], "late")
        s.work.heartbeat(late)
        assert s.sweep.run().send == ()

    def test_finished_twice_is_lost(self, s):
        _, works = s.translating()
        lease = s.claimed(works[0])
        s.work.checkpoint(lease, dict.fromkeys(range(3), DONE))
        s.work.finish_chunk(lease)
        with pytest.raises(LeaseLost):
            s.work.finish_chunk(lease)
        assembling = s.claimed(s.assembling())
        s.work.finish(assembling)
        with pytest.raises(LeaseLost):
            s.work.finish(assembling)

    # --- the sweep ------------------------------------------------------------------------------------------------

    def test_nothing_is_sent_that_is_not_due(self, s):
        created = s.jobs.create(new())
        assert s.sweep.run().send == ()
        s.claimed(created.work)
        assert s.later().run().send == ()

    def test_lost_messages_are_sent_again(self, s):
        work = JobStore(s.database, OVER).create(new(service=ServiceClass.INTERACTIVE)).work
        assert s.sweep.run().send == (work,)
        assert s.sweep.run().send == ()                 # until it is thought lost again

    def test_a_sweep_sends_what_each_queue_is_short_of(self, s):
        jobs = JobStore(s.database, OVER)
        works = [jobs.create(new()).work for _ in range(4)]
        quick = jobs.create(new(service=ServiceClass.INTERACTIVE)).work
        assert s.sweep.run({ServiceClass.INTERACTIVE: 9}).send == (quick,)
        assert s.sweep.run({ServiceClass.BATCH: 3}).send == tuple(works[:3])
        assert s.sweep.run({}).send == ()
        assert s.sweep.run().send == (works[3],)

    def test_released_work_is_sent_again(self, s):
        _, works = s.translating()
        s.work.release(s.claimed(works[0]))
        s.work.release(s.claimed(works[1]), after=60)
        assert s.sweep.run().send == (works[0],)
        assert s.work.chunk(works[0].job, 0).crashes == 0

    def test_work_that_ends_every_worker_is_quarantined(self, s):
        job, works = s.translating()
        other, _ = s.translating()
        for _ in range(MOST_CRASHES - 1):
            s.crash(works[1])
            swept = s.later().run()
            assert works[1] in swept.send and not swept.quarantined
        s.crash(works[1])
        swept = s.later().run()
        assert swept.quarantined == (job,)
        assert all(work.job == other for work in swept.send)
        seen = s.jobs.get("ann", job)
        assert seen.state is State.FAILED and seen.problem.kind == "quarantined" and "3 workers" in seen.problem.message
        assert s.work.claim(works[1], "next") is None and s.work.claim(works[0], "next") is None
        assert s.later().run().quarantined == ()

    @pytest.mark.parametrize("stage", [Stage.PREPARING, Stage.ASSEMBLING])
    def test_steps_are_quarantined_too(self, s, stage):
        work = s.jobs.create(new()).work if stage is Stage.PREPARING else s.assembling()
        for _ in range(MOST_CRASHES):
            s.crash(work)
            swept = s.sweep.run()
        assert swept.quarantined == (work.job,)
        assert stage.value in s.jobs.get("ann", work.job).problem.message

    def test_work_that_gets_on_is_not_quarantined(self, s):
        many = tuple(JobSegment(n, str(n), 0) for n in range(10))
        job, (work,) = s.translating(many)
        for n in range(10):                     # each worker is killed after one checkpoint
            lease = s.claimed(work)
            s.work.checkpoint(lease, {n: DONE})
            WorkStore(s.database, OVER).heartbeat(lease)
            assert s.sweep.run().send == (work,)
        assert s.work.chunk(job, 0).pending == ()
        assert s.work.finish_chunk(s.claimed(work))

    # --- ending ---------------------------------------------------------------------------------------------------

    def test_a_cancelled_job_ends_at_once(self, s):
        job, works = s.translating()
        lease = s.claimed(works[0])
        s.work.checkpoint(lease, {0: DONE})
        assert s.jobs.cancel("ann", job).state is State.CANCELLED
        with pytest.raises(LeaseLost):
            s.work.heartbeat(lease)
        assert s.work.claim(works[1], "next") is None
        assert s.later().run().send == ()
        assert s.jobs.cancel("ann", job) == s.jobs.get("ann", job)
        assert s.jobs.get("ann", job).progress.done == 1

    def test_a_queued_job_is_cancelled(self, s):
        created = s.jobs.create(new())
        s.jobs.cancel("ann", created.job.id)
        assert s.work.claim(created.work, "late") is None

    def test_what_has_ended_is_not_cancelled(self, s):
        assert s.jobs.cancel("ann", s.ended()).state is State.SUCCEEDED
        assert s.jobs.cancel("ann", s.failed()).state is State.FAILED

    def test_a_failed_job_goes_on_where_it_failed(self, s):
        job, works = s.translating()
        assert s.translate(works[0]) is None
        s.work.fail(s.claimed(works[1]), Problem("engine", "Gone."))
        seen, again = s.jobs.retry("ann", job)
        assert again == works[1:]
        assert (seen.state, seen.stage, seen.attempt, seen.problem, seen.finished) == (
            State.RUNNING, Stage.TRANSLATING, 2, None, None)
        assert seen.progress.done == 3
        assert s.translate(works[1]) is None
        assert s.work.finish(s.claimed(s.translate(works[2]))) is State.SUCCEEDED

    def test_a_job_that_failed_at_once_is_queued_again(self, s):
        job = s.failed()
        seen, works = s.jobs.retry("ann", job)
        assert seen.state is State.QUEUED
        assert s.claimed(works[0]).stage is Stage.PREPARING

    def test_a_quarantined_job_is_tried_again(self, s):
        job, works = s.translating()
        for _ in range(MOST_CRASHES):
            s.crash(works[1])
            s.sweep.run()
        assert s.jobs.retry("ann", job)[1] == works
        s.crash(works[1])
        assert s.sweep.run().quarantined == ()

    def test_only_failed_jobs_are_tried_again(self, s):
        for job in (s.jobs.create(new()).job.id, s.ended()):
            with pytest.raises(WrongState):
                s.jobs.retry("ann", job)

    def test_a_job_without_its_documents_is_not_tried_again(self, s):
        work = s.jobs.create(new()).work
        WorkStore(s.database, Periods(documents=-1)).fail(s.claimed(work), Problem("x", "y"))
        with pytest.raises(WrongState):
            s.jobs.retry("ann", work.job)

    # --- forgetting -----------------------------------------------------------------------------------------------

    def test_an_erased_job_is_not_there(self, s):
        for job in (s.ended(), s.failed(), s.translating()[0]):
            s.jobs.erase("ann", job)
            with pytest.raises(JobNotFound):
                s.jobs.get("ann", job)
            assert list(s.work.segments(job)) == []
            assert s.retention.expired() == (job,)
            s.retention.erased([job])
            assert s.retention.expired() == ()
            with pytest.raises(JobNotFound):
                s.work.job(job)
        assert s.jobs.list("ann") == () and s.later().run().send == ()

    def test_a_worker_of_an_erased_job_is_told(self, s):
        job, works = s.translating()
        lease = s.claimed(works[0])
        s.jobs.erase("ann", job)
        for write in (s.work.heartbeat, s.work.finish_chunk, lambda lease: s.work.checkpoint(lease, {0: DONE})):
            with pytest.raises(LeaseLost):
                write(lease)
        s.retention.erased([job])
        with pytest.raises(LeaseLost):
            s.work.finish_chunk(lease)

    def test_a_key_is_erased_with_its_job(self, s):
        job = s.jobs.create(new(), "k", "hash").job.id
        s.jobs.erase("ann", job)
        assert s.jobs.create(new(), "k", "other").fresh

    def test_documents_expire_before_rows(self, s):
        work = s.assembling(KEPT)
        WorkStore(s.database, Periods(documents=-1)).finish(s.claimed(work))
        assert s.retention.expired() == (work.job,)
        s.retention.erased([work.job])
        assert s.retention.expired() == ()
        seen = s.jobs.get("ann", work.job)
        assert seen.erased and seen.progress.done == 9
        assert {segment.result for segment in s.jobs.segments("ann", work.job) if segment.result.text} == set()

    def test_rows_expire_too(self, s):
        work = s.assembling()
        WorkStore(s.database, Periods(documents=-1, rows=-1)).finish(s.claimed(work))
        assert s.jobs.list("ann") == ()
        s.retention.erased(s.retention.expired())
        with pytest.raises(JobNotFound):
            s.work.job(work.job)

    def test_what_is_needed_is_not_erased(self, s):
        running, ended = s.translating()[0], s.ended()
        assert s.retention.expired() == ()
        s.retention.erased([running, ended])
        assert [segment.result for segment in s.jobs.segments("ann", ended)] == [DONE] * 9
        assert s.jobs.get("ann", running).progress.segments == 9

    def test_documents_of_no_job_are_found(self, s):
        job, gone = s.ended(), new_id()
        assert s.retention.unknown([job, gone]) == {gone}


class TestSqlite(Store):
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path / 'jobs.db'}"

    def test_what_is_erased_is_gone_from_the_disk(self, s, tmp_path):
        secret = SegmentResult(Outcome.TRANSLATED, "Sesam-öffne-dich", details={"finding": "Klabautermann"})
        erased, expired = s.ended(result=secret), s.assembling(secret)
        WorkStore(s.database, Periods(documents=-1)).finish(s.claimed(expired))

        def on_disk() -> bytes:
            return b"".join(path.read_bytes() for path in tmp_path.iterdir())

        assert b"dich" in on_disk() and b"Klabautermann" in on_disk()
        s.jobs.erase("ann", erased)
        s.retention.erased(s.retention.expired())
        assert b"dich" not in on_disk() and b"Klabautermann" not in on_disk()

    def test_a_reader_waits_for_no_writer(self, s):
        job = s.jobs.create(new()).job.id
        with s.database.writing():
            assert s.jobs.get("ann", job).id == job


class TestPostgres(Store):
    @pytest.fixture
    def url(self, postgres_url):
        return postgres_url
