"""Doing errands: in this process, or over a pool of processes with one engine each."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import multiprocessing
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diglot.errands import Errand
from diglot.exits import Exit, exit_of, sentence_of
from parsers.errors import DocumentError, TooLarge, UnknownFormat
from parsers.locales import Locale
from parsers.options import ParseOptions
from pipeline.machine import cores

if TYPE_CHECKING:
    from pipeline.engines import Engine, ServerOptions
    from pipeline.glossary import Termbase
    from pipeline.memory import Memory
    from pipeline.report import Report
    from pipeline.translation import Result
    from storage.memory import SqliteMemory

LARGEST_INPUT = 512 << 20
"""Bytes; the largest package that any format accepts (`parsers.options.Limits.package_bytes`)."""

AHEAD = 3
"""Errands handed out for each process: one at work, and some waiting so that none is idle."""

KILLED = "The process that translated it was killed, perhaps for want of memory."

POLL = 0.2
"""Seconds between two looks at the progress of other processes."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is the same for all errands of a command. Travels to other processes."""

    engine: str
    server: ServerOptions
    """For engines that speak to one."""
    source: Locale | None
    glossary: Termbase
    options: ParseOptions
    keep_others: bool = False
    consistency: bool = True
    certified: bool = True
    memory: Path | None = None
    """File of the translation memory."""
    stream: bool = False
    """Tell of each segment as it is settled."""
    debug: bool = False
    """Print the traceback of a defect."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How an errand ended."""

    errand: Errand
    code: Exit
    error: str | None = None
    """One sentence, if there is no output."""
    output: bytes | None = field(default=None, repr=False)
    report: dict[str, Any] | None = field(default=None, repr=False)
    counts: dict[str, int] = field(default_factory=dict)
    """Segments by outcome."""
    kept: dict[str, int] = field(default_factory=dict)
    """Segments that stayed in the source language, by reason."""
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    engine_lost: bool = False
    """The engine has stopped answering anybody: no other errand can do better."""


@dataclass(frozen=True, slots=True)
class Progressed:
    """So many segments of a document are settled."""

    errand: Errand
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Settled:
    """A segment is settled, and all before it."""

    errand: Errand
    line: dict[str, Any]
    """`pipeline.report.Translation.as_json`."""


News = Progressed | Settled
Tell = Callable[[News], None]


def read(errand: Errand) -> bytes:
    """The bytes of an errand's source. Raises DocumentError with the system's reason."""
    try:
        if errand.source is None:
            return sys.stdin.buffer.read()
        if errand.source.stat().st_size > LARGEST_INPUT:
            raise TooLarge(f"The file has more than {LARGEST_INPUT >> 20} MB, the most that Diglot reads; split it.")
        return errand.source.read_bytes()
    except OSError as error:
        what = "Standard input" if errand.source is None else "The file"
        raise DocumentError(f"{what} cannot be read: {error.strerror or error}.") from error


def format_for(errand: Errand, data: bytes) -> str:
    """The name of an errand's format: as said, by name, or by content. Raises UnknownFormat."""
    from parsers.sniffing import binary_kind, sniff

    if errand.format:
        return errand.format
    found = sniff(data, "" if errand.source is None else errand.source.name)
    if found is not None:
        return found.name
    kind = binary_kind(data)
    if kind:
        raise UnknownFormat(f"This is {kind}; Diglot translates Markdown, HTML and Word (.docx).")
    raise UnknownFormat("Neither its name nor its content says what format this is; "
                        "name it with --format markdown, html or docx.")


def standard_input(errands: Sequence[Errand]) -> bytes | None:
    """Standard input, if it is a source. Read before any event loop runs: that would not end at the first Ctrl-C.

    Raises DocumentError.
    """
    return next((read(errand) for errand in errands if errand.source is None), None)


def perform(errand: Errand, order: Order, engine: Engine, tell: Tell, memory: Memory | None) -> Finished:
    """Translate one document, as `performed` does, with nothing else going on. Raises DocumentError if it is
    standard input and cannot be read."""
    return asyncio.run(performed(errand, order, engine, tell, memory, standard_input([errand])))


async def performed(errand: Errand, order: Order, engine: Engine, tell: Tell, memory: Memory | None,
                    given: bytes | None = None) -> Finished:
    """Translate one document. Never raises but for an interruption: this is a boundary, so that the
    rest of a folder goes on whatever one document does. ``given`` is standard input, if it was read before."""
    from pipeline.engines import EngineError, RequestFailed, UnsupportedPair
    from pipeline.streaming import InOrder
    from pipeline.translation import Job, translated

    began = time.monotonic()
    listener = InOrder(lambda one: tell(Settled(errand, one.as_json()))) if order.stream else None
    try:
        data = given if given is not None and errand.source is None else read(errand)
        job = Job(format_for(errand, data), errand.target, order.source, order.glossary, order.options,
                  keep_others=order.keep_others, consistency=order.consistency,
                  certified=order.certified, priority=order.server.priority)
        result = await translated(data, job, engine, memory=memory, listener=listener,
                                  progress=lambda done, total: tell(Progressed(errand, done, total)))
        return _finished(errand, result, time.monotonic() - began)
    except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
        raise
    except BaseException as error:  # noqa: BLE001 - the boundary of one errand; a panic of native code is no Exception
        if order.debug:
            traceback.print_exception(error)
        lost = engine.remote and isinstance(error, EngineError) and not isinstance(
            error, UnsupportedPair | RequestFailed)
        return Finished(errand, exit_of(error), sentence_of(error), seconds=time.monotonic() - began, engine_lost=lost)


