"""What a document's styles say about its text: headings, captions, lists, code, do-not-translate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from parsers.docx.names import attribute, full, short

CODE_WORDS = frozenset({"code", "codes", "verbatim", "preformat", "preformatted", "literal", "literals", "listing",
                        "listings", "monospace", "monospaced", "sourcecode"})
"""Words in the names that Word (HTML Code, HTML Preformatted), LibreOffice (Preformatted Text,
Source Text), pandoc (Source Code, Verbatim Char), Sphinx and AsciiDoc give to code."""
NOT_CODE = frozenset({"caption", "title", "heading"})
"""The caption of a listing is language."""
SOURCE_WITH = frozenset({"code", "text", "example", "char", "snippet"})
"""“source” alone is where a table's figures come from."""
DO_NOT_TRANSLATE = "donottranslate"
HEADING = re.compile(r"(?:heading|title|subtitle|überschrift|titre|título)\b", re.IGNORECASE)
STYLE = full("w:style")
DEPTH = 12
"""Styles may be based on one another; Word itself stops at ten."""


@dataclass(frozen=True, slots=True)
class Style:
    """One style, with what it inherits."""

    name: str
    level: int | None = None
    """Outline level, 0 for the highest; None for body text."""
    listed: bool = False
    """Its paragraphs are numbered or have bullets."""
    protected: str = ""
    """Why its text is not translated: ``code style``, ``DoNotTranslate style``, or nothing."""


@dataclass(frozen=True, slots=True)
class Styles:
    """A document's styles by id; each is read when it is first asked for."""

    elements: dict[str, etree._Element] = field(default_factory=dict)
    default_paragraph: str = ""
    _known: dict[str, Style] = field(default_factory=dict)

    def paragraph(self, style_id: str) -> Style:
        """The style of a paragraph that names this id (none: the default)."""
        return self.of(style_id or self.default_paragraph)

    def of(self, style_id: str) -> Style:
        """The style with this id; an undefined one is known by its id alone."""
        found = self._known.get(style_id)
        if found is None:
            found = self._known[style_id] = self._resolved(style_id)
        return found

    def _resolved(self, style_id: str) -> Style:
        name, level, listed, reason, at = "", None, False, "", style_id
        for _ in range(DEPTH):
            element = self.elements.get(at)
            if element is None:
                break
            one = _raw(element)
            name = name or one.name
            level = one.level if level is None else level
            listed = listed or one.listed
            reason = reason or protection(one.name) or protection(at)
            at = one.based_on
        name = name or style_id
        if level is None and HEADING.match(name):
            digits = re.search(r"[1-9]", name)
            level = int(digits[0]) - 1 if digits else 0
        return Style(name, level if level is not None and level < 9 else None, listed, reason or protection(style_id))


def protection(name: str) -> str:
    """Why text in a style of this name is not translated, or nothing."""
    if re.sub("[^a-z]", "", name.lower()) == DO_NOT_TRANSLATE:
        return "DoNotTranslate style"
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    words = set(re.findall(r"[a-z]+", spaced.lower()))
    coded = words & CODE_WORDS or ("source" in words and words & SOURCE_WITH)
    return "code style" if coded and not words & NOT_CODE else ""


def read_styles(root: etree._Element) -> Styles:
    """The styles of a ``w:styles`` part."""
    styles: dict[str, etree._Element] = {}
    default = ""
    for element in root.iterchildren(*STYLE):
        values = {short(key): str(value) for key, value in element.items()}
        style_id = values.get("w:styleId", "")
        styles[style_id] = element
        if not default and values.get("w:type") == "paragraph" and values.get("w:default") in ("1", "true", "on"):
            default = style_id
    return Styles(styles, default)


@dataclass(frozen=True, slots=True)
class _Raw:
    name: str
    based_on: str
    level: int | None
    listed: bool


def _raw(element: etree._Element) -> _Raw:
    name = based_on = ""
    level, listed = None, False
    for child in element:
        tag = short(child.tag)
        if tag == "w:name":
            name = attribute(child, "w:val")
        elif tag == "w:basedOn":
            based_on = attribute(child, "w:val")
        elif tag == "w:pPr":
            for prop in child:
                value = attribute(prop, "w:val")
                if short(prop.tag) == "w:outlineLvl" and value.isdecimal():
                    level = int(value)
                listed = listed or short(prop.tag) == "w:numPr"
    return _Raw(name, based_on, level, listed)
