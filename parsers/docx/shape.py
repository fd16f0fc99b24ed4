"""Re-reads an output and compares its structure with its source.

Two readers that share nothing with the writer: a walk of all elements with `lxml`, and
`python-docx`, where it can open the source.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from lxml import etree

from parsers.document import Document, ShapeFault
from parsers.docx.archive import Archive, Member
from parsers.docx.looks import shown
from parsers.docx.names import XML_SPACE, attribute, full, short
from parsers.docx.package import parse_xml
from parsers.errors import DocumentError

if TYPE_CHECKING:
    from parsers.docx.document import Skeleton

Value: TypeAlias = tuple[object, ...]

PARAGRAPHS = full("w:p", "a:p")
LANGUAGE = frozenset({"w:lang", "w:themeFontLang", "dc:language"})
DIRECTION = frozenset({"w:bidi", "w:rtl", "w:bidiVisual", "w:bCs", "w:iCs", "w:szCs"})
"""What a right-to-left or complex-script target adds."""
FREE = LANGUAGE | DIRECTION
UNSEEN = frozenset({"#", "w:proofErr", "w:lastRenderedPageBreak", "w:noBreakHyphen"})
"""What Word works out again, and a hyphen, which is a character of the text."""
TEXTS = frozenset({"w:t", "a:t"})
RUNS = frozenset({"w:r", "a:r"})
RUN_PROPERTIES = frozenset({"w:rPr", "a:rPr"})
CHANGING = frozenset({
    ("wp:docPr", "descr"), ("wp:docPr", "title"), ("pic:cNvPr", "descr"), ("pic:cNvPr", "title"),
    ("wps:cNvPr", "descr"), ("a:hlinkClick", "tooltip"), ("w:hyperlink", "w:tooltip"), ("w:tblCaption", "w:val"),
    ("w:tblDescription", "w:val"), ("v:textpath", "string"), ("w:listItem", "w:displayText")})
"""(element, attribute) whose value is shown text."""
SHOWN_TEXT = frozenset({"c:v", "dc:title", "dc:subject", "cp:keywords", "dc:description"})
LIMIT = 50
"""Faults named for one document; one is enough to refuse it."""


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a document and an output made from it, up to `LIMIT`."""
    if output == document.source:
        return ()
    skeleton: Skeleton = document.skeleton
    try:
        return tuple(_faults(skeleton, output))[:LIMIT]
    except DocumentError as fault:
        return (ShapeFault(f"The output cannot be read: {fault}"),)


def _faults(skeleton: Skeleton, output: bytes) -> Iterator[ShapeFault]:
    before = skeleton.package.archive
    after = Archive(output, before.limits)
    if before.names() != after.names():
        yield ShapeFault("the package has other members")
        return
    holders = {skeleton.package.singles.get(kind) for kind in ("styles", "settings")}
    found = False
    for one, other in zip(before.members, after.members, strict=True):
        name = one.info.filename
        if _packed(before, one) == _packed(after, other):
            continue
        if name not in skeleton.firsts and name not in holders:
            yield ShapeFault(f"{name} has changed and holds no shown text")
            continue
        for fault in _part_faults(skeleton, name, before.read(name), after.read(name)):
            found = True
            yield fault
    if not found and not _opens(output) and _opens(before.source):
        yield ShapeFault("python-docx cannot open the output")


def outside(document: Document) -> Iterator[bytes]:
    """The members of the package; of those that hold shown text, or the language, all but these."""
    skeleton: Skeleton = document.skeleton
    holders = {*skeleton.firsts, *(skeleton.package.singles.get(kind) for kind in ("styles", "settings"))}
    for member in skeleton.package.archive.members:
        name = member.info.filename
        yield name.encode("utf-8", "surrogatepass")
        data = skeleton.package.archive.read(name)
        if name not in holders:
            yield data
            continue
        root = parse_xml(data, name).getroot()
        yield repr(list(_outline(root))).encode("utf-8", "surrogatepass")
        for paragraph in root.iter(*PARAGRAPHS):
            facts = _facts(paragraph)
            yield repr((facts.properties, sorted(facts.objects.items(), key=repr), sorted(facts.formats, key=repr),
                        facts.fields)).encode("utf-8", "surrogatepass")


def _packed(archive: Archive, member: Member) -> tuple[int, bytes]:
    return member.info.compress_type, archive.source[member.data:member.data + member.info.compress_size]


def _part_faults(skeleton: Skeleton, name: str, source: bytes, output: bytes) -> Iterator[ShapeFault]:
    before, after = parse_xml(source, name).getroot(), parse_xml(output, name).getroot()
    if list(_outline(before)) != list(_outline(after)):
        yield ShapeFault(f"{name}: elements outside paragraphs differ")
    pairs = list(before.iter(*PARAGRAPHS)), list(after.iter(*PARAGRAPHS))
    if len(pairs[0]) != len(pairs[1]):
        yield ShapeFault(f"{name}: {len(pairs[0])} paragraphs became {len(pairs[1])}")
        return
    first = skeleton.firsts.get(name, 0)
    segments: dict[int, list[str | None]] = {}
    for n, at in enumerate(skeleton.ordinals.get(name, ())):
        segments.setdefault(at, []).append(f"s{first + n}")
    for n, (one, other) in enumerate(zip(*pairs, strict=True)):
        if etree.tostring(one, with_tail=False) != etree.tostring(other, with_tail=False):
            for message in differences(one, other):
                for segment in segments.get(n, [None]):
                    yield ShapeFault(f"{name}, paragraph {n + 1}: {message}", segment)


