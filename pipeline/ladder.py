"""Ask again, in a better way, until a draft verifies: the rungs of one segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from parsers.document import CodeKind, Content, codes, has_letters, readable
from pipeline.engines import Draft, Engine, Request, Rung
from pipeline.projection import project
from pipeline.verification import Finding

Verify = Callable[[Request, Draft], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """The best draft so far and what was found in it."""

    content: Content
    rung: Rung
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings for which this draft must not be used."""
        return tuple(f for f in self.findings if f.severity == "error")

    @property
    def missed_terms(self) -> int:
        """Glossary entries that did not come out: worth another try, no reason to keep the source."""
        return sum(f.check == "glossary" for f in self.findings)

    @property
    def clean(self) -> bool:
        """Nothing to gain by asking again."""
        return not self.errors and not self.missed_terms

    @property
    def rank(self) -> tuple[int, int]:
        """Less is better."""
        return len(self.errors), self.missed_terms


def climb(requests: Sequence[Request], engine: Engine, verify: Verify) -> list[Attempt]:
    """The best attempt for each request; one with errors means that every rung has failed.

    Raises EngineError if the engine stops answering.
    """
    best: list[Attempt | None] = [None] * len(requests)
    for rung in engine.rungs:
        waiting = [n for n, attempt in enumerate(best)
                   if (attempt is None or not attempt.clean) and _makes_sense(rung, requests[n])]
        if not waiting:
            continue
        asked = [replace(requests[n], rung=rung) for n in waiting]
        drafts = _projected(asked, engine) if rung is Rung.PROJECTED else engine.translate(asked)
        for n, request, draft in zip(waiting, asked, drafts, strict=True):
            attempt = Attempt(draft.content, rung, verify(request, draft))
            held = best[n]
            if held is None or attempt.rank < held.rank:
                best[n] = attempt
    return [attempt if attempt is not None else _unasked(request)
            for attempt, request in zip(best, requests, strict=True)]


def _makes_sense(rung: Rung, request: Request) -> bool:
    return rung is not Rung.PROJECTED or bool(codes(request.content))


def _unasked(request: Request) -> Attempt:
    finding = Finding("ladder", "error", "the engine has no way to translate this segment")
    return Attempt(request.content, Rung.FREE, (finding,))


# ---- the last rung: bare text, then projection ---------------------------------------------------
def _projected(requests: Sequence[Request], engine: Engine) -> list[Draft]:
    """Translate without Codes, and put them back by what their inner texts translate to."""
    bare: list[Request] = []
    for request in requests:
        bare.append(replace(request, content=(readable(request.content),)))
        bare += [replace(request, content=(inner,)) for _, inner in _inner_texts(request.content)]
    answers = iter(engine.translate(bare))
    return [_put_back(request, answers) for request in requests]


def _put_back(request: Request, answers: Iterator[Draft]) -> Draft:
    whole = next(answers)
    hints = {number: (next(answers).content, (inner,)) for number, inner in _inner_texts(request.content)}
    try:
        return replace(whole, content=project(request.content, whole.content, hints))
    except ValueError:
        return whole                                        # Codes are missing: verification will say so


def _inner_texts(items: Content) -> list[tuple[int, str]]:
    """(pair id, visible text inside it) for every pair that holds words."""
    opened: dict[int, int] = {}
    found: list[tuple[int, str]] = []
    for at, item in enumerate(items):
        if isinstance(item, str):
            continue
        if item.kind is CodeKind.OPEN:
            opened[item.id] = at
        elif item.kind is CodeKind.CLOSE:
            inner = readable(items[opened[item.id] + 1:at])
            if has_letters(inner):
                found.append((item.id, inner))
    return found
