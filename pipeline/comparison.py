"""Two documents side by side: is the second the first in another language?"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import parsers
from parsers.document import Document, Segment, ShapeFault, has_letters, readable, text_of
from parsers.options import ParseOptions

SENTENCE = 3
"""Words in a row that, unchanged, are hardly a name or a loan word any more."""

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯฀-๿]")
"""Kana, Han, Hangul and Thai: a letter of these weighs as a word, as most have no spaces."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was found when a translation was held beside its original."""

    faults: tuple[ShapeFault, ...]
    """Differences in structure."""
    untranslated: tuple[Segment, ...]
    """Segments of the original whose text stands unchanged in the translation, three words or more."""
    same: tuple[Segment, ...]
    """Shorter ones: names, mostly."""
    segments: tuple[Segment, ...]
    """Of the original."""

    @property
    def ok(self) -> bool:
        """Same structure, and no sentence left as it was."""
        return not self.faults and not self.untranslated


def check(original: bytes, translation: bytes, format: str, options: ParseOptions | None = None) -> Comparison:
    """Hold a translation beside its original, both of one format. Raises DocumentError if either
    cannot be read."""
    before = parsers.parse(original, format, options)
    after = parsers.parse(translation, format, options)
    unchanged = _unchanged(before, after)
    return Comparison(parsers.compare(before, translation),
                      tuple(s for s in unchanged if weight(text_of(s.content)) >= SENTENCE),
                      tuple(s for s in unchanged if weight(text_of(s.content)) < SENTENCE), before.segments)


def weight(text: str) -> int:
    """How many words a text has."""
    wide = len(UNSPACED.findall(text))
    return wide + len(WORD.findall(UNSPACED.sub(" ", text)))


def _unchanged(before: Document, after: Document) -> list[Segment]:
    """Each text of the translation excuses one of the original, so that a doubled sentence counts once
    for each time it is left."""
    there = Counter(_plain(segment) for segment in after.segments)
    found = []
    for segment in before.segments:
        text = _plain(segment)
        if there[text] and has_letters(text_of(segment.content)):
            there[text] -= 1
            found.append(segment)
    return found


def _plain(segment: Segment) -> str:
    return " ".join(readable(segment.content).split())
