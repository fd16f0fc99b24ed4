"""A run of text and inline markup between two block boundaries → the pieces of its segments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, Protocol

from parsers.document import Code, CodeKind, Protected, has_letters
from parsers.html.elements import LINK_LIKE
from parsers.html.wording import OPAQUE, Reading
from parsers.masking import Mask
from parsers.splice import Piece


class Masking(Protocol):
    """What is asked of mask rules."""

    def find(self, text: str) -> list[Mask]:
        """As `parsers.masking.MaskRules.find`."""


class KnownMasks:
    """Mask rules that look at each text once: pages repeat themselves."""

    def __init__(self, rules: Masking) -> None:
        self.rules = rules
        self.known: dict[str, list[Mask]] = {}

    def find(self, text: str) -> list[Mask]:
        """As `MaskRules.find`."""
        found = self.known.get(text)
        if found is None:
            found = self.known[text] = self.rules.find(text)
        return found


class Words(NamedTuple):
    """Text of a run."""

    start: int
    end: int
    reading: Reading
    blank: bool


class Mark(NamedTuple):
    """Anything else of a run: a tag, a whole element, a comment."""

    start: int
    end: int
    kind: CodeKind
    name: str
    """The element's, or what the Code is."""
    equiv: str = ""
    """What a reader sees in its place."""
    reason: str = ""
    """Why nobody translates what a reader sees."""


Item = Words | Mark
Pieces = tuple[Piece, ...]

_LABELS = {"a": "link", "img": "image", "b": "strong", "i": "em"}


def segments(source: str, items: Sequence[Item], masks: Masking) -> tuple[list[Pieces], list[Protected]]:
    """The pieces of each segment of a run, and the texts in it that nobody translates."""
    solid = [item for item in items if is_substantial(item)]
    if len(solid) == 1 and isinstance(solid[0], Words):      # most runs: what is around it stays outside
        pieces = pieces_of(source, solid[0].reading, masks)
        return ([numbered(pieces)], []) if is_translatable(pieces) else ([], list(protected_in(pieces)))
    return _Run(source, items, masks).divide() if solid else ([], [])


def pieces_of(source: str, reading: Reading, masks: Masking) -> list[Piece]:
    """The pieces of one text without markup, white space at its edges left out; Codes not yet numbered."""
    text = reading.text
    first, last = len(text) - len(text.lstrip()), len(text.rstrip())
    return list(_masked(source, reading, masks, first, last)) if first < last else []


def is_translatable(pieces: Iterable[Piece]) -> bool:
    """True if the text outside Codes has letters."""
    return any(isinstance(piece.item, str) and has_letters(piece.item) for piece in pieces)


def numbered(pieces: Iterable[Piece]) -> Pieces:
    """The same pieces with Codes numbered 1…n in source order; the halves of a pair share a number."""
    out: list[Piece] = []
    stack: list[int] = []
    count = 0
    for piece in pieces:
        item = piece.item
        if isinstance(item, str):
            out.append(piece)
            continue
        if item.kind is CodeKind.CLOSE:
            number = stack.pop()
        else:
            count += 1
            number = count
            if item.kind is CodeKind.OPEN:
                stack.append(number)
        renumbered = piece if number == item.id else Piece(
            Code(number, item.kind, item.source, item.label, item.equiv), piece.start, piece.end)
        out.append(renumbered)
    return tuple(out)


def protected_in(pieces: Iterable[Piece], reasons: dict[int, str] | None = None) -> Iterator[Protected]:
    """What a reader sees in the Codes of pieces that make no segment."""
    for piece in pieces:
        if isinstance(piece.item, Code) and has_letters(piece.item.equiv):
            yield Protected((reasons or {}).get(piece.start, piece.item.label), piece.item.equiv)


