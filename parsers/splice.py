"""Byte-exact splicing for the text formats: everything outside changed places is copied."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from parsers.document import Code, CodeKind, Content, codes


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of a segment's content and where it stands in the source text."""

    item: str | Code
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where one segment stands: ``text[start:end]`` is exactly its pieces, one after another.

    A segment inside a Code of another one (an image's alt text, a link's title) is a place
    inside that Code's piece.
    """

    segment_id: str
    pieces: tuple[Piece, ...]
    context: str = ""
    """How text is escaped here; each format names its own contexts."""

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.pieces[0].start

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.pieces[-1].end

    @property
    def content(self) -> Content:
        """The content as parsed."""
        return tuple(piece.item for piece in self.pieces)


Replay = Callable[[Code], str]
"""Code → its source text, with the translations of places inside it."""

Write = Callable[[Place, Content, Replay], str]
"""A changed place, its new content → its new source text, escaped for where it stands."""


def splice(text: str, places: Iterable[Place], contents: Mapping[str, Content], write: Write) -> str:
    """Replace the places whose content differs from the source; copy the rest verbatim."""
    ordered = sorted(places, key=lambda place: (place.start, -place.end))
    starts = [place.start for place in ordered]

    def emit(start: int, end: int, first: int) -> tuple[str, int]:
        """Source text[start:end] with changes, using ordered[first:]; → text, next place."""
        out: list[str] = []
        at, cursor = first, start
        while at < len(ordered) and starts[at] < end:
            place = ordered[at]
            new = contents.get(place.segment_id)
            if new is None or new == place.content:
                at += 1                                  # copied; places inside it come next
                continue
            out.append(text[cursor:place.start])
            rendered, at = change(place, new, at + 1)
            out.append(rendered)
            cursor = place.end
        out.append(text[cursor:end])
        return "".join(out), at

    def change(place: Place, new: Content, first: int) -> tuple[str, int]:
        sources: dict[tuple[int, CodeKind], str] = {}
        at = first
        for piece in place.pieces:
            if not isinstance(piece.item, Code):
                continue
            if at < len(starts) and starts[at] < piece.end:
                sources[piece.item.key], at = emit(piece.start, piece.end, at)
            else:
                sources[piece.item.key] = text[piece.start:piece.end]
        return write(place, new, lambda code: sources[code.key]), at

    return emit(0, len(text), 0)[0]


def outside(text: str, places: Iterable[Place], spelled: Callable[[str], str] = str) -> str:
    """A text without what its segments say: what a translation must not change.

    The Codes of a segment stay, in an order that does not depend on the sentence; ``spelled``
    makes one of the ways in which a format may write the same Code.
    """
    places = tuple(places)
    return splice(text, places, {place.segment_id: codes(place.content) for place in places},
                  lambda _, items, replay: "".join(sorted(spelled(replay(code)) for code in codes(items))))
