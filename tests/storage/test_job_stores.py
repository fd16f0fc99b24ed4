"""What every store of jobs does for those who ask: one suite, inherited for each database."""

import time

import pytest

from pipeline.report import Outcome
from storage.errors import BadCursor, JobNotFound, KeyReused, LeaseLost, WrongState
from storage.jobs import JobStore
from storage.vocabulary import (
    MOST_SUSPICION,
    Periods,
    Problem,
    SegmentResult,
    ServiceClass,
    Stage,
    State,
    Unfinished,
    Work,
    new_id,
)
from storage.work import WorkStore
from tests.storage.databases import OnPostgres, OnSqlite
from tests.storage.stores import DONE, KEPT, JobSuite, new

NO_JOB = "01936d5e-0a00-7abc-8def-0123456789ab"
ODD = ["a\nb\t c ", "\x0b\x00", "\ud800 alone", "𝔘𝔫𝔦", "a" * 100_000, '"\\', ""]


class Store(JobSuite):
    """The suite."""

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
        assert s.jobs.unfinished("bob") == Unfinished(own=0, every=1)
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
        assert s.jobs.unfinished("ann") == Unfinished(own=4, every=5)

    def test_jobs_by_their_ids_are_whosever_they_are(self, s):
        made = [s.jobs.create(new(tenant=tenant)).job.id for tenant in ("ann", "bob", "ann")]
        s.jobs.erase("ann", made[2])
        assert {job.id for job in s.jobs.those([*made, NO_JOB])} == set(made[:2])
        assert s.jobs.those([NO_JOB] * 2_500 + made[:1]) == (s.jobs.get("ann", made[0]),)
        assert s.jobs.those([]) == ()

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

    def test_a_key_whose_job_is_gone_is_free(self, s):
        s.retention.cut_short(-1)
        for body in ("hash", "other"):
            job = s.jobs.create(new(), "k", "hash").job.id
            s.jobs.cancel("ann", job)
            s.retention.cut_short(-1)                        # not seen any more, and not erased yet
            assert s.jobs.create(new(), "k", body).fresh
            s.jobs.cancel("ann", s.jobs.create(new(), "k", body).job.id)
            s.retention.cut_short(-1)
            s.retention.erased(s.retention.expired())
        assert s.jobs.create(new(), "k", "third").fresh

    def test_a_document_may_have_more_bytes_than_32_bits_count(self, s):
        assert s.jobs.create(new(input_size=3 << 30)).job.input_size == 3 << 30

    def test_a_key_is_forgotten_in_time(self, s):
        JobStore(s.database, Periods(keys=-1)).create(new(), "k", "hash")
        assert s.jobs.create(new(), "k", "other").fresh

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
        for _ in range(MOST_SUSPICION):
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


class TestSqlite(OnSqlite, Store):
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


class TestPostgres(OnPostgres, Store):
    pass
