"""The one function behind every door: bytes in, bytes and an account out."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import parsers
from parsers.document import Content, Document, Segment, readable, text_of
from parsers.locales import Locale
from parsers.masking import KINDS, MaskRules
from parsers.options import ParseOptions
from pipeline.engines import Draft, Engine, Request, Term
from pipeline.glossary import Glossary
from pipeline.ladder import climb
from pipeline.languages import detect, name_of, plainly_other
from pipeline.memory import Memory, Unit, asked_keys, fitted
from pipeline.planning import Plan, memory_key, plan, with_codes_of
from pipeline.repair import render_checked
from pipeline.report import Outcome, Report, TermUse, Translation, mask_counts, protected_counts
from pipeline.verification import Finding, verify

Progress = Callable[[int, int], None]
"""Called with (segments done, segments in all) as the work goes on."""

Listener = Callable[[Translation], None]
"""Called with each segment as it settles, in no set order. The output may still keep the source of
one whose translation would break the document's structure."""

Made = TypeVar("Made")

UNCHANGED = "left unchanged by the engine, as names are"
"""Why a segment counts as protected that was asked for: it is never counted as translated."""

LAWS = frozenset({"codes", "characters", "empty"})
"""Checks that hold for what a memory gives too, whoever made it."""

CHARACTERS_PER_TOKEN = 4
"""For estimates only; English text in common vocabularies."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of one document."""

    format: str
    """Name of a format in `parsers.FORMATS`."""
    target: Locale
    source: Locale | None = None
    """None: judged by the whole document."""
    glossary: Glossary = field(default_factory=Glossary)
    options: ParseOptions = field(default_factory=ParseOptions)
    keep_others: bool = False
    """Segments that are plainly in a third language stay, whatever the engine makes of them."""
    priority: int = 0
    """Lower is earlier, for engines that know of it."""


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
    aside = asyncio.to_thread if engine.remote else _at_once
    document = await aside(read, data, job)
    work = _Work(document, job, engine, memory, Told(progress, listener))
    translations = await work.done()
    output, translations, hashes = await aside(_written, data, document, job, translations)
    report = Report(
        job.format, work.source.tag, job.target.tag, engine.signature, translations, protected_counts(document),
        mask_counts(document, frozenset(KINDS)), _term_uses(translations, job.glossary), tuple(sorted(engine.checks)),
        hashes, time.perf_counter() - started)
    return Result(output, report)


async def _at_once(work: Callable[..., Made], *given: object) -> Made:
    return work(*given)


def _written(data: bytes, document: Document, job: Job, translations: Sequence[Translation],
             ) -> tuple[bytes, tuple[Translation, ...], dict[str, str]]:
    """The output, what became of each segment in it, and its certificate."""
    contents = {t.segment.id: t.content for t in translations if t.content != t.segment.content}
    output, dropped = render_checked(document, contents, job.target)
    kept = tuple(_kept(t, dropped[t.segment.id]) if t.segment.id in dropped else t for t in translations)
    return output, kept, certificate(data, output, job.format, job.options)


def certificate(source: bytes, output: bytes, format: str, options: ParseOptions | None = None) -> dict[str, str]:
    """SHA-256 of a source and its translation, and of what stands outside the text in each.

    ``outside_source`` and ``outside_output`` are equal if nothing but text, and the language that
    the document declares, has changed. Both documents are read afresh, and no mask is applied.
    """
    plain = replace(options or ParseOptions(), masks=MaskRules(off=frozenset(KINDS)))
    found = {"source": hashlib.sha256(source).hexdigest(), "output": hashlib.sha256(output).hexdigest()}
    for name, data in (("outside_source", source), ("outside_output", output)):
        found[name] = parsers.fingerprint(parsers.parse(data, format, plain))
    return found


