"""The lines of a text as the block rules see them."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any, Literal, cast

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import lheading as plain_lheading
from markdown_it.token import Token

_UNDERLINE = re.compile(r"^[ \t>]*[-=]", re.MULTILINE)

_COLUMNS = re.compile(r"^[ \t>]*-{2,}(?: +-{2,})+[ \t]*$", re.MULTILINE)
_BARE = {"+": re.compile(r"^[ \t>]*\+{3,}[ \t]*$", re.MULTILINE),
         "/": re.compile(r"^[ \t>]*/{3,}[ \t]*$", re.MULTILINE)}

_NEAR = 20
"""Lines that are looked at for an empty one before the rule is asked."""


class SpanState(StateBlock):
    """Block state that notes where a block's text begins in its first line."""

    row: Token | None = None
    column = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.underlines = list(_numbers(_UNDERLINE, self.src))
        """The numbers of the lines that begin like the underline of a heading, in order."""
        self.columns = frozenset(_numbers(_COLUMNS, self.src)) if "-- " in self.src else frozenset()
        """The numbers of the lines of groups of dashes, with which Pandoc draws columns."""
        self.last_bare = dict.fromkeys("+/", -1)
        """Character → the number of the last line of three or more of it and nothing else."""
        for sign, marks in (("+", "+++"), ("/", "///")):
            if marks in self.src:
                self.last_bare[sign] = max(_numbers(_BARE[sign], self.src), default=-1)

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """As in the base class; an inline token gets ``meta["at"]`` and, in a table, its column."""
        token = super().push(ttype, tag, nesting)
        if ttype == "tr_open":
            self.row, self.column = token, 0
        elif ttype == "inline":
            parent = self.tokens[-2]
            if parent.type in ("th_open", "td_open") and self.row is not None and self.row.map:
                line = self.row.map[0]
                token.meta = {"column": self.column, "end": self.eMarks[line]}
                self.column += 1
            else:
                line = parent.map[0] if parent.map else self.line
            token.meta["at"] = self.bMarks[line] + self.tShift[line]
        return token


def _numbers(pattern: re.Pattern[str], src: str) -> Iterator[int]:
    """The numbers of the lines in which a pattern matches, in order."""
    line = at = 0
    for match in pattern.finditer(src):
        line += src.count("\n", at, match.start())
        at = match.start()
        yield line


def underlined(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A heading with a line below it (CommonMark §4.3); asked only where such a line may be."""
    lines = cast("SpanState", state).underlines
    at = bisect_right(lines, start)
    if at == len(lines) or lines[at] >= end:
        return False
    if lines[at] < start + _NEAR and any(state.isEmpty(line) for line in range(start + 1, lines[at])):
        return False
    return plain_lheading(state, start, end, silent)
