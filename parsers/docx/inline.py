"""A paragraph's inline content as a small tree: words, things, pairs and marks.

Nothing is decided here about Codes; this is what stands in the paragraph, in order, with
fields folded into one node each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from lxml import etree

from parsers.docx.fields import FieldWalk, ends_among, prompt_of, reads_as_text
from parsers.docx.looks import PLAIN, Look, Looks
from parsers.docx.names import XML_SPACE, attribute, short


class Part(NamedTuple):
    """An element to replay, and the run it stands in (None: it stands in the paragraph itself)."""

    run: etree._Element | None
    element: etree._Element


@dataclass(slots=True)
class Words:
    """Text of one look."""

    text: str
    look: Look
    parts: list[Part]
    hyphens: int = 0
    """How many of its U+2011 are ``w:noBreakHyphen`` elements."""


@dataclass(slots=True)
class Thing:
    """What is carried through unread: a tab, a note reference, a picture, a computed field…"""

    parts: list[Part]
    label: str
    equiv: str = ""
    breaks: bool = False
    """It holds a tab or a line break."""
    look: Look = PLAIN
    step: str = ""
    """``begin``, ``instr``, ``separate`` or ``end`` of a field that is not folded yet."""


@dataclass(slots=True)
class Mark:
    """What has a place but no look: a bookmark's end, a comment's start, deleted text."""

    part: Part
    leans: str
    """``start``: belongs to what follows; ``end``: to what precedes; ``last``: to the paragraph's end."""


@dataclass(slots=True)
class Pair:
    """A container around other nodes: a link, an insertion, a content control, a field with text."""

    label: str
    children: list[Node]
    box: etree._Element | None = None
    """The container element; its content goes into ``slot``."""
    slot: etree._Element | None = None
    run: etree._Element | None = None
    """The run that the container itself stands in (ruby text)."""
    opening: list[Part] = field(default_factory=list)
    closing: list[Part] = field(default_factory=list)
    """For a field: what stands before and after its result."""


@dataclass(slots=True)
class Styled:
    """Neighbouring nodes whose words look unlike those around them."""

    look: Look
    children: list[Node]


Node: TypeAlias = "Words | Thing | Mark | Pair | Styled"

BOXES = {"w:hyperlink": "link", "w:ins": "inserted", "w:moveTo": "inserted", "w:smartTag": "tag",
         "w:customXml": "tag", "w:bdo": "direction", "w:dir": "direction", "w:sdt": "control", "w:fldSimple": "field"}
GONE = frozenset({"w:del", "w:moveFrom"})
STARTS = frozenset({"w:bookmarkStart", "w:commentRangeStart", "w:permStart", "w:moveFromRangeStart",
                    "w:moveToRangeStart", "w:customXmlInsRangeStart", "w:customXmlDelRangeStart",
                    "w:customXmlMoveFromRangeStart", "w:customXmlMoveToRangeStart"})
ENDS = frozenset(name.removesuffix("Start") + "End" for name in STARTS)
PROPERTIES = frozenset({"w:pPr", "a:pPr", "w:rPr", "a:rPr", "w:sdtPr", "w:sdtEndPr", "w:smartTagPr", "w:customXmlPr",
                        "w:fldData", "w:rubyPr", "w:rt"})
"""They stay in their container and are no content."""
DROPPED = frozenset({"w:proofErr", "w:lastRenderedPageBreak", "#"})
"""What Word works out again: spelling marks and where pages broke last time (§17.13.8.1, §17.3.1.14)."""
THINGS = {"w:tab": "tab", "w:ptab": "tab", "w:br": "break", "w:cr": "break", "a:br": "break", "a:tab": "tab",
          "w:footnoteReference": "note", "w:endnoteReference": "note", "w:commentReference": "comment",
          "w:drawing": "image", "w:pict": "image", "w:object": "image", "mc:AlternateContent": "image",
          "w:sym": "symbol", "m:oMath": "math", "m:oMathPara": "math", "a:fld": "field"}
EQUIVS = {"tab": "\t", "break": "\n"}
NON_BREAKING_HYPHEN = "\u2011"
BLANK = " \t\r\n"
"""White space in XML 1.0 §2.3."""


