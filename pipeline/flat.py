"""A content as one string: standalone Codes are single characters, pairs are stretches of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from parsers.document import Code, CodeKind, Content

FIRST_ATOM = 0x100000
"""Standalone Codes stand in the flat text as one private-use character each (plane 16; icon fonts
live in the planes before it)."""
Span = tuple[int, int]
PIN = "pin"
"""Label of Codes that stand for signs and terms, as a part of their words."""
PLACEHOLDER = re.compile(r"([\U00100000-\U0010FFFD])")


@dataclass(slots=True)
class Pair:
    """A pair of the source as a stretch of the flat text, and its stretch in the target once found."""

    open: Code
    close: Code
    start: int
    end: int
    parent: int
    children: list[int] = field(default_factory=list)
    target: tuple[int, int] | None = None


@dataclass(slots=True)
class Flat:
    """A content as one string."""

    text: str
    pairs: dict[int, Pair]
    atoms: dict[str, Code]
    order: list[int]
    """Pair ids, outer before inner, in source order."""

    def of(self, items: Content) -> str:
        """Another content with the same standalone Codes, or some of them, as one string without its pairs."""
        char_of = {code.key: char for char, code in self.atoms.items()}
        return "".join(item if isinstance(item, str) else char_of.get(item.key, "") for item in items)


def flatten(items: Content) -> Flat:
    """A content whose pairs are well nested."""
    out: list[str] = []
    pairs: dict[int, Pair] = {}
    atoms: dict[str, Code] = {}
    order: list[int] = []
    stack: list[int] = []
    size = 0
    for item in items:
        if isinstance(item, str):
            out.append(item)
            size += len(item)
        elif item.kind is CodeKind.STANDALONE:
            char = chr(FIRST_ATOM + len(atoms))
            atoms[char] = item
            out.append(char)
            size += 1
        elif item.kind is CodeKind.OPEN:
            parent = stack[-1] if stack else 0
            pairs[item.id] = Pair(item, item, size, size, parent)
            if parent:
                pairs[parent].children.append(item.id)
            order.append(item.id)
            stack.append(item.id)
        else:
            number = stack.pop()
            pairs[number].close, pairs[number].end = item, size
    return Flat("".join(out), pairs, atoms, order)
