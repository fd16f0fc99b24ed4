"""Faults, in short: `make fault-proof` does the same two hundred times. Nothing is lost, done twice, or stuck."""

import contextlib
import os
import random
import signal
import subprocess
import time

import pytest

from storage.errors import StoreFault
from storage.vocabulary import QUARANTINED, Stage, State
from tests.servers.scripted import ScriptedServer, Settings, Speed
from tests.storage.servers import INSTALL, find_binaries, postgres, restart_postgres
from tests.workers.cluster import guide, running
from tests.workers.entry import POINTS
from tests.workers.watchfulness import Watch, undisturbed

SPEED = Speed(32, 0.02)
"""1,600 tokens/s: a document of these takes some seconds."""


@pytest.fixture(scope="module")
def server():
    with ScriptedServer(Settings(SPEED)) as server:
        yield server


@pytest.fixture
def cluster(server, tmp_path):
    server.reset()
    with running(tmp_path, base_url=server.base_url) as made:
        yield made


@pytest.fixture
def postgres_cluster(server, tmp_path):
    server.reset()
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(INSTALL)
    with postgres(binaries) as url, running(tmp_path, url, server.base_url) as made:
        yield made


def begun(cluster, *documents: bytes) -> list[str]:
    """Jobs of which something is done already."""
    jobs = [cluster.submit(data) for data in documents]
    cluster.until(lambda: any(cluster.job(job).progress.done > 5 for job in jobs))
    return jobs


def killed_at_random(cluster, server, kills: int, seed: int) -> Watch:
    chance, documents = random.Random(seed), [guide(n, 120) for n in range(3)]
    cluster.worker()
    jobs = begun(cluster, *documents)
    with Watch(cluster, server, jobs) as watch:
        for _ in range(kills):
            time.sleep(chance.uniform(0, 1.0))
            cluster.workers[-1].kill()
            watch.note()
            cluster.worker()
            done = cluster.translated()
            cluster.until(lambda done=done: cluster.translated() > done or all(cluster.job(one).state.ended for one in jobs))
        cluster.ended(*jobs)
    watch.judge(documents)
    return watch


def test_workers_are_killed_at_random(cluster, server):
    assert len(killed_at_random(cluster, server, 2, 1).lost) == 2


def test_workers_are_killed_at_random_over_postgres(postgres_cluster, server):
    assert len(killed_at_random(postgres_cluster, server, 2, 2).lost) == 2


def test_the_database_is_restarted(postgres_cluster, server):
    document = guide(8, 150)
    worker = postgres_cluster.worker()
    jobs = begun(postgres_cluster, document)
    restart_postgres(postgres_cluster.settings["database"])
    (job,) = postgres_cluster.ended(*jobs)
    assert job.state is State.SUCCEEDED
    assert postgres_cluster.result(job.id) == undisturbed(document, server.base_url)
    assert worker.process.poll() is None


def test_the_disk_is_full_for_a_while(cluster, server):
    """The result cannot be written; the step is done again when there is room."""
    document = guide(9, 60)
    folder = cluster.folder / "documents"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder], check=False,
                      capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        job = cluster.submit(document)
        filler = folder / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        cluster.worker()
        cluster.until(lambda: cluster.job(job).stage is Stage.ASSEMBLING)
        time.sleep(2)
        assert cluster.job(job).state is State.RUNNING
        with pytest.raises(StoreFault):
            cluster.submit(document)
        filler.unlink()
        (ended,) = cluster.ended(job)
        assert ended.state is State.SUCCEEDED
        assert cluster.result(job) == undisturbed(document, server.base_url)
    finally:
        cluster.close()
        subprocess.run(["umount", folder], check=True)


def test_a_process_of_the_pool_is_killed(cluster, server):
    document = guide(7, 150)
    worker = cluster.worker()
    jobs = begun(cluster, document)
    with Watch(cluster, server, jobs) as watch:
        for child in worker.children():
            os.kill(child, signal.SIGKILL)
        watch.note()
        cluster.ended(*jobs)
    watch.judge([document])
    assert worker.process.poll() is None


@pytest.mark.parametrize("fault", ["flush", "restart", "freeze"])
def test_the_broker_forgets_goes_or_stands_still(cluster, server, fault):
    documents = [guide(20 + n, 100) for n in range(2)]
    worker = cluster.worker()
    jobs = begun(cluster, *documents)
    with Watch(cluster, server, jobs) as watch:
        if fault == "flush":
            cluster.flush_broker()
        elif fault == "restart":
            cluster.restart_broker()
        else:
            cluster.freeze_broker(3.0)
        jobs.append(cluster.submit(guide(30, 30)))          # taken in whatever the broker does
        cluster.ended(*jobs)
    watch.judge([*documents, guide(30, 30)])
    assert worker.process.poll() is None


def test_the_engine_is_away(cluster, server):
    document = guide(40, 150)
    cluster.worker()
    jobs = begun(cluster, document)
    server.settings.schedule.restart_s = 3.0
    with Watch(cluster, server, jobs) as watch:
        server.restart()
        cluster.ended(*jobs)
    job = cluster.job(jobs[0])
    assert (job.state, watch.backward) == (State.SUCCEEDED, [])


@pytest.mark.parametrize("point", ["after planned", "after finish_chunk", "before finish"])
def test_a_worker_ends_at_a_named_point(cluster, server, point):
    assert point in POINTS
    document = guide(50, 80)
    job = cluster.submit(document)
    dying = cluster.worker(die_at=point)
    with Watch(cluster, server, [job]) as watch:
        cluster.until(dying.lost_a_process)
        watch.note()
        dying.kill()
        cluster.worker()
        cluster.ended(job)
    watch.judge([document])


def test_a_document_that_ends_every_worker_is_set_aside_and_others_go_on(cluster, server):
    poison = cluster.submit(b"# The document that ends its reader\n")
    cluster.worker(die_over=poison)
    fine = [cluster.submit(guide(60 + n, 20)) for n in range(3)]
    cluster.ended(poison, *fine)
    job = cluster.job(poison)
    assert (job.state, job.problem.kind) == (State.FAILED, QUARANTINED)
    assert "3 workers" in job.problem.message
    assert all(cluster.job(one).state is State.SUCCEEDED for one in fine)