class Reader:
    """Reads the paragraphs of one part, in order; it remembers fields that run over several."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._fields: dict[etree._Element | None, FieldWalk] = {}
        self._stepped = False

    def read(self, paragraph: etree._Element, story: etree._Element | None = None) -> list[Node]:
        """The nodes of a paragraph. ``story`` is the text box it stands in, if any."""
        nodes = self._level(paragraph)
        walk = self._fields.get(story)
        if self._stepped or (walk is not None and walk.open):
            walk = self._fields.setdefault(story, walk or FieldWalk())
            steps = [thing.step for thing in _steps(nodes)]
            _cover(nodes, walk, iter(ends_among(steps)))
            self._stepped = False
        return nodes

    def _level(self, container: etree._Element) -> list[Node]:
        nodes: list[Node] = []
        stepped = False
        for child in container:
            tag = short(child.tag)
            if tag in ("w:r", "a:r"):
                stepped = self._run(child, nodes) or stepped
            elif tag in PROPERTIES or tag in DROPPED:
                continue
            elif tag in BOXES:
                nodes.append(self._box(child, tag))
            elif tag in STARTS or tag in ENDS:
                nodes.append(Mark(Part(None, child), "start" if tag in STARTS else "end"))
            elif tag in GONE:
                fields = next(child.iter("{*}fldChar"), None) is not None
                nodes.append(Thing([Part(None, child)], "deleted") if fields else Mark(Part(None, child), ""))
            elif tag == "a:endParaRPr":
                nodes.append(Mark(Part(None, child), "last"))
            else:
                label = THINGS.get(tag, "object")
                equiv = EQUIVS.get(label) or "".join(_texts(child))
                nodes.append(Thing([Part(None, child)], label, equiv, breaks=label in EQUIVS))
        self._stepped = self._stepped or stepped
        return fold(nodes) if stepped else nodes

    def _run(self, run: etree._Element, nodes: list[Node]) -> bool:
        """Append a run's content; True if it has steps of a field."""
        look, stepped = PLAIN, False
        for child in run:
            tag = short(child.tag)
            if tag in ("w:rPr", "a:rPr"):
                look = self._looks.of(child)
            elif tag in ("w:t", "a:t") and not (len(child) and _holds_elements(child)):
                self._words(nodes, _text(child), look, Part(run, child))
            elif tag == "w:noBreakHyphen":
                nodes.append(Words(NON_BREAKING_HYPHEN, look, [Part(run, child)], 1))
            elif tag == "w:softHyphen":
                nodes.append(Mark(Part(run, child), "last"))
            elif tag == "w:ruby":
                nodes.append(self._ruby(run, child))
            elif tag in ("w:fldChar", "w:instrText"):
                stepped = True
                step = "instr" if tag == "w:instrText" else attribute(child, "w:fldCharType")
                nodes.append(Thing([Part(run, child)], "field", look=look, step=step))
            elif tag not in DROPPED:
                label = THINGS.get(tag, "object")
                equiv = _text(child) if tag in ("w:t", "a:t") else EQUIVS.get(label, "")
                nodes.append(Thing([Part(run, child)], label, equiv, label in EQUIVS, look))
        return stepped

    @staticmethod
    def _words(nodes: list[Node], text: str, look: Look, part: Part) -> None:
        last = nodes[-1] if nodes else None
        if look.protected:
            if isinstance(last, Thing) and last.look is look and last.label == "code":
                last.parts.append(part)
                last.equiv += text
            else:
                nodes.append(Thing([part], "code", text, look=look))
        elif isinstance(last, Words) and last.look is look:
            last.text += text
            last.parts.append(part)
        elif text:
            nodes.append(Words(text, look, [part]))

    def _box(self, element: etree._Element, tag: str) -> Node:
        slot = element
        if tag == "w:sdt":
            found = next((child for child in element if short(child.tag) == "w:sdtContent"), None)
            if found is None:
                return Thing([Part(None, element)], "control")
            slot = found
        children = self._level(slot)
        if tag == "w:fldSimple" and not reads_as_text(attribute(element, "w:instr")):
            return Thing([Part(None, element)], "field",
                         text_in(children) or prompt_of(attribute(element, "w:instr")))
        return Pair(BOXES[tag], children, element, slot)

    def _ruby(self, run: etree._Element, ruby: etree._Element) -> Node:
        base = next((child for child in ruby if short(child.tag) == "w:rubyBase"), None)
        if base is None:
            return Thing([Part(run, ruby)], "ruby")
        return Pair("ruby", self._level(base), ruby, base, run)


