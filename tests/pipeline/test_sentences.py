"""Contents cut at their sentences."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.document import content, parents
from pipeline.sentences import sentences
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
