"""News of jobs: one look at the store for all who wait for the same job, none while nobody waits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from gateway.problems import as_bytes
from gateway.resources import dumped, etag, job_view
from parsers.errors import DiglotError
from storage.vocabulary import Job

EVERY = 0.5
"""Seconds between two looks."""
HEARTBEAT = 15.0
"""Seconds of silence after which a stream shows that it lives: proxies cut off what is silent for longer."""


@dataclass(slots=True)
class _Watched:
    job: Job
    error: DiglotError | None = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    listeners: int = 0
    task: asyncio.Task[None] | None = None


class Watcher:
    """Looks at jobs for those who wait."""

    def __init__(self, get: Callable[[str, str], Job], every: float = EVERY) -> None:
        self._get, self._every = get, every
        self._watched: dict[tuple[str, str], _Watched] = {}

    async def changed(self, tenant: str, job: Job, seconds: float, known: str | None = None) -> Job:
        """The job as soon as it has ended, or, if ``known`` is an etag of it, differs from that; else as it is after
        so many seconds. Raises JobNotFound, StoreFault."""
        deadline = time.monotonic() + seconds
        async with self._watching(tenant, job) as watched:
            while not (watched.job.state.ended or (known is not None and etag(watched.job) != known)):
                if not await self._next(watched, etag(watched.job), deadline - time.monotonic()):
                    break
            return watched.job

    async def stream(self, tenant: str, job: Job) -> AsyncIterator[bytes]:
        """Server-sent events: ``progress`` whenever something changed, ``end`` at the end, which ends the stream; it
        ends without that if the job is erased."""
        async with self._watching(tenant, job) as watched:
            number = 0
            while True:
                number += 1
                now = watched.job
                kind = "end" if now.state.ended else "progress"
                yield f"id: {number}\nevent: {kind}\ndata: ".encode() + as_bytes(dumped(job_view(now))) + b"\n\n"
                if now.state.ended:
                    return
                try:
                    while not await self._next(watched, etag(now), HEARTBEAT):
                        yield b": still here\n\n"
                except DiglotError:
                    return

    @contextlib.asynccontextmanager
    async def _watching(self, tenant: str, job: Job) -> AsyncIterator[_Watched]:
        key = tenant, job.id
        watched = self._watched.get(key)
        if watched is None:
            watched = self._watched[key] = _Watched(job)
            watched.task = asyncio.create_task(self._look(key, watched))
        watched.job = job                               # it was read just now
        watched.listeners += 1
        try:
            yield watched
        finally:
            watched.listeners -= 1
            if not watched.listeners and watched.task is not None:
                watched.task.cancel()
                if self._watched.get(key) is watched:
                    del self._watched[key]

    @staticmethod
    async def _next(watched: _Watched, known: str, seconds: float) -> bool:
        """Wait until the job differs from what is known; False if it does not in time. Raises what looking raised."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)), watched.news:
                await watched.news.wait_for(lambda: watched.error is not None or etag(watched.job) != known)
        if watched.error is not None:
            raise watched.error
        return etag(watched.job) != known

    async def _look(self, key: tuple[str, str], watched: _Watched) -> None:
        while watched.error is None and not watched.job.state.ended:
            await asyncio.sleep(self._every)
            try:
                watched.job = await run_in_threadpool(self._get, *key)
            except DiglotError as error:
                watched.error = error
            async with watched.news:
                watched.news.notify_all()
        if self._watched.get(key) is watched:       # whoever comes later looks afresh
            del self._watched[key]
