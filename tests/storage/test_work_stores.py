"""What every store of jobs does for workers and sweeps: one suite, inherited for each database."""

import pytest

from pipeline.report import Outcome
from storage.errors import Incomplete, LeaseLost
from storage.jobs import JobStore
from storage.vocabulary import (
    ENDED,
    MOST_SUSPICION,
    ChunkState,
    JobSegment,
    Problem,
    SegmentResult,
    ServiceClass,
    Stage,
    State,
    Work,
    new_id,
)
from storage.work import PAGE, WorkStore
from tests.storage.databases import OnPostgres, OnSqlite
from tests.storage.stores import DONE, KEPT, OVER, PLAN, JobSuite, new


class Store(JobSuite):
    """The suite."""

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
        assert s.work.chunk(works[0].job, 0).suspicion == 0

    def test_work_that_ends_every_worker_is_quarantined(self, s):
        job, works = s.translating()
        other, _ = s.translating()
        for _ in range(MOST_SUSPICION - 1):
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

    def test_work_whose_process_has_ended_is_free_at_once_and_three_times_are_enough(self, s):
        job, works = s.translating()
        for _ in range(MOST_SUSPICION // ENDED):
            held = s.work.claim(works[0], "host:1:77")
            s.work.claim(works[1], "host:1:78")
            s.work.claim(works[2], "host:11:77")
            assert s.sweep.holders("host:1") == {"host:1:77", "host:1:78"}
            assert s.sweep.ended("host:1:77") == 1
            with pytest.raises(LeaseLost):
                s.work.heartbeat(held)
        assert s.sweep.holders("host:1") == {"host:1:78"}
        assert s.sweep.run().quarantined == (job,)
        assert s.sweep.holders("host:1") == s.sweep.holders("host:11") == frozenset()

    @pytest.mark.parametrize("stage", [Stage.PREPARING, Stage.ASSEMBLING])
    def test_steps_are_quarantined_too(self, s, stage):
        work = s.jobs.create(new()).work if stage is Stage.PREPARING else s.assembling()
        for _ in range(MOST_SUSPICION):
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


class TestSqlite(OnSqlite, Store):
    pass


class TestPostgres(OnPostgres, Store):
    pass
