"""Signs that the models of the embedded engine have no piece for."""

import asyncio

import pytest

from parsers.document import readable
from parsers.locales import Locale
from pipeline.engines import Request
from pipeline.engines.embedded import EmbeddedEngine
from pipeline.engines.signs import plain, restored, unspelled
from tests.pipeline.contents import mark

EN, PT = Locale.parse("en"), Locale.parse("pt-BR")


@pytest.fixture(scope="module")
def portuguese():
    engine = EmbeddedEngine()
    asyncio.run(engine.prepare(EN, PT))
    return lambda text: readable(asyncio.run(engine.translate(Request(mark(text), EN, PT))).content)


@pytest.mark.parametrize(("text", "stays"), [
    ("The price is £20 or ¥400 for everybody.", ["£20", "¥400"]),
    ("© 2024 The Riverside Observatory. All rights reserved.", ["© 2024"]),
    ("I love it 🚀 very much! ✅ Done", ["🚀", "✅"]),
    ("Home • About • Contact", ["•", "•"]),
    ("Click → to go on, m² and ½ are kept.", ["→", "m²", "½"]),
    ("The café of Dvořák is in Łódź.", ["Dvořák", "Łódź"]),
    ("He said “hello my friend” to the “old man”…", ["“", "”", "“", "”", "…"]),
    ("The cat — which was black — ran away.", [" — ", " — "]),
])
def test_signs_come_out_as_they_were(portuguese, text, stays):
    found = portuguese(text)
    assert [sign for sign in stays if found.count(sign) < stays.count(sign)] == []
    assert found != text


def test_no_bracket_is_left_open_at_the_end(portuguese):
    assert portuguese("FAQ") == "FAQ"


def test_white_space_around_codes_is_that_of_the_source(portuguese):
    assert portuguese("Press the `key`\nand go on.").count("\n") == 1


def test_marks_get_their_own_form_back_where_there_are_as_many():
    text = "It’s “new” — really… 10–20"
    assert plain(text) == 'It\'s "new" - really... 10-20'
    assert restored('É "novo" - mesmo... 10-20', text) == "É “novo” — mesmo… 10–20"
    assert restored('É "novo', text) == 'É "novo'


@pytest.mark.parametrize("text", ["plain text, (1) + $2 = 100 % | a > b", "", "déjà vu à São Paulo"])
def test_what_can_be_spelled_is_left_to_the_model(text):
    assert unspelled(text, "en") == []


def test_hostile_lengths_take_linear_time():
    for text in ("1" * 200_000, "1." * 100_000, "a" * 200_000, "£" * 200_000, " " * 200_000):
        unspelled(text, "en")
        restored(plain(text), text)
