"""A translation beside its original."""

import pytest

from pipeline.comparison import check, weight

ORIGINAL = b"# Title\n\nThe first sentence is here.\n\nThe first sentence is here.\n\nLisbon\n"


def test_a_full_translation_is_ok() -> None:
    found = check(ORIGINAL, "# Titre\n\nVoici la première.\n\nEncore la même.\n\nLisbon\n".encode(), "markdown")
    assert found.ok
    assert [segment.id for segment in found.same] == ["s3"]
    assert len(found.segments) == 4


def test_a_doubled_sentence_counts_as_often_as_it_is_left() -> None:
    found = check(ORIGINAL, b"# Titre\n\nVoici.\n\nThe first sentence is here.\n\nLisbon\n", "markdown")
    assert len(found.untranslated) == 1
    assert not found.ok


def test_structure_is_compared() -> None:
    assert check(ORIGINAL, b"# Titre\n\nVoici.\n", "markdown").faults


@pytest.mark.parametrize(("text", "words"), [("GitHub", 1), ("don't stop now", 3), ("图书馆", 3), ("3.14 — 15", 0)])
def test_weight(text: str, words: int) -> None:
    assert weight(text) == words
