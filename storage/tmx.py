"""TMX 1.4b, the format in which translation tools exchange their memories: read and written as a stream.

Read as other tools write it: ``bpt`` and ``ept`` are paired by ``i``; inline elements of two languages are
matched by ``x``, else by their native code, else if only one is left of a kind. ``hi`` marks text
and is no Code; ``ut`` (of TMX 1.1) is taken for ``ph``. A DOCTYPE is passed over, nothing that it names is
loaded, and a file that declares entities is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import BinaryIO

from lxml import etree

from parsers.document import Code, CodeKind, Content, codes, content, readable, renumber
from parsers.errors import DamagedDocument, UnsafeDocument
from parsers.locales import TAG, Locale
from pipeline.memory import Unit

LeftOut = Callable[[int, str], None]
"""Called with the line and the reason of what is no unit."""

LANG = "{http://www.w3.org/XML/1998/namespace}lang"
ANY = "*all*"
"""``srclang`` of a file in which every language may be the source."""
KINDS = {"bpt": CodeKind.OPEN, "ept": CodeKind.CLOSE, "ph": CodeKind.STANDALONE, "it": CodeKind.STANDALONE,
         "ut": CodeKind.STANDALONE}

NAMES = {CodeKind.OPEN: "bpt", CodeKind.CLOSE: "ept", CodeKind.STANDALONE: "ph"}

ORIGIN = "x-diglot-origin"
EQUIV = "x-diglot-equiv-"
"""Property with the ``equiv`` of the Code whose ``x`` follows."""
CHARACTER = "x-diglot-char"
"""``ph`` in place of a character that XML cannot hold; its text is the number in hexadecimal."""
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, production 2 (Char)."""


# ---- reading -------------------------------------------------------------------------------------
def read(file: BinaryIO, origin: str, left_out: LeftOut) -> Iterator[Unit]:
    """The units of a TMX file, from each language that its ``srclang`` allows into each other.

    ``origin`` is that of units which name none. Takes memory for one unit, not for the file, which is
    read twice at its beginning. Raises DamagedDocument with the line for what is no TMX, UnsafeDocument
    for a file that declares entities.
    """
    start = file.tell()
    for _, root in _events(file, "start"):
        _check_root(root)
        break
    file.seek(start)
    source_language = ANY
    for event, element in _events(file, "start", "end", tag=("{*}header", "{*}tu")):
        if event == "start" and _name(element) == "header":
            source_language = element.get("srclang", ANY)
        elif event == "end" and _name(element) == "tu":
            yield from _units(element, element.get("srclang", source_language), origin, left_out)
            _forget(element)


def _events(file: BinaryIO, *events: str, tag: tuple[str, ...] | None = None) -> Iterator[tuple[str, etree._Element]]:
    """Elements as they begin and end. Raises DamagedDocument."""
    parser = etree.iterparse(file, events=events, tag=tag, resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False, remove_comments=True, remove_pis=True, collect_ids=False)
    try:
        yield from parser
    except etree.XMLSyntaxError as error:
        line, reason = next(((one.line, one.message) for one in parser.error_log), (error.lineno or 1, "it is empty"))
        raise DamagedDocument(f"The TMX file is damaged in line {line}: {reason.strip()}.") from error


def _check_root(root: etree._Element) -> None:
    if _name(root) != "tmx":
        raise DamagedDocument(f"This is no TMX file: it begins with <{_name(root)}>.")
    subset = root.getroottree().docinfo.internalDTD
    if subset is not None and subset.entities():  # type: ignore[attr-defined]  # lxml-stubs knows no DTD
        raise UnsafeDocument("The TMX file declares entities, which Diglot does not resolve; remove them.")


def _forget(element: etree._Element) -> None:
    """Give back the memory of an element and of all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _name(element: etree._Element) -> str:
    """Without its namespace; empty for an entity."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


@lru_cache(maxsize=256)
def _language(tag: str) -> Locale | None:
    """As much of a tag as Diglot knows of: ``ca-ES-valencia`` is ``ca-ES``."""
    known = TAG.match(tag)
    return Locale.parse(known[0]) if known and tag[known.end():known.end() + 1] in ("", "-", "_") else None


