"""Words that one language has, and no other language of its script: two of them in a sentence tell its language.

The table was made of the messages of programs in some hundred languages: ``benchmarks/own_words.py``.
"""

from __future__ import annotations

import functools
from pathlib import Path

PLACE = Path(__file__).with_name("own_words.tsv")


def own_words(language: str) -> frozenset[str]:
    """The words, in lower case, of a language by its ISO 639-1 code: none of one that is not in the table."""
    return _table().get(language, frozenset())


@functools.cache
def _table() -> dict[str, frozenset[str]]:
    rows = (line.split("\t") for line in PLACE.read_text(encoding="utf-8").splitlines())
    return {language: frozenset(words.split(" ")) for language, words in rows}
