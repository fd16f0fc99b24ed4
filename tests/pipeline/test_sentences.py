"""Contents cut at their sentences."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import codes, content, parents, readable
from pipeline.sentences import chunks, length, sentences
from tests.pipeline.contents import mark, show


def cut(text):
    return [show(piece) for piece in sentences(mark(text), "en")]


def test_sentences_keep_their_codes():
    assert cut("See **the guide**. Then run `x`. Done") == ["See **the guide**. ", "Then run `x`. ", "Done"]


def test_no_cut_inside_a_pair():
    assert cut("**One. Two.** Three.") == ["**One. Two.** ", "Three."]


def test_abbreviations_and_soft_breaks_are_no_ends():
    assert cut("Dr. Smith\ncame, e.g. by car. He left.") == ["Dr. Smith\ncame, e.g. by car. ", "He left."]


@given(st.lists(st.sampled_from(["**A. b** ", "c! ", "_d?_ ", "`e`", ". ", "[g. **h**](u) ", "[^1] ", "\n", "\u4f60\u3002"]),
                min_size=1, max_size=12))
def test_pieces_joined_are_the_content(parts):
    items = mark("".join(parts))
    pieces = sentences(items, "en")
    assert content(item for piece in pieces for item in piece) == items
    for piece in pieces:
        parents(piece)


# ---- pieces within a budget

def pieces(text, size, **options):
    return [show(piece) for piece in chunks(mark(text), "en", size, **options)]


def test_sentences_are_joined_up_to_the_budget():
    text = "One is here. Two is here. Three is here. Four."
    assert pieces(text, 100) == [text]
    assert pieces(text, 30) == ["One is here. Two is here. ", "Three is here. Four."]
    assert pieces(text, 15) == ["One is here. ", "Two is here. ", "Three is here. ", "Four."]


@pytest.mark.parametrize(("text", "expected"), [
    ("first the one thin, then another; and the end", ["first the one thin, ", "then another; ", "and the end"]),
    ("use **the bold one** or else `code here` and all", ["use **the bold one**", " or else `code here`", " and all"]),
    ("alpha beta gamma delta epsilon zeta eta", ["alpha beta gamma ", "delta epsilon zeta ", "eta"]),
    ("一二三四五六七八九十，一二三四五六七八九十一二三四五六七八九十", ["一二三四五六七八九十，", "一二三四五六七八九十一二三四五六七八九十"]),
    ("\u4e00" * 45, ["\u4e00" * 20, "\u4e00" * 20, "\u4e00" * 5]),
    ("e\u0301" * 21, ["e\u0301" * 10, "e\u0301" * 10, "e\u0301"])])
def test_a_sentence_over_the_budget_is_cut_at_its_best_joints(text, expected):
    found = pieces(text, 20)
    assert "".join(found) == text
    assert found == expected


def test_a_pair_over_the_budget_stays_whole():
    assert pieces("Here **stands a very long emphasis. It has two sentences.** indeed.", 20) == [
        "Here ", "**stands a very long emphasis. It has two sentences.**", " indeed."]


def test_the_measure_may_be_anything():
    def tokens(items):
        return len(readable(items).split()) + 3 * len(codes(items))

    assert pieces("one two three **four** five six seven", 4, measure=tokens) == [
        "one two three ", "**four**", " five six seven"]


PARTS = ["**A. b** ", "c! ", "_d?_ ", "`e`", ". ", "[g. **h**](u) ", "[^1] ", "\n", "\u4f60\u3002", "\u4f60\u597d\uff0c", "i, j; k",
         "a\u0301", "lengthy", "**all of this is one long pair, and more**"]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=30), st.integers(1, 40))
def test_chunks_are_the_content_in_pieces_within_the_budget(parts, size):
    items = mark("".join(parts))
    found = chunks(items, "en", size)
    assert content(item for piece in found for item in piece) == items
    for piece in found:
        parents(piece)                                       # no pair is cut
        assert length(piece) <= size or is_one(piece)
    for one, other in pairwise(found):
        assert length(one) + length(other) > size


def is_one(piece):
    """Nothing that could be cut: one Code, one pair, one character with its marks."""
    if isinstance(piece[0], str):
        return len(piece) == 1 and piece[0] == "a\u0301"
    inside = list(parents(piece).values())
    return len(piece) == 1 or (piece[0].id == piece[-1].id and inside.count(0) == 2)