def _units(tu: etree._Element, source_language: str, origin: str, left_out: LeftOut) -> Iterator[Unit]:
    """The units of one ``tu``."""
    line: int = tu.sourceline or 0  # type: ignore[assignment]  # lxml-stubs leaves its type open
    try:
        variants = [variant for tuv in tu if _name(tuv) == "tuv" for variant in _variants(tuv)]
    except ValueError as error:
        left_out(line, str(error))
        return
    wanted = _language(source_language)
    sources = [one for one in variants if wanted is None or _same(one.language, wanted)]
    if not sources or len(variants) < 2:
        left_out(line, "no translation" if sources else f"no text in the source language {source_language}")
    own = next((prop.text or "" for prop in tu if _name(prop) == "prop" and prop.get("type") == ORIGIN), origin)
    for source in sources:
        for target in variants:
            if target is source:
                continue
            matched = _matched(source, target)
            if matched is None:
                left_out(line, "tags that do not match")
            else:
                yield Unit(source.content, matched, source.language.tag, target.language.tag, own, imported=True)


def _same(one: Locale, other: Locale) -> bool:
    return (one.language, one.script) == (other.language, other.script)


@dataclass(frozen=True, slots=True)
class _Variant:
    """The text of a unit in one language."""

    language: Locale
    content: Content
    marks: dict[int, str]
    """Code id → its ``x`` (or ``i``), by which it is known in the other languages."""

    @property
    def beginnings(self) -> list[Code]:
        """Its Codes, pairs once."""
        return [code for code in codes(self.content) if code.kind is not CodeKind.CLOSE]


def _variants(tuv: etree._Element) -> Iterator[_Variant]:
    """The text of a ``tuv``, if there is any. Raises ValueError for what is no text of TMX."""
    tag = tuv.get(LANG) or tuv.get("lang") or ""
    language = _language(tag)
    if language is None:
        raise ValueError(f"“{tag}” for a language")
    equivs = {prop.get("type", ""): prop.text or "" for prop in tuv if _name(prop) == "prop"}
    for seg in tuv:
        if _name(seg) == "seg":
            pieces = _Pieces(equivs)
            pieces.take(seg)
            found = renumber(pieces.items)
            marks = {code.id: mark for code, mark in zip(codes(found), pieces.marks, strict=True) if mark}
            if readable(found).strip():
                yield _Variant(language, _stripped(found), marks)


class _Pieces:
    """The text and the Codes of a ``seg``."""

    def __init__(self, equivs: dict[str, str]) -> None:
        self.items: list[str | Code] = []
        self.marks: list[str] = []
        """One for each Code; empty for the ends of pairs, which go where their beginnings go."""
        self._equivs = equivs
        self._open: dict[str, tuple[int, str]] = {}

    def take(self, element: etree._Element) -> None:
        """What an element holds."""
        self.items.append(element.text or "")
        for child in element:
            name = _name(child)
            if name in KINDS:
                self._code(name, child)
            elif name == "hi":
                self.take(child)
            else:
                raise ValueError(f"<{name}>, which TMX does not have" if name else "an entity")
            self.items.append(child.tail or "")

    def _code(self, name: str, element: etree._Element) -> None:
        text = "".join(map(str, element.itertext()))
        if element.get("type") == CHARACTER and re.fullmatch("[0-9A-F]{4,6}", text):
            self.items.append(chr(int(text, 16)))
            return
        i, label = element.get("i", ""), element.get("type") or name
        number, mark = len(self.marks) + 1, element.get("x") or i
        if name == "ept":
            (number, label), mark = self._open.pop(i, (number, label)), ""
        elif name == "bpt":
            self._open[i] = number, label
        self.items.append(Code(number, KINDS[name], text, label, self._equivs.get(EQUIV + mark, "")))
        self.marks.append(mark)


