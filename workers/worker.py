"""A worker: a pool of processes under Celery that do the steps of jobs, and a sweeper beside them."""

from __future__ import annotations

import os
import socket
import warnings

import structlog
from billiard import get_context
from celery import Celery, signals
from celery.exceptions import SecurityWarning

from parsers.locales import Locale
from pipeline.engines import engine_named
from pipeline.job import Job
from pipeline.translation import translate
from workers.deployment import Deployment
from workers.messages import QUEUES, CeleryMessenger, celery_app
from workers.sweeping import Sweeper
from workers.task_api import register_api
from workers.tasks import Pool, register

LONGEST_STEP = 1800
"""Seconds after which a step is thought to hang, and its process is ended. The sweep counts that as a crash."""

log = structlog.get_logger(__name__)


def run(deployment: Deployment, processes: int, folder: str | None = None) -> int:
    """Work until a signal says stop: SIGTERM and SIGINT let steps end, or give them back. Gives the exit code.

    ``folder`` is where other programs may name documents by path; None: nowhere.
    """
    _warm_up()
    app = celery_app(deployment.broker)
    stopping = get_context().Event()
    name = f"{socket.gethostname()[:60]}:{os.urandom(4).hex()}"
    pool = Pool(app, deployment, stopping.is_set, name, processes)
    register(app, pool)
    register_api(app, pool, folder)
    app.conf.update(task_time_limit=LONGEST_STEP, worker_max_tasks_per_child=None, worker_send_task_events=False)
    sweeper = Sweeper(deployment, CeleryMessenger(app), name)

    def begin(**_: object) -> None:
        sweeper.start()

    def end(**_: object) -> None:
        stopping.set()

    signals.worker_ready.connect(begin, weak=False)
    signals.worker_shutting_down.connect(end, weak=False)
    try:
        return _worked(app, processes)
    finally:
        signals.worker_ready.disconnect(begin)
        signals.worker_shutting_down.disconnect(end)
        if sweeper.is_alive():
            sweeper.stop()


def _warm_up() -> None:
    """Load what every process of the pool needs before they are forked: they share it, and begin at once."""
    for name, data in (("markdown", b"Some words of a text."), ("html", b"<p>Some words of a text.</p>")):
        translate(data, Job(name, Locale.parse("pt")), engine_named("echo"))


def _worked(app: Celery, processes: int) -> int:
    if os.geteuid() == 0:
        log.warning("running_as_root")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)        # says the same in many lines
        worker = app.Worker(pool="prefork", concurrency=processes, queues=list(QUEUES), quiet=True,
                            without_gossip=True, without_mingle=True, without_heartbeat=True, loglevel="WARNING",
                            hostname="diglot@%h", optimization="fair")
    worker.start()
    return int(worker.exitcode or 0)