def _finished(errand: Errand, result: Result, seconds: float) -> Finished:
    report = result.report
    code = Exit.OK if report.ok and not report.warnings else Exit.WARNINGS
    return Finished(errand, code, None, result.output, report.as_json(), dict(report.counts), _reasons(report),
                    tuple(report.warnings), report.notes, seconds)


def _reasons(report: Report) -> dict[str, int]:
    """Segments that kept their source, by the name of the check that they failed."""
    return dict(Counter((kept.reason or "unknown").split(":")[0] for kept in report.kept))


def collect_seldom() -> None:
    """Let Python look for reference cycles seldom: documents are large, hold few, and are soon done with.

    Measured: 15 % of the processor time of a folder over a model server.
    """
    gc.set_threshold(50_000, 20, 100)


def processes(jobs: int | None, errands: int) -> int:
    """How many processes to use: one for each core that this process may use, unless said otherwise."""
    return max(1, min(jobs or cores(), errands))


def perform_all(errands: Sequence[Errand], order: Order, jobs: int, tell: Tell) -> Generator[Finished, None, None]:
    """Each errand as it ends. Raises EngineError if the engine cannot start at all, UsageError and
    MemoryFault if the memory cannot be used."""
    from pipeline.engines import engine_named

    # Made here also where a pool does the work: a missing engine is one error, not many.
    engine = engine_named(order.engine, order.server)
    memory = _memory(order)
    # Where processes share the memory this one leaves it last: of two that leave at once neither clears its log away.
    with contextlib.closing(memory) if memory else contextlib.nullcontext():
        if engine.remote:
            from diglot.together import perform_together

            yield from perform_together(errands, order, engine, tell, memory)
        elif jobs == 1:
            for errand in errands:
                yield perform(errand, order, engine, tell, memory)
        else:
            yield from _over_processes(errands, order, jobs, tell)


def _over_processes(errands: Sequence[Errand], order: Order, jobs: int, tell: Tell) -> Iterator[Finished]:
    left = list(errands)
    while left:
        yield from _pooled(left, order, jobs, tell)
        # If any is left a process died, over one of the first: work is taken in order. Ask each alone.
        for suspect in left[:jobs]:
            yield from _pooled(alone := [suspect], order, 1, tell)
            if alone:
                yield Finished(suspect, Exit.INTERNAL, KILLED)
            left.remove(suspect)


def _memory(order: Order) -> SqliteMemory | None:
    """The memory of a command, opened. Raises UsageError, MemoryFault."""
    if order.memory is None:
        return None
    from storage.memory import SqliteMemory

    return SqliteMemory(order.memory)


def _pooled(left: list[Errand], order: Order, jobs: int, tell: Tell) -> Iterator[Finished]:
    """Perform errands over processes, taking each finished one from ``left``. If a process dies the
    unfinished ones are still in it."""
    context = multiprocessing.get_context("spawn")
    news = context.SimpleQueue()
    pool = ProcessPoolExecutor(jobs, context, _begin, (order, news, jobs))
    queue = iter(list(left))
    waiting: set[Future[Finished]] = set()
    try:
        while waiting or left:
            waiting |= {pool.submit(_perform_here, errand) for errand in islice(queue, AHEAD * jobs - len(waiting))}
            done, waiting = wait(waiting, POLL, FIRST_COMPLETED)
            while not news.empty():
                tell(news.get())
            for future in done:
                finished = future.result()
                left.remove(finished.errand)
                yield finished
    except BrokenProcessPool:
        pass
    except BaseException:
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_here: tuple[Order, Engine, Any, Memory | None] | None = None
"""This process's order, engine, queue of news and memory; set once when a pool's process begins."""


def _begin(order: Order, news: Any, jobs: int) -> None:
    global _here  # noqa: PLW0603 - the only way to give a pool's process something to keep
    from pipeline.engines import engine_named

    signal.signal(signal.SIGINT, signal.SIG_IGN)    # the parent hears it and ends its children
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    collect_seldom()
    memory = _memory(order)
    if memory is not None:
        atexit.register(memory.close)
    engine = engine_named(order.engine, order.server)
    engine.among(jobs)
    _here = order, engine, news, memory


def _perform_here(errand: Errand) -> Finished:
    assert _here is not None
    order, engine, news, memory = _here
    last = [0.0]

    def tell(one: News) -> None:
        if isinstance(one, Progressed):
            if one.done < one.total and time.monotonic() - last[0] < POLL:
                return
            last[0] = time.monotonic()
        with contextlib.suppress(OSError):
            news.put(one)

    return perform(errand, order, engine, tell, memory)
