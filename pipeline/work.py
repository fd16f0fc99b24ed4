"""One document on its way through memory and engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace

from parsers.document import Content, Segment, readable, text_of
from parsers.locales import Locale
from pipeline.consistency import Lexicon, inconsistencies, recurring
from pipeline.engines import Draft, Engine, Request, Term
from pipeline.job import Job, Told
from pipeline.ladder import CODES_ALONE, climb
from pipeline.languages import name_of, plainly_other
from pipeline.memory import Memory, Unit, asked_keys, fitted
from pipeline.planning import Plan, memory_key, plan, with_codes_of
from pipeline.reading import Reading
from pipeline.report import Inconsistency, Outcome, TermUse, Translation
from pipeline.verification import Finding, verify

ACCEPTED = frozenset({Outcome.TRANSLATED, Outcome.FROM_MEMORY})
"""Outcomes from which a document learns; repeats say nothing new."""

UNCHANGED = "left unchanged by the engine, as names are"
"""Why a segment counts as protected that was asked for: it is never counted as translated."""

LAWS = frozenset({"codes", "characters", "empty"})
"""Checks that hold for what a memory gives too, whoever made it."""


class Work:
    """One document on its way through memory and engine.

    Several processes may share one: each makes its own from the same bytes and job, and so has the same plan.
    One settles the `leaders`; others `know` what became of them and settle parts of the rest; the last knows
    everything and finds it `done`.
    """

    def __init__(self, reading: Reading, job: Job, engine: Engine, memory: Memory | None, told: Told) -> None:
        self.given, self.document = reading.given, reading.document
        self.source, self.glossary = reading.source, reading.glossary
        self.job, self.engine, self.memory, self._told = job, engine, memory, told
        reads_all = engine.multilingual
        self.plan: Plan = plan(self.document, None if reads_all else self.source,
                               told=None if reads_all and not job.keep_others else self.source,
                               instructed=engine.instructed)
        learns = engine.instructed and job.consistency
        self._recurring = recurring(self.plan) if learns else None
        self._lexicon: Lexicon | None = None
        self._found: dict[str, Translation] = {}
        self._by_id = {segment.id: segment for segment in self.document.segments}
        self._followers: dict[str, list[Segment]] = {}
        for follower, first in self.plan.repeats.items():
            self._followers.setdefault(first, []).append(self._by_id[follower])

    def afresh(self, told: Told) -> Work:
        """The same work with nothing settled yet, for whoever does another part of it in this process."""
        made = copy(self)
        made._told, made._found, made._lexicon = told, {}, None  # noqa: SLF001 - its own class
        return made

    @property
    def leaders(self) -> tuple[Segment, ...]:
        """The segments to be settled before all others: their translations go along with those."""
        return self._recurring.leaders if self._recurring else ()

    def know(self, translations: Iterable[Translation]) -> None:
        """Take over what was settled before, elsewhere: nobody hears of it again."""
        self._found.update((translation.segment.id, translation) for translation in translations)

    async def done(self) -> tuple[Translation, ...]:
        """One translation for each segment, in reading order."""
        self.settle_untouched()
        await self.settle(self.leaders)
        await self.settle(self.plan.unique)
        return tuple(self._found[segment.id] for segment in self.document.segments)

    def settle_untouched(self) -> None:
        """Settle what the plan leaves alone."""
        for number, reason in self.plan.untouched.items():
            self._settle(Translation(self._by_id[number], self._by_id[number].content, Outcome.PROTECTED, reason))

    async def settle(self, segments: Sequence[Segment]) -> None:
        """Settle some of the plan's unique segments and their repeats, but for those that are settled."""
        if self.memory is not None and not self.engine.signature:
            await self.engine.prepare(self.source, self.job.target)     # keys name the model, which is not known yet
        if self._lexicon is None and self.leaders and all(leader.id in self._found for leader in self.leaders):
            assert self._recurring is not None
            self._lexicon = self._recurring.lexicon(self._accepted(), self.job.target)
        for segment in segments:
            if segment.id in self._found:
                self._settle_repeats(self._found[segment.id])           # whoever settled it may have been stopped then
        try:
            await self._translate([segment for segment in segments if segment.id not in self._found])
        finally:
            if self.memory is not None:
                self.memory.flush()

    def consistency(self, translations: Sequence[Translation]) -> tuple[tuple[TermUse, ...], tuple[Inconsistency, ...]]:
        """How the phrases that were learned came out, and which phrases came out in several ways."""
        if self._recurring is None:
            return (), ()
        leaders = {segment.id for segment in self.leaders}
        pairs = [(t.segment.content, t.content) for t in translations if t.outcome in ACCEPTED]
        others = [(t.segment.content, t.content) for t in translations
                  if t.outcome in ACCEPTED and t.segment.id not in leaders]
        learned = self._lexicon.uses(others, self.glossary) if self._lexicon else ()
        return learned, inconsistencies(pairs, self.job.target)

    def _accepted(self) -> list[tuple[Segment, Content]]:
        """The segments that have a translation by now, those that stay as they are among them."""
        return [(t.segment, t.content) for t in self._found.values()
                if t.outcome in ACCEPTED or t.reason == UNCHANGED]

    async def _translate(self, segments: Sequence[Segment]) -> None:
        """Settle segments: what is known at once, the others by the engine."""
        todo: list[Segment] = []
        for segment in segments:
            known = self._without_engine(segment)
            if known is None:
                todo.append(segment)
            else:
                self._settle(known)
        self._tell()
        if todo:
            await self.engine.prepare(self.source, self.job.target)
            await self._ask_all(todo)

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
        if translation.segment.id not in self._found:
            self._found[translation.segment.id] = translation
            self._told.settled(translation)
        self._settle_repeats(translation)

    def _settle_repeats(self, first: Translation) -> None:
        for follower in self._followers.get(first.segment.id, ()):
            self._settle(_again(first, follower))

    def _tell(self) -> None:
        self._told.count(len(self._found), len(self.document.segments))

    def _without_engine(self, segment: Segment) -> Translation | None:
        """What is known of a segment before the engine is asked."""
        remembered = self._remembered(segment)
        if remembered is not None:
            return remembered
        reason = self._in_another_language(segment)
        return Translation(segment, segment.content, Outcome.KEPT_SOURCE, reason) if reason else None

    def _in_another_language(self, segment: Segment) -> str:
        """Why a segment is not asked for, or empty: the document is in the target language already, or the
        segment in a third that the engine cannot read, or is to be left."""
        source, target = self.source, self.job.target
        already = self.job.source is None and (source.language, source.script) == (target.language, target.script)
        if already and "language" in self.engine.checks:    # engines that do not translate know no languages
            return f"language: the document was judged to be in {source.language} already"
        if self.engine.multilingual and not self.job.keep_others:
            return ""
        other = plainly_other(text_of(segment.content), source)
        return f"language: this is in {name_of(Locale.parse(other))}" if other else ""

    def _remembered(self, segment: Segment) -> Translation | None:
        if self.memory is None:
            return None
        people = asked_keys(segment.content, self.source, self.job.target)
        unit = self.memory.get([*people, self._key(segment)])
        if unit is None:
            return None
        held = fitted(unit, segment.content)
        if held is None or verify(segment.content, held, self.source, self.job.target, checks=LAWS):
            return None
        if _words(held) == _words(segment.content):
            return Translation(segment, segment.content, Outcome.PROTECTED, UNCHANGED)
        return Translation(segment, held, Outcome.FROM_MEMORY, f"from {unit.origin}")

    def _key(self, segment: Segment) -> str:
        learned = [f"{term.source}\t{term.target}" for term in self._learned(segment)]
        answer = (self.source.tag, self.job.target.tag, self.engine.signature, self.glossary.version, *learned)
        return memory_key(segment, self.plan.contexts[segment.id], answer)

    async def _ask(self, segment: Segment) -> Translation:
        attempt = await climb(self._request(segment), self.engine, self._verify)
        if attempt.errors:
            worst = min(attempt.errors, key=lambda finding: finding.check in CODES_ALONE)     # words before Codes
            return Translation(segment, segment.content, Outcome.KEPT_SOURCE, f"{worst.check}: {worst.message}",
                               attempt.rung, attempt.findings)
        if self.memory is not None and attempt.clean:
            self.memory.put(self._key(segment), Unit(segment.content, attempt.content, self.source.tag,
                                                     self.job.target.tag, self.engine.signature))
        if _words(attempt.content) == _words(segment.content):
            return Translation(segment, segment.content, Outcome.PROTECTED, UNCHANGED, attempt.rung, attempt.findings)
        return Translation(segment, attempt.content, Outcome.TRANSLATED, None, attempt.rung, attempt.findings)

    def _request(self, segment: Segment) -> Request:
        terms = (*self.glossary.terms_in(segment.content), *self._learned(segment))
        return Request(segment.content, self.source, self.job.target, segment.role,
                       self.plan.contexts[segment.id], terms, priority=self.job.priority)

    def _learned(self, segment: Segment) -> tuple[Term, ...]:
        return self._lexicon.terms_in(segment.content, self.glossary) if self._lexicon and self._lexicon.entries else ()

    def _verify(self, request: Request, draft: Draft) -> tuple[Finding, ...]:
        return verify(request.content, draft.content, request.source, request.target,
                      glossary=self.glossary, truncated=draft.truncated, checks=self.engine.checks)


def _again(first: Translation, segment: Segment) -> Translation:
    """What becomes of a repeat."""
    if first.outcome in (Outcome.KEPT_SOURCE, Outcome.PROTECTED):
        return replace(first, segment=segment, content=segment.content)
    return replace(first, segment=segment, content=with_codes_of(first.content, segment.content),
                   outcome=Outcome.REPEATED, reason=f"as in {first.segment.id}")


def _words(items: Content) -> list[str]:
    """What a content says, however its lines are broken."""
    return readable(items).split()
