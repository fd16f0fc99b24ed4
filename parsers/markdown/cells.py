"""Where the cells of a table stand in its rows."""

from __future__ import annotations

import re
from itertools import pairwise

from parsers.markdown.source import OffsetMap


def cell_spans(row: str) -> list[tuple[int, int]]:
    """Where the cells of a table's row stand in it (GFM §4.10)."""
    row = row.rstrip(" \t\n")
    edges = [-1, *(match.start() for match in re.finditer(r"(?<!\\)\|", row)), len(row)]
    spans = [(first + 1, last) for first, last in pairwise(edges)]
    if spans and spans[0][0] == spans[0][1]:
        spans.pop(0)
    if spans and spans[-1][0] == spans[-1][1]:
        spans.pop()
    return spans


def cell_map(flat: str, row: int, span: tuple[int, int]) -> OffsetMap:
    """The map of the cell at this span of the row that begins at this offset."""
    cell = flat[row + span[0]:row + span[1]]
    bare = cell.lstrip(" \t\n")
    start = row + span[1] - len(bare)
    here, there = [0], [start]
    for count, match in enumerate(re.finditer(r"\\\|", bare)):
        at = match.start() - count
        here += (at, at + 1)
        there += (start + match.start(), start + match.end())
    return OffsetMap(here, there)
