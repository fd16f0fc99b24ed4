"""What workers do, whoever brings them the work: prepare a job, translate a part of it, assemble the result.

Nothing of a broker is known here. A step may be asked for twice, late, or of two workers at once: the lease
decides who does it, and what is done before is not done again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog

from parsers.document import Content, Segment, dump
from parsers.errors import (
    DamagedDocument,
    DiglotError,
    DocumentError,
    EncryptedDocument,
    ShapeError,
    TooLarge,
    UndecodableText,
    UnknownFormat,
    UnsafeDocument,
    UsageError,
)
from pipeline.engines import Engine, EngineError, UnsupportedPair
from pipeline.job import Listener, Told
from pipeline.memory import Memory
from pipeline.report import Outcome, Translation
from pipeline.translation import begun, concluded
from pipeline.work import Work as Translating
from storage.documents import DocumentStore, document_id
from storage.errors import DocumentNotFound, JobNotFound, LeaseLost, StoreFault
from storage.vocabulary import JobSegment, Lease, Problem, SegmentResult, ServiceClass, Stage, Work
from storage.work import WorkStore
from workers.intake import REPORT, RESULT, SOURCE
from workers.metrics import engine_failed, segments_ended, step_ended
from workers.wishes import wish_of

CHUNK = 64
"""Unique segments of a chunk: an engine has all of them under way at once, and they take it seconds."""
SUSPICIOUS_BITE = 8
"""Segments at once of a chunk that may have ended a worker."""
HEARTBEAT = 4.0
"""Seconds between two signs of life. A worker learns with one of them that its job was cancelled."""
MOST_READ = 4
"""Documents that a process keeps in mind."""
PAUSE = 10.0
"""Seconds after which work is sent again that waits for its engine."""


log = structlog.get_logger(__name__)


class PlanChanged(DiglotError):
    """The document parses into other segments than when the job was planned."""


CHANGED = "Diglot was replaced by another version while this document was under way; send it again."
Close = Callable[[], tuple[Work, ...]]
"""The last write of a step, with which the work changes hands; gives the work to be sent next."""

URGENCY = {ServiceClass.INTERACTIVE: 0, ServiceClass.BATCH: 10, ServiceClass.BACKGROUND: 20}
"""How much later than the most urgent ones a class's requests are, for engines that know of priorities."""

PROBLEMS: tuple[tuple[type[DiglotError], str], ...] = (
    (UnsupportedPair, "unsupported-languages"), (ShapeError, "misshapen-result"),
    (EncryptedDocument, "encrypted-document"), (UnsafeDocument, "unsafe-document"), (TooLarge, "too-large-document"),
    (DamagedDocument, "damaged-document"), (UndecodableText, "undecodable-document"), (UnknownFormat, "unknown-format"),
    (DocumentError, "unreadable-document"), (UsageError, "impossible-request"), (PlanChanged, "changed-program"),
    (DocumentNotFound, "document-gone"))
