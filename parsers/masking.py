"""Which stretches of a text must come through a translation unread.

Format-neutral: a parser calls `find` on decoded text and makes a standalone Code of each
mask, keeping the source spelling of that stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from parsers.mask_patterns import PATTERNS, SUSPECT, Pattern
from parsers.phrases import PhraseIndex

SIGNS = frozenset(char for pattern in PATTERNS for sign in pattern.signs for char in sign if not char.isalnum())
"""The special characters by which most patterns are told to be worth a search."""

Recognizer = Callable[[str], Iterable[tuple[int, int]]]
"""An optional named-entity hook: text → spans (start, end) of people, places, organisations."""

ENTITY = "entity"
DO_NOT_TRANSLATE = "do_not_translate"

KINDS: tuple[str, ...] = (*dict.fromkeys(pattern.kind for pattern in PATTERNS), ENTITY, DO_NOT_TRANSLATE)
"""The names that `MaskRules.off` and reports use."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A stretch ``text[start:end]`` that is carried through unread."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class MaskRules:
    """Which kinds are masked; every kind can be switched off by name."""

    off: frozenset[str] = frozenset()
    do_not_translate: tuple[str, ...] = ()
    """Names and terms that stay as they are, whole words, case as written."""
    recognizer: Recognizer | None = None

    def find(self, text: str) -> list[Mask]:
        """The masks of a text: in order, not overlapping, never empty.

        Masks that overlap become one, which has the kind of the longest of them: what any rule
        protects stays protected. Takes time linear in the length of the text.
        """
        found = self._candidates(text)
        if len(found) < 2:
            return found
        merged: list[Mask] = []
        longest = 0
        for mask in sorted(found, key=lambda mask: (mask.start, -mask.end)):
            size = mask.end - mask.start
            if not merged or mask.start >= merged[-1].end:
                merged.append(mask)
                longest = size
            elif mask.end > merged[-1].end:
                last = merged[-1]
                merged[-1] = Mask(last.start, mask.end, mask.kind if size > longest else last.kind)
                longest = max(longest, size)
        return merged

    def _candidates(self, text: str) -> list[Mask]:
        found: list[Mask] = []
        if SUSPECT.search(text) is not None:
            for pattern in _worth_trying(SIGNS.intersection(text), self.off):
                if pattern.possible(text):
                    found += [Mask(start, end, pattern.kind) for start, end in pattern.matches(text)]
        if self.recognizer is not None and ENTITY not in self.off:
            found += [Mask(start, end, ENTITY) for start, end in self.recognizer(text) if 0 <= start < end <= len(text)]
        if self.do_not_translate and DO_NOT_TRANSLATE not in self.off:
            found += [Mask(one.start, one.end, DO_NOT_TRANSLATE) for one in _phrases(self.do_not_translate).find(text)]
        return found


class MaskFinder:
    """Finds the masks in the texts of one document: a text that comes again is searched once.

    † In 210 Word documents 41 % of the texts are repeats (cells, headers, both branches of a text box).
    """

    def __init__(self, rules: MaskRules) -> None:
        self._rules = rules
        self._found: dict[str, tuple[Mask, ...]] = {}

    def find(self, text: str) -> tuple[Mask, ...]:
        """The masks of a text, as `MaskRules.find` gives them."""
        found = self._found.get(text)
        if found is None:
            found = self._found[text] = tuple(self._rules.find(text))
        return found


@lru_cache(maxsize=4096)
def _worth_trying(present: frozenset[str], off: frozenset[str]) -> tuple[Pattern, ...]:
    """The patterns that can occur in a text with these of the `SIGNS`: most texts have few."""
    return tuple(pattern for pattern in PATTERNS if pattern.kind not in off
                 and (not pattern.signs or any(present.issuperset(SIGNS.intersection(sign)) for sign in pattern.signs)))


@lru_cache(maxsize=16)
def _phrases(terms: tuple[str, ...]) -> PhraseIndex[str]:
    return PhraseIndex((term, term) for term in terms)
