"""What the processes of a service count, and the port where Prometheus reads it. `docs/operations.md` lists it.

Nothing here names a tenant or a document. Every label has few values; `workers.gauges` adds what only the stores know.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, GCCollector, Histogram, ProcessCollector, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from parsers.errors import UsageError
from pipeline.report import Outcome
from storage.vocabulary import Stage, Swept
from workers.metrics_folder import VARIABLE

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
RESULTS = ("done", "failed", "waiting", "lost", "given_back", "broken")
"""How a step ended: done; its job failed; its engine did not answer; its work was taken from it, or given back because
the worker stops; something broke, so that it will be done again."""

STEPS = Histogram(
    "diglot_step_seconds", "Steps of jobs: how long they took, and how they ended.", ["stage", "result"], registry=None,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600))
SEGMENTS = Counter("diglot_segments", "Segments that ended, by outcome.", ["outcome"], registry=None)
SWEPT = Counter("diglot_swept", "What sweeps did: messages resent, work freed of silent workers, jobs quarantined.",
                ["what"], registry=None)
ENGINE_ERRORS = Counter("diglot_engine_errors", "Requests of workers that the engine did not answer, by type of error.",
                        ["error"], registry=None)
UPLOADS = Counter("diglot_uploads", "Documents taken in, by format.", ["format"], registry=None)
UPLOADED = Counter("diglot_uploaded_bytes", "Their size.", registry=None)
ANSWERS = Counter("diglot_http_requests", "Requests by template of the path and status of the answer.",
                  ["method", "route", "status"], registry=None)
ANSWERING = Histogram(
    "diglot_http_request_seconds", "How long answers took, to their last byte.", ["method", "route"], registry=None,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30))
COUNTED: tuple[Collector, ...] = (STEPS, SEGMENTS, SWEPT, ENGINE_ERRORS, UPLOADS, UPLOADED, ANSWERS, ANSWERING)

for _what in ("resent", "freed", "quarantined"):
    SWEPT.labels(_what)         # at 0 from the start: Prometheus sees no increase to the first value of a new series
for _outcome in Outcome:
    SEGMENTS.labels(_outcome.value)


def step_ended(stage: Stage, result: str, seconds: float) -> None:
    """A step of a job ended, in one of the ways of `RESULTS`."""
    STEPS.labels(stage.value, result if result in RESULTS else "other").observe(seconds)


def segments_ended(outcomes: Mapping[Outcome, int]) -> None:
    """So many segments were given their outcome."""
    for outcome, number in outcomes.items():
        SEGMENTS.labels(outcome.value).inc(number)


def sweep_ended(swept: Swept) -> None:
    """A sweep did this."""
    SWEPT.labels("resent").inc(len(swept.send))
    SWEPT.labels("freed").inc(swept.freed)
    SWEPT.labels("quarantined").inc(len(swept.quarantined))


def engine_failed(error: BaseException) -> None:
    """The engine did not answer a worker."""
    ENGINE_ERRORS.labels(type(error).__name__).inc()


def document_taken(format: str, size: int) -> None:
    """A document of so many bytes was taken in; ``format`` is a name of `parsers.FORMATS`."""
    UPLOADS.labels(format).inc()
    UPLOADED.inc(size)


def request_answered(method: str, route: str, status: int, seconds: float) -> None:
    """A request was answered. ``route`` is the path's template, never the path; empty if no route is so."""
    method = method if method in METHODS else "other"
    route = route or "none"
    ANSWERS.labels(method, route, str(status)).inc()
    ANSWERING.labels(method, route).observe(seconds)


@contextmanager
def served(host: str, port: int, *more: Collector) -> Iterator[None]:
    """Let Prometheus read at ``http://host:port/metrics`` what this process counts, or all that count together, and
    what ``more`` collect. Nowhere if the port is 0. Raises UsageError if nothing can listen there."""
    if port == 0:
        yield
        return
    try:
        server, thread = start_http_server(port, host, registry(*more))
    except OSError as error:
        raise UsageError(f"Metrics cannot be served at {host}, port {port}: {error.strerror or error}.") from error
    os.register_at_fork(after_in_child=server.socket.close)     # a child must not keep the port when its parent is gone
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def registry(*more: Collector) -> CollectorRegistry:
    """All that is to be read."""
    made = CollectorRegistry()
    if os.environ.get(VARIABLE):
        MultiProcessCollector(made)     # type: ignore[no-untyped-call]
    else:
        GCCollector(made)
        for counted in COUNTED:
            made.register(counted)
    ProcessCollector(registry=made)
    for one in more:
        made.register(one)
    return made
