"""The one function behind every door: bytes in, bytes and an account out."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import parsers
from parsers.document import readable
from parsers.masking import KINDS, MaskRules
from parsers.options import ParseOptions
from pipeline.engines import Engine
from pipeline.glossary import Glossary, wording
from pipeline.job import Job, Listener, Progress, Told
from pipeline.memory import Memory
from pipeline.planning import plan
from pipeline.reading import read
from pipeline.repair import render_checked
from pipeline.report import Outcome, Report, TermUse, Translation, mask_counts, protected_counts
from pipeline.work import Work

__all__ = ["Estimate", "Job", "Listener", "Progress", "Result", "begun", "certificate", "concluded", "estimate",
           "translate", "translated"]

Made = TypeVar("Made")

CHARACTERS_PER_TOKEN = 4
"""For estimates only; English text in common vocabularies."""


@dataclass(frozen=True, slots=True)
class Result:
    """A translated document and what became of each of its segments."""

    output: bytes = field(repr=False)
    report: Report


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a job would cost, counted without an engine."""

    source_language: str
    segments: int
    words: int
    characters: int
    repeats: int
    untouched: int
    """Segments with nothing to translate."""
    masks: dict[str, int]
    protected: tuple[tuple[str, int], ...]
    tokens: int
    """Source tokens of what the engine would be asked, about."""


def translate(data: bytes, job: Job, engine: Engine, *, memory: Memory | None = None,
              progress: Progress | None = None, listener: Listener | None = None) -> Result:
    """Translate one document and give the engine's connections back.

    Raises DocumentError if it cannot be read, EngineError if the engine fails, UsageError if
    the languages make no sense, ShapeError if the output would be misshapen. Nothing else.
    """
    async def alone() -> Result:
        try:
            return await translated(data, job, engine, memory=memory, progress=progress, listener=listener)
        finally:
            await engine.aclose()

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(alone())
    with ThreadPoolExecutor(1) as thread:                   # called from a coroutine, as in a notebook
        return thread.submit(asyncio.run, alone()).result()


async def translated(data: bytes, job: Job, engine: Engine, *, memory: Memory | None = None,
                     progress: Progress | None = None, listener: Listener | None = None) -> Result:
    """Translate one document; many at once may share an engine. Raises as `translate` does.

    With a remote engine, reading and writing happen in threads, so that answers are taken meanwhile.
    """
    started = time.perf_counter()
    work = await begun(data, job, engine, memory=memory, progress=progress, listener=listener)
    return await concluded(work, started)


async def begun(data: bytes, job: Job, engine: Engine, *, memory: Memory | None = None,
                progress: Progress | None = None, listener: Listener | None = None) -> Work:
    """A document read and planned, of which nothing is translated yet. The same in each process that begins it.

    Raises DocumentError or UsageError.
    """
    begin = _in_thread("reading") if engine.remote else _at_once
    reading = await begin(read, data, job)
    return cast("Work", await begin(Work, reading, job, engine, memory, Told(progress, listener)))


async def concluded(work: Work, started: float | None = None) -> Result:
    """Settle what is left of a work, write the document and account for it. Raises EngineError, ShapeError.

    ``started``, by `time.perf_counter`, is for the report's seconds.
    """
    started = time.perf_counter() if started is None else started
    document, job, engine = work.document, work.job, work.engine
    end = _in_thread("writing") if engine.remote else _at_once
    translations = await work.done()
    output, translations, hashes = await end(_written, work, translations)
    dead = await end(parsers.dead_links, document, output)
    learned, inconsistencies = await end(work.consistency, translations)
    report = Report(
        job.format, work.source.tag, job.target.tag, engine.signature, translations, protected_counts(document),
        mask_counts(document, frozenset(KINDS)), _term_uses(translations, work.glossary), dead_links=dead,
        learned=learned, inconsistencies=inconsistencies, checks=tuple(sorted(engine.checks)), hashes=hashes,
        seconds=time.perf_counter() - started)
    return Result(output, report)


async def _at_once(work: Callable[..., Made], *given: object) -> Made:
    return work(*given)


def _in_thread(name: str) -> Callable[..., Awaitable[Any]]:
    """Work beside the event loop. One thread each for the beginnings and the ends of documents: more would
    take turns with the loop, and with one for both the server would wait for writing to end."""
    async def aside(work: Callable[..., Made], *given: object) -> Made:
        return await asyncio.get_running_loop().run_in_executor(_thread(name), work, *given)

    return aside


@functools.cache
def _thread(name: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, name)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_thread.cache_clear)     # threads do not follow into a child


def _written(work: Work, translations: Sequence[Translation],
             ) -> tuple[bytes, tuple[Translation, ...], dict[str, str]]:
    """The output, what became of each segment in it, and its certificate."""
    document, job = work.document, work.job
    contents = {t.segment.id: t.content for t in translations if t.content != t.segment.content}
    output, dropped = render_checked(document, contents, job.target)
    kept = tuple(_kept(t, dropped[t.segment.id]) if t.segment.id in dropped else t for t in translations)
    return output, kept, certificate(work.given, output, job.format, job.options) if job.certified else {}


def certificate(source: bytes, output: bytes, format: str, options: ParseOptions | None = None) -> dict[str, str]:
    """SHA-256 of a source and its translation, and of what stands outside the text in each.

    ``outside_source`` and ``outside_output`` are equal if nothing but text, and the language that
    the document declares, has changed. Both documents are read afresh, and no mask is applied.
    """
    plain = replace(options or ParseOptions(), masks=MaskRules(off=frozenset(KINDS)), quotations=False)
    found = {"source": hashlib.sha256(source).hexdigest(), "output": hashlib.sha256(output).hexdigest()}
    for name, data in (("outside_source", source), ("outside_output", output)):
        found[name] = parsers.fingerprint(parsers.parse(data, format, plain))
    return found


def estimate(data: bytes, job: Job) -> Estimate:
    """Count what a job would ask of an engine. Raises DocumentError."""
    reading = read(data, job)
    document = reading.document
    planned = plan(document)
    asked = sum(len(readable(segment.content)) for segment in planned.unique)
    texts = [readable(segment.content) for segment in document.segments]
    return Estimate(reading.source.tag, len(texts), sum(len(text.split()) for text in texts),
                    sum(map(len, texts)), len(planned.repeats), len(planned.untouched),
                    mask_counts(document, frozenset(KINDS)), protected_counts(document),
                    -(-asked // CHARACTERS_PER_TOKEN))


def _kept(translation: Translation, fault: str) -> Translation:
    return replace(translation, content=translation.segment.content, outcome=Outcome.KEPT_SOURCE,
                   reason=f"structure: {fault}")


def _term_uses(translations: Sequence[Translation], glossary: Glossary) -> tuple[TermUse, ...]:
    """Hits and misses of each glossary entry over all segments that were due to be translated."""
    if not glossary.entries:
        return ()
    hits: dict[tuple[str, str], list[int]] = {}
    for translation in translations:
        if translation.outcome is Outcome.PROTECTED:
            continue
        checked = glossary.check(wording(translation.segment.content), wording(translation.content))
        for entry in checked.hits:
            hits.setdefault((entry.source, entry.target), [0, 0])[0] += 1
        for entry in checked.misses:
            hits.setdefault((entry.source, entry.target), [0, 0])[1] += 1
    return tuple(TermUse(source, target, hit, miss) for (source, target), (hit, miss) in hits.items())
