"""One document settled in parts by several works, as processes that share a job do."""

import asyncio
import codecs
import json
import random
from collections import Counter

import pytest

from parsers.document import content
from parsers.locales import Locale
from pipeline.engines import Request, Rung, Term
from pipeline.report import Outcome, Translation
from pipeline.translation import Job, begun, concluded, translate
from tests.pipeline.scripted import ScriptedEngine

EN, PT = Locale.parse("en"), Locale.parse("pt-BR")
PHRASES = ("Head sampling", "Span links", "Trace context")
SOURCE = ("# The title\n\nAPI\n\n" + "".join(f"## {phrase}\n\n" for phrase in PHRASES)
          + "".join(f"Paragraph {n} speaks of {PHRASES[n % 3].lower()} and of **bold {n}** words in `code{n}`.\n\n"
                    for n in range(60))
          + "- The same item\n- The same item\n- The same item\n").encode()
JOB = Job("markdown", PT, EN)


def engine() -> ScriptedEngine:
    """Answers in another alphabet; leaves a name as it is, and says nothing to one text."""
    def answer(request: Request):
        if any("bold 7" in str(item) for item in request.content):
            return ()
        if request.content == ("API",):
            return request.content
        return content(codecs.encode(item, "rot13") if isinstance(item, str) else item for item in request.content)

    made = ScriptedEngine(answer, frozenset({"codes", "empty"}))
    made.instructed = True
    return made


def terms(engine: ScriptedEngine) -> Counter[tuple[str, tuple[Term, ...]]]:
    return Counter(("".join(map(str, one.content)), one.terms) for one in engine.asked)


def carried(heard: list[Translation]) -> list[dict]:
    """As it is kept between processes."""
    return json.loads(json.dumps([{"segment": one.segment.id, **one.dump()} for one in heard]))


async def settled(kept: list[dict], choose, using: ScriptedEngine) -> list[dict]:
    """What another work makes of the segments that it is to settle, knowing what was kept."""
    heard: list[Translation] = []
    work = await begun(SOURCE, JOB, using, listener=heard.append)
    segments = {segment.id: segment for segment in work.document.segments}
    work.know(Translation.load(segments[one["segment"]], one) for one in kept)
    await work.settle(choose(work))
    return carried(heard)


async def together(kept: list[dict], using: ScriptedEngine):
    work = await begun(SOURCE, JOB, using)
    segments = {segment.id: segment for segment in work.document.segments}
    work.know(Translation.load(segments[one["segment"]], one) for one in kept)
    return await concluded(work)


def facts(result) -> list:
    return [(one.segment.id, one.content, one.outcome, one.reason, one.rung, one.findings)
            for one in result.report.translations]


def test_parts_in_any_order_make_the_same_document():
    whole_engine = engine()
    whole = translate(SOURCE, JOB, whole_engine)
    assert {outcome for _, _, outcome, *_ in facts(whole)} == {
        Outcome.TRANSLATED, Outcome.REPEATED, Outcome.PROTECTED, Outcome.KEPT_SOURCE}
    assert whole.report.learned

    parts_engine = engine()
    kept = asyncio.run(settled([], lambda work: work.leaders, parts_engine))
    leading = list(kept)
    assert leading
    order = list(range(7))
    random.Random(2).shuffle(order)
    for part in order:
        kept += asyncio.run(settled(leading, lambda work, part=part: [
            s for s in work.plan.unique if s not in work.leaders][part::7], parts_engine))
    assert len(kept) == len({one["segment"] for one in kept})
    last = engine()
    result = asyncio.run(together(kept, last))
    assert last.asked == []
    assert terms(parts_engine) == terms(whole_engine)
    assert any(request.terms for request in parts_engine.asked)
    assert result.output == whole.output
    assert facts(result) == facts(whole)
    assert (result.report.learned, result.report.inconsistencies) == (whole.report.learned, whole.report.inconsistencies)


@pytest.mark.parametrize("seed", range(5))
def test_a_work_that_was_stopped_anywhere_is_gone_on_with(seed):
    whole = translate(SOURCE, JOB, engine())
    chance = random.Random(seed)
    everything = [{"segment": one.segment.id, **one.dump()} for one in whole.report.translations]
    kept = [one for one in everything if chance.random() < 0.5]
    rest = engine()
    result = asyncio.run(together(kept, rest))
    assert result.output == whole.output
    assert facts(result) == facts(whole)
    known = {one["segment"] for one in kept}
    unique = {one.segment.content for one in whole.report.translations if one.segment.id not in known}
    assert {request.content for request in rest.asked if request.rung is Rung.FREE} <= unique


def test_a_repeat_that_was_lost_on_the_way_is_heard_of_again():
    kept = [one for one in asyncio.run(settled([], lambda work: work.plan.unique, engine()))
            if one["outcome"] != "repeated"]
    using = engine()
    again = asyncio.run(settled(kept, lambda work: work.plan.unique, using))
    assert [one["outcome"] for one in again] == ["repeated", "repeated"]
    assert using.asked == []


def test_a_translation_of_another_segment_is_not_taken():
    heard: list[Translation] = []
    asyncio.run(concluded(asyncio.run(begun(SOURCE, JOB, engine(), listener=heard.append))))
    coded = next(one for one in heard if len(one.content) > 2)
    plain = next(one for one in heard if len(one.content) == 1)
    with pytest.raises(IndexError):
        Translation.load(plain.segment, coded.dump())