def _matched(source: _Variant, target: _Variant) -> Content | None:
    """The target with the Codes of the source. None if they cannot be matched one to one."""
    ways: tuple[tuple[Callable[[_Variant, Code], str], bool], ...] = (
        (lambda variant, code: variant.marks.get(code.id, ""), False), (lambda _, code: code.source, True),
        (lambda *_: "the only one of its kind", False))
    becomes: dict[int, int] = {}
    for known_by, in_order in ways:
        groups: dict[tuple[CodeKind, str], tuple[list[int], list[int]]] = {}
        taken = set(becomes), set(becomes.values())
        for side, variant in enumerate((target, source)):
            for code in variant.beginnings:
                name = known_by(variant, code)
                if name and code.id not in taken[side]:
                    groups.setdefault((code.kind, name), ([], []))[side].append(code.id)
        for theirs, ours in groups.values():
            if len(theirs) == len(ours) and (in_order or len(ours) == 1):
                becomes.update(zip(theirs, ours, strict=True))
    own = {code.key: code for code in codes(source.content)}
    wanted = [(becomes.get(code.id, 0), code.kind) for code in codes(target.content)]
    if sorted(wanted) != sorted(own):
        return None
    return content(own[becomes[item.id], item.kind] if isinstance(item, Code) else item for item in target.content)


def _stripped(items: Content) -> Content:
    """Without white space at its edges: segments have none."""
    found = list(items)
    for end, strip in ((0, str.lstrip), (-1, str.rstrip)):
        if isinstance(edge := found[end], str):
            found[end] = strip(edge)
    return content(found)


# ---- writing -------------------------------------------------------------------------------------
def write(file: BinaryIO, units: Iterable[Unit], version: str) -> int:
    """Write units as TMX, as they come, and say how many. `read` gives the same units back.

    ``version`` is that of Diglot. Characters that XML cannot hold become ``ph`` in a text and U+FFFD elsewhere.
    """
    count = 0
    coming = iter(units)
    first = next(coming, None)
    source_language = first.source_language if first else ANY
    with etree.xmlfile(file, encoding="utf-8") as out:
        out.write_declaration()
        out.write_doctype('<!DOCTYPE tmx SYSTEM "tmx14.dtd">')
        with out.element("tmx", version="1.4"):
            out.write(etree.Element("header", {
                "creationtool": "Diglot", "creationtoolversion": version, "segtype": "paragraph", "o-tmf": "Diglot",
                "adminlang": "en", "srclang": source_language, "datatype": "unknown"}))
            with out.element("body"):
                for unit in chain((first,) if first else (), coming):
                    out.write("\n", _tu(unit, source_language))
                    count += 1
            out.write("\n")
    return count


def _tu(unit: Unit, source_language: str) -> etree._Element:
    tu = etree.Element("tu")
    if unit.source_language != source_language:
        tu.set("srclang", unit.source_language)
    if unit.origin:
        _add(tu, "prop", unit.origin, type=ORIGIN)
    for language, items in ((unit.source_language, unit.source), (unit.target_language, unit.target)):
        tuv = etree.SubElement(tu, "tuv", {LANG: language})
        if items is unit.source:
            for code in codes(items):
                if code.equiv and code.kind is not CodeKind.CLOSE:
                    _add(tuv, "prop", code.equiv, type=f"{EQUIV}{code.id}")
        _fill(etree.SubElement(tuv, "seg"), items)
    return tu


def _fill(seg: etree._Element, items: Content) -> None:
    """Put a content into a ``seg``."""
    last: etree._Element | None = None
    for item in items:
        if isinstance(item, Code):
            number = str(item.id)
            attributes = {CodeKind.OPEN: {"i": number, "x": number}, CodeKind.CLOSE: {"i": number},
                          CodeKind.STANDALONE: {"x": number}}[item.kind]
            last = _add(seg, NAMES[item.kind], item.source, **attributes)
            if item.kind is not CodeKind.CLOSE:
                last.set("type", _legal(item.label))
            continue
        for part in re.split(f"({ILLEGAL.pattern})", item):
            if ILLEGAL.fullmatch(part):
                last = _add(seg, "ph", f"{ord(part):04X}", type=CHARACTER)
            elif last is None:
                seg.text = (seg.text or "") + part
            else:
                last.tail = (last.tail or "") + part


def _add(parent: etree._Element, name: str, text: str, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, name, attributes)
    element.text = _legal(text)
    return element


def _legal(text: str) -> str:
    return ILLEGAL.sub("\ufffd", text)
