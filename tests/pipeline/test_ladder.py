"""The rungs of one segment."""

import asyncio

from parsers.document import Code, codes, content
from parsers.locales import Locale
from pipeline.engines import Draft, Request, RequestFailed, Rung
from pipeline.ladder import climb
from pipeline.verification import CHECKS, verify
from tests.pipeline.contents import mark, show
from tests.pipeline.scripted import ScriptedEngine

EN, PT = Locale.parse("en"), Locale.parse("pt")
ALL = frozenset(check.name for check in CHECKS)


def climbed(engine, *texts):
    def check(request: Request, draft: Draft):
        return verify(request.content, draft.content, EN, PT, truncated=draft.truncated, checks=engine.checks)

    return [asyncio.run(climb(Request(mark(text), EN, PT), engine, check)) for text in texts]


def without_codes(request):
    return content(item for item in request.content if isinstance(item, str))


def test_a_good_draft_is_taken_at_once():
    engine = ScriptedEngine(lambda request: request.content)
    attempt, = climbed(engine, "Click **Save**.")
    assert (attempt.rung, attempt.findings, len(engine.asked)) == (Rung.FREE, (), 1)


def test_only_failures_are_asked_again():
    def lossy_once(request):
        return without_codes(request) if request.rung is Rung.FREE and "bad" in show(request.content) else request.content

    engine = ScriptedEngine(lossy_once)
    attempts = climbed(engine, "good **one**", "bad **one**", "good")
    assert [a.rung for a in attempts] == [Rung.FREE, Rung.DETERMINISTIC, Rung.FREE]
    assert all(a.clean for a in attempts)
    assert len(engine.asked) == 4


def test_codes_that_the_engine_always_loses_are_projected():
    words = {"Click": "Clique", "Save": "Salvar", "now": "agora", "Click Save now": "Clique em Salvar agora"}
    engine = ScriptedEngine(lambda request: (words.get("".join(without_codes(request)), "?"),))
    attempt, = climbed(engine, "Click **Save** now")
    assert show(attempt.content) == "Clique em **Salvar** agora"
    assert (attempt.rung, attempt.errors) == (Rung.PROJECTED, ())


def test_words_that_were_right_are_kept_when_codes_are_put_right():
    engine = ScriptedEngine(lambda request: ("Clique em Salvar agora",) if codes(request.content) else ("?",))
    attempt, = climbed(engine, "Click **Save** now")
    assert show(attempt.content).replace("**", "") == "Clique em Salvar agora"
    assert (attempt.rung, attempt.errors) == (Rung.PROJECTED, ())
    assert {request.rung for request in engine.asked} == {Rung.FREE, Rung.DETERMINISTIC}


def test_where_a_spoiled_draft_has_its_codes_they_stay():
    def half(request):
        opening, closing, alone = (code for code in request.content if not isinstance(code, str))
        return ("Agora ", opening, "salve", closing, " tudo", alone, " aqui", alone)

    attempt, = climbed(ScriptedEngine(half), "Now **save** everything `here`")
    assert show(attempt.content).startswith("Agora **salve** tudo")
    assert attempt.errors == ()


def refusing(rung, answer):
    def scripted(request):
        if request.rung is rung:
            raise RequestFailed("the server refused the request (400)")
        return answer(request)

    engine = ScriptedEngine(scripted)
    engine.rungs = (Rung.FREE, Rung.DETERMINISTIC, Rung.CONSTRAINED, Rung.PROJECTED)
    return engine


def test_a_rung_that_is_refused_is_passed_over():
    engine = refusing(Rung.CONSTRAINED, lambda request: ("Clique em Salvar agora",))
    attempt, = climbed(engine, "Click **Save** now")
    assert (attempt.rung, attempt.errors) == (Rung.PROJECTED, ())


def test_a_segment_that_is_refused_at_first_is_not_asked_for_again():
    engine = refusing(Rung.FREE, lambda request: request.content)
    attempt, = climbed(engine, "Click **Save** now")
    assert [(finding.check, finding.message) for finding in attempt.errors] == [
        ("engine", "the server refused the request (400)")]
    assert len(engine.asked) == 1


def test_a_segment_without_codes_has_nothing_to_project():
    engine = ScriptedEngine(lambda request: ("",), ALL)
    attempt, = climbed(engine, "Plain words that come back empty.")
    assert attempt.errors
    assert {request.rung for request in engine.asked} == {Rung.FREE, Rung.DETERMINISTIC}


def test_truncated_drafts_are_not_used():
    engine = ScriptedEngine(lambda request: Draft(request.content, truncated=True), frozenset({"codes", "truncated"}))
    attempt, = climbed(engine, "A **sentence** that stops")
    assert any(finding.check == "truncated" for finding in attempt.errors)


def test_invented_codes_are_not_used():
    engine = ScriptedEngine(lambda request: (*request.content, Code(99, request.content[1].kind, "<script>", "x")))
    engine.rungs = (Rung.FREE,)
    attempt, = climbed(engine, "Click **Save**")
    assert attempt.errors
