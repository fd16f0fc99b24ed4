"""The examples by which profiles are compared."""

import json
from pathlib import Path

import pytest

from parsers.document import CodeKind, Role, codes, readable
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.examples import examples
from pipeline.verification import verify

EN, PT, ZH = map(Locale.parse, ("en", "pt-BR", "zh"))
PAIRS = [(EN, PT), (EN, ZH), (ZH, EN), (PT, ZH)]


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.tag)
def test_each_of_our_own_has_the_same_codes_in_both_languages(source, target):
    found = examples(source, target)
    assert len(found) == 40
    for example in found:
        assert not verify(example.request.content, example.reference, source, target, checks={"codes", "numbers"})


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=lambda one: one.tag)
def test_each_term_is_in_the_text_and_in_the_reference(source, target):
    for example in examples(source, target):
        for term in example.request.terms:
            assert term.source.casefold() in readable(example.request.content).casefold()
            assert term.target.casefold() in readable(example.reference).casefold()


def test_a_line_says_all_of_a_request(tmp_path):
    row = {"en": "Run <1 make/> <2>now</2>, a<b", "fr": "Lancez <1 make/> <2>maintenant</2>, a<b", "role": "form",
           "terms": [{"en": "now", "fr": "maintenant"}, {"en": "run", "de": "starten"}],
           "headings": {"en": ["A", "B"]}, "header": {"en": "H"}, "siblings": {"fr": ["x"]}}
    file = tmp_path / "own.jsonl"
    file.write_text("\n" + json.dumps(row) + "\n" + json.dumps({"en": "Hello"}) + "\n")
    example, = examples(EN, Locale.parse("fr-CA"), file)
    request = example.request
    assert readable(request.content) == "Run make now, a<b"
    assert [(code.id, code.kind, code.equiv) for code in codes(request.content)] == [
        (1, CodeKind.STANDALONE, "make"), (2, CodeKind.OPEN, ""), (2, CodeKind.CLOSE, "")]
    assert (request.role, request.context.headings, request.context.header, request.context.siblings) == (
        Role.FORM, ("A", "B"), "H", ())
    assert [(term.source, term.target) for term in request.terms] == [("now", "maintenant")]


@pytest.mark.parametrize(("text", "said"), [
    ("{", "Line 1 of “own.jsonl” makes no sense"), ('{"en": 1, "pt": "x"}', "Line 1"), ('["en"]', "Line 1"),
    ('{"en": "a <1>b", "pt": "c"}', "Code 1 is never closed"), ('{"en": "a", "pt": "b", "role": "king"}', "king"),
    ('{"en": "a", "de": "b"}', "no example in both en and pt-BR"), ("", "no example in both")])
def test_what_makes_no_sense_is_told_with_its_place(tmp_path, text, said):
    file = tmp_path / "own.jsonl"
    file.write_text(text)
    with pytest.raises(UsageError, match=said):
        examples(EN, PT, file)


def test_a_file_that_is_not_there_is_told():
    with pytest.raises(UsageError, match="cannot be read"):
        examples(EN, PT, Path("nowhere.jsonl"))


def test_our_own_are_in_three_languages():
    with pytest.raises(UsageError, match="--set"):
        examples(EN, Locale.parse("de"))