def read(data: bytes, job: Job) -> Document:
    """Parse a document, with the glossary's unchanging entries masked. Raises DocumentError."""
    masks = job.options.masks
    names = (*masks.do_not_translate, *job.glossary.keeps())
    return parsers.parse(data, job.format, replace(job.options, masks=replace(masks, do_not_translate=names)))


def estimate(data: bytes, job: Job) -> Estimate:
    """Count what a job would ask of an engine. Raises DocumentError."""
    document = read(data, job)
    planned = plan(document)
    asked = sum(len(readable(segment.content)) for segment in planned.unique)
    texts = [readable(segment.content) for segment in document.segments]
    return Estimate((job.source or detect(document)).tag, len(texts), sum(len(text.split()) for text in texts),
                    sum(map(len, texts)), len(planned.repeats), len(planned.untouched),
                    mask_counts(document, frozenset(KINDS)), protected_counts(document),
                    -(-asked // CHARACTERS_PER_TOKEN))


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears how a document goes on."""

    progress: Progress | None = None
    listener: Listener | None = None

    def count(self, done: int, total: int) -> None:
        """So many segments are settled."""
        if self.progress is not None:
            self.progress(done, total)

    def settled(self, translation: Translation) -> None:
        """A segment has ended, but for the check of the document's structure."""
        if self.listener is not None:
            self.listener(translation)


class _Work:
    """One document on its way through memory and engine."""

    def __init__(self, document: Document, job: Job, engine: Engine, memory: Memory | None, told: Told) -> None:
        self.document, self.job, self.engine, self.memory, self._told = document, job, engine, memory, told
        self.source = job.source or detect(document)
        self.plan: Plan = plan(document, None if engine.multilingual else self.source, instructed=engine.instructed)
        self._answer = (self.source.tag, job.target.tag, engine.signature, job.glossary.version)
        self._found: dict[str, Translation] = {}
        self._followers: dict[str, list[Segment]] = {}
        self._settled = 0

    async def done(self) -> tuple[Translation, ...]:
        """One translation for each segment, in reading order."""
        by_id = {segment.id: segment for segment in self.document.segments}
        for follower, first in self.plan.repeats.items():
            self._followers.setdefault(first, []).append(by_id[follower])
        for number, reason in self.plan.untouched.items():
            self._settle(Translation(by_id[number], by_id[number].content, Outcome.PROTECTED, reason))
        todo: list[Segment] = []
        for segment in self.plan.unique:
            known = self._without_engine(segment)
            if known is None:
                todo.append(segment)
            else:
                self._settle(known)
        self._tell()
        try:
            if todo:
                await self.engine.prepare(self.source, self.job.target)
                await self._ask_all(todo)
        finally:
            if self.memory is not None:
                self.memory.flush()
        return tuple(self._found[segment.id] for segment in self.document.segments)

    async def _ask_all(self, todo: Sequence[Segment]) -> None:
        """As many at once as the engine likes; the first that ends makes room for the next."""
        waiting = iter(todo)

        async def ask() -> None:
            for segment in waiting:
                self._settle(await self._ask(segment))
                self._tell()

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self.engine.appetite, len(todo))):
                    group.create_task(ask())
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None            # the others are its like, or follow from it

    def _settle(self, translation: Translation) -> None:
        """A segment has ended; so have its repeats."""
        self._found[translation.segment.id] = translation
        self._settled += 1
        self._told.settled(translation)
        for follower in self._followers.get(translation.segment.id, ()):
            self._settle(_again(translation, follower))

    def _tell(self) -> None:
        self._told.count(self._settled, len(self.document.segments))

    def _without_engine(self, segment: Segment) -> Translation | None:
        """What is known of a segment before the engine is asked."""
        remembered = self._remembered(segment)
        if remembered is not None:
            return remembered
        reason = self._in_another_language(segment)
        return Translation(segment, segment.content, Outcome.KEPT_SOURCE, reason) if reason else None

    def _in_another_language(self, segment: Segment) -> str:
        """Why a segment is not asked of an engine that reads the source language alone, or empty."""
        if self.engine.multilingual and not self.job.keep_others:
            return ""
        source, target = self.source, self.job.target
        if self.job.source is None and (source.language, source.script) == (target.language, target.script):
            return f"language: the document was judged to be in {source.language} already"
        other = plainly_other(text_of(segment.content), source)
        return f"language: this is in {name_of(Locale.parse(other))}" if other else ""

    def _remembered(self, segment: Segment) -> Translation | None:
        if self.memory is None:
            return None
        people = asked_keys(segment.content, self.source, self.job.target)
        unit = self.memory.get([*people, self._key(segment)])
        held = fitted(unit, segment.content) if unit else None
        if held is None or verify(segment.content, held, self.source, self.job.target, checks=LAWS):
            return None
        if _words(held) == _words(segment.content):
            return Translation(segment, segment.content, Outcome.PROTECTED, UNCHANGED)
        return Translation(segment, held, Outcome.FROM_MEMORY)

    def _key(self, segment: Segment) -> str:
        return memory_key(segment, self.plan.contexts[segment.id], self._answer)

    async def _ask(self, segment: Segment) -> Translation:
        attempt = await climb(self._request(segment), self.engine, self._verify)
        if attempt.errors:
            worst = attempt.errors[0]
            return Translation(segment, segment.content, Outcome.KEPT_SOURCE, f"{worst.check}: {worst.message}",
                               attempt.rung, attempt.findings)
        if self.memory is not None and attempt.clean:
            self.memory.put(self._key(segment), Unit(segment.content, attempt.content, self.source.tag,
                                                     self.job.target.tag, self.engine.signature))
        if _words(attempt.content) == _words(segment.content):
            return Translation(segment, segment.content, Outcome.PROTECTED, UNCHANGED, attempt.rung, attempt.findings)
        return Translation(segment, attempt.content, Outcome.TRANSLATED, None, attempt.rung, attempt.findings)

    def _request(self, segment: Segment) -> Request:
        terms = tuple(Term(entry.source, entry.target)
                      for entry in self.job.glossary.entries_in(text_of(segment.content)))
        return Request(segment.content, self.source, self.job.target, segment.role,
                       self.plan.contexts[segment.id], terms, priority=self.job.priority)

    def _verify(self, request: Request, draft: Draft) -> tuple[Finding, ...]:
        return verify(request.content, draft.content, request.source, request.target,
                      glossary=self.job.glossary, truncated=draft.truncated, checks=self.engine.checks)


