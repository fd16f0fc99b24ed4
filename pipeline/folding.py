"""Stretches of a content that travel as one standalone Code, and what they were."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.document import Code, CodeKind, Content, content, readable
from pipeline.flat import Span, flatten

FIRST_FOLD = 2_000_000
"""Ids of folded stretches: beyond those of any segment's own Codes."""


@dataclass(frozen=True, slots=True)
class Fold(Code):
    """A stretch of text and Codes as one Code."""

    items: Content = ()


def folded(items: Content, spans: Sequence[Span]) -> Content:
    """A content with stretches of its flat text (`pipeline.flat`) as single Codes.

    ``spans`` are in order, apart and not empty; each pair lies in one, around it or outside.
    """
    if not spans:
        return items
    home = _homes(items, spans)
    free = max([FIRST_FOLD, *(item.id + 1 for item in items if isinstance(item, Fold))])
    out: list[str | Code | int] = []
    held: dict[int, list[str | Code]] = {}
    for item, number in _told_apart(items, spans, home):
        if number is None:
            out.append(item)
            continue
        if number not in held:
            held[number] = []
            out.append(number)
        held[number].append(item)
    return content(_fold(free + item, content(held[item])) if isinstance(item, int) else item for item in out)


def unfolded(items: Content) -> Content:
    """The inverse of `folded`, wherever its Codes stand now."""
    return content(one for item in items for one in (unfolded(item.items) if isinstance(item, Fold) else (item,)))


def _fold(number: int, items: Content) -> Fold:
    source = "".join(item if isinstance(item, str) else item.source for item in items)
    return Fold(number, CodeKind.STANDALONE, source, "fold", readable(items), items)


def _homes(items: Content, spans: Sequence[Span]) -> dict[int, int]:
    """Pair id → the number of the stretch that it lies in."""
    flat = flatten(items)
    home: dict[int, int] = {}
    for number in flat.order:
        pair = flat.pairs[number]
        if pair.parent in home:
            home[number] = home[pair.parent]
            continue
        at = _at(spans, pair.start)
        if at is None:
            continue
        start, end = spans[at]
        if pair.start < pair.end <= end or start < pair.start == pair.end:
            home[number] = at
    return home


def _told_apart(items: Content, spans: Sequence[Span], home: dict[int, int]) -> Iterator[tuple[str | Code, int | None]]:
    """Texts and Codes, each with the number of the stretch that it lies in."""
    at = 0
    for item in items:
        if isinstance(item, Code) and item.kind is not CodeKind.STANDALONE:
            yield item, home.get(item.id)
            continue
        start, end = at, at + (len(item) if isinstance(item, str) else 1)
        while at < end:
            number = _at(spans, at)
            after = spans[bisect_right(spans, at, key=_start)][0] if at < spans[-1][0] else end
            stop = min(end, after if number is None else spans[number][1])
            yield (item[at - start:stop - start] if isinstance(item, str) else item), number
            at = stop


def _at(spans: Sequence[Span], place: int) -> int | None:
    """The number of the stretch that a character is in."""
    number = bisect_right(spans, place, key=_start) - 1
    return number if number >= 0 and place < spans[number][1] else None


def _start(span: Span) -> int:
    return span[0]
