"""Ask again, in a better way, until a draft verifies: the rungs of one segment."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from parsers.document import Code, CodeKind, Content, codes, content, has_letters, readable, text_of
from pipeline.engines import Draft, Engine, Request, RequestFailed, Rung
from pipeline.projection import project
from pipeline.verification import Finding

Verify = Callable[[Request, Draft], tuple[Finding, ...]]

CODES_ALONE = frozenset({"codes"})
"""Errors that say nothing of a draft's words."""

WORTH_A_TRY = frozenset({"glossary", "placement"})
"""Checks that only warn, and whose warnings another draft may well not have."""


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
    def flaws(self) -> int:
        """What is worth another try, and no reason to keep the source (`WORTH_A_TRY`)."""
        return sum(f.check in WORTH_A_TRY for f in self.findings)

    @property
    def codes_alone(self) -> bool:
        """Its words are right, as far as anybody can tell."""
        return bool(self.errors) and {finding.check for finding in self.errors} <= CODES_ALONE

    @property
    def clean(self) -> bool:
        """Nothing to gain by asking again."""
        return not self.errors and not self.flaws

    @property
    def rank(self) -> tuple[int, int]:
        """Less is better."""
        return len(self.errors), self.flaws


async def climb(request: Request, engine: Engine, verify: Verify) -> Attempt:
    """The best attempt for a request; one with errors means that every rung has failed.

    Raises EngineError if the engine stops answering.
    """
    best: Attempt | None = None
    well_said: list[Content] = []
    for rung in engine.rungs:
        if best is not None and (best.clean or not _makes_sense(rung, request, best, engine.rungs)):
            continue
        asked = request if rung is request.rung else replace(request, rung=rung)
        try:
            for answer in _answers(asked, engine, tuple(well_said)):
                draft = await answer
                if draft is None:
                    continue                                # too few words for the Codes
                attempt = Attempt(draft.content, rung, verify(asked, draft))
                if best is None or attempt.rank < best.rank:
                    best = attempt
                if not attempt.errors:
                    break
                if attempt.codes_alone:
                    well_said.append(draft.content)
        except RequestFailed as error:
            if best is None:
                return _unanswered(asked, str(error))       # it has been tried again as often as makes sense
            continue                                        # what refuses one rung may well take the next
    return best or _unanswered(request, "the engine has no way to translate this segment")


def _answers(request: Request, engine: Engine, well_said: Sequence[Content]) -> Iterator[Awaitable[Draft | None]]:
    """What a rung has to offer, each to be awaited before the next is taken."""
    if request.rung is not Rung.PROJECTED:
        yield engine.translate(request)
        return
    for draft in well_said:
        yield _put_right(request.content, draft)
    yield _projected(request, engine)


def _makes_sense(rung: Rung, request: Request, best: Attempt, rungs: tuple[Rung, ...]) -> bool:
    """Another free draft is no cure for Codes where they can be demanded. Constraints are for Codes and terms.
    Projection mends Codes and may cost several requests: it is for drafts that cannot be used."""
    if rung is Rung.CONSTRAINED:
        return bool(codes(request.content) or request.terms)
    if rung is Rung.DETERMINISTIC:
        return not best.codes_alone or Rung.CONSTRAINED not in rungs
    return rung is not Rung.PROJECTED or bool(best.errors and codes(request.content))


def _unanswered(request: Request, why: str) -> Attempt:
    return Attempt(request.content, request.rung, (Finding("engine", "error", why),))


# ---- the last rung: projection, on drafts whose words were right, then on a translation of the bare text ------
async def _put_right(source: Content, draft: Content) -> Draft | None:
    """A draft's own words with every Code of the source; where its Codes stand tells where they belong.

    None if there are too few words for the Codes.
    """
    given = Counter(codes(draft))
    due = {code for code in codes(source) if given[code] == 1}
    hints: dict[int, tuple[Content, ...]] = {}
    opened: dict[int, int] = {}
    for at, item in enumerate(draft):
        if isinstance(item, Code) and item in due:
            if item.kind is CodeKind.OPEN:
                opened[item.id] = at
            elif item.kind is CodeKind.CLOSE and item.id in opened:
                hints[item.id] = ((text_of(draft[opened[item.id] + 1:at]),),)
    bare = content(item for item in draft
                   if isinstance(item, str) or (item.kind is CodeKind.STANDALONE and item in due))
    try:
        return Draft(project(source, bare, hints))
    except ValueError:
        return None


async def _projected(request: Request, engine: Engine) -> Draft:
    """Translate without Codes, and put them back by what their inner texts translate to."""
    inner = _inner_texts(request.content)
    bare = [replace(request, content=(text,)) for text in (readable(request.content), *inner.values())]
    whole, *answers = await asyncio.gather(*map(engine.translate, bare))
    hints = {number: (answer.content, (inner[number],)) for number, answer in zip(inner, answers, strict=True)}
    try:
        return replace(whole, content=project(request.content, whole.content, hints))
    except ValueError:
        return whole                                        # Codes are missing: verification will say so


def _inner_texts(items: Content) -> dict[int, str]:
    """Pair id → visible text inside it, for every pair that holds words."""
    opened: dict[int, int] = {}
    found: dict[int, str] = {}
    for at, item in enumerate(items):
        if isinstance(item, str):
            continue
        if item.kind is CodeKind.OPEN:
            opened[item.id] = at
        elif item.kind is CodeKind.CLOSE:
            inner = readable(items[opened[item.id] + 1:at])
            if has_letters(inner):
                found[item.id] = inner
    return found
