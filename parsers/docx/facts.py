"""What has to stay the same when text changes: in a paragraph, and outside of paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from parsers.docx.looks import Key, exact, shown
from parsers.docx.names import XML_SPACE, attribute, full, short
from parsers.docx.numbering import NUMBER

Value: TypeAlias = tuple[object, ...]

LANGUAGE = frozenset({"w:lang", "w:themeFontLang", "dc:language"})
DIRECTION = frozenset({"w:bidi", "w:rtl", "w:bidiVisual", "w:bCs", "w:iCs", "w:szCs"})
"""What a right-to-left or complex-script target adds."""
FREE = LANGUAGE | DIRECTION
UNSEEN = frozenset({"#", "w:proofErr", "w:lastRenderedPageBreak", "w:noBreakHyphen"})
"""What Word works out again, and a hyphen, which is a character of the text."""
SKIPPED = FREE | UNSEEN
TEXTS = frozenset({"w:t", "a:t"})
RUNS = frozenset({"w:r", "a:r"})
PARAGRAPHS = full("w:p", "a:p")
PARAGRAPH_TAGS = frozenset({"w:p", "a:p"})
RUN_PROPERTIES = frozenset({"w:rPr", "a:rPr"})
PASSED = SKIPPED | RUN_PROPERTIES
PARAGRAPH_PROPERTIES = frozenset({"w:pPr", "a:pPr"})
CHANGING = frozenset({
    ("wp:docPr", "descr"), ("wp:docPr", "title"), ("pic:cNvPr", "descr"), ("pic:cNvPr", "title"),
    ("wps:cNvPr", "descr"), ("a:hlinkClick", "tooltip"), ("w:hyperlink", "w:tooltip"), ("w:tblCaption", "w:val"),
    ("w:tblDescription", "w:val"), ("v:textpath", "string"), ("w:listItem", "w:displayText"),
    ("w:listEntry", "w:val"), ("w:helpText", "w:val"), ("w:statusText", "w:val")})
"""(element, attribute) whose value is shown text."""
SHOWN_TEXT = frozenset({"c:v", "dc:title", "dc:subject", "cp:keywords", "dc:description"})


def attributes(element: etree._Element, tag: str) -> Value:
    """The attributes that must stay as they are."""
    items = element.items()
    if not items:
        return ()
    kept = []
    for key, value in items:
        name = short(key)
        if name.startswith("w:rsid") or (tag in ("a:rPr", "a:endParaRPr") and name in ("lang", "altLang")):
            continue
        free = (tag, name) in CHANGING or (tag.startswith("v:") and name in ("alt", "title"))
        if tag == "w:lvlText" and name == "w:val":
            said = "*" if NUMBER.sub("", str(value)).strip() else ""
            kept.append((name, said.join(["", *sorted(NUMBER.findall(str(value))), ""])))
        elif not (tag == "a:pPr" and name == "rtl"):
            kept.append((name, "*" if free else str(value)))
    return tuple(sorted(kept)) if len(kept) > 1 else tuple(kept)


def alike(one: etree._Element, other: etree._Element, *, outline: bool = False) -> bool:
    """True if two elements agree with all that is in them, but for what may change.

    ``outline``: up to the paragraphs in them; else they are properties, with everything.
    """
    skipped = SKIPPED if outline else FREE
    stack = [(one, other)]
    while stack:
        a, b = stack.pop()
        if a.tag != b.tag:
            return False
        tag = short(a.tag)
        if outline and tag in PARAGRAPH_TAGS:
            continue
        if a.items() != b.items() and attributes(a, tag) != attributes(b, tag):
            return False
        if a.text != b.text and not _same_text(a.text, b.text, shown_text=outline and tag in SHOWN_TEXT):
            return False
        inner = [child for child in a if short(child.tag) not in skipped]
        others = [child for child in b if short(child.tag) not in skipped]
        if len(inner) != len(others):
            return False
        stack += zip(inner, others, strict=True)
    return True


def _same_text(one: str | None, other: str | None, *, shown_text: bool) -> bool:
    a, b = (one or "").strip(), (other or "").strip()
    return bool(a) == bool(b) if shown_text else a == b


@dataclass(slots=True)
class Facts:
    """What has to stay the same in a paragraph."""

    properties: etree._Element | None = None
    """None if it has none."""
    objects: dict[Value, int] = field(default_factory=dict)
    """How many there are of each."""
    formats: set[tuple[Value, int]] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)
    said: bool = False
    """It has text."""
    trimmed: int = 0
    """Texts whose edges Word would trim."""


def differences(a: Facts, b: Facts) -> Iterator[str]:
    """What differs between two paragraphs, in words."""
    if (a.properties is None) != (b.properties is None) or (
            a.properties is not None and b.properties is not None and not alike(a.properties, b.properties)):
        yield "its properties differ"
    if a.objects != b.objects:
        lost, new = Counter(a.objects) - Counter(b.objects), Counter(b.objects) - Counter(a.objects)
        yield f"lost {_names(lost) or 'nothing'}, gained {_names(new) or 'nothing'}"
    if a.fields != b.fields:
        yield "its fields differ"
    if a.formats != b.formats:
        yield f"{len(a.formats - b.formats)} formattings lost, {len(b.formats - a.formats)} gained"
    if b.trimmed > a.trimmed:
        yield "white space at the edge of a run would be lost"
    if a.said != b.said:
        yield "its text vanished or appeared"


def _names(objects: Counter[Value]) -> str:
    return ", ".join(sorted({str(key[1]) for key in objects}))


class FactReader:
    """Reads the facts of paragraphs; formattings get numbers, the same in a source and its output."""

    def __init__(self) -> None:
        self._looks: dict[Key, int] = {}
        self._shades: dict[Value, int] = {(): 0}

    def read(self, paragraph: etree._Element) -> Facts:
        """The facts of one paragraph, without those of paragraphs inside it."""
        facts = Facts()
        whole = short(paragraph.tag)
        stack: list[tuple[etree._Element, str, Value, str]] = []
        _push(stack, paragraph, whole, ())
        while stack:
            element, tag, chain, parent = stack.pop()
            if tag in RUNS:
                self._run(element, tag, chain, facts, stack)
                continue
            if tag in TEXTS:
                _note_text(element, tag, (chain, 0), facts)
                continue
            if tag in PARAGRAPH_PROPERTIES and parent == whole:
                facts.properties = element if _says_anything(element) else None
                continue
            if tag in PARAGRAPH_TAGS:
                facts.objects[parent, tag] = facts.objects.get((parent, tag), 0) + 1
                continue
            kept = attributes(element, tag)
            key = parent, tag, kept, (element.text or "").strip()
            facts.objects[key] = facts.objects.get(key, 0) + 1
            if tag == "w:fldChar":
                facts.fields.append(attribute(element, "w:fldCharType"))
            if parent not in RUNS or tag == "w:ruby":
                chain = (*chain, (tag, kept))
            _push(stack, element, tag, chain)
        return facts

    def _run(self, run: etree._Element, tag: str, chain: Value, facts: Facts,
             stack: list[tuple[etree._Element, str, Value, str]]) -> None:
        """Note a run's text in its look; what else it holds goes on the stack."""
        look, rest = 0, []
        for child in run:
            name = short(child.tag)
            if name in TEXTS:
                _note_text(child, name, (chain, look), facts)
            elif name in RUN_PROPERTIES:
                look = self._look(child)
            elif name not in PASSED:
                rest.append((child, name, chain, tag))
        stack += reversed(rest)

    def visible(self, facts: Facts) -> Iterator[Value]:
        """The formattings of facts as values rather than numbers."""
        shades = list(self._shades)
        return ((chain, shades[look]) for chain, look in facts.formats)

    def _look(self, rpr: etree._Element) -> int:
        """A number for what a reader can see of run properties."""
        key = exact(rpr)
        found = self._looks.get(key)
        if found is None:
            visible = tuple(one for one in shown(rpr) if one[0] not in FREE)
            found = self._looks[key] = self._shades.setdefault(visible, len(self._shades))
        return found


def _push(stack: list[tuple[etree._Element, str, Value, str]], element: etree._Element, tag: str,
          chain: Value) -> None:
    """Put what an element holds on a stack, the first on top: element, name, what is around it, where it stands."""
    for child in reversed(element):
        name = short(child.tag)
        if name not in PASSED:
            stack.append((child, name, chain, tag))


def _says_anything(properties: etree._Element) -> bool:
    if attributes(properties, short(properties.tag)) or (properties.text or "").strip():
        return True
    return any(short(child.tag) not in FREE for child in properties)


def _note_text(element: etree._Element, tag: str, format_: tuple[Value, int], facts: Facts) -> None:
    text = element.text or ""
    if text.strip():
        facts.said = True
        facts.formats.add(format_)
    if tag == "w:t" and text != text.strip(" \t\r\n") and element.get(XML_SPACE) != "preserve":
        facts.trimmed += 1
