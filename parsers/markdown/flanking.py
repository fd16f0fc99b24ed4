"""Emphasis opens and closes by its neighbours (CommonMark §6.2): make the neighbours fit.

A letter outside a delimiter that would keep it from opening or closing is written as a
numeric character reference: nobody sees it, and its ``&`` and ``;`` are punctuation.
White space just inside a pair moves out.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

Part = tuple[str, str]
"""Kind (``text``, ``code``, ``open``, ``close``, ``edge``) and source text."""


def mend(parts: Sequence[Part]) -> list[Part]:
    """The same parts with neighbours that let every delimiter do its work; edges are dropped."""
    done = _move_spaces(list(parts))
    for at, (kind, delimiter) in enumerate(done):
        if kind == "open" and not _flanks(_beside(done, at, -1, delimiter[0]), _beside(done, at, 1, delimiter[0]),
                                          delimiter[0]):
            _refer(done, at, -1)
        elif kind == "close" and not _flanks(_beside(done, at, 1, delimiter[0]), _beside(done, at, -1, delimiter[0]),
                                             delimiter[0]):
            _refer(done, at, 1)
    return done[1:-1]


def _move_spaces(parts: list[Part]) -> list[Part]:
    """White space at the inside edge of a pair moves outside; runs until nothing moves."""
    for at in range(len(parts) - 2, 0, -1):
        if parts[at][0] == "open" and parts[at + 1][0] == "text":
            text = parts[at + 1][1]
            bare = text.lstrip()
            if len(bare) < len(text):
                parts[at + 1] = "text", bare
                _append(parts, at, text[:len(text) - len(bare)], -1)
    for at in range(1, len(parts)):
        if parts[at][0] == "close" and parts[at - 1][0] == "text":
            text = parts[at - 1][1]
            bare = text.rstrip()
            if len(bare) < len(text):
                parts[at - 1] = "text", bare
                _append(parts, at, text[len(bare):], 1)
    return parts


def _append(parts: list[Part], at: int, space: str, side: int) -> None:
    """Put white space on the outer side of the delimiter at ``at``, beyond delimiters that touch it."""
    other = at + side
    while parts[other][0] == parts[at][0]:
        other += side
    kind, text = parts[other]
    if kind == "text":
        parts[other] = kind, (text + space if side < 0 else space + text)
    elif kind != "edge" or not text.isspace():
        parts.insert(other + 1 if side < 0 else other, ("text", space))


def _beside(parts: Sequence[Part], at: int, side: int, marker: str) -> str:
    """The nearest character on one side that does not belong to the same run of delimiters."""
    while True:
        at += side
        if not 0 <= at < len(parts):
            return " "
        kind, text = parts[at]
        if kind in ("open", "close") and text[0] == marker:
            continue
        if text:
            return text[-1] if side < 0 else text[0]
        if kind == "edge":
            return " "


def _flanks(outer: str, inner: str, marker: str) -> bool:
    """True if a delimiter between these neighbours can open (or, mirrored, close) emphasis."""
    if isWhiteSpace(ord(inner)) or inner == "\n":
        return False
    if isWhiteSpace(ord(outer)) or outer == "\n" or _punctuation(outer):
        return True
    return marker != "_" and not _punctuation(inner)


def _punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)


def _refer(parts: list[Part], at: int, side: int) -> None:
    """Write the outer neighbour of a delimiter as a character reference."""
    other = at + side
    while 0 < other < len(parts) - 1 and (parts[other][0] in ("open", "close") or not parts[other][1]):
        other += side
    kind, text = parts[other]
    if kind == "text" and text:
        reference = f"&#{ord(text[-1] if side < 0 else text[0])};"
        parts[other] = kind, (text[:-1] + reference if side < 0 else reference + text[1:])
