"""What the target language asks of formatting: language marks, direction, complex-script twins."""

from __future__ import annotations

from copy import copy

from lxml import etree

from parsers.docx.looks import Look
from parsers.docx.names import attribute, full, namespace_of, short
from parsers.locales import Locale

COMPLEX_SCRIPTS = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Thai", "Laoo", "Khmr", "Mymr", "Deva", "Beng",
                             "Gujr", "Guru", "Taml", "Telu", "Knda", "Mlym", "Sinh", "Tibt"})
"""Scripts that Word formats by ``w:bCs``, ``w:iCs``, ``w:szCs`` and ``w:rFonts/@w:cs`` (§17.3.2.26)."""
EAST_ASIAN = frozenset({"Hans", "Hant", "Jpan", "Kore"})
SECTIONS = full("w:sectPr")
TWINS = {"w:b": "bCs", "w:i": "iCs", "w:sz": "szCs"}

RUN_ORDER = (
    "rStyle", "rFonts", "b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss",
    "imprint", "noProof", "snapToGrid", "vanish", "webHidden", "color", "spacing", "w", "kern", "position", "sz",
    "szCs", "highlight", "u", "effect", "bdr", "shd", "fitText", "vertAlign", "rtl", "cs", "em", "lang",
    "eastAsianLayout", "specVanish", "oMath", "rPrChange")
PARAGRAPH_ORDER = (
    "pStyle", "keepNext", "keepLines", "pageBreakBefore", "framePr", "widowControl", "numPr", "suppressLineNumbers",
    "pBdr", "shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
    "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
    "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId", "cnfStyle",
    "rPr", "sectPr", "pPrChange")
SECTION_ORDER = (
    "headerReference", "footerReference", "footnotePr", "endnotePr", "type", "pgSz", "pgMar", "paperSrc", "pgBorders",
    "lnNumType", "pgNumType", "cols", "formProt", "vAlign", "noEndnote", "titlePg", "textDirection", "bidi",
    "rtlGutter", "docGrid", "printerSettings", "sectPrChange")
TABLE_ORDER = (
    "tblStyle", "tblpPr", "tblOverlap", "bidiVisual", "tblStyleRowBandSize", "tblStyleColBandSize", "tblW", "jc",
    "tblCellSpacing", "tblInd", "tblBorders", "shd", "tblLayout", "tblCellMar", "tblLook", "tblCaption",
    "tblDescription", "tblPrChange")
"""The order that the schema demands of properties (ISO/IEC 29500-1 Annex A: CT_RPr, CT_PPr,
CT_SectPr, CT_TblPr)."""


class Voice:
    """Dresses runs, paragraphs and tables for a target language; for None it leaves them as they are."""

    def __init__(self, target: Locale | None) -> None:
        self.target = target
        self._dressed: dict[tuple[Look, str], etree._Element | None] = {}

    @property
    def rtl(self) -> bool:
        """The target is written from right to left."""
        return self.target is not None and self.target.rtl

    def properties(self, look: Look, namespace: str) -> etree._Element | None:
        """Run properties for translated text of a look: a fresh element, or None for none."""
        key = (look, namespace)
        if key not in self._dressed:
            self._dressed[key] = self._dress(look, namespace)
        made = self._dressed[key]
        return copy(made) if made is not None else None

    def _dress(self, look: Look, namespace: str) -> etree._Element | None:
        rpr = copy(look.rpr) if look.rpr is not None else None
        if self.target is None:
            return rpr
        if not is_word(namespace):
            if rpr is not None and rpr.get("lang"):
                rpr.set("lang", self.target.tag)
            return rpr
        if rpr is None:
            rpr = etree.Element(f"{{{namespace}}}rPr")
        set_language(place(rpr, "lang", RUN_ORDER, namespace), self.target, namespace)
        if self.rtl:
            place(rpr, "rtl", RUN_ORDER, namespace).attrib.clear()
        if self.target.script in COMPLEX_SCRIPTS:
            for child in list(rpr):
                twin = TWINS.get(short(child.tag))
                if twin and rpr.find(f"{{{namespace}}}{twin}") is None:
                    place(rpr, twin, RUN_ORDER, namespace).attrib.update(child.attrib)
        return rpr

    def turn_paragraph(self, paragraph: etree._Element) -> None:
        """Set the direction of a translated paragraph, and of the table that it stands in."""
        namespace = namespace_of(paragraph.tag)
        if not self.rtl:
            return
        first = paragraph[0] if len(paragraph) else None
        if not is_word(namespace):
            if first is not None and short(first.tag) == "a:pPr":
                first.set("rtl", "1")
            return
        if first is None or short(first.tag) != "w:pPr":
            first = etree.Element(f"{{{namespace}}}pPr")
            paragraph.insert(0, first)
        place(first, "bidi", PARAGRAPH_ORDER, namespace).attrib.clear()
        table = next(paragraph.iterancestors(f"{{{namespace}}}tbl"), None)
        if table is not None and len(table) and short(table[0].tag) == "w:tblPr":
            place(table[0], "bidiVisual", TABLE_ORDER, namespace).attrib.clear()


    def turn_sections(self, root: etree._Element) -> None:
        """Set the direction of a document's sections: the order of columns, the side of the gutter (§17.6.1)."""
        for section in root.iter(*SECTIONS) if self.rtl else ():
            if not any(short(above.tag) == "w:sectPrChange" for above in section.iterancestors()):
                place(section, "bidi", SECTION_ORDER, namespace_of(section.tag)).attrib.clear()


def is_word(namespace: str) -> bool:
    """WordprocessingML, in either flavour, rather than DrawingML."""
    return short(f"{{{namespace}}}p") == "w:p"


def set_language(element: etree._Element, target: Locale, namespace: str) -> None:
    """Name the target in a ``w:lang`` or ``w:themeFontLang``, in the slot for its script (§17.3.2.20)."""
    slot = "bidi" if target.script in COMPLEX_SCRIPTS else "eastAsia" if target.script in EAST_ASIAN else "val"
    element.set(f"{{{namespace}}}{slot}", target.tag)


def place(properties: etree._Element, name: str, order: tuple[str, ...], namespace: str) -> etree._Element:
    """The property of that name, made in its place if it is not there."""
    rank = order.index(name)
    position = 0
    for n, child in enumerate(properties):
        prefix, _, local = short(child.tag).partition(":")
        if prefix == "w" and local == name:
            return child
        if prefix == "w" and local in order and order.index(local) < rank:
            position = n + 1
        elif prefix == "w" and local in ("ins", "del", "moveFrom", "moveTo"):
            position = max(position, n + 1)
    made = etree.Element(f"{{{namespace}}}{name}")
    properties.insert(position, made)
    return made


def declared_language(styles: etree._Element | None) -> str | None:
    """The language that the default run properties name, if any."""
    if styles is None:
        return None
    for child in styles:
        if short(child.tag) == "w:docDefaults":
            found = next((one for one in child.iter() if short(one.tag) == "w:lang"), None)
            return (attribute(found, "w:val") or None) if found is not None else None
    return None