"""Errors that no other worker would be spared, and the stable words for them; the first that fits is meant."""


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of all jobs, as one worker does them. Many may run at once in one event loop."""

    store: WorkStore
    documents: DocumentStore
    engine: Engine
    memories: Callable[[str, str], Memory] | None = None
    """The memory of a tenant by its name; None: nothing is remembered, whatever is asked."""
    priority: int = 0
    """Of the most urgent requests, for engines that know of it; lower is earlier."""
    _read: OrderedDict[str, Translating] = field(default_factory=OrderedDict, init=False, repr=False)
    """Documents of the last jobs, as they were read and planned: the chunks of one often come one after the other."""

    async def perform(self, work: Work, owner: str) -> tuple[Work, ...]:
        """Do a piece of work, if it is to be done and nobody does it. Gives the work to be sent next.

        What is wrong with the document lets its job fail; an engine that does not answer lets the work wait, and
        costs it nothing; neither does it if this is cancelled. Raises StoreFault; then, as after a crash, a sweep
        sends the work again. What nobody foresaw is raised too, and counts as a crash.
        """
        lease = await asyncio.to_thread(self.store.claim, work, owner)
        if lease is None:
            return ()
        step = {Stage.PREPARING: self._prepare, Stage.TRANSLATING: self._translate, Stage.ASSEMBLING: self._assemble}
        began, ended = time.monotonic(), "broken"
        try:
            following = await _with_signs_of_life(self.store, lease, step[lease.stage])
            ended = "done"
            return following
        except LeaseLost:
            ended = "lost"
            await asyncio.to_thread(self._forget_what_is_gone, lease)
        except tuple(kind for kind, _ in PROBLEMS) as error:
            ended, word = "failed", next(word for kind, word in PROBLEMS if isinstance(error, kind))
            await self._give_up(self.store.fail, lease, Problem(word, str(error)))
        except EngineError as error:
            ended = "waiting"
            engine_failed(error)
            await self._give_up(self.store.release, lease, PAUSE)
        except asyncio.CancelledError:
            ended = "given_back"
            await asyncio.shield(self._give_up(self.store.release, lease, 0.0))
            raise
        except StoreFault:
            raise
        except Exception:                                   # the boundary of a step: a defect is counted, and told
            with suppress(StoreFault):                      # then the lease runs out
                await self._give_up(self.store.stumbled, lease, PAUSE)
            raise
        finally:
            seconds = time.monotonic() - began
            step_ended(lease.stage, ended, seconds)
            log.info("step_ended", job=lease.job, stage=lease.stage, chunk=lease.chunk, result=ended,
                     seconds=round(seconds, 3))
        return ()

    async def _give_up(self, how: Callable[..., None], lease: Lease, what: object) -> None:
        with suppress(LeaseLost):                           # the job has ended meanwhile
            await asyncio.to_thread(how, lease, what)

    def _forget_what_is_gone(self, lease: Lease) -> None:
        """Delete what was written for a job that was erased meanwhile."""
        try:
            if not self.store.job(lease.job).erased:
                return
        except JobNotFound:
            pass
        self._read.pop(lease.job, None)
        for left in list(self.documents.listed(lease.job)):
            self.documents.delete(left.id)

    async def _prepare(self, lease: Lease, _keep: Listener) -> Close:
        """Read, plan, and settle what needs no engine and what all other segments wait for."""
        heard: dict[str, Translation] = {}
        work = await self._begun(lease, lambda one: heard.update({one.segment.id: one}))
        work.settle_untouched()
        await work.settle(work.leaders)
        chunks = {segment.id: at // CHUNK for at, segment in enumerate(_asked(work))}
        chunks.update((repeat, chunks[first]) for repeat, first in work.plan.repeats.items() if first in chunks)
        segments = [
            JobSegment(at, _hash(segment.content), None if segment.id in heard else chunks[segment.id],
                       _kept(heard[segment.id]) if segment.id in heard else None)
            for at, segment in enumerate(work.document.segments)]

        def close() -> tuple[Work, ...]:
            following = self.store.planned(lease, segments)
            segments_ended(Counter(one.outcome for one in heard.values()))
            return following

        return close

    async def _translate(self, lease: Lease, keep: Listener) -> Close:
        """Settle the segments of a chunk, those that nobody has settled before."""
        assert lease.chunk is not None
        work = await self._begun(lease, keep)
        work.know(_known(work.document.segments, await asyncio.to_thread(self._segments, lease)))
        segments = _asked(work)[lease.chunk * CHUNK:(lease.chunk + 1) * CHUNK]
        # What may have ended somebody is taken in small bites: each that is kept clears the rest of suspicion.
        bite = SUSPICIOUS_BITE if lease.suspicion else CHUNK
        for at in range(0, len(segments), bite):
            await work.settle(segments[at:at + bite])

        def close() -> tuple[Work, ...]:
            last = self.store.finish_chunk(lease)
            return (last,) if last else ()

        return close

    async def _assemble(self, lease: Lease, _keep: Listener) -> Close:
        """Write the document and its account."""
        work = await self._begun(lease, None)
        before = tuple(_known(work.document.segments, await asyncio.to_thread(self._segments, lease)))
        if len(before) != len(work.document.segments):
            raise PlanChanged(CHANGED)
        work.know(before)
        result = await concluded(work)
        self._read.pop(lease.job, None)
        changed = {at: _kept(now) for at, (was, now) in
                   enumerate(zip(before, result.report.translations, strict=True)) if was != now}
        report = json.dumps(result.report.as_json(), ensure_ascii=False).encode("utf-8", "backslashreplace")
        for kind, data in ((RESULT, result.output), (REPORT, report)):
            await asyncio.to_thread(self.documents.put, document_id(lease.job, kind), (data,))

        def close() -> tuple[Work, ...]:
            self.store.checkpoint(lease, changed)           # segments that would have broken the structure
            self.store.finish(lease, warnings=bool(result.report.warnings))
            return ()

        return close

    async def _begun(self, lease: Lease, listener: Listener | None) -> Translating:
        """The job's document, read and planned. Raises DocumentError, UsageError, DocumentNotFound."""
        told = Told(listener=listener)
        known = self._read.get(lease.job)
        if known is None:
            known = await self._planned(lease)
            self._read[lease.job] = known
            while len(self._read) > MOST_READ:
                self._read.popitem(last=False)
        self._read.move_to_end(lease.job)
        return known.afresh(told)

    async def _planned(self, lease: Lease) -> Translating:
        job = await asyncio.to_thread(self.store.job, lease.job)
        data = await asyncio.to_thread(self.documents.read, document_id(lease.job, SOURCE))
        asked = await asyncio.to_thread(wish_of, job, self.documents, self.priority + URGENCY[job.service])
        named = job.options.get("memory")
        memory = self.memories(job.tenant, named) if self.memories and named else None
        return await begun(data, asked, self.engine, memory=memory)

    def _segments(self, lease: Lease) -> Sequence[JobSegment]:
        return tuple(self.store.segments(lease.job, lease.chunk))


