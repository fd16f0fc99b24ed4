"""Texts cut to a budget."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.excerpts import beginning, ending, is_short, size


@pytest.mark.parametrize(("text", "short"), [
    ("Open", True), ("Save the whole file", True), ("Save the whole file now", False), ("", True),
    ("\u6253\u5f00\u6587\u4ef6", True), ("\u4eba\u5de5\u667a\u80fd\u662f\u672a\u6765\u53d1\u5c55\u7684\u5173\u952e", False),
    ("\u30d5\u30a1\u30a4\u30eb", True), ("\u043e\u0442\u043a\u0440\u044b\u0442\u044c \u0444\u0430\u0439\u043b", True),
    ("\u0e1a\u0e31\u0e19\u0e17\u0e36\u0e01", True),
    ("\u0e1a\u0e31\u0e19\u0e17\u0e36\u0e01\u0e44\u0e1f\u0e25\u0e4c\u0e17\u0e31\u0e49\u0e07\u0e2b\u0e21\u0e14\u0e17\u0e35\u0e48\u0e40\u0e1b\u0e34\u0e14\u0e2d\u0e22\u0e39\u0e48\u0e15\u0e2d\u0e19\u0e19\u0e35\u0e49", False)])
def test_words_are_counted_also_where_no_space_parts_them(text, short):
    assert is_short(text) is short


SENTENCES = "The first sentence is here. The second one follows it. And a third one ends all."


@pytest.mark.parametrize(("room", "expected"), [
    (200, SENTENCES),
    (60, "The first sentence is here. The second one follows it."),
    (40, "The first sentence is here."),
    (20, "The first…")])
def test_the_beginning_ends_with_a_sentence_or_a_word(room, expected):
    assert beginning(SENTENCES, room) == expected


@pytest.mark.parametrize(("room", "expected"), [
    (200, SENTENCES),
    (70, "The second one follows it. And a third one ends all."),
    (45, "And a third one ends all."),
    (20, "…one ends all.")])
def test_the_end_begins_with_a_sentence_or_a_word(room, expected):
    assert ending(SENTENCES, room) == expected


@given(st.text(st.sampled_from("ab .!\u4f60\u3002\u00e9\U0001f600\udc80"), min_size=1), st.integers(8, 80))
def test_nothing_is_longer_than_its_room(text, room):
    for cut, whole in ((beginning(text, room), text.startswith), (ending(text, room), text.endswith)):
        assert size(cut) <= room
        assert cut == text if size(text) <= room else whole(cut.strip("…"))