class _Run:
    def __init__(self, source: str, items: Sequence[Item], masks: Masking) -> None:
        self.source, self.items, self.masks = source, items, masks
        self.partner = _partners(items)
        self.weight = [0]                                    # substantial items before each index
        for item in items:
            self.weight.append(self.weight[-1] + is_substantial(item))
        self.found: list[Pieces] = []
        self.protected: list[Protected] = []

    def divide(self) -> tuple[list[Pieces], list[Protected]]:
        todo = [(0, len(self.items))]
        while todo:
            first, last = self._trim(*todo.pop())
            if self.weight[first] == self.weight[last]:
                continue
            parts = self._parts(first, last)
            if len(parts) > 1:
                todo += reversed(parts)
            else:
                self._emit(first, last)
        return self.found, self.protected

    def _trim(self, first: int, last: int) -> tuple[int, int]:
        """Leave out what stands at the edges without text between it and the edge."""
        while first < last:
            other = self.partner.get(first, first)
            if self.weight[first] == self.weight[other + 1]:
                first = other + 1                            # a tag, blank text, an empty pair
            elif other == last - 1 and other > first:
                first, last = first + 1, last - 1            # a pair around everything
            else:
                break
        while first < last:
            other = self.partner.get(last - 1, last - 1)
            if other < first or self.weight[other] != self.weight[last]:
                break
            last = other
        return first, last

    def _parts(self, first: int, last: int) -> list[tuple[int, int]]:
        """Where a run falls into several: at empty lines, or if it is nothing but a list of links."""
        tops = list(self._tops(first, last))
        cuts = [at for at, after in pairwise(tops)
                if self._is_break(at) and self._is_break(self._next_solid(after, last))]
        if cuts:
            edges = [first, *cuts, last]
            return list(pairwise(edges))
        pairs = [(at, self.partner[at] + 1) for at in tops if self._is_link(at)]
        if len(pairs) > 1 and all(self._is_link(at) or self._is_separator(at) for at in tops):
            return pairs
        return [(first, last)]

    def _tops(self, first: int, last: int) -> Iterator[int]:
        while first < last:
            yield first
            first = max(self.partner.get(first, first), first) + 1

    def _next_solid(self, at: int, last: int) -> int:
        while at < last and isinstance(self.items[at], Words) and not self.weight[at + 1] - self.weight[at]:
            at += 1
        return at

    def _is_break(self, at: int) -> bool:
        item = self.items[at] if at < len(self.items) else None
        return isinstance(item, Mark) and item.name == "br"

    def _is_link(self, at: int) -> bool:
        item = self.items[at]
        return isinstance(item, Mark) and self.partner.get(at, -1) > at and (
            item.name in LINK_LIKE or "-" in item.name)

    def _is_separator(self, at: int) -> bool:
        item = self.items[at]
        if isinstance(item, Words):
            return not has_letters(item.reading.text)
        return self.weight[self.partner.get(at, at) + 1] == self.weight[at]

    def _emit(self, first: int, last: int) -> None:
        pieces: list[Piece] = []
        for at in range(first, last):
            item = self.items[at]
            if isinstance(item, Words):
                text = item.reading.text
                start = len(text) - len(text.lstrip()) if at == first else 0
                end = len(text.rstrip()) if at == last - 1 else len(text)
                pieces += _masked(self.source, item.reading, self.masks, start, end)
            else:
                pieces.append(_code(self.source, item, paired=at in self.partner))
        if is_translatable(pieces):
            self.found.append(numbered(pieces))
            return
        reasons = {item.start: item.reason for item in self.items[first:last] if isinstance(item, Mark) and item.reason}
        self.protected += protected_in(pieces, reasons)


def _partners(items: Sequence[Item]) -> dict[int, int]:
    """The two halves of each pair that is properly nested; the rest stand alone."""
    partner: dict[int, int] = {}
    stack: list[tuple[int, str]] = []
    opened: dict[str, int] = {}
    for at, item in enumerate(items):
        if isinstance(item, Words) or item.kind is CodeKind.STANDALONE:
            continue
        if item.kind is CodeKind.OPEN:
            stack.append((at, item.name))
            opened[item.name] = opened.get(item.name, 0) + 1
        elif opened.get(item.name):
            while True:
                other, name = stack.pop()
                opened[name] -= 1
                if name == item.name:
                    break
            partner[other], partner[at] = at, other
    return partner


def is_substantial(item: Item) -> bool:
    """True for what a reader sees."""
    if isinstance(item, Words):
        return not item.blank
    return bool(item.equiv)


def _code(source: str, item: Mark, *, paired: bool) -> Piece:
    kind = item.kind if paired else CodeKind.STANDALONE
    code = Code(1, kind, source[item.start:item.end], _LABELS.get(item.name, item.name), item.equiv)
    return Piece(code, item.start, item.end)


def _masked(source: str, reading: Reading, masks: Masking, first: int, last: int) -> Iterator[Piece]:
    """The pieces of ``reading.text[first:last]``: text, and a Code for each mask and unreadable stretch."""
    text = reading.text
    at = first
    for start, end, label in _stretches(reading, masks):
        if start < at or end > last:
            continue
        if at < start:
            yield Piece(text[at:start], reading.place(at), reading.place_after(start))
        begin, after = reading.place(start), reading.place_after(end)
        equiv = "" if text[start:end] == OPAQUE else text[start:end]
        yield Piece(Code(1, CodeKind.STANDALONE, source[begin:after], label, equiv), begin, after)
        at = end
    if at < last:
        yield Piece(text[at:last], reading.place(at), reading.place_after(last))


def _stretches(reading: Reading, masks: Masking) -> list[tuple[int, int, str]]:
    if not reading.text.strip():
        return []
    found = [(mask.start, mask.end, mask.kind) for mask in masks.find(reading.text)]
    if reading.opaque:
        found += [(start, end, "character") for start, end in reading.opaque
                  if not any(mask[0] < end and start < mask[1] for mask in found)]
        found.sort()
    return found