def _again(first: Translation, segment: Segment) -> Translation:
    """What becomes of a repeat."""
    if first.outcome in (Outcome.KEPT_SOURCE, Outcome.PROTECTED):
        return replace(first, segment=segment, content=segment.content)
    return replace(first, segment=segment, content=with_codes_of(first.content, segment.content),
                   outcome=Outcome.REPEATED, reason=f"as in {first.segment.id}")


def _words(items: Content) -> list[str]:
    """What a content says, however its lines are broken."""
    return readable(items).split()


def _kept(translation: Translation, fault: str) -> Translation:
    return replace(translation, content=translation.segment.content, outcome=Outcome.KEPT_SOURCE,
                   reason=f"structure: {fault}")


def _term_uses(translations: Sequence[Translation], glossary: Glossary) -> tuple[TermUse, ...]:
    """Hits and misses of each glossary entry over all segments that were due to be translated."""
    hits: dict[tuple[str, str], list[int]] = {}
    for translation in translations:
        if translation.outcome is Outcome.PROTECTED:
            continue
        checked = glossary.check(text_of(translation.segment.content), readable(translation.content))
        for entry in checked.hits:
            hits.setdefault((entry.source, entry.target), [0, 0])[0] += 1
        for entry in checked.misses:
            hits.setdefault((entry.source, entry.target), [0, 0])[1] += 1
    return tuple(TermUse(source, target, hit, miss) for (source, target), (hit, miss) in hits.items())
