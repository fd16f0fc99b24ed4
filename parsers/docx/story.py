"""Reads one part of a document: its paragraphs and the shown values of its attributes, in order."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from lxml import etree

from parsers.document import Code, CodeKind, Content, Protected, Role, content, has_letters, readable, text_of
from parsers.docx.compose import Layout, Plan, compose
from parsers.docx.grouping import NOWHERE, Lists, Stand, Tables
from parsers.docx.inline import PROPERTIES, Reader, text_in
from parsers.docx.looks import Looks
from parsers.docx.names import attribute, full, short
from parsers.docx.numbering import label_content, labels
from parsers.docx.styles import Style, Styles
from parsers.groups import LIST, Groups
from parsers.masking import MaskFinder, MaskRules

SHOWN_ATTRIBUTES = {
    "wp:docPr": ("descr", "title"), "pic:cNvPr": ("descr", "title"), "wps:cNvPr": ("descr",),
    "a:hlinkClick": ("tooltip",), "w:hyperlink": ("w:tooltip",), "w:tblCaption": ("w:val",),
    "w:tblDescription": ("w:val",), "v:textpath": ("string",), "w:listItem": ("w:displayText",),
    "w:listEntry": ("w:val",), "w:helpText": ("w:val",), "w:statusText": ("w:val",),
}
VML_ATTRIBUTES = ("alt", "title")
ROLES = {"w:tblCaption": Role.CAPTION, "v:textpath": Role.TEXT_BOX, "w:listItem": Role.FORM, "w:listEntry": Role.FORM,
         "w:helpText": Role.FORM, "w:statusText": Role.FORM,
         "a:hlinkClick": Role.ATTRIBUTE, "w:hyperlink": Role.ATTRIBUTE}
"""What a shown attribute is, if not an alternative text."""
CHOICES = ("w:listItem", "w:listEntry")
"""Of one list with those beside them."""
LEFT_ALONE = {"w:delText": "deleted text", "w:moveFrom": "moved text", "w:rt": "ruby"}
"""Elements whose text no translator gets, and why: it is gone, stands elsewhere, or is a pronunciation."""
PROPERTY_TEXTS = ("dc:title", "dc:subject", "cp:keywords", "dc:description")

PARAGRAPHS = full("w:p", "a:p")
SHOWN = (*PARAGRAPHS, *full(*SHOWN_ATTRIBUTES), "{urn:schemas-microsoft-com:vml}*", *full(*LEFT_ALONE))
TEXT_OR_FIELD = full("w:t", "a:t", "w:fldChar")
CACHED = full("c:v")

KIND_ROLES = {"header": Role.HEADER, "footer": Role.FOOTER, "footnotes": Role.FOOTNOTE, "endnotes": Role.FOOTNOTE,
              "comments": Role.COMMENT, "chart": Role.CHART, "chartUserShapes": Role.CHART,
              "diagramData": Role.TEXT_BOX, "diagramDrawing": Role.TEXT_BOX, "core-properties": Role.METADATA}


class ParagraphSpot(NamedTuple):
    """A paragraph and how to write it."""

    element: etree._Element
    layout: Layout
    number: int
    """Which of its segments this is."""


class ValueSpot(NamedTuple):
    """An attribute, or the text of an element, that holds shown text and nothing else."""

    element: etree._Element
    attribute: str | None
    head: str
    tail: str
    """White space around the text."""
    label: bool = False
    """It is the label of a numbered list."""


Spot: TypeAlias = ParagraphSpot | ValueSpot


class Place(NamedTuple):
    """A segment before it has an id, and where it stands."""

    content: Content
    role: Role
    path: tuple[str, ...]
    where: str
    spot: Spot
    ordinal: int = -1
    """Which paragraph of the part it is, from 0; -1 for a value."""
    stand: Stand = NOWHERE


@dataclass(slots=True)
class Story:
    """What was found in a part."""

    places: list[Place] = field(default_factory=list)
    protected: list[Protected] = field(default_factory=list)


class StoryReader:
    """Reads the parts of one document with its styles and masks."""

    def __init__(self, styles: Styles, masks: MaskRules) -> None:
        self._styles, self._masks, self._groups = styles, MaskFinder(masks), Groups()

    def read(self, root: etree._Element, kind: str, name: str) -> Story:
        """The places of a part in reading order. ``kind`` is the last step of its relationship type."""
        return _PartReader(self._styles, self._masks, self._groups, kind, posixpath.basename(name)).read(root)


class _PartReader:
    """Reads one part."""

    def __init__(self, styles: Styles, masks: MaskFinder, groups: Groups, kind: str, where: str) -> None:
        self._styles, self._masks, self._kind, self._where = styles, masks, kind, where
        self._story = Story()
        self._reader = Reader(Looks(styles))
        self._headings: list[tuple[int, str]] = []
        self._around: dict[etree._Element | None, tuple[etree._Element | None, Role, Stand]] = {}
        self._groups, self._tables, self._lists = groups, Tables(groups), Lists(groups)
        self._choices: dict[etree._Element | None, Stand] = {}

    def read(self, root: etree._Element) -> Story:
        story = self._story
        if self._kind == "core-properties":
            self._properties(root)
            return story
        if self._kind == "numbering":
            self._labels(root)
            return story
        ordinal = -1
        for element in root.iter(*SHOWN):
            tag = short(element.tag)
            if tag in ("w:p", "a:p"):
                ordinal += 1
                self._paragraph(element, ordinal)
            elif tag in LEFT_ALONE:
                text = "".join(map(str, element.itertext()))
                if has_letters(text):
                    story.protected.append(Protected(LEFT_ALONE[tag], text))
            else:
                self._attributes(element, tag)
        if self._kind == "chart":
            self._chart(root)
        return story

    def _paragraph(self, paragraph: etree._Element, ordinal: int) -> None:
        """Note the segments of a paragraph and what is protected in it."""
        if next(paragraph.iter(*TEXT_OR_FIELD), None) is None:
            return
        style, outline = self._style(paragraph)
        box, role, stand = self._surroundings(paragraph)
        nodes = self._reader.read(paragraph, box)
        story = self._story
        reason = style.protected or _taken_out(box)
        if reason:
            text = text_in(nodes)
            if has_letters(text):
                story.protected.append(Protected(reason, text))
            return
        layout, protected = compose(nodes, self._masks)
        story.protected += protected
        if layout is None:
            return
        level = outline if outline is not None else style.level
        if role in (Role.PARAGRAPH, Role.TABLE_CELL) and level is not None:
            role = Role.TITLE if style.name.lower() == "title" else Role.HEADING
        elif role is Role.PARAGRAPH:
            role = _role_by_style(style, paragraph)
        if role is Role.LIST_ITEM:
            stand = self._lists.item(paragraph[0], style.name)
        elif role is not Role.TEXT_BOX:
            self._lists.end()
        plans = layout.plans
        path = self._path(role, level or 0, plans)
        for n, plan in enumerate(plans):
            spot = ParagraphSpot(paragraph, layout, n)
            story.places.append(Place(plan.content, role, path, self._where, spot, ordinal, stand))

    def _path(self, role: Role, level: int, plans: list[Plan]) -> tuple[str, ...]:
        """The headings above; a heading joins those of what follows."""
        headings = self._headings
        if role is not Role.HEADING:
            return tuple([text for _, text in headings])
        while headings and headings[-1][0] >= level:
            headings.pop()
        path = tuple([text for _, text in headings])
        headings.append((level, " ".join(readable(plan.content) for plan in plans)))
        return path

    def _surroundings(self, paragraph: etree._Element) -> tuple[etree._Element | None, Role, Stand]:
        """The text box that a paragraph stands in, if any, its role by place, and its cell."""
        parent = paragraph.getparent()
        if parent not in self._around:
            box, role, cell = _surroundings(paragraph, self._kind)
            self._around[parent] = box, role, self._tables.stand(cell) if cell is not None else NOWHERE
        return self._around[parent]

    def _style(self, paragraph: etree._Element) -> tuple[Style, int | None]:
        """A paragraph's style and its own outline level."""
        style_id, outline = "", None
        first = next(iter(paragraph), None)
        if first is not None and short(first.tag) == "w:pPr":
            for prop in first:
                tag = short(prop.tag)
                if tag == "w:pStyle":
                    style_id = attribute(prop, "w:val")
                elif tag == "w:outlineLvl":
                    value = attribute(prop, "w:val")
                    outline = int(value) if value.isdecimal() and int(value) < 9 else None
        return self._styles.paragraph(style_id), outline

    def _attributes(self, element: etree._Element, tag: str) -> None:
        names = SHOWN_ATTRIBUTES.get(tag, ())
        if tag.startswith("v:"):
            names = (*names, *VML_ATTRIBUTES)
        if attribute(element, "w:type") == "autoText":       # of a form's help: not the text, but the name of one
            return
        for key in element.keys() if names else ():
            if short(key) in names:
                role = ROLES.get(tag, Role.ALT_TEXT)
                self._value((element, str(key)), role, f"{self._where}: {tag} {short(key)}")

    def _properties(self, root: etree._Element) -> None:
        for element in root:
            tag = short(element.tag)
            if tag in PROPERTY_TEXTS and not len(element):
                role = Role.TITLE if tag == "dc:title" else Role.METADATA
                self._value((element, None), role, f"document property: {tag.partition(':')[2]}")

    def _labels(self, root: etree._Element) -> None:
        for element, key in labels(root):
            found = label_content(element.get(key) or "", self._masks)
            if has_letters(text_of(found)):
                spot = ValueSpot(element, key, "", "", label=True)
                self._story.places.append(Place(found, Role.LIST_ITEM, (), f"{self._where}: list label", spot))
            else:
                self._story.protected.append(Protected("numbering label", readable(found)))

    def _chart(self, root: etree._Element) -> None:
        """Names of series and categories as the chart shows them (§21.2.2.201 strCache)."""
        for element in root.iter(*CACHED):
            above = {short(one.tag) for one in element.iterancestors()}
            if "c:strCache" in above or "c:tx" in above:
                self._value((element, None), Role.CHART, f"{self._where}: label")
            elif has_letters(element.text or "") and above & {"c:strLit", "c:multiLvlStrCache"}:
                self._story.protected.append(Protected("chart data", element.text or ""))

    def _choice(self, element: etree._Element) -> Stand:
        """The list of a form's choice."""
        parent = element.getparent()
        if parent not in self._choices:
            self._choices[parent] = self._groups.name(LIST), None
        return self._choices[parent]

    def _value(self, spot: tuple[etree._Element, str | None], role: Role, where: str) -> None:
        element, key = spot
        value = (element.text if key is None else element.get(key)) or ""
        core = value.strip()
        if not has_letters(core):
            return
        found = masked(core, self._masks)
        if not has_letters(text_of(found)):
            self._story.protected += [Protected(item.label, item.equiv) for item in found
                                if isinstance(item, Code) and has_letters(item.equiv)]
            return
        start = value.index(core)
        ends = value[:start], value[start + len(core):]
        stand = self._choice(element) if short(element.tag) in CHOICES else NOWHERE
        self._story.places.append(Place(found, role, (), where, ValueSpot(element, key, *ends), stand=stand))


