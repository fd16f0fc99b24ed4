"""How well an engine translates a set of examples: its Codes, its terms, its words, and what that took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from parsers.document import Content, codes, readable
from parsers.locales import Locale
from pipeline.engines import Draft, Engine, Request, Rung
from pipeline.examples import Example
from pipeline.findings import Finding
from pipeline.glossary import Glossary, TermCheck, wording
from pipeline.glossary_files import Entry
from pipeline.ladder import climb
from pipeline.placement import placement
from pipeline.verification import verify

CODE_CHECKS = frozenset({"codes", "leak"})


@dataclass(frozen=True, slots=True)
class Score:
    """What came of one way of asking. Shares are from 0 to 1, and 1 where there was nothing to go wrong."""

    segments: int
    tagged: int
    """Segments with Codes."""
    exact_at_once: float
    """Share of them whose first draft had each Code once and in its place."""
    exact_at_last: float
    """The same at the end of the ladder."""
    placed: float
    """Mean of `pipeline.placement.placement` over those that are exact at last."""
    terms: float
    """Share of the terms that came out."""
    kept: int
    """Segments that would have kept their source, for whatever reason."""
    requests: int
    """Asked of the engine in all."""
    seconds: float
    answers: tuple[str, ...]
    """The translations as a reader sees them, in the order of the examples."""


async def evaluate(engine: Engine, examples: Sequence[Example]) -> Score:
    """Translate the examples and count. Raises as the engine does."""
    first = examples[0].request
    await engine.prepare(first.source, first.target)        # only then it knows its rungs
    counted = _Counted(engine)
    started = time.perf_counter()
    trials = [_Trial(counted, example) for example in examples]
    await asyncio.gather(*(trial.run() for trial in trials))
    seconds = time.perf_counter() - started
    tagged = [trial for trial in trials if codes(trial.request.content)]
    exact = [trial for trial in tagged if not _has(CODE_CHECKS, trial.findings)]
    terms = [trial.terms for trial in trials]
    hits, misses = sum(len(one.hits) for one in terms), sum(len(one.misses) for one in terms)
    return Score(
        len(trials), len(tagged), _share(sum(trial.exact_at_once for trial in tagged), len(tagged)),
        _share(len(exact), len(tagged)), _share(sum(trial.placed for trial in exact), len(exact)),
        _share(hits, hits + misses), sum(trial.kept for trial in trials), counted.requests,
        seconds, tuple(readable(trial.content) for trial in trials))


class _Counted(Engine):
    """Another engine, and how often it has been asked."""

    name = "counted"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.rungs, self.checks = engine.rungs, engine.checks
        self.requests = 0

    @property
    def signature(self) -> str:
        """The engine's own."""
        return self._engine.signature

    async def prepare(self, source: Locale, target: Locale) -> None:
        """As the engine."""
        await self._engine.prepare(source, target)

    async def translate(self, request: Request) -> Draft:
        """Ask the engine, and count it."""
        self.requests += 1
        return await self._engine.translate(request)

    async def hunger(self) -> None:
        """As the engine."""
        await self._engine.hunger()

    async def aclose(self) -> None:
        """As the engine."""
        await self._engine.aclose()


class _Trial:
    """One example on its way through the ladder."""

    def __init__(self, engine: _Counted, example: Example) -> None:
        self._engine = engine
        self.request = example.request
        self._glossary = Glossary(tuple(Entry(term.source, term.target) for term in example.request.terms))
        self.exact_at_once = False
        self.content: Content = ()
        self.findings: tuple[Finding, ...] = ()

    async def run(self) -> None:
        """Climb the ladder; afterwards the fields say what came of it."""
        best = await climb(self.request, self._engine, self._verify)
        self.content, self.findings = best.content, best.findings

    def _verify(self, request: Request, draft: Draft) -> tuple[Finding, ...]:
        found = verify(request.content, draft.content, request.source, request.target, glossary=self._glossary,
                       truncated=draft.truncated, checks=self._engine.checks)
        if request.rung is Rung.FREE:
            self.exact_at_once = not _has(CODE_CHECKS, found)
        return found

    @property
    def kept(self) -> bool:
        """Nothing that came could be used."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def placed(self) -> float:
        """How well the Codes stand."""
        return placement(self.request.content, self.content, self.request.source, self.request.target)

    @property
    def terms(self) -> TermCheck:
        """Which terms came out."""
        return self._glossary.check(wording(self.request.content), wording(self.content))


def chrf(answers: Sequence[str], examples: Sequence[Example]) -> float | None:
    """chrF2 of the answers against the references, as sacrebleu counts it, 0 to 100; None without sacrebleu."""
    try:
        from sacrebleu.metrics.chrf import CHRF  # noqa: PLC0415 - optional, and slow to load
    except ImportError:
        return None
    return float(CHRF().corpus_score(list(answers), [[readable(one.reference) for one in examples]]).score)


def _has(checks: frozenset[str], findings: Sequence[Finding]) -> bool:
    return any(finding.check in checks and finding.severity == "error" for finding in findings)


def _share(part: float, whole: int) -> float:
    return part / whole if whole else 1.0