def fold(nodes: list[Node]) -> list[Node]:
    """Make one node of each field that begins and ends among these nodes, inner fields first."""
    out: list[Node] = []
    begun: list[int] = []
    for node in nodes:
        out.append(node)
        if isinstance(node, Thing) and node.step == "begin":
            begun.append(len(out) - 1)
        elif isinstance(node, Thing) and node.step == "end" and begun:
            start = begun.pop()
            out[start:] = [_folded(out[start:])]
    return out


def _folded(nodes: list[Node]) -> Node:
    """A whole field: a pair if a reader reads its result as text, else a thing."""
    middle = next((n for n, node in enumerate(nodes) if isinstance(node, Thing) and node.step == "separate"), None)
    code = "".join(_text(thing.parts[0].element) for thing in nodes[:middle]
                   if isinstance(thing, Thing) and thing.step == "instr")
    if middle is None:
        return Thing(parts_of(nodes), "field", prompt_of(code))
    result = nodes[middle + 1:-1]
    if reads_as_text(code):
        return Pair("link", result, opening=parts_of(nodes[:middle + 1]), closing=parts_of(nodes[-1:]))
    return Thing(parts_of(nodes), "field", text_in(result))


def parts_of(nodes: Iterable[Node]) -> list[Part]:
    """The elements of nodes, for replay."""
    out: list[Part] = []
    for node in nodes:
        match node:
            case Thing() | Words():
                out += node.parts
            case Mark():
                out.append(node.part)
            case Pair():
                out += [Part(node.run, node.box)] if node.box is not None else \
                    [*node.opening, *parts_of(node.children), *node.closing]
            case Styled():
                out += parts_of(node.children)
    return out


def text_in(nodes: Iterable[Node]) -> str:
    """What a reader sees of nodes."""
    out = []
    for node in nodes:
        if isinstance(node, Words):
            out.append(node.text)
        elif isinstance(node, Thing):
            out.append(node.equiv)
        elif isinstance(node, (Pair, Styled)):
            out.append(text_in(node.children))
    return "".join(out)


def _steps(nodes: Iterable[Node]) -> Iterator[Thing]:
    """The steps of fields that `fold` could not fold, in order."""
    for node in nodes:
        if isinstance(node, Thing) and node.step:
            yield node
        elif isinstance(node, Pair):
            yield from _steps(node.children)


def _cover(nodes: list[Node], walk: FieldWalk, ends_here: Iterator[bool]) -> None:
    """Turn words that belong to an unfolded field's instruction or computed result into things."""
    for n, node in enumerate(nodes):
        if isinstance(node, Thing) and node.step:
            walk.step(node.step, _text(node.parts[0].element), ends_here=next(ends_here))
        elif isinstance(node, Pair):
            _cover(node.children, walk, ends_here)
        elif isinstance(node, Words) and (walk.hidden or walk.computed):
            nodes[n] = Thing(node.parts, "field", "" if walk.hidden else node.text, look=node.look)


def _text(element: etree._Element) -> str:
    """The text of a ``w:t`` as Word reads it: without ``preserve`` its edges are trimmed."""
    text = element.text or ""
    if len(element):                                         # a comment, or what the schema does not allow
        text += "".join([child.tail or "" for child in element])
    if text[:1] in BLANK or text[-1:] in BLANK:
        return text.strip(BLANK) if short(element.tag) == "w:t" and not _preserved(element) else text
    return text


def _holds_elements(element: etree._Element) -> bool:
    return any(isinstance(child.tag, str) for child in element)


def _preserved(element: etree._Element) -> bool:
    """``xml:space`` is inherited (XML 1.0 §2.10)."""
    if element.get(XML_SPACE) is not None:
        return element.get(XML_SPACE) == "preserve"
    return any(above.get(XML_SPACE) == "preserve" for above in element.iterancestors())


def _texts(element: etree._Element) -> Iterator[str]:
    """Text inside an element that is carried through whole."""
    return (_text(one) for one in element.iter("{*}t"))
