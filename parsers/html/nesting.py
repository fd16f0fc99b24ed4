"""The open elements of a page at one point of it, and which of them a tag closes (HTML §13.2.4.2)."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from parsers.document import Role
from parsers.html import elements
from parsers.html.grids import NOWHERE, Stand

DEPTH = 512
"""Open elements that are looked through for a start tag; browsers build no deeper trees."""

LOCKED = 'translate="no"'

REACHING = elements.END_SCOPE | {"tbody", "thead", "tfoot", "tr", "body"}
"""End tags that close something through the elements in which others are lost."""


class Open(NamedTuple):
    """An open element, with what it inherits."""

    name: str
    role: Role = Role.PARAGRAPH
    block: str = ""
    """The name of the nearest block, itself included."""
    is_block: bool = True
    is_flow: bool = False
    """Its text is not that of the sentence around it."""
    locked: bool = False
    code: str = ""
    """The reason why its text is never language, or empty."""
    svg: bool = False
    stand: Stand = NOWHERE
    language: str = ""
    quoted: str = ""
    """The reason why its text is a phrase of another language, or empty."""

    @property
    def reason(self) -> str:
        """Why text directly in it is not translated, or empty."""
        return LOCKED if self.locked else self.code or self.quoted


class Stack(list[Open]):
    """Open elements, the page itself below them all."""

    def __init__(self) -> None:
        super().__init__([Open("")])
        self._names: Counter[str] = Counter()

    def holds(self, name: str) -> bool:
        """An element of this name is open."""
        return self._names[name] > 0

    def push(self, entry: Open) -> None:
        """Open an element."""
        self.append(entry)
        self._names[entry.name] += 1

    def drop(self, at: int) -> None:
        """Take an element away, whatever is open inside it."""
        self._names[self.pop(at).name] -= 1

    def find(self, name: str) -> int | None:
        """Where the element stands that an end tag of this name closes."""
        if not self._names[name]:
            return None
        for at in self._downwards():
            if self[at].name == name:
                return at
            if self[at].name in elements.END_SCOPE and name not in REACHING:
                return None
        return None

    def implied(self, names: frozenset[str]) -> int | None:
        """Where the outermost element stands that a start tag closes which cannot be inside these."""
        lowest = None
        if any(self._names[name] for name in names):
            for at in self._downwards():
                if self[at].name in names:
                    lowest = at
                elif self[at].name in elements.SCOPE:
                    break
        return lowest

    def _downwards(self) -> range:
        return range(len(self) - 1, max(0, len(self) - DEPTH), -1)
