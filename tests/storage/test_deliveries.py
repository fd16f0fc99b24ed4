"""What every store of webhooks and deliveries does: one suite, inherited for each database."""

import base64
import contextlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from storage.deliveries import SCHEDULE, DeliveryStore, WebhookStore
from storage.errors import BadName, LeaseLost, StoreFault, WebhookNotFound
from storage.jobs import JobStore
from storage.vocabulary import MOST_SUSPICION, Periods, Problem, State
from storage.work import WorkStore
from tests.storage.databases import OnPostgres, OnSqlite
from tests.storage.stores import KEPT, OVER, JobSuite, new
from tests.storage.test_glossary_stores import NAMES

URL = "https://example.org/hook"


class Store(JobSuite):
    """The suite."""

    @pytest.fixture
    def hooks(self, database):
        hooks = WebhookStore(database)
        hooks.put("ann", "crm", URL)
        return hooks

    @pytest.fixture
    def deliveries(self, database):
        return DeliveryStore(database)

    @pytest.fixture
    def job(self, s, hooks):
        """One that has ended, and of which the webhook is to hear."""
        created = s.jobs.create(new(webhook="crm"))
        s.jobs.cancel("ann", created.job.id)
        return created.job.id

    def hasten(self, database):
        """Let the time pass until the next attempt."""
        with database.writing() as connection:
            connection.execute(text("UPDATE delivery SET due = 0"))

    # --- webhooks -------------------------------------------------------------------------------------------------

    def test_a_webhook_is_kept(self, hooks):
        hook = hooks.get("ann", "crm")
        assert (hook.name, hook.url, hook.enabled) == ("crm", URL, True)
        assert len(base64.b64decode(hook.secret.removeprefix("whsec_"), validate=True)) == 32
        assert hook.secret not in repr(hook)
        assert hooks.list("ann") == (hook,)

    def test_a_new_url_keeps_the_secret(self, hooks):
        before = hooks.get("ann", "crm")
        assert hooks.put("ann", "crm", "https://new.example") == replace(before, url="https://new.example")
        assert hooks.put("ann", "other", URL).secret != before.secret

    def test_another_tenants_webhook_is_not_there(self, hooks):
        for ask in (hooks.get, hooks.disable, hooks.delete):
            with pytest.raises(WebhookNotFound):
                ask("bob", "crm")
        assert hooks.list("bob") == ()
        assert hooks.put("bob", "crm", "https://bob.example").id != hooks.get("ann", "crm").id
        assert hooks.get("ann", "crm").url == URL

    @pytest.mark.parametrize("name", NAMES)
    def test_a_strange_name_is_refused(self, hooks, name):
        for ask in (hooks.get, hooks.disable, hooks.delete, lambda tenant, name: hooks.put(tenant, name, URL)):
            with pytest.raises(BadName):
                ask("ann", name)

    # --- what is to be told ---------------------------------------------------------------------------------------

    def test_each_end_is_told(self, s, hooks, deliveries):
        ends = {}
        for state, result in ((State.SUCCEEDED, None), (State.WARNINGS, KEPT)):
            job, works = s.translating(webhook="crm")
            last = [s.translate(work, *([result] if result else [])) for work in works][-1]
            assert s.work.finish(s.claimed(last)) is state
            ends[job] = f"translation.{state}"
        created = s.jobs.create(new(webhook="crm"))
        s.work.fail(s.claimed(created.work), Problem("x", "y"))
        ends[created.job.id] = "translation.failed"
        created = s.jobs.create(new(webhook="crm"))
        s.jobs.cancel("ann", created.job.id)
        s.jobs.cancel("ann", created.job.id)
        ends[created.job.id] = "translation.cancelled"
        quarantined = s.jobs.create(new(webhook="crm"))
        for _ in range(MOST_SUSPICION):
            s.crash(quarantined.work)
            s.sweep.run()
        ends[quarantined.job.id] = "translation.failed"
        sendings = deliveries.claim_due("sender")
        assert {one.job: one.event for one in sendings} == ends and len(sendings) == len(ends)
        assert {(one.tenant, one.url, one.secret, one.attempt) for one in sendings} == {
            ("ann", URL, hooks.get("ann", "crm").secret, 1)}
        assert all(one.created == pytest.approx(s.work.job(one.job).finished, abs=1) for one in sendings)
        assert sendings[0].secret not in repr(sendings)

    def test_a_job_knows_its_webhook(self, s, hooks):
        job = s.jobs.create(new(webhook="crm")).job
        assert (job.webhook, s.jobs.create(new()).job.webhook) == ("crm", None)
        assert s.jobs.get("ann", job.id).webhook == "crm"

    def test_a_second_end_is_told_too(self, s, hooks, deliveries):
        created = s.jobs.create(new(webhook="crm"))
        s.work.fail(s.claimed(created.work), Problem("x", "y"))
        s.jobs.retry("ann", created.job.id)
        s.jobs.cancel("ann", created.job.id)
        assert [one.event for one in deliveries.claim_due("sender")] == ["translation.failed", "translation.cancelled"]

    def test_who_asked_for_nothing_is_told_nothing(self, s, hooks, deliveries):
        hooks.put("ann", "off", URL)
        hooks.disable("ann", "off")
        for changes in ({}, {"webhook": "unknown"}, {"webhook": "off"}, {"tenant": "bob", "webhook": "crm"}):
            created = s.jobs.create(new(**changes))
            s.jobs.cancel(created.job.tenant, created.job.id)
        assert deliveries.claim_due("sender") == () and deliveries.waiting() == 0

    def test_an_end_that_is_not_written_is_not_told(self, s, hooks, deliveries):
        """Both are one transaction, whichever fails."""
        created = s.jobs.create(new(webhook="crm"))
        with s.database.writing() as connection:
            connection.execute(text("ALTER TABLE delivery RENAME TO away"))
        with pytest.raises(StoreFault):
            s.jobs.cancel("ann", created.job.id)
        with s.database.writing() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO delivery"))
        assert s.jobs.get("ann", created.job.id).state is State.QUEUED
        lease = s.claimed(created.work)
        s.jobs.cancel("ann", created.job.id)
        with pytest.raises(LeaseLost):
            s.work.fail(lease, Problem("x", "y"))
        assert [one.event for one in deliveries.claim_due("sender")] == ["translation.cancelled"]

    # --- sending --------------------------------------------------------------------------------------------------

    def test_one_sends_at_a_time(self, deliveries, job):
        assert len(deliveries.claim_due("one")) == 1
        assert deliveries.claim_due("two") == ()

    def test_no_two_take_the_same(self, s, hooks, deliveries):
        for _ in range(20):
            s.jobs.cancel("ann", s.jobs.create(new(webhook="crm")).job.id)
        with ThreadPoolExecutor(4) as threads:
            taken = [one.id for some in threads.map(lambda name: deliveries.claim_due(str(name), 5), range(4)) for one in some]
        assert len(taken) == len(set(taken)) == 20

    def test_what_arrived_is_done(self, database, deliveries, job):
        (sending,) = deliveries.claim_due("sender")
        assert deliveries.waiting() == 1
        deliveries.succeeded(sending, 204)
        (told,) = deliveries.list("ann", job)
        assert told.delivered and (told.webhook, told.status, told.attempts) == ("crm", 204, 1)
        self.hasten(database)
        assert deliveries.claim_due("sender") == () and deliveries.waiting() == 0

    def test_what_did_not_arrive_is_tried_as_the_schedule_says(self, database, deliveries, job):
        for attempt, wait in enumerate((*SCHEDULE[1:], None), 1):
            (sending,) = deliveries.claim_due("sender")
            assert (sending.attempt, sending.job) == (attempt, job)
            deliveries.failed(sending, "It answers with 503.", 503)
            assert deliveries.claim_due("sender") == ()
            (told,) = deliveries.list("ann", job)
            assert (told.attempts, told.status, told.problem, told.delivered) == (attempt, 503, "It answers with 503.", False)
            if wait is None:
                assert told.finished
            else:
                assert told.finished is None
                assert told.due - told.created == pytest.approx(wait, abs=10)
                self.hasten(database)
        self.hasten(database)
        assert deliveries.claim_due("sender") == () and deliveries.waiting() == 0

    def test_the_schedule_is_over_before_the_documents_are_gone(self):
        assert sum(SCHEDULE) < Periods().documents

    def test_a_receiver_may_want_more_time(self, deliveries, job):
        (sending,) = deliveries.claim_due("sender")
        deliveries.failed(sending, "It answers with 429.", 429, wait=1000)
        (told,) = deliveries.list("ann", job)
        assert told.due - told.created == pytest.approx(1000, abs=10)

    def test_it_arrives_in_the_end(self, database, deliveries, job):
        (first,) = deliveries.claim_due("sender")
        deliveries.failed(first, "Nobody answers.")
        self.hasten(database)
        (second,) = deliveries.claim_due("sender")
        assert (second.id, second.attempt) == (first.id, 2)
        deliveries.succeeded(second, 200)
        (told,) = deliveries.list("ann", job)
        assert told.delivered and told.problem is None

    def test_what_a_silent_sender_held_is_sent_by_another(self, s, deliveries, job):
        (zombie,) = DeliveryStore(s.database, OVER).claim_due("zombie")
        (healthy,) = deliveries.claim_due("healthy")
        assert (healthy.id, healthy.attempt) == (zombie.id, 2)
        for write in (lambda: deliveries.succeeded(zombie, 200), lambda: deliveries.failed(zombie, "x"),
                      lambda: deliveries.gone(zombie, 410)):
            with pytest.raises(LeaseLost):
                write()
        deliveries.succeeded(healthy, 200)
        with pytest.raises(LeaseLost):
            deliveries.succeeded(healthy, 200)

    def test_a_delivery_that_ends_every_sender_is_given_up(self, s, deliveries, job):
        for _ in SCHEDULE:
            assert DeliveryStore(s.database, OVER).claim_due("victim")
        assert deliveries.claim_due("next") == ()
        (told,) = deliveries.list("ann", job)
        assert told.finished and not told.delivered and told.attempts == len(SCHEDULE)

    def test_who_is_gone_hears_nothing_more(self, s, hooks, deliveries, job):
        other = s.jobs.create(new(webhook="crm"))
        s.jobs.cancel("ann", other.job.id)
        (sending,) = deliveries.claim_due("sender", 1)
        deliveries.gone(sending, 410)
        assert not hooks.get("ann", "crm").enabled
        assert deliveries.claim_due("sender") == () and deliveries.waiting() == 0
        (told,) = deliveries.list("ann", sending.job)
        assert (told.status, told.problem, told.delivered) == (410, "The webhook was disabled.", False)
        hooks.put("ann", "crm", URL)
        assert hooks.get("ann", "crm").enabled and deliveries.claim_due("sender") == ()

    def test_a_disabled_or_deleted_webhook_takes_its_deliveries_along(self, s, hooks, deliveries):
        for forget in (hooks.disable, hooks.delete):
            created = s.jobs.create(new(webhook="crm"))
            s.jobs.cancel("ann", created.job.id)
            (sending,) = deliveries.claim_due("sender")
            forget("ann", "crm")
            with pytest.raises(LeaseLost):
                deliveries.succeeded(sending, 200)
            assert deliveries.waiting() == 0
            hooks.put("ann", "crm", URL)

    def test_what_was_not_heard_yet_goes_to_the_new_url(self, hooks, deliveries, job):
        hooks.put("ann", "crm", "https://new.example")
        assert deliveries.claim_due("sender")[0].url == "https://new.example"

    def test_another_tenant_sees_no_deliveries(self, deliveries, job):
        assert len(deliveries.list("ann", job)) == 1
        assert deliveries.list("bob", job) == ()

    # --- forgetting -----------------------------------------------------------------------------------------------

    def test_an_erased_job_is_told_to_nobody(self, s, hooks, deliveries, job):
        running = s.jobs.create(new(webhook="crm")).job.id
        (sending,) = deliveries.claim_due("sender")
        for one in (job, running):
            s.jobs.erase("ann", one)
        with pytest.raises(LeaseLost):
            deliveries.succeeded(sending, 200)
        assert deliveries.waiting() == 0 and deliveries.list("ann", job) == ()
        s.retention.erased([job, running])
        assert hooks.get("ann", "crm").enabled

    def test_deliveries_go_with_the_row_of_their_job(self, s, hooks, deliveries):
        work = s.jobs.create(new(webhook="crm")).work
        WorkStore(s.database, Periods(documents=-1, rows=-1)).fail(s.claimed(work), Problem("x", "y"))
        assert deliveries.waiting() == 1
        s.retention.erased(s.retention.expired())
        assert deliveries.waiting() == 0

    def test_everything_at_once_ends_in_no_deadlock(self, s, hooks, deliveries):
        """Jobs that end, senders, and those who disable, delete and erase, in one another's way."""
        jobs = [s.jobs.create(new(webhook="crm")).job.id for _ in range(24)]

        def end(job: str) -> None:
            JobStore(s.database).cancel("ann", job)

        def send(number: int) -> None:
            for sending in deliveries.claim_due(str(number), 3):
                try:
                    (deliveries.gone if number % 2 else deliveries.succeeded)(sending, 200)
                except LeaseLost:
                    continue

        def disturb(number: int) -> None:
            with contextlib.suppress(WebhookNotFound):
                (hooks.delete if number % 2 else hooks.disable)("ann", "crm")
            hooks.put("ann", "crm", URL)
            s.jobs.erase("ann", jobs[number])

        with ThreadPoolExecutor(6) as threads:
            tasks = [threads.submit(do, *with_) for number, job in enumerate(jobs)
                     for do, with_ in ((end, (job,)), (send, (number,)), (disturb, (number,)) if number % 3 == 0 else (send, (9,)))]
            ended = [task.exception(60) for task in tasks]
        assert {type(error).__name__ for error in ended if error} <= {"JobNotFound"}
        assert all(job.state is State.CANCELLED for job in s.jobs.list("ann"))


class TestSqlite(OnSqlite, Store):
    pass


class TestPostgres(OnPostgres, Store):
    pass
