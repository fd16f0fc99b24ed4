"""What Prometheus reads is what happened: counted by one process or several, or read from real stores."""

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from parsers.errors import UsageError
from pipeline.report import Outcome
from storage import database
from storage.jobs import JobStore
from storage.sweep import Sweep
from storage.vocabulary import JobSegment, NewJob, Periods, Problem, SegmentResult, ServiceClass, Stage, Swept, Work
from storage.work import WorkStore
from tests.storage.conftest import postgres_cluster, postgres_url  # noqa: F401 - fixtures
from workers import metrics
from workers.gauges import StoreGauges

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def read(text: str) -> dict[tuple, float]:
    """Values by name and labels."""
    return {(sample.name, *sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def counted() -> dict[tuple, float]:
    return read(generate_latest(metrics.registry()).decode())


def fetched(port: int) -> dict[tuple, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        return read(answer.read().decode())


def count_everything() -> None:
    metrics.step_ended(Stage.TRANSLATING, "done", 0.7)
    metrics.step_ended(Stage.ASSEMBLING, "a new way", 0.7)
    metrics.segments_ended({Outcome.TRANSLATED: 60, Outcome.KEPT_SOURCE: 4})
    metrics.sweep_ended(Swept((Work("j", Stage.PREPARING, None, ServiceClass.BATCH),), ("a", "b"), 3))
    metrics.engine_failed(TimeoutError("secret"))
    metrics.document_taken("docx", 1000)
    metrics.request_answered("POST", "/v1/translations", 202, 0.03)
    metrics.request_answered("BREW", "", 404, 0.03)


EXPECTED = {
    ("diglot_step_seconds_count", ("result", "done"), ("stage", "translating")): 1,
    ("diglot_step_seconds_sum", ("result", "done"), ("stage", "translating")): 0.7,
    ("diglot_step_seconds_bucket", ("le", "0.5"), ("result", "done"), ("stage", "translating")): 0,
    ("diglot_step_seconds_bucket", ("le", "1.0"), ("result", "done"), ("stage", "translating")): 1,
    ("diglot_step_seconds_count", ("result", "other"), ("stage", "assembling")): 1,
    ("diglot_segments_total", ("outcome", "translated")): 60,
    ("diglot_segments_total", ("outcome", "kept_source")): 4,
    ("diglot_swept_total", ("what", "resent")): 1,
    ("diglot_swept_total", ("what", "freed")): 3,
    ("diglot_swept_total", ("what", "quarantined")): 2,
    ("diglot_engine_errors_total", ("error", "TimeoutError")): 1,
    ("diglot_uploads_total", ("format", "docx")): 1,
    ("diglot_uploaded_bytes_total",): 1000,
    ("diglot_http_requests_total", ("method", "POST"), ("route", "/v1/translations"), ("status", "202")): 1,
    ("diglot_http_requests_total", ("method", "other"), ("route", "none"), ("status", "404")): 1,
    ("diglot_http_request_seconds_count", ("method", "POST"), ("route", "/v1/translations")): 1,
}


def test_what_is_counted_is_served():
    before = counted()
    count_everything()
    with metrics.served("127.0.0.1", port := free_port()):
        after = fetched(port)
    assert {key: after[key] - before.get(key, 0) for key in EXPECTED} == pytest.approx(EXPECTED)
    assert after["process_resident_memory_bytes",] > 0
    with pytest.raises(urllib.error.URLError, match="refused"):
        fetched(port)


def test_nothing_is_served_at_port_0_and_a_port_that_is_taken_is_told():
    with metrics.served("127.0.0.1", 0):
        pass
    taken = f"Metrics cannot be served at 127.0.0.1, port {(port := free_port())}: Address already in use"
    with metrics.served("127.0.0.1", port), pytest.raises(UsageError, match=taken), metrics.served("127.0.0.1", port):
        pass


TOGETHER = """
import os, subprocess, sys
from workers.metrics_folder import shared_folder
with shared_folder() as folder:
    from tests.workers.test_metrics import count_everything, fetched, free_port
    from workers import metrics
    if len(sys.argv) > 1:
        count_everything()
        sys.exit()
    count_everything()
    child = os.fork()
    if not child:
        count_everything()
        os._exit(0)
    os.waitpid(child, 0)
    subprocess.run([sys.executable, __file__, "again"], check=True)
    with metrics.served("127.0.0.1", port := free_port()):
        found = fetched(port)
assert not os.path.exists(folder)
print(repr(found))
"""


def test_processes_that_are_forked_or_started_count_together(tmp_path):
    """The one that serves, a child of its own that has ended, and another program."""
    (tmp_path / "together.py").write_text(TOGETHER)
    done = subprocess.run([sys.executable, tmp_path / "together.py"], capture_output=True, text=True, check=False, timeout=120,
                          cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stderr
    found = eval(done.stdout)
    assert {key: found[key] for key in EXPECTED} == pytest.approx({key: 3 * value for key, value in EXPECTED.items()})


def test_a_folder_that_comes_too_late_is_refused():
    from workers.metrics_folder import shared_folder

    with pytest.raises(RuntimeError, match="was imported before"), shared_folder():
        pass


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    if request.param == "sqlite":
        kept = database.opened(f"sqlite:///{tmp_path}/jobs.db")
    else:
        kept = database.opened(request.getfixturevalue("postgres_url"))
    yield kept
    kept.close()


def gauges(store, waiting=lambda: None) -> dict[tuple, float]:
    found = read(generate_latest(metrics.registry(StoreGauges(store, waiting))).decode())
    return {key: value for key, value in found.items() if key[0].startswith("diglot_") and not key[0].endswith("_created")
            and key[0].removeprefix("diglot_").split("_")[0] in {"unfinished", "ended", "waiting", "oldest", "queue", "database", "broker"}}


def made(store, service=ServiceClass.BATCH, tenant="a") -> Work:
    return JobStore(store).create(NewJob(tenant, "secret.md", "en", "pt", "", 10, service)).work


def planned(store, work: Work, segments: int) -> tuple[Work, ...]:
    workers = WorkStore(store)
    return workers.planned(workers.claim(work, "w"), [JobSegment(at, "", at // 64) for at in range(segments)])


def test_gauges_of_an_empty_store(store):
    found = gauges(store)
    assert found["diglot_database_up",] == 1 and found["diglot_broker_up",] == 0
    assert found["diglot_oldest_job_seconds", ("service", "batch")] == 0
    assert found["diglot_waiting_segments", ("service", "batch")] == 0
    assert not [key for key in found if key[0] in {"diglot_queue_messages", "diglot_ended_jobs"}]


def test_gauges_count_what_is_there(store):
    workers = WorkStore(store)
    planned(store, made(store), 100)
    first, *_ = planned(store, made(store, tenant="b"), 140)
    lease = workers.claim(first, "w")
    workers.checkpoint(lease, {at: SegmentResult(Outcome.TRANSLATED, "secret") for at in range(40)})
    made(store)
    made(store, ServiceClass.INTERACTIVE)
    workers.fail(workers.claim(made(store), "w"), Problem("damaged-document", "secret"))
    JobStore(store).cancel("a", made(store).job)
    found = gauges(store, lambda: {ServiceClass.INTERACTIVE: 0, ServiceClass.BATCH: 7, ServiceClass.BACKGROUND: 2})
    age = found.pop(("diglot_oldest_job_seconds", ("service", "batch")))
    assert 0 < age < 60 and found.pop(("diglot_oldest_job_seconds", ("service", "interactive"))) > 0
    running = ("service", "batch"), ("stage", "translating"), ("state", "running")
    queued = ("stage", "preparing"), ("state", "queued")
    assert found == {
        ("diglot_database_up",): 1, ("diglot_broker_up",): 1,
        ("diglot_unfinished_jobs", *running): 2, ("diglot_unfinished_jobs", ("service", "batch"), *queued): 1,
        ("diglot_unfinished_jobs", ("service", "interactive"), *queued): 1,
        ("diglot_ended_jobs", ("state", "failed")): 1, ("diglot_ended_jobs", ("state", "cancelled")): 1,
        ("diglot_waiting_segments", ("service", "batch")): 100 + 100 + 120,     # 120: the mean of those that were read
        ("diglot_waiting_segments", ("service", "interactive")): 120, ("diglot_waiting_segments", ("service", "background")): 0,
        ("diglot_oldest_job_seconds", ("service", "background")): 0,
        ("diglot_queue_messages", ("service", "interactive")): 0, ("diglot_queue_messages", ("service", "batch")): 7,
        ("diglot_queue_messages", ("service", "background")): 2}


def test_a_database_that_is_gone_costs_its_gauges_only(tmp_path):
    kept = database.opened(f"sqlite:///{tmp_path}/jobs.db")
    kept.close()
    (tmp_path / "jobs.db").write_bytes(b"no database at all" * 1000)
    for left in tmp_path.glob("jobs.db-*"):
        left.unlink()
    with metrics.served("127.0.0.1", port := free_port(), StoreGauges(kept, lambda: None)):
        found = fetched(port)
    assert found["diglot_database_up",] == 0
    assert not [key for key in found if key[0] == "diglot_unfinished_jobs"]


def test_a_sweep_says_how_much_it_freed(store):
    periods = Periods(lease=-1.0)
    first = planned(store, made(store), 640)
    for work in first:
        assert WorkStore(store, periods).claim(work, "w")
    WorkStore(store, periods).claim(made(store), "w")
    assert Sweep(store).run({}).freed == 11
    assert Sweep(store).run({}).freed == 0
