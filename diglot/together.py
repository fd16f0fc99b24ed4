"""Many errands at once over one engine whose work is done by a server.

Documents are read and written in threads, so that answers are taken meanwhile; another document is
begun when the engine has room for its segments.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from diglot.work import POLL, Finished, Order, Progress, performed

if TYPE_CHECKING:
    from diglot.errands import Errand
    from pipeline.engines import Engine

MOST_DOCUMENTS = 64
"""Begun and not ended: each holds its source and its segments in memory."""


def perform_together(errands: Sequence[Errand], order: Order, engine: Engine,
                     progress: Progress | None) -> Iterator[Finished]:
    """Each errand as it ends. Raises EngineError if the engine cannot be used for any."""
    ends: queue.SimpleQueue[Finished | BaseException | None] = queue.SimpleQueue()
    work = _Together(errands, order, engine, progress, ends)
    thread = threading.Thread(target=work.run, name="together")
    thread.start()
    try:
        while (end := ends.get()) is not None:
            if isinstance(end, BaseException):
                raise end
            yield end
    finally:
        work.cancel()
        thread.join()


class _Together:
    """The event loop of a command, in a thread of its own: the main thread writes what has ended."""

    def __init__(self, errands: Sequence[Errand], order: Order, engine: Engine, progress: Progress | None,
                 ends: queue.SimpleQueue[Finished | BaseException | None]) -> None:
        self._errands, self._order, self._engine, self._ends = errands, order, engine, ends
        self._progress = progress
        self._told = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._cancelled = False

    def run(self) -> None:
        """All errands; whatever happens is passed on."""
        try:
            asyncio.run(self._all())
        except asyncio.CancelledError:
            pass
        except BaseException as error:  # noqa: BLE001 - the boundary of a thread: it is raised in the other
            self._ends.put(error)
        finally:
            self._ends.put(None)

    def cancel(self) -> None:
        """Stop, if it has not ended."""
        self._cancelled = True
        if self._loop is not None and self._main is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):         # it has been closed this moment
                self._loop.call_soon_threadsafe(self._main.cancel)

    async def _all(self) -> None:
        from pipeline.languages import UNKNOWN

        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        if self._cancelled:
            return
        try:
            for target in dict.fromkeys(errand.target for errand in self._errands):
                await self._engine.prepare(self._order.source or UNKNOWN, target)
            places = asyncio.Semaphore(MOST_DOCUMENTS)
            async with asyncio.TaskGroup() as group:
                for errand in self._errands:
                    await places.acquire()
                    asked = asyncio.Event()
                    group.create_task(self._one(errand, asked, places))
                    await asked.wait()
                    await self._engine.hunger()
        finally:
            await self._engine.aclose()

    async def _one(self, errand: Errand, asked: asyncio.Event, places: asyncio.Semaphore) -> None:
        def tell(one: Errand, done: int, total: int) -> None:
            asked.set()                                     # read and planned: its segments are on their way
            now = time.monotonic()
            if self._progress is not None and (done == total or now - self._told > POLL):
                self._told = now
                self._progress(one, done, total)

        try:
            self._ends.put(await performed(errand, self._order, self._engine, tell))
        finally:
            asked.set()
            places.release()
