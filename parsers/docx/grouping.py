"""In which list, table and cell a paragraph stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TypeAlias

from lxml import etree

from parsers.docx.names import attribute, full, short
from parsers.groups import LIST, TABLE, Groups

Stand: TypeAlias = tuple[str, tuple[int, int] | None]
"""`parsers.document.Segment.group` and ``cell``."""

NOWHERE: Stand = ("", None)

WRAPPERS = frozenset({"w:sdt", "w:sdtContent", "w:customXml"})
"""What may stand between a table and its rows or a row and its cells (ISO/IEC 29500-1 §17.5)."""

MOST_SPANNED = 63
"""Columns that Word lets a table have."""

LEVELS = 9
"""Of a Word list (§17.9.6); lists that are nested deeper are taken for new ones."""

_TABLE, _TEXT = full("w:tbl"), full("w:t")
_OFF = ("0", "false", "off")
_FIRST_ROW = 0x20
"""The bit of ``w:tblLook`` that gives the first row a look of its own (§17.4.55)."""


@dataclass(slots=True)
class Tables:
    """The tables of a part; each is looked through when its first text is met."""

    groups: Groups
    _stands: dict[etree._Element, Stand] = field(default_factory=dict)

    def stand(self, cell: etree._Element) -> Stand:
        """Where the text of a ``w:tc`` stands."""
        if cell not in self._stands:
            table = next(cell.iterancestors(*_TABLE), None)
            self._stands[cell] = NOWHERE                     # of a table that is built in no known way
            if table is not None:
                self._look_through(table)
        return self._stands[cell]

    def _look_through(self, table: etree._Element) -> None:
        name = self.groups.name(TABLE)
        rows = list(_inside(table, "w:tr"))
        headers = _headers(table, rows)
        for number, row in enumerate(rows):
            column = _number(row, "w:trPr", "w:gridBefore")
            for cell in _inside(row, "w:tc"):
                self._stands[cell] = name, (max(number - headers + 1, 0), column)
                column += max(_number(cell, "w:tcPr", "w:gridSpan"), 1)


def _inside(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The rows of a table, or the cells of a row; not those of tables in them."""
    for child in element:
        tag = short(child.tag)
        if tag == wanted:
            yield child
        elif tag in WRAPPERS:
            yield from _inside(child, wanted)


def _headers(table: etree._Element, rows: list[etree._Element]) -> int:
    """How many rows at the top are the header.

    Those that are repeated on each page (§17.4.49). If none is: the first, if it has a look of its
    own and names every column after the first.
    """
    repeated = sum(1 for _ in takewhile(lambda row: _on(row, "w:trPr", "w:tblHeader"), rows))
    if repeated or len(rows) < 2 or not _first_row_differs(table):
        return repeated if repeated < len(rows) else 0
    named = [any((text.text or "").strip() for text in cell.iter(*_TEXT)) for cell in _inside(rows[0], "w:tc")]
    return int(len(named) > 1 and all(named[1:]))


def _first_row_differs(table: etree._Element) -> bool:
    look = _property(table, "w:tblPr", "w:tblLook")
    if look is None:
        return False
    said = attribute(look, "w:firstRow")
    if said:
        return said not in _OFF
    try:
        return bool(int(attribute(look, "w:val") or "0", 16) & _FIRST_ROW)
    except ValueError:
        return False


def _property(element: etree._Element, holder: str, name: str) -> etree._Element | None:
    for child in element:
        if short(child.tag) == holder:
            return next((one for one in child if short(one.tag) == name), None)
    return None


def _on(element: etree._Element, holder: str, name: str) -> bool:
    found = _property(element, holder, name)
    return found is not None and attribute(found, "w:val") not in _OFF


def _number(element: etree._Element, holder: str, name: str) -> int:
    found = _property(element, holder, name)
    value = attribute(found, "w:val") if found is not None else ""
    return min(int(value), MOST_SPANNED) if value.isdecimal() and len(value) < 6 else 0


@dataclass(slots=True)
class Lists:
    """Follows the paragraphs of a part; items that follow one another at one level are a list.

    Word knows no lists, only paragraphs with a number and a level (§17.9.18, §17.9.3).
    """

    groups: Groups
    _open: list[tuple[tuple[str, str], str]] = field(default_factory=list)
    """Numbering and level of each list that goes on, with its name; nested ones after those that they stand in."""

    def item(self, properties: etree._Element, style: str) -> Stand:
        """Where an item stands, from its ``w:pPr`` and the name of its style."""
        number = _property(properties, "w:numPr", "w:numId")
        level = _property(properties, "w:numPr", "w:ilvl")
        key = (attribute(number, "w:val") if number is not None else style,
               attribute(level, "w:val") if level is not None else "0")
        while any(known == key for known, _ in self._open):
            if self._open[-1][0] == key:
                return self._open[-1][1], None
            self._open.pop()
        self._open[LEVELS - 1:] = [(key, self.groups.name(LIST))]
        return self._open[-1][1], None

    def end(self) -> None:
        """A paragraph that is no item ends all lists."""
        self._open.clear()