def masked(text: str, masks: MaskFinder) -> Content:
    """Plain text with its masks as Codes."""
    items: list[str | Code] = []
    at = 0
    for number, mask in enumerate(masks.find(text), 1):
        one = text[mask.start:mask.end]
        items += [text[at:mask.start], Code(number, CodeKind.STANDALONE, one, mask.kind, one)]
        at = mask.end
    return content([*items, text[at:]])


def _surroundings(paragraph: etree._Element, kind: str) -> tuple[etree._Element | None, Role, etree._Element | None]:
    """The text box that a paragraph stands in, if any, its role by place, and the innermost cell."""
    cell = None
    for above in paragraph.iterancestors():
        tag = short(above.tag)
        if tag == "w:txbxContent" or tag in PROPERTIES:
            return above, Role.TEXT_BOX, cell
        if cell is None and tag == "w:tc":
            cell = above
    return None, KIND_ROLES.get(kind, Role.TABLE_CELL if cell is not None else Role.PARAGRAPH), cell


def _taken_out(box: etree._Element | None) -> str:
    """Why text in this box is not translated: deleted or moved with it, or where no text may be; or nothing."""
    if box is None:
        return ""
    if short(box.tag) != "w:txbxContent":
        return "text inside properties"
    return "deleted text" if any(short(one.tag) in ("w:del", "w:moveFrom") for one in box.iterancestors()) else ""


def _role_by_style(style: Style, paragraph: etree._Element) -> Role:
    if style.name.lower().startswith("caption"):
        return Role.CAPTION
    properties = paragraph[0]
    numbered = short(properties.tag) == "w:pPr" and any(short(one.tag) == "w:numPr" for one in properties)
    return Role.LIST_ITEM if numbered or style.listed else Role.PARAGRAPH


def write_value(spot: ValueSpot, text: str) -> None:
    """Put a new text where the old one was."""
    full_text = spot.head + text + spot.tail
    if spot.attribute is None:
        spot.element.text = full_text
    else:
        spot.element.set(spot.attribute, full_text)


def paragraphs(root: etree._Element) -> Iterator[etree._Element]:
    """All paragraphs of a part, in order."""
    return root.iter(*PARAGRAPHS)
