"""The Celery tasks: thin, each one step of a job, or a door for other programs.

A pool's process opens its stores and its engine with the first task that it is given, not before the fork.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import structlog
from celery import Celery

from pipeline.engines import engine_named
from storage.errors import StoreFault
from storage.vocabulary import ServiceClass, Stage, Work
from workers.deployment import Deployment, Stores
from workers.messages import TASKS, CeleryMessenger
from workers.steps import Steps

ENGINE_PATIENCE = 20.0
"""Seconds for which a step waits for a model server that has gone. Then its work is given back, costs nothing, and
the process can do other work."""
GRACE = 10.0
"""Seconds that a step may go on after the worker was told to stop. What is not done then is given back; another worker
goes on from the last checkpoint."""

log = structlog.get_logger(__name__)


class Hands:
    """What one process of the pool works with: one event loop, one engine, its own connections."""

    def __init__(self, app: Celery, deployment: Deployment, stopping: Callable[[], bool], worker: str,
                 processes: int) -> None:
        """``worker`` names the worker that this process belongs to, of so many. Raises StoreFault, EngineError,
        UsageError."""
        self._closing = contextlib.ExitStack()
        self.stores = self._closing.enter_context(Stores.opened(deployment))
        server = replace(deployment.server, patience=min(deployment.server.patience, ENGINE_PATIENCE))
        self._engine = engine_named(deployment.engine, server)
        self._engine.among(processes)
        self._steps = Steps(self.stores.work, self.stores.documents, self._engine, self.stores.memories.opened,
                            server.priority)
        self.messenger = CeleryMessenger(app)
        self._stopping = stopping
        self._runner = self._closing.enter_context(asyncio.Runner())
        self._owner = f"{worker}:{os.getpid()}"

    def perform(self, work: Work) -> None:
        """Do a piece of work and tell the workers what follows from it."""
        try:
            self.messenger.send(self._runner.run(self._performed(work)))
        except asyncio.CancelledError:
            log.info("step_given_back", job=work.job, stage=work.stage.value, chunk=work.chunk)
        except StoreFault as error:
            log.warning("store_unavailable", job=work.job, stage=work.stage.value, error=type(error).__name__)

    async def _performed(self, work: Work) -> tuple[Work, ...]:
        step = asyncio.create_task(self._steps.perform(work, self._owner))
        left = GRACE
        while True:
            done, _ = await asyncio.wait({step}, timeout=0.5)
            if done:
                return step.result()
            if self._stopping():
                left -= 0.5
                if left <= 0:
                    step.cancel()

    def close(self) -> None:
        """Give connections back."""
        self._runner.run(self._engine.aclose())
        self._closing.close()


class Pool:
    """The hands of whatever process this is, made when they are first needed."""

    def __init__(self, app: Celery, deployment: Deployment, stopping: Callable[[], bool], worker: str,
                 processes: int) -> None:
        self._make = partial(Hands, app, deployment, stopping, worker, processes)
        self._hands: Hands | None = None
        self._lock = threading.Lock()

    @property
    def hands(self) -> Hands:
        """Those of this process. Raises StoreFault, EngineError, UsageError."""
        with self._lock:
            if self._hands is None:
                self._hands = self._make()
            return self._hands

    def close(self) -> None:
        """Give connections back, if any were made."""
        if self._hands is not None:
            self._hands.close()
            self._hands = None


def register(app: Celery, pool: Pool) -> None:
    """Give an application the tasks for the steps of jobs."""
    for stage, name in TASKS.items():
        app.task(_step(pool, stage), name=name)


def _step(pool: Pool, stage: Stage) -> Callable[..., None]:
    def step(job: str, chunk: int | None = None, service: str = ServiceClass.BATCH.value, **_later: Any) -> None:
        try:
            hands = pool.hands
        except StoreFault as error:
            log.warning("store_unavailable", job=job, stage=stage.value, error=type(error).__name__)
            return                                          # a sweep sends it again
        hands.perform(Work(job, stage, chunk, ServiceClass(service)))

    return step
