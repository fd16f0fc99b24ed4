"""Job stores under several processes at once, some of them killed: one suite, inherited for each database."""

import multiprocessing
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from storage.errors import JobNotFound, LeaseLost
from storage.jobs import JobStore
from storage.sweep import Sweep
from storage.vocabulary import JobSegment, Periods
from storage.work import WorkStore
from tests.storage import actors
from tests.storage.actors import OURS
from tests.storage.databases import OnPostgres, OnSqlite
from tests.storage.stores import OVER, JobSuite, new

SPAWN = multiprocessing.get_context("spawn")
PROCESSES = 4


def plan(chunks: int, each: int = 1) -> tuple[JobSegment, ...]:
    return tuple(JobSegment(n, str(n), n // each) for n in range(chunks * each))


def started(target, *arguments):
    """A process, and the end of a pipe to it."""
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


class Processes(JobSuite):
    """The suite."""

    def test_several_open_an_empty_database_at_once(self, url):
        barrier = SPAWN.Barrier(PROCESSES)
        processes = [SPAWN.Process(target=actors.open_it, args=(url, barrier)) for _ in range(PROCESSES)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0] * PROCESSES

    def test_no_two_hold_the_same_lease(self, url, s):
        _, works = s.translating(plan(60))
        barrier = SPAWN.Barrier(PROCESSES)
        pipes = [started(actors.claim_all, url, barrier, works, str(n))[1] for n in range(PROCESSES)]
        leases = [lease for pipe in pipes for lease in pipe.recv()]
        assert sorted(lease.chunk for lease in leases) == list(range(60))
        assert {lease.fence for lease in leases} == {1}

    def test_the_last_chunks_move_the_job_once(self, url, s):
        rounds = []
        for _ in range(25):
            _, works = s.translating(plan(PROCESSES))
            leases = [s.claimed(work, "all") for work in works]
            for lease in leases:
                s.work.checkpoint(lease, {lease.chunk: OURS})
            rounds.append(leases)
        barrier = SPAWN.Barrier(PROCESSES)
        pipes = [started(actors.finish_each, url, barrier, [leases[n] for leases in rounds])[1] for n in range(PROCESSES)]
        given = [work.job for pipe in pipes for work in pipe.recv()]
        assert sorted(given) == sorted(leases[0].job for leases in rounds)

    def test_a_zombie_writes_nothing(self, url, s):
        job, works = s.translating(plan(1, 2))
        process, pipe = started(actors.write_when_told, url, works[0])
        pipe.recv()
        os.kill(process.pid, signal.SIGSTOP)
        assert s.sweep.run().send == works
        lease = s.claimed(works[0], "healthy")
        s.work.checkpoint(lease, {0: OURS})
        os.kill(process.pid, signal.SIGCONT)
        pipe.send("write")
        assert pipe.recv() == "lost"
        s.work.checkpoint(lease, {1: OURS})
        assert s.work.finish_chunk(lease)
        assert [segment.result for segment in s.jobs.segments("ann", job)] == [OURS, OURS]

    def test_a_kill_in_the_middle_of_a_write_loses_nothing_that_was_written(self, url, s):
        job, works = s.translating(plan(1, 5))
        process, pipe = started(actors.die_in_the_middle, url, works[0])
        assert pipe.recv() == "in the middle"
        assert s.jobs.get("ann", job).progress.done == 2
        process.kill()
        process.join()
        time.sleep(0.6)             # its lease
        assert s.sweep.run().send == works
        assert s.work.chunk(job, 0).pending == (2, 3, 4)
        lease = s.claimed(works[0])
        s.work.checkpoint(lease, dict.fromkeys((2, 3, 4), OURS))
        assert s.work.finish_chunk(lease)
        assert [segment.result for segment in s.jobs.segments("ann", job)] == [OURS] * 5

    def test_the_same_request_at_once_makes_one_job(self, s):
        with ThreadPoolExecutor(8) as threads:
            created = list(threads.map(lambda _: s.jobs.create(new(), "key", "hash"), range(16)))
        assert len({one.job.id for one in created}) == 1
        assert [one.fresh for one in created].count(True) == 1
        assert len(s.jobs.list("ann")) == 1

    def test_sweeps_at_once_count_a_crash_once_and_send_once(self, s):
        _, works = s.translating(plan(20))
        for work in works:
            s.crash(work)
        with ThreadPoolExecutor(4) as threads:
            swept = list(threads.map(lambda _: Sweep(s.database).run(), range(8)))
        assert sorted(work.chunk for one in swept for work in one.send) == list(range(20))
        assert {s.work.chunk(works[0].job, n).suspicion for n in range(20)} == {1}

    def test_everything_at_once_ends_in_no_deadlock(self, s):
        """Workers, those who cancel and erase, and sweeps in one another's way: each gets its answer."""
        jobs = [s.translating(plan(4, 3)) for _ in range(8)]

        def work(each) -> None:
            store = WorkStore(s.database, Periods(lease=0.01))
            for one in each[1]:
                lease = store.claim(one, "worker")
                try:
                    if lease:
                        store.checkpoint(lease, dict.fromkeys(range(one.chunk * 3, one.chunk * 3 + 3), OURS))
                        last = store.finish_chunk(lease)
                        if last and (final := store.claim(last, "worker")):
                            store.finish(final)
                except LeaseLost:
                    continue

        def disturb(each) -> None:
            store = JobStore(s.database)
            for _ in range(3):
                Sweep(s.database, OVER).run()
            try:
                (store.cancel if jobs.index(each) % 2 else store.erase)("ann", each[0])
            except JobNotFound:
                return

        with ThreadPoolExecutor(6) as threads:
            tasks = [threads.submit(do, each) for each in jobs for do in (work, work, disturb)]
            for task in tasks:
                task.result(60)
        assert all(job.state.ended for job in s.jobs.list("ann"))


class TestSqlite(OnSqlite, Processes):
    pass


class TestPostgres(OnPostgres, Processes):
    pass
