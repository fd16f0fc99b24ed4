"""In which list, table and cell the text of an element stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

COLUMNS = 64
"""Columns in which cells that reach into the rows below are followed; real tables have no more, hostile ones do."""


LONGEST_SPAN = 1000
"""Columns (HTML §4.9.11); of rows more are allowed, but not met."""


@dataclass(slots=True)
class _Row:
    in_head: bool
    headings: bool = False
    """It has a ``th``."""
    values: bool = False
    """It has a ``td``; one in the first column does not count, as it is the corner above the names of rows."""

    @property
    def is_header(self) -> bool:
        return self.in_head or (self.headings and not self.values)


class Grid:
    """The rows and columns of a table as its start tags are read (HTML §4.9.12)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rows: list[_Row] = []
        self._column = 0
        self._reach: dict[int, int] = {}                     # column → the last row that a cell above reaches into

    def begin_row(self, *, in_head: bool) -> None:
        """Note a ``tr``."""
        self._rows.append(_Row(in_head))
        self._column = 0

    def begin_cell(self, across: int, down: int, *, heading: bool) -> Cell:
        """Note a cell that spans so many columns and rows."""
        if not self._rows:
            self.begin_row(in_head=False)
        row, last = len(self._rows) - 1, self._rows[-1]
        while self._reach.get(self._column, -1) >= row:
            self._column += 1
        column = self._column
        self._column += across
        if down > 1:
            self._reach |= dict.fromkeys(range(column, min(self._column, COLUMNS)), row + down - 1)
        last.headings |= heading
        last.values |= not heading and column > 0
        return Cell(self, row, column)

    @cached_property
    def headers(self) -> int:
        """How many rows at the top are the header; to be asked when the whole table has been read.

        None if all rows look like one.
        """
        return next((n for n, row in enumerate(self._rows) if not row.is_header), 0)


def span(value: str) -> int:
    """How many columns or rows a cell says that it spans (HTML §4.9.11)."""
    digits = value.strip()
    return min(max(int(digits), 1), LONGEST_SPAN) if digits.isdecimal() and len(digits) < 6 else 1


class Cell(NamedTuple):
    """A cell of a table."""

    grid: Grid
    row: int
    """Counted from 0 whether it is a header or not."""
    column: int

    @property
    def place(self) -> tuple[int, int]:
        """Row and column as `parsers.document.Segment.cell` counts them; to be asked when the table has been read."""
        return max(self.row - self.grid.headers + 1, 0), self.column


class Stand(NamedTuple):
    """Where a text stands."""

    group: str = ""
    """The innermost list or table."""
    grid: Grid | None = None
    """The innermost table, also around that list."""
    cell: Cell | None = None
    """If the innermost is a table."""


NOWHERE = Stand()
