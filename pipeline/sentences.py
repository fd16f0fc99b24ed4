"""Cut a content at its sentences, and further if need be, Codes intact: joined again, the pieces are the content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from parsers.document import Code, CodeKind, Content, content, readable

STAND_IN = "\ufffc"
"""What a standalone Code is to the sentence splitter (U+FFFC, object replacement character)."""

LONGEST = 60
"""Texts and Codes after which a sentence is cut at the next Code outside pairs: it is a list of
links, and no engine copies so many Codes."""


def sentences(items: Content, language: str) -> tuple[Content, ...]:
    """The sentences of a content, white space at their ends; no cut falls inside a pair.

    ``language`` is an ISO 639 code; an unknown one is split by the commonest rules.
    """
    import sentencex  # noqa: PLC0415 - native code, loaded on first use

    flat = "".join(STAND_IN if isinstance(item, Code) and item.kind is CodeKind.STANDALONE else
                   item if isinstance(item, str) else "" for item in items)
    ends: list[int] = []
    for sentence in sentencex.segment(language, "".join(" " if char.isspace() else char for char in flat)):
        ends.append((ends[-1] if ends else 0) + len(sentence))
    return _cut(items, ends)


def _cut(items: Content, ends: list[int]) -> tuple[Content, ...]:
    pieces: list[list[str | Code]] = [[]]
    waiting = iter(ends[:-1])
    end = next(waiting, None)
    at = depth = 0
    for item in items:
        if isinstance(item, Code):
            depth += {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}[item.kind]
            at += item.kind is CodeKind.STANDALONE
            pieces[-1].append(item)
            if not depth and len(pieces[-1]) >= LONGEST:
                pieces.append([])
            continue
        start = 0
        while end is not None and end <= at + len(item):
            if not depth and end > at + start:
                pieces[-1].append(item[start:end - at])
                pieces.append([])
                start = end - at
            end = next(waiting, None)
        pieces[-1].append(item[start:])
        at += len(item)
    return tuple(piece for piece in map(content, pieces) if piece)


# ---- pieces within a budget ----------------------------------------------------------------------
Measure = Callable[[Content], int]
"""The size of a content in characters or tokens. Of a part it is no more than of the whole."""

CLAUSE = re.compile(r"[;:,–—]\s+|[；：，、]")
WORD = re.compile(r"\s+")
CHARACTER = re.compile(r"(?s:.)")

JOINTS = (CLAUSE, None, WORD, CHARACTER)
"""Where a sentence may be cut, best first; None is beside a Code."""


def length(items: Content) -> int:
    """Characters of a content as its reader sees it."""
    return len(readable(items))


def chunks(items: Content, language: str, size: int, measure: Measure = length) -> tuple[Content, ...]:
    """A content in as few pieces as can be, each of at most this size; joined again they are the content.

    A piece ends with a sentence. One sentence that is too long is cut at a clause, else beside a Code,
    else at a word, else at a character. No cut falls inside a pair: a piece is larger than ``size``
    only if it is a single Code, or a pair, that is larger itself, and whoever asks has to look out
    for it. A piece may be without letters.
    """
    if measure(items) <= size:
        return (items,)
    parts = [part for sentence in sentences(items, language) for part in _within(sentence, size, measure)]
    return tuple(_joined(parts, size, measure))


def _within(items: Content, size: int, measure: Measure, rank: int = 0) -> list[Content]:
    """A content cut at the first kind of joints if it is too long, its parts at the next, and so on."""
    if rank == len(JOINTS) or measure(items) <= size:
        return [items]
    parts = [one for part in _parted(items, JOINTS[rank]) for one in _within(part, size, measure, rank + 1)]
    return list(_joined(parts, size, measure))


def _parted(items: Content, joint: re.Pattern[str] | None) -> list[Content]:
    """A content cut after each match outside pairs; without a pattern, on both sides of each Code or pair."""
    pieces: list[list[str | Code]] = [[]]
    depth = 0
    for item in items:
        if isinstance(item, Code):
            if joint is None and not depth:
                pieces.append([])
            depth += {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}[item.kind]
            pieces[-1].append(item)
            if joint is None and not depth:
                pieces.append([])
            continue
        start = 0
        for match in joint.finditer(item) if joint is not None and not depth else ():
            if not _is_mark(item[match.end():match.end() + 1]):
                pieces[-1].append(item[start:match.end()])
                pieces.append([])
                start = match.end()
        pieces[-1].append(item[start:])
    return [piece for piece in map(content, pieces) if piece]


def _is_mark(char: str) -> bool:
    """True for what belongs to the character before it: accents, vowel signs, variation selectors."""
    return char != "" and unicodedata.category(char)[0] == "M"


def _joined(parts: Sequence[Content], size: int, measure: Measure) -> Iterator[Content]:
    """Neighbouring parts joined, as many as are within the size; by doubling steps, as measuring may be slow."""
    start = 0
    while start < len(parts):
        end, step = start + 1, 1
        while step:
            longer = end + step
            if longer <= len(parts) and measure(content(chain.from_iterable(parts[start:longer]))) <= size:
                end, step = longer, step * 2
            else:
                step //= 2
        yield content(chain.from_iterable(parts[start:end]))
        start = end
