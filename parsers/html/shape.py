"""Does an output have the structure of its source? Asked of our tokens and of an independent tree builder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import turbohtml

from parsers.document import Document, ShapeFault
from parsers.errors import UndecodableText
from parsers.html import elements
from parsers.html.page import Page, xml_root
from parsers.html.tokens import Kind, Token, attributes, tokens
from parsers.html.wording import value_of
from parsers.splice import Place

Element = tuple[int, str]
"""Depth and name. Attributes have been compared where they are written."""

_MOST = 16
"""Segments named for one fault of the tree; more are found when these have been put right."""


def dead_links(document: Document, output: bytes) -> tuple[str, ...]:  # noqa: ARG001
    """Nothing: the addresses of a page are written out in attributes, which stay as they are."""
    return ()


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a page and an output made from it.

    Same tags, comments and declarations in the same order (within a segment, in any order);
    same text outside segments; the same tree by the rules of HTML §13.2.6.
    """
    if output == document.source:
        return ()
    page: Page = document.skeleton
    try:
        text = page.decoded.read(output)
    except UndecodableText as error:
        return (ShapeFault(str(error)),)
    before, after = Strip.of(page.decoded.text, xml=page.xml), Strip.of(text, xml=page.xml)
    spans = _spans(before, page.places)
    faults = tuple(_markup_faults(before, after, spans))
    return faults or tuple(_tree_faults(before, after, spans))


@dataclass(frozen=True, slots=True)
class Strip:
    """A text as its marks (everything but text) and the gaps between them."""

    text: str
    marks: tuple[Token, ...]
    xml: bool

    @classmethod
    def of(cls, text: str, *, xml: bool) -> Strip:
        """Read a text."""
        return cls(text, tuple(token for token in tokens(text, xml=xml) if token.kind is not Kind.TEXT), xml)

    def tree(self, text: str | None = None) -> list[Element]:
        """The elements of this text, or of another of its kind."""
        return (xml_tree if self.xml else tree)(self.text if text is None else text)

    def gap(self, at: int) -> tuple[int, int]:
        """The span of the text before mark ``at``."""
        return (self.marks[at - 1].end if at else 0), (self.marks[at].start if at < len(self.marks) else len(self.text))

    def source(self, at: int) -> str:
        """A mark as written."""
        return self.text[self.marks[at].start:self.marks[at].end]

    def key(self, at: int) -> str:
        """A mark without what a translation may change in it."""
        token, text = self.marks[at], self.text
        if token.kind is not Kind.START:
            return self.source(at)
        found = attributes(text, token)
        values: dict[str, str] = {}
        for one in found:
            values.setdefault(one.name, value_of(text, one.value_start, one.value_end))
        shown = {name for name in elements.translatable(token.name, values) if values[name]}
        free = {"lang", "xml:lang", "dir"} if token.name in ("html", "body") else set()
        if token.name == "meta" and elements.meta_kind(values) in elements.META_LANGUAGES:
            free = {"content"}
        out, cursor = [], token.start
        for one in found:
            if one.name in free:
                out.append(text[cursor:one.start].rstrip())
                cursor = one.end
            elif one.name in shown and one.valued:
                out.append(text[cursor:one.value_start - len(one.quote)] + "*")
                cursor = one.end
        return "".join(out) + text[cursor:token.end]


@dataclass(frozen=True, slots=True)
class _Span:
    """A segment that stands in no other's Codes, by the gaps and marks that it reaches over."""

    segment_id: str
    first: int
    """The gap that it begins in; mark ``first`` is the first that may be its own."""
    last: int
    """The gap that it ends in; mark ``last`` is the first after it."""
    lead: int
    """Characters of its first gap before it."""
    trail: int
    """Characters of its last gap after it."""


def _spans(strip: Strip, places: Sequence[Place]) -> list[_Span]:
    """The outermost text segments; attributes are parts of marks."""
    out = []
    gap = reach = 0
    for place in places:
        if place.start < reach or place.context != "text":
            continue
        reach = place.end
        while gap < len(strip.marks) and strip.marks[gap].start < place.start:
            gap += 1
        first = gap
        while gap < len(strip.marks) and strip.marks[gap].start < place.end:
            gap += 1
        out.append(_Span(place.segment_id, first, gap, max(0, place.start - strip.gap(first)[0]),
                         max(0, strip.gap(gap)[1] - place.end)))
    return out