def _outline(root: etree._Element) -> Iterator[Value]:
    """Everything outside paragraphs, in order."""
    stack = [root]
    while stack:
        element = stack.pop()
        tag = short(element.tag)
        if tag in FREE or tag in UNSEEN:
            continue
        if tag in ("w:p", "a:p"):
            yield (tag,)
            continue
        text = (element.text or "").strip()
        yield tag, _attributes(element, tag), "*" if text and tag in SHOWN_TEXT else text
        stack += reversed(element)


def _attributes(element: etree._Element, tag: str) -> Value:
    """The attributes that must stay as they are."""
    kept = []
    for key, value in element.items():
        name = short(key)
        if name.startswith("w:rsid") or (tag in ("a:rPr", "a:endParaRPr") and name in ("lang", "altLang")):
            continue
        free = (tag, name) in CHANGING or (tag.startswith("v:") and name in ("alt", "title"))
        if not (tag == "a:pPr" and name == "rtl"):
            kept.append((name, "*" if free else value))
    return tuple(sorted(kept))


def _deep(element: etree._Element) -> Value:
    """A property with all that is in it."""
    tag = short(element.tag)
    inner = tuple(_deep(child) for child in element if short(child.tag) not in FREE)
    return tag, _attributes(element, tag), (element.text or "").strip(), inner


@dataclass(slots=True)
class _Facts:
    """What has to stay the same in a paragraph."""

    properties: Value = ()
    objects: Counter[Value] = field(default_factory=Counter)
    formats: set[Value] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)
    text: str = ""
    trimmed: int = 0
    """Texts whose edges Word would trim."""


def differences(one: etree._Element, other: etree._Element) -> Iterator[str]:
    """What differs between two paragraphs, in words."""
    a, b = _facts(one), _facts(other)
    if a.properties != b.properties:
        yield "its properties differ"
    if a.objects != b.objects:
        lost, new = a.objects - b.objects, b.objects - a.objects
        yield f"lost {_names(lost) or 'nothing'}, gained {_names(new) or 'nothing'}"
    if a.fields != b.fields:
        yield "its fields differ"
    if a.formats != b.formats:
        yield f"{len(a.formats - b.formats)} formattings lost, {len(b.formats - a.formats)} gained"
    if b.trimmed > a.trimmed:
        yield "white space at the edge of a run would be lost"
    if bool(a.text.strip()) != bool(b.text.strip()):
        yield "its text vanished or appeared"


def _names(objects: Counter[Value]) -> str:
    return ", ".join(sorted({str(key[1]) for key in objects}))


def _facts(paragraph: etree._Element) -> _Facts:
    facts = _Facts()
    texts: list[str] = []
    stack: list[tuple[etree._Element, Value, Value, str]] = [
        (child, (), (), short(paragraph.tag)) for child in reversed(paragraph)]
    while stack:
        element, chain, look, parent = stack.pop()
        tag = short(element.tag)
        if tag in UNSEEN or tag in FREE or tag in RUN_PROPERTIES:
            continue
        if tag in ("w:pPr", "a:pPr") and parent == short(paragraph.tag):
            facts.properties = _deep(element)[1:]
            facts.properties = () if facts.properties == ((), "", ()) else facts.properties
            continue
        if tag in ("w:p", "a:p"):
            facts.objects[(parent, tag)] += 1
            continue
        if tag in TEXTS:
            _note_text(element, (chain, look), facts, texts)
            continue
        if tag in RUNS:
            rpr = next((child for child in element if short(child.tag) in RUN_PROPERTIES), None)
            look = tuple(one for one in shown(rpr) if one[0] not in FREE) if rpr is not None else ()
        else:
            attributes = _attributes(element, tag)
            facts.objects[(parent, tag, attributes, (element.text or "").strip())] += 1
            if tag == "w:fldChar":
                facts.fields.append(attribute(element, "w:fldCharType"))
            if parent not in RUNS or tag == "w:ruby":
                chain = (*chain, (tag, attributes))
        stack += [(child, chain, look, tag) for child in reversed(element)]
    facts.text = "".join(texts)
    return facts


def _note_text(element: etree._Element, format_: Value, facts: _Facts, texts: list[str]) -> None:
    text = element.text or ""
    texts.append(text)
    if text.strip():
        facts.formats.add(format_)
    if text != text.strip(" \t\r\n") and element.get(XML_SPACE) != "preserve" and short(element.tag) == "w:t":
        facts.trimmed += 1


def _opens(data: bytes) -> bool:
    """True if `python-docx` reads the package."""
    import docx  # noqa: PLC0415  # takes 0.1 s to import
    from docx.exceptions import PythonDocxError  # noqa: PLC0415
    from docx.opc.exceptions import OpcError  # noqa: PLC0415

    try:
        docx.Document(io.BytesIO(data))
    except (PythonDocxError, OpcError, zipfile.BadZipFile, zlib.error, etree.LxmlError, KeyError, ValueError, TypeError,
            AttributeError, IndexError, OSError, EOFError, RuntimeError, AssertionError):
        return False
    return True