async def _with_signs_of_life(store: WorkStore, lease: Lease,
                              step: Callable[[Lease, Listener], Awaitable[Close]]) -> tuple[Work, ...]:
    """Do a step while its lease is renewed and its results are kept as they come, then its last write.

    If the lease is lost the step is cancelled. If that is done from outside, what was heard is kept before. Raises the
    first error of either.
    """
    pulse = _Pulse(store, lease)
    beats = asyncio.create_task(asyncio.to_thread(pulse.beat))
    doing = asyncio.ensure_future(step(lease, pulse.hear))
    try:
        await asyncio.wait((beats, doing), return_when=asyncio.FIRST_COMPLETED)
    finally:
        doing.cancel()
        pulse.end()
        await asyncio.wait((beats, doing))
    beats.result()
    return await asyncio.to_thread(doing.result())


class _Pulse:
    """Results on their way to the store, and signs of life when there are none.

    In a thread of its own: the reading of a large document may keep the event loop busy for longer than a lease.
    """

    def __init__(self, store: WorkStore, lease: Lease) -> None:
        self._store, self._lease = store, lease
        self._waiting: dict[int, SegmentResult] = {}
        self._lock, self._news = threading.Lock(), threading.Event()
        self._ended = False

    def hear(self, translation: Translation) -> None:
        """A segment is settled: to be kept as soon as what came before is."""
        result = _kept(translation)
        with self._lock:
            self._waiting[_position(translation.segment)] = result
        self._news.set()

    def end(self) -> None:
        """The step is done, but for its last write."""
        self._ended = True
        self._news.set()

    def beat(self) -> None:
        """Keep and beat until the end. Raises LeaseLost, StoreFault."""
        while True:
            ended = self._ended                             # read before the results: none comes after the end
            with self._lock:
                some, self._waiting = self._waiting, {}
            if some:
                self._store.checkpoint(self._lease, some)
                segments_ended(Counter(result.outcome for result in some.values()))
            elif ended:
                return
            elif not self._news.wait(HEARTBEAT):
                self._store.heartbeat(self._lease)
            self._news.clear()


# ---- segments and their results, as the store keeps them ---------------------------------------------
def _asked(work: Translating) -> list[Segment]:
    """The segments that are spread over chunks: the same in each process that begins the job."""
    leaders = {segment.id for segment in work.leaders}
    return [segment for segment in work.plan.unique if segment.id not in leaders]


def _position(segment: Segment) -> int:
    return int(segment.id.removeprefix("s"))                # `Segment.id` counts from s0


def _hash(items: Content) -> str:
    return hashlib.sha256(json.dumps(dump(items)).encode()).hexdigest()


def _kept(translation: Translation) -> SegmentResult:
    values: dict[str, Any] = translation.dump()
    return SegmentResult(translation.outcome, json.dumps(values.pop("content")), translation.reason,
                         details={"rung": values["rung"], "findings": values["findings"]})


def _known(segments: Sequence[Segment], rows: Iterable[JobSegment]) -> Iterator[Translation]:
    """What is settled of these segments of a document. Raises PlanChanged if they are not its segments."""
    for row in rows:
        if row.position >= len(segments) or row.source_hash != _hash(segments[row.position].content):
            raise PlanChanged(CHANGED)
        if row.result is not None:
            yield _restored(segments[row.position], row.result)


def _restored(segment: Segment, result: SegmentResult) -> Translation:
    values: Mapping[str, Any] = {**result.details, "content": json.loads(result.text), "reason": result.reason,
                                 "outcome": Outcome(result.outcome).value}
    return Translation.load(segment, values)
