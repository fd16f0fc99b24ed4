"""The engines that need no model."""

import asyncio

import pytest

from parsers.document import codes, text_of
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.engines import ENGINES, Request, ServerOptions, engine_named
from pipeline.engines.trial import GROWTH, SPECIALS
from tests.pipeline.contents import mark, show

EN, FR = Locale.parse("en"), Locale.parse("fr")
TEXTS = ["Click **Save** in `ui`.", "中文 and **русский**", " padded ", "A", "[link](x)", "12 **3**"]


def drafts(engine, texts):
    made = engine_named(engine)
    return [asyncio.run(made.translate(Request(mark(text), EN, FR))).content for text in texts]


@pytest.mark.parametrize("engine", ["echo", "pseudo", "hostile"])
def test_codes_and_edges_stay(engine):
    for text, found in zip(TEXTS, drafts(engine, TEXTS), strict=True):
        assert codes(found) == codes(mark(text))
        for before, after in zip(mark(text), found, strict=True):
            if isinstance(before, str):
                assert after[:1].isspace() == before[:1].isspace()
                assert after[-1:].isspace() == before[-1:].isspace()


def test_echo_changes_nothing():
    assert [show(c) for c in drafts("echo", TEXTS)] == TEXTS


def test_pseudo_is_longer_bracketed_and_unlike_the_source():
    text = "A sentence with **bold words** that a reader can still read."
    found, = drafts("pseudo", [text])
    words = text_of(mark(text))
    assert text_of(found).startswith("[") and text_of(found).endswith("]")
    assert 1 + GROWTH / 2 <= len(text_of(found)) / len(words) <= 1 + 2 * GROWTH
    assert not set(text_of(found).split()) & {word for word in words.split() if word.isalpha()}


def test_pseudo_leaves_text_without_letters():
    assert show(drafts("pseudo", ["12 **3**"])[0]) == "12 **3**"


def test_hostile_uses_every_special_character_and_is_repeatable():
    texts = [f"word{n} and more" for n in range(300)]
    first, second = drafts("hostile", texts), drafts("hostile", texts)
    assert first == second
    assert all(any(special in text_of(c) for c in first) for special in SPECIALS)


def test_every_listed_engine_loads_and_names_itself():
    for entry in ENGINES:
        engine = entry.load(ServerOptions(model="hy-mt2-7b"))
        assert engine.name == entry.name
        assert engine.name in engine.signature


def test_unknown_engine_is_a_usage_error_that_lists_the_known():
    with pytest.raises(UsageError, match="embedded, vllm, echo"):
        engine_named("nope")
