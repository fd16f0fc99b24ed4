"""The one function behind every door: bytes in, bytes and an account out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import parsers
from parsers.document import Content, Document, Segment, readable, text_of
from parsers.locales import Locale
from parsers.masking import KINDS, MaskRules
from parsers.options import ParseOptions
from pipeline.engines import Draft, Engine, Request, Term
from pipeline.glossary import Glossary
from pipeline.ladder import Attempt, climb
from pipeline.languages import detect, name_of, plainly_other
from pipeline.planning import Plan, memory_key, plan, with_codes_of
from pipeline.repair import render_checked
from pipeline.report import Outcome, Report, TermUse, Translation, mask_counts, protected_counts
from pipeline.verification import Finding, verify

Progress = Callable[[int, int], None]
"""Called with (segments done, segments in all) as the work goes on."""

UNCHANGED = "left unchanged by the engine, as names are"
"""Why a segment counts as protected that was asked for: it is never counted as translated."""

CHARACTERS_PER_TOKEN = 4
"""For estimates only; English text in common vocabularies."""


class Memory(Protocol):
    """A translation memory as the pipeline needs it; what it is kept in is the caller's business."""

    def get(self, key: str) -> Content | None:
        """The translation under a key of `pipeline.planning.memory_key`."""

    def put(self, key: str, content: Content) -> None:
        """Remember a verified translation."""


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
              progress: Progress | None = None) -> Result:
    """Translate one document.

    Raises DocumentError if it cannot be read, EngineError if the engine fails, UsageError if
    the languages make no sense, ShapeError if the output would be misshapen. Nothing else.
    """
    started = time.perf_counter()
    document = read(data, job)
    work = _Work(document, job, engine, memory, progress)
    translations = work.done()
    contents = {t.segment.id: t.content for t in translations if t.content != t.segment.content}
    output, dropped = render_checked(document, contents, job.target)
    translations = tuple(_kept(t, dropped[t.segment.id]) if t.segment.id in dropped else t for t in translations)
    report = Report(
        job.format, work.source.tag, job.target.tag, engine.signature, translations, protected_counts(document),
        mask_counts(document, frozenset(KINDS)), _term_uses(translations, job.glossary), tuple(sorted(engine.checks)),
        certificate(data, output, job.format, job.options),
        time.perf_counter() - started)
    return Result(output, report)


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


class _Work:
    """One document on its way through memory and engine."""

    def __init__(self, document: Document, job: Job, engine: Engine, memory: Memory | None,
                 progress: Progress | None) -> None:
        self.document, self.job, self.engine, self.memory = document, job, engine, memory
        self.source = job.source or detect(document)
        self.plan: Plan = plan(document, None if engine.multilingual else self.source)
        self._progress = progress or (lambda *_: None)
        self._answer = (self.source.tag, job.target.tag, engine.signature, job.glossary.version)

    def done(self) -> tuple[Translation, ...]:
        """One translation for each segment, in reading order."""
        found = {segment.id: remembered for segment in self.plan.unique if (remembered := self._remembered(segment))}
        todo = [segment for segment in self.plan.unique if segment.id not in found]
        elsewhere = {s.id: reason for s in todo if (reason := self._in_another_language(s))}
        found |= {s.id: Translation(s, s.content, Outcome.KEPT_SOURCE, elsewhere[s.id])
                  for s in todo if s.id in elsewhere}
        todo = [segment for segment in todo if segment.id not in elsewhere]
        if todo:
            self.engine.prepare(self.source, self.job.target)
        total = len(self.document.segments)
        settled = total - len(todo)
        self._progress(settled, total)
        for start in range(0, len(todo), self.engine.batch_size):
            batch = todo[start:start + self.engine.batch_size]
            for translation in self._ask(batch):
                found[translation.segment.id] = translation
            settled += len(batch)
            self._progress(settled, total)
        return tuple(self._outcome(segment, found) for segment in self.document.segments)

    def _in_another_language(self, segment: Segment) -> str:
        """Why a segment cannot be asked of an engine that reads the source language alone, or empty."""
        if self.engine.multilingual:
            return ""
        source, target = self.source, self.job.target
        if self.job.source is None and (source.language, source.script) == (target.language, target.script):
            return f"language: the document was judged to be in {source.language} already"
        other = plainly_other(text_of(segment.content), source)
        return f"language: this is in {name_of(Locale.parse(other))}" if other else ""

    def _outcome(self, segment: Segment, found: Mapping[str, Translation]) -> Translation:
        if segment.id in self.plan.untouched:
            return Translation(segment, segment.content, Outcome.PROTECTED, self.plan.untouched[segment.id])
        if segment.id not in self.plan.repeats:
            return found[segment.id]
        first = found[self.plan.repeats[segment.id]]
        if first.outcome in (Outcome.KEPT_SOURCE, Outcome.PROTECTED):
            return replace(first, segment=segment, content=segment.content)
        return replace(first, segment=segment, content=with_codes_of(first.content, segment.content),
                       outcome=Outcome.REPEATED, reason=f"as in {first.segment.id}")

    def _remembered(self, segment: Segment) -> Translation | None:
        if self.memory is None:
            return None
        held = self.memory.get(memory_key(segment, self.plan.contexts[segment.id], self._answer))
        if held is None:
            return None
        return Translation(segment, with_codes_of(held, segment.content), Outcome.FROM_MEMORY)

    def _ask(self, batch: Sequence[Segment]) -> list[Translation]:
        requests = [self._request(segment) for segment in batch]
        attempts = climb(requests, self.engine, self._verify)
        return [self._settle(segment, attempt) for segment, attempt in zip(batch, attempts, strict=True)]

    def _request(self, segment: Segment) -> Request:
        terms = tuple(Term(entry.source, entry.target)
                      for entry in self.job.glossary.entries_in(text_of(segment.content)))
        return Request(segment.content, self.source, self.job.target, segment.role,
                       self.plan.contexts[segment.id], terms)

    def _verify(self, request: Request, draft: Draft) -> tuple[Finding, ...]:
        return verify(request.content, draft.content, request.source, request.target,
                      glossary=self.job.glossary, truncated=draft.truncated, checks=self.engine.checks)

    def _settle(self, segment: Segment, attempt: Attempt) -> Translation:
        if attempt.errors:
            worst = attempt.errors[0]
            return Translation(segment, segment.content, Outcome.KEPT_SOURCE, f"{worst.check}: {worst.message}",
                               attempt.rung, attempt.findings)
        if self.memory is not None and attempt.clean:
            self.memory.put(memory_key(segment, self.plan.contexts[segment.id], self._answer), attempt.content)
        if _words(attempt.content) == _words(segment.content):
            return Translation(segment, segment.content, Outcome.PROTECTED, UNCHANGED, attempt.rung, attempt.findings)
        return Translation(segment, attempt.content, Outcome.TRANSLATED, None, attempt.rung, attempt.findings)


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
