"""News of jobs: one look at the store for all jobs that somebody waits for, none while nobody waits."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from gateway.problems import as_bytes
from gateway.resources import dumped, etag, job_view
from parsers.errors import DiglotError
from storage.errors import JobNotFound
from storage.vocabulary import Job

EVERY = 0.5
"""Seconds between two looks."""
SHARE = 0.2
"""Of the time, that may at most go into looking: who waits shall not be in the way of who works."""
HEARTBEAT = 15.0
"""Seconds of silence after which a stream shows that it lives: proxies cut off what is silent for longer."""


@dataclass(slots=True)
class _Watched:
    job: Job
    error: DiglotError | None = None
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    listeners: int = 0


class Watcher:
    """Looks at jobs for those who wait."""

    def __init__(self, those: Callable[[Sequence[str]], Sequence[Job]], every: float = EVERY) -> None:
        """``those`` gives the jobs of ids, without the ones that are not there. Raises StoreFault."""
        self._those, self._every = those, every
        self._watched: dict[str, _Watched] = {}
        self._looking: asyncio.Task[None] | None = None

    async def changed(self, job: Job, seconds: float, known: str | None = None) -> Job:
        """The job as soon as it has ended, or, if ``known`` is an etag of it, differs from that; else as it is after
        so many seconds. Raises JobNotFound, StoreFault."""
        deadline = time.monotonic() + seconds
        async with self._watching(job) as watched:
            while not (watched.job.state.ended or (known is not None and etag(watched.job) != known)):
                if not await self._next(watched, etag(watched.job), deadline - time.monotonic()):
                    break
            return watched.job

    async def stream(self, job: Job) -> AsyncIterator[bytes]:
        """Server-sent events: ``progress`` whenever something changed, ``end`` at the end, which ends the stream; it
        ends without that if the job is erased."""
        async with self._watching(job) as watched:
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
    async def _watching(self, job: Job) -> AsyncIterator[_Watched]:
        watched = self._watched.setdefault(job.id, _Watched(job))
        watched.listeners += 1
        await self._tell(watched, job)                  # it was read just now
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield watched
        finally:
            watched.listeners -= 1
            if not watched.listeners:
                self._forget(watched)

    def _forget(self, watched: _Watched) -> None:
        """Whoever comes later looks afresh."""
        if self._watched.get(watched.job.id) is watched:
            del self._watched[watched.job.id]

    @staticmethod
    async def _next(watched: _Watched, known: str, seconds: float) -> bool:
        """Wait until the job differs from what is known; False if it does not in time. Raises what looking raised."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)), watched.news:
                await watched.news.wait_for(lambda: watched.error is not None or etag(watched.job) != known)
        if watched.error is not None:
            raise watched.error
        return etag(watched.job) != known

    async def _look(self) -> None:
        """Look until nobody waits."""
        pause = self._every
        while self._watched:
            await asyncio.sleep(pause)
            watched, began = list(self._watched.values()), time.monotonic()
            try:
                found = {job.id: job for job in await run_in_threadpool(self._those, [one.job.id for one in watched])}
                missing: DiglotError = JobNotFound("There is no such job.")
            except DiglotError as error:
                found, missing = {}, error
            for one in watched:
                await self._tell(one, found.get(one.job.id, missing))
            pause = max(self._every, (time.monotonic() - began) / SHARE)

    async def _tell(self, watched: _Watched, news: Job | DiglotError) -> None:
        if news == watched.job:
            return
        if isinstance(news, DiglotError):
            watched.error = news
        else:
            watched.job = news
        if isinstance(news, DiglotError) or news.state.ended:
            self._forget(watched)
        async with watched.news:
            watched.news.notify_all()
