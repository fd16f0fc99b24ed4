"""Which stretches of a text must come through a translation unread.

Format-neutral: a parser calls `find` on decoded text and makes a standalone Code of each
mask, keeping the source spelling of that stretch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Recognizer = Callable[[str], Iterable[tuple[int, int]]]
"""An optional named-entity hook: text → spans (start, end) of people, places, organisations."""

PATTERNS: dict[str, re.Pattern[str]] = {}
"""Kind → what it looks like. Earlier kinds win where two overlap."""

KINDS: tuple[str, ...] = ()


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
        """The masks of a text: in order, not overlapping, never empty."""
        return []
