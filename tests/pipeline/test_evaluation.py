"""Figures by which ways of asking are compared."""

import asyncio
import sys

import pytest

from parsers.document import codes
from parsers.locales import Locale
from pipeline.engines import Rung
from pipeline.evaluation import chrf, evaluate
from pipeline.examples import examples
from tests.pipeline.scripted import ScriptedEngine

EN, PT = Locale.parse("en"), Locale.parse("pt")
EXAMPLES = examples(EN, PT)
REFERENCES = {example.request: example.reference for example in EXAMPLES}
CHECKS = frozenset({"codes", "leak", "empty", "glossary"})


def reference(request):
    """What a person wrote for the example that has this content."""
    return next(answer for asked, answer in REFERENCES.items()
                if (asked.content, asked.role) == (request.content, request.role))


def scored(answer):
    return asyncio.run(evaluate(ScriptedEngine(answer, CHECKS), EXAMPLES))


def test_a_perfect_engine():
    score = scored(reference)
    assert (score.segments, score.exact_at_once, score.exact_at_last, score.terms, score.kept) == (40, 1, 1, 1, 0)
    assert score.requests == 40
    assert score.placed > 0.7
    assert score.tagged == sum(bool(codes(example.request.content)) for example in EXAMPLES)
    assert chrf(score.answers, EXAMPLES) in (None, 100)


def test_what_is_right_at_the_second_try_counts_at_last():
    score = scored(lambda request: ("Nada.",) if request.rung is Rung.FREE and codes(request.content) else reference(request))
    assert (score.exact_at_once, score.exact_at_last) == (0, 1)
    assert score.requests == 40 + score.tagged


def test_an_engine_that_says_nothing():
    score = scored(lambda request: ("",))
    assert (score.exact_at_once, score.exact_at_last, score.placed, score.terms, score.kept) == (0, 0, 1, 0, 40)
    assert score.requests > 40


def test_without_sacrebleu_there_is_no_chrf(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu.metrics.chrf", None)
    assert chrf(("a",), EXAMPLES[:1]) is None


def test_chrf_is_as_sacrebleu_counts_it():
    pytest.importorskip("sacrebleu", reason="sacrebleu is not installed")
    assert chrf(("nothing of it",), EXAMPLES[:1]) < 20
