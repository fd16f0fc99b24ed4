"""The words of the whole project: Document, Segment, Code, Content.

A parser turns bytes into a `Document`; a translator, human or machine, sees only its
segments; the renderer of the same format puts translated contents back into the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class CodeKind(StrEnum):
    """XLIFF 2.1 §4.2.3 calls these ``sc``, ``ec`` and ``ph``."""

    OPEN = "open"
    CLOSE = "close"
    STANDALONE = "standalone"


class Role(StrEnum):
    """What a segment is to its reader; engines and checks treat short roles with more context."""

    PARAGRAPH = "paragraph"
    HEADING = "heading"
    LIST_ITEM = "list_item"
    TABLE_CELL = "table_cell"
    CAPTION = "caption"
    TERM = "term"
    FOOTNOTE = "footnote"
    HEADER = "header"
    FOOTER = "footer"
    COMMENT = "comment"
    TEXT_BOX = "text_box"
    ATTRIBUTE = "attribute"
    ALT_TEXT = "alt_text"
    TITLE = "title"
    METADATA = "metadata"
    FORM = "form"
    CHART = "chart"


@dataclass(frozen=True, slots=True)
class Code:
    """An inline thing that the engine carries through unread."""

    id: int
    """1…n within the segment, in source order; the two halves of a pair share one id."""
    kind: CodeKind
    source: str
    """Its own source text, replayed verbatim (for Word runs: a readable stand-in)."""
    label: str
    """What it is: ``strong``, ``link``, ``image``, ``code``, ``run``, ``url``, ``placeholder``…"""
    equiv: str = ""
    """What a reader sees in its place (XLIFF ``equiv``): ``foo()`` for inline code, else empty."""

    @property
    def key(self) -> tuple[int, CodeKind]:
        """Identity of this Code inside its segment."""
        return self.id, self.kind


Content = tuple[str | Code, ...]
"""Plain text (character references decoded, escapes removed) between Codes, in reading order."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One unit that a translator would see: a paragraph, heading, cell, caption, attribute…"""

    id: str
    """Stable for the same bytes: ``s0``, ``s1``… in reading order."""
    content: Content
    role: Role
    path: tuple[str, ...] = ()
    """The headings above, outermost first, as plain text."""
    where: str = ""
    """A short note for people: ``word/header1.xml``, ``img alt``, ``front matter: title``."""
    group: str = ""
    """The innermost list or table it stands in, the same for all that is in it: ``list 3``, ``table 2``."""
    cell: tuple[int, int] | None = None
    """Row and column in that table, from 0; what spans several columns or rows stands in the first.

    Row 0 is the header, all rows of it; a table without a header begins at row 1. None outside a
    table, and for what is in a table but in no cell of it (its caption).
    """
    language: str = ""
    """ISO 639 code of the language that the document declares for it, if that is not the document's own."""


@dataclass(frozen=True, slots=True)
class Protected:
    """Text that a reader sees and nobody translates, with the reason."""

    reason: str
    """``code block``, ``math``, ``translate="no"``, ``deleted text``, ``directive``…"""
    text: str


@dataclass(frozen=True, slots=True)
class ShapeFault:
    """A difference in structure between a source and its output."""

    message: str
    segment_id: str | None = None
    """The segment whose translation caused it, where that can be told."""


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document. ``render(document, {})`` gives ``source`` back, byte for byte."""

    format: str
    source: bytes = field(repr=False)
    segments: tuple[Segment, ...]
    protected: tuple[Protected, ...] = ()
    language: str | None = None
    """The language the document declares for itself (BCP 47), if any."""
    skeleton: Any = field(default=None, repr=False, compare=False)
    """The parser's own: where each segment stands in the source."""
    languages: frozenset[str] = frozenset()
    """ISO 639 codes of the languages that it declares for parts of it."""


def content(items: Iterable[str | Code]) -> Content:
    """Normal form: neighbouring texts joined, empty ones dropped."""
    out: list[str | Code] = []
    for item in items:
        if isinstance(item, Code):
            out.append(item)
        elif item:
            if out and isinstance(out[-1], str):
                out[-1] += item
            else:
                out.append(item)
    return tuple(out)


def codes(items: Iterable[str | Code]) -> tuple[Code, ...]:
    """The Codes of a content, in order."""
    return tuple([item for item in items if isinstance(item, Code)])


def text_of(items: Iterable[str | Code]) -> str:
    """The translatable text alone: Codes leave nothing."""
    return "".join([item for item in items if isinstance(item, str)])


def readable(items: Iterable[str | Code]) -> str:
    """The text as a reader sees it: standalone Codes show their ``equiv``."""
    return "".join([item if isinstance(item, str) else item.equiv for item in items])


def has_letters(text: str) -> bool:
    """True if there is anything a language could change (Unicode category L*)."""
    return any(map(str.isalpha, text))


def parents(items: Content) -> dict[tuple[int, CodeKind], int]:
    """For each Code the id of the pair it stands in, 0 at the top.

    Raises ValueError if pairs cross, close before they open or stay open.
    """
    stack = [0]
    found: dict[tuple[int, CodeKind], int] = {}
    for code in codes(items):
        if code.kind is CodeKind.CLOSE:
            if len(stack) < 2 or stack.pop() != code.id:
                raise ValueError(f"Code {code.id} closes where it is not open")
        found[code.key] = stack[-1]
        if code.kind is CodeKind.OPEN:
            stack.append(code.id)
    if len(stack) > 1:
        raise ValueError(f"Code {stack[-1]} is never closed")
    return found


def renumber(items: Iterable[str | Code]) -> Content:
    """Give Codes the ids 1…n in source order, keeping pairs together.

    A half without its partner becomes standalone, so that no engine can be asked to keep a
    pair that is none.
    """
    done = list(items)
    stack: list[int] = []
    partner: dict[int, int] = {}
    for at, item in enumerate(done):
        if isinstance(item, Code) and item.kind is CodeKind.OPEN:
            stack.append(at)
        elif isinstance(item, Code) and item.kind is CodeKind.CLOSE:
            opener = next((s for s in reversed(stack) if _id(done[s]) == item.id), None)
            if opener is not None:
                del stack[stack.index(opener):]
                partner[opener], partner[at] = at, opener
    number: dict[int, int] = {}
    out: list[str | Code] = []
    for at, item in enumerate(done):
        if isinstance(item, str):
            out.append(item)
            continue
        other = partner.get(at)
        number[at] = number[other] if other is not None and other in number else len(set(number.values())) + 1
        kind = item.kind if other is not None else CodeKind.STANDALONE
        out.append(replace(item, id=number[at], kind=kind))
    return content(out)


def _id(item: str | Code) -> int:
    return item.id if isinstance(item, Code) else 0


def dump(items: Content) -> list[str | dict[str, Any]]:
    """A content as JSON values: strings and objects."""
    return [item if isinstance(item, str) else
            {"id": item.id, "kind": item.kind.value, "label": item.label, "source": item.source,
             **({"equiv": item.equiv} if item.equiv else {})} for item in items]


def load(values: Iterable[str | dict[str, Any]]) -> Content:
    """The inverse of `dump`. Raises KeyError or ValueError on foreign values."""
    return content(value if isinstance(value, str) else
                   Code(value["id"], CodeKind(value["kind"]), value["source"], value["label"], value.get("equiv", ""))
                   for value in values)


def letters(text: str) -> Iterator[str]:
    """The letters of a text: what law 3 (cover) counts."""
    return (char for char in text if char.isalpha())
