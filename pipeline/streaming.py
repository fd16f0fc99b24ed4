"""Segments as they come: the translations of a document one by one, in reading order, while it is worked on.

The order is restored by waiting: what is ready before its turn is held, all of a document if its first
segment is the last to be answered. No bound of memory can be promised without giving up the order.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Coroutine, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from parsers.errors import UsageError
from pipeline.engines import Engine
from pipeline.memory import Memory
from pipeline.report import Translation
from pipeline.translation import Job, Listener, Progress, Result, translated

News = TypeVar("News")
Made = TypeVar("Made")


class InOrder:
    """A listener that passes translations on in reading order, whatever order they come in."""

    def __init__(self, then: Listener) -> None:
        self._then = then
        self._early: dict[str, Translation] = {}
        self._next = 0

    def __call__(self, translation: Translation) -> None:
        """Pass it on if its turn has come, and those that waited for it."""
        self._early[translation.segment.id] = translation
        while (due := self._early.pop(f"s{self._next}", None)) is not None:     # `Segment.id` counts from s0
            self._next += 1
            self._then(due)


class Stream(Iterator[Translation]):
    """The translations of one document in reading order, each as soon as it and all before it are settled.

    Work begins when the first is asked for, in a thread of its own, and does not wait for its reader.
    ``progress`` is called in the reader's thread with segments settled, in whatever order, and in all;
    also while the next in order is waited for. Iterating raises what `pipeline.translation.translate`
    raises. A translation may still be given up when the whole is put together, if it would break the
    document's structure: `result` has the last word.
    """

    def __init__(self, data: bytes, job: Job, engine: Engine, *, memory: Memory | None = None,
                 progress: Progress | None = None) -> None:
        async def work(tell: Callable[[Translation | tuple[int, int]], None]) -> Result:
            counted = None if progress is None else lambda done, total: tell((done, total))
            try:
                return await translated(data, job, engine, memory=memory, progress=counted, listener=InOrder(tell))
            finally:
                await engine.aclose()

        self._news = followed(work)
        self._progress = progress
        self._result: Result | None = None

    def __next__(self) -> Translation:
        """The next translation in reading order."""
        while True:
            try:
                news = next(self._news)
            except StopIteration as end:
                self._result = self._result or end.value
                raise
            if isinstance(news, Translation):
                return news
            if self._progress is not None:
                self._progress(*news)

    @property
    def result(self) -> Result:
        """The translated document and its report; waits for them, and passes over what has not been read.

        Raises UsageError if the stream was closed or has failed before.
        """
        for _ in self:
            pass
        if self._result is None:
            raise UsageError("The stream ended before its document did; it has no result.")
        return self._result

    def close(self) -> None:
        """Give up what is not finished: requests under way are cancelled, connections closed."""
        self._news.close()

    def __enter__(self) -> Self:
        """So that leaving the block closes it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Close it."""
        self.close()


def _event_loop() -> asyncio.AbstractEventLoop:
    """libuv's where it runs: it spends less of a processor on each request (docs/decisions/0012-http-client.md)."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop  # noqa: PLC0415 - heavy, and only for this

    return uvloop.new_event_loop()


def followed(work: Callable[[Callable[[News], None]], Coroutine[Any, Any, Made]]) -> Generator[News, None, Made]:
    """What a coroutine tells, while it runs in a thread with an event loop of its own.

    ``work`` makes the coroutine from the function that it tells its news with. Gives the news in the
    order of their telling; returns what the coroutine returns and raises what it raises. Closing the
    generator cancels the coroutine and waits for its end.
    """
    told: SimpleQueue[tuple[News] | None] = SimpleQueue()
    runner = asyncio.Runner(loop_factory=_event_loop)
    loop = runner.get_loop()
    task = loop.create_task(work(lambda news: told.put((news,))))

    async def ended() -> Made:
        return await task

    def run() -> Made:
        with runner:
            return runner.run(ended())

    with ThreadPoolExecutor(1) as thread:
        end = thread.submit(run)
        end.add_done_callback(lambda _: told.put(None))
        try:
            while (news := told.get()) is not None:
                yield news[0]
        finally:
            with contextlib.suppress(RuntimeError):         # the loop is closed: nothing is left to cancel
                loop.call_soon_threadsafe(task.cancel)
        return end.result()