def _markup_faults(before: Strip, after: Strip, spans: list[_Span]) -> Iterator[ShapeFault]:
    if len(before.marks) != len(after.marks):
        yield _first_fault(before, after, spans)
        return
    owner = {at: span for span in spans for at in range(span.first, span.last)}
    inside = owner.keys() | {span.last for span in spans}
    odd: dict[str, _Span] = {}
    for at in range(len(before.marks)):
        if before.source(at) != after.source(at) and before.key(at) != after.key(at):
            if at not in owner:
                yield ShapeFault(f"{before.source(at)[:80]} became {after.source(at)[:80]}")
                return
            odd[owner[at].segment_id] = owner[at]
    for span in odd.values():
        ours, theirs = (Counter(strip.key(at) for at in range(span.first, span.last)) for strip in (before, after))
        if ours != theirs:
            yield ShapeFault(f"markup changed: {', '.join((ours - theirs) or (theirs - ours))[:80]}", span.segment_id)
    for at in range(len(before.marks) + 1):
        if at not in inside and before.text[slice(*before.gap(at))] != after.text[slice(*after.gap(at))]:
            yield ShapeFault(f"text outside segments changed: {before.text[slice(*before.gap(at))][:80]!r}")
            return


def _first_fault(before: Strip, after: Strip, spans: list[_Span]) -> ShapeFault:
    """Where the marks of two texts part, if not in the middle of a reordered segment."""
    size = min(len(before.marks), len(after.marks))
    at = next((at for at in range(size) if before.key(at) != after.key(at)), size)
    span = next((span for span in reversed(spans) if span.first <= at), None)
    what = before.source(at)[:80] if at < len(before.marks) else "the end"
    message = f"{len(before.marks)} pieces of markup became {len(after.marks)}, from {what} on"
    return ShapeFault(message, span.segment_id if span else None)


def _tree_faults(before: Strip, after: Strip, spans: list[_Span]) -> Iterator[ShapeFault]:
    ours = before.tree()
    if _same(ours, after.tree()):
        return
    new = [_cut(after, span) for span in spans]
    changed = [at for at, span in enumerate(spans) if _cut(before, span) != new[at]]
    blamed: list[int] = []
    while len(blamed) < _MOST:
        rest = [at for at in changed if at not in blamed]
        if _same(ours, before.tree(_mixed(before, spans, new, rest))):
            break
        if not rest:
            yield ShapeFault("the tree of elements changed")
            return
        low, high = 0, len(rest)                             # rest[:low] is well, rest[:high] is not
        while high - low > 1:
            middle = (low + high) // 2
            if _same(ours, before.tree(_mixed(before, spans, new, rest[:middle]))):
                low = middle
            else:
                high = middle
        blamed.append(rest[low])
    for at in blamed:
        yield ShapeFault("the tree of elements changed", spans[at].segment_id)


def _cut(strip: Strip, span: _Span) -> str:
    """The text of a segment in either strip: the marks are in the same places in both."""
    return strip.text[strip.gap(span.first)[0] + span.lead:strip.gap(span.last)[1] - span.trail]


def _mixed(before: Strip, spans: list[_Span], new: list[str], chosen: list[int]) -> str:
    """The source with some segments of the output."""
    out: list[str] = []
    cursor = 0
    for at in chosen:
        span = spans[at]
        out += (before.text[cursor:before.gap(span.first)[0] + span.lead], new[at])
        cursor = before.gap(span.last)[1] - span.trail
    return "".join(out) + before.text[cursor:]


def tree(text: str) -> list[Element]:
    """Depth and name of each element, in tree order, as a browser builds the tree."""
    out: list[Element] = []
    todo: list[tuple[int, turbohtml.Node]] = [(0, turbohtml.parse(text, positions=False))]
    while todo:
        depth, node = todo.pop()
        if isinstance(node, turbohtml.Element):
            out.append((depth, node.tag))
        todo += [(depth + 1, child) for child in reversed(node.children) if not isinstance(child, turbohtml.Text)]
    return out


def xml_tree(text: str) -> list[Element]:
    """The same of XHTML, as an XML reader builds it; nothing if it is not well-formed."""
    root = xml_root(text)
    out: list[Element] = []
    todo = [] if root is None else [(0, root)]
    while todo:
        depth, node = todo.pop()
        if isinstance(node.tag, str):
            out.append((depth, node.tag))
        todo += [(depth + 1, child) for child in reversed(node)]
    return out


def _same(ours: list[Element], theirs: list[Element]) -> bool:
    """Equal, inline elements between two blocks in any order."""
    return ours == theirs or (len(ours) == len(theirs) and _loose(ours) == _loose(theirs))


def _loose(found: list[Element]) -> list[Element | Counter[Element]]:
    out: list[Element | Counter[Element]] = [Counter()]
    for element in found:
        last = out[-1]
        if elements.is_block(element[1]) or not isinstance(last, Counter):
            out += [element, Counter()]
        else:
            last[element] += 1
    return out
