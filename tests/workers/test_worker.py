"""Workers under Celery on a real Valkey: the same bytes as the command line, and a stop that loses nothing."""

import time

from pipeline.engines import engine_named
from pipeline.glossary import Termbase
from pipeline.translation import translate
from storage.vocabulary import State
from tests.parsers.docx.making import members, p, package, r
from tests.servers.scripted import ScriptedServer, Settings, Speed
from tests.workers.cluster import EN, PT, guide, running
from workers.options import Options

DOCUMENTS = {
    "guide.md": guide(1),
    "page.html": b'<html lang="en"><h1>Title</h1><p title="A tip">Some <b>bold</b> words</p><pre>code here</pre></html>',
    "report.docx": package(members(p(r("Some "), r("bold", "b"), r(" words")))),
}
FORMATS = {"md": "markdown", "html": "html", "docx": "docx"}


def direct(name: str, data: bytes, engine: str = "pseudo") -> bytes:
    """What the command line gives."""
    options = Options(format=FORMATS[name.rpartition(".")[2]])
    return translate(data, options.job(EN, PT, Termbase()), engine_named(engine)).output


def test_the_same_bytes_as_the_command_line(tmp_path):
    with running(tmp_path) as cluster:
        jobs = {name: cluster.submit(data, name) for name, data in DOCUMENTS.items()}
        worker = cluster.worker()
        assert {job.state for job in cluster.ended(*jobs.values())} == {State.SUCCEEDED}
        for name, job in jobs.items():
            assert cluster.result(job) == direct(name, DOCUMENTS[name])
        assert worker.stop() == 0
        assert "Traceback" not in worker.log.read_text()


def test_a_worker_that_is_told_to_stop_gives_its_work_back(tmp_path):
    """Another goes on at once: neither waits for the lease, which is ten times as long as the test."""
    periods = {"lease": 300.0, "resend": 1.0, "sweep": 0.5, "heartbeat": 0.5, "grace": 1.0}
    with ScriptedServer(Settings(Speed(16, 0.05))) as server, running(tmp_path, base_url=server.base_url, periods=periods) as cluster:
        job = cluster.submit(guide(2, 200))
        first = cluster.worker()
        cluster.until(lambda: cluster.job(job).progress.done > 10)
        began = time.monotonic()
        assert first.stop() == 0
        assert time.monotonic() - began < 25
        before = cluster.job(job)
        assert before.state is State.RUNNING
        cluster.worker()
        (after,) = cluster.ended(job, seconds=100)
        assert after.state is State.SUCCEEDED
        assert server.stats()["segments"] < 1.5 * before.progress.segments


def test_urgent_work_does_not_wait_for_what_was_there_before(tmp_path):
    with running(tmp_path, processes=1) as cluster:
        slow = [cluster.submit(guide(n, 60), service="background") for n in range(20)]
        urgent = cluster.submit(DOCUMENTS["page.html"], "page.html", service="interactive")
        cluster.worker()
        (ended,) = cluster.ended(urgent)
        assert not all(cluster.job(job).state.ended for job in slow)
        assert ended.state is State.SUCCEEDED
        assert {job.state for job in cluster.ended(*slow)} == {State.SUCCEEDED}


def test_what_was_begun_is_ended_before_more_is_begun(tmp_path):
    """In one queue each job would wait for all others at each of its stages, and the first result would come last."""
    with running(tmp_path, processes=1) as cluster:
        jobs = [cluster.submit(guide(n, 3), service="batch") for n in range(40)]
        cluster.worker()
        ended = cluster.ended(*jobs, seconds=100)
        assert {job.state for job in ended} == {State.SUCCEEDED}
        assert sum(job.finished < max(one.started for one in ended) for job in ended) > 20
