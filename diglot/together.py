"""Many errands at once over one engine whose work is done by a server.

One thread keeps all documents going; another document is begun when the engine has room for its
segments. What has ended is written meanwhile by the main thread.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from diglot.work import POLL, Finished, News, Order, Progressed, Tell, performed, standard_input
from pipeline.streaming import followed

if TYPE_CHECKING:
    from diglot.errands import Errand
    from pipeline.engines import Engine
    from pipeline.memory import Memory

MOST_DOCUMENTS = 64
"""Begun and not ended: each holds its source and its segments in memory."""


def perform_together(errands: Sequence[Errand], order: Order, engine: Engine, tell: Tell,
                     memory: Memory | None) -> Iterator[Finished]:
    """Each errand as it ends. Raises EngineError if the engine cannot be used for any, DocumentError
    if standard input cannot be read."""
    given = standard_input(errands)

    def work(told: Callable[[News | Finished], None]) -> Coroutine[Any, Any, None]:
        return _Together(order, engine, memory, given, told).all(errands)

    with closing(followed(work)) as all_news:
        for news in all_news:
            if isinstance(news, Finished):
                yield news
            else:
                tell(news)


class _Together:
    """Errands that share an engine and an event loop."""

    def __init__(self, order: Order, engine: Engine, memory: Memory | None, given: bytes | None,
                 told: Callable[[News | Finished], None]) -> None:
        self._order, self._engine, self._memory, self._given, self._told = order, engine, memory, given, told
        self._last = 0.0
        self._lost: Finished | None = None

    async def all(self, errands: Sequence[Errand]) -> None:
        from pipeline.languages import UNKNOWN

        try:
            for target in dict.fromkeys(errand.target for errand in errands):
                await self._engine.prepare(self._order.source or UNKNOWN, target)
            places = asyncio.Semaphore(MOST_DOCUMENTS)
            async with asyncio.TaskGroup() as group:
                for errand in errands:
                    await places.acquire()
                    asked = asyncio.Event()
                    group.create_task(self._one(errand, asked, places))
                    await asked.wait()
                    await self._engine.hunger()
        finally:
            await self._engine.aclose()

    async def _one(self, errand: Errand, asked: asyncio.Event, places: asyncio.Semaphore) -> None:
        def tell(news: News) -> None:
            if isinstance(news, Progressed):
                asked.set()                                 # read and planned: its segments are on their way
                now = time.monotonic()
                if news.done < news.total and now - self._last < POLL:
                    return
                self._last = now
            self._told(news)

        try:
            if self._lost is None:
                finished = await performed(errand, self._order, self._engine, tell, self._memory, self._given)
                if finished.engine_lost:
                    self._lost = finished
            else:
                finished = replace(self._lost, errand=errand, seconds=0.0)
            self._told(finished)
        finally:
            asked.set()
            places.release()
