"""What stands around a segment, in the source language: what an engine reads before it translates.

Everything is taken from the source document alone, so that each segment can be translated by
itself, in any order, on any machine. A segment's own text does not occur in its context.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from parsers.document import Role, Segment, has_letters, readable
from pipeline.engines import Context
from pipeline.excerpts import beginning, ending, fits, is_short, size

NEIGHBOURS = 3
"""Source segments before this one that go along."""
PREVIOUS = 800
"""Budget for them in bytes of UTF-8: about 200 tokens. An engine with a tokenizer cuts more closely."""
SIBLINGS = 600
"""Budget for the other items of a list, the other cells of a row, the texts after a label: about 150 tokens."""
HEADING = 120
"""Bytes of a heading or of the header of a cell; a longer one is a text in the dress of a heading."""
FOLLOWING = 2
"""Texts after a label that is neither in a list nor in a table."""
AROUND = 8
"""Items or cells on either side that are looked at where the whole list or row is too long."""
REACH = 24
"""Segments on either side that are looked at for neighbours."""
LEAST = 40
"""Bytes; what is cut to less says nothing."""

APART = frozenset({Role.HEADER, Role.FOOTER, Role.FOOTNOTE, Role.COMMENT, Role.CHART})
"""Texts beside the running one; only others of their kind stand around them."""
ATTACHED = frozenset({Role.ATTRIBUTE, Role.ALT_TEXT, Role.FORM})
"""Texts that are no part of what is told around them, and so no context for it."""


class Windows:
    """The contexts of the segments of one document."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._texts = [" ".join(readable(segment.content).split()) for segment in segments]
        self._items: dict[str, list[int]] = {}               # list → its segments
        self._cells: dict[str, list[int]] = {}               # table → its segments that stand in cells
        self._rows: dict[tuple[str, int], list[int]] = {}
        self._headers: dict[tuple[str, int], str] = {}       # table and column → text
        self._sizes: dict[str, int] = {}                     # list → bytes
        for at, segment in enumerate(segments):
            if segment.cell is not None:
                self._enter(at, segment.group, *segment.cell)
            elif segment.group:
                self._items.setdefault(segment.group, []).append(at)
                self._sizes[segment.group] = self._sizes.get(segment.group, 0) + size(self._texts[at])

    def _enter(self, at: int, table: str, row: int, column: int) -> None:
        self._cells.setdefault(table, []).append(at)
        self._rows.setdefault((table, row), []).append(at)
        if row == 0 and size(above := self._headers.get((table, column), "")) < HEADING:
            self._headers[table, column] = beginning(f"{above} {self._texts[at]}".lstrip(), HEADING)

    def context(self, at: int) -> Context:
        """The context of the segment with this index."""
        segment, own = self._segments[at], self._texts[at]
        headings = tuple(beginning(text, HEADING) for text in segment.path if text != own)
        if segment.cell is not None:
            header = self._header(at)
            return Context(headings, self._previous(at, self._cells[segment.group]), " / ".join(header),
                           self._row(at, header))
        items = self._items.get(segment.group, ()) if segment.group not in self._cells else ()
        if items and self._sizes[segment.group] <= SIBLINGS:
            siblings = tuple(dict.fromkeys(text for n in items if (text := self._texts[n]) not in ("", own)))
        elif not is_short(own):
            siblings, items = (), ()
        else:
            siblings = self._near(at, items) if items else tuple(self._after(at))
        return Context(headings, self._previous(at, items), siblings=siblings)

    def setting(self, at: int) -> tuple[bool, str] | None:
        """What tells short segments with the same text apart; None for a text that stands alone.

        “Open” on a button is not “Open” in a column “Status”, nor that in a column “Price”. But a link
        and its title, a heading and its entry in a table of contents are to be the same.
        """
        if not is_short(self._texts[at]):
            return None
        return self._segments[at].role is Role.FORM, self._column(at)

    # ---- what a table says of a cell

    def _column(self, at: int) -> str:
        """The header of the column, or nothing."""
        segment = self._segments[at]
        if segment.cell is None or segment.cell[0] == 0:
            return ""
        header = self._headers.get((segment.group, segment.cell[1]), "")
        return header if header != self._texts[at] else ""

    def _header(self, at: int) -> tuple[str, ...]:
        """The header of the column and the first cell of the row, as far as they have words."""
        segment, own = self._segments[at], self._texts[at]
        if segment.cell is None:
            return ()
        row, column = segment.cell
        first = self._rows[segment.group, row][0]
        named = row and column and self._segments[first].cell == (row, 0) and has_letters(self._texts[first])
        label = beginning(self._texts[first], HEADING) if named else ""
        return tuple(text for text in (self._column(at), label) if text not in ("", own))

    def _row(self, at: int, header: Sequence[str]) -> tuple[str, ...]:
        """The other cells of the row, without what the header says."""
        segment = self._segments[at]
        if segment.cell is None:
            return ()
        return tuple(text for text in self._near(at, self._rows[segment.group, segment.cell[0]]) if text not in header)

    # ---- before, beside and after

    def _previous(self, at: int, beside: Sequence[int]) -> tuple[str, ...]:
        """The nearest texts before this one, oldest first; not those beside it, nor what its headings say."""
        said = {"", self._texts[at], *self._segments[at].path}
        chosen: list[str] = []
        room = PREVIOUS
        for n in self._before(at, beside):
            if self._texts[n] not in said:
                chosen.append(ending(self._texts[n], room))
                said.add(self._texts[n])
                room -= size(chosen[-1])
            if len(chosen) == NEIGHBOURS or room < LEAST:
                break
        return tuple(reversed(chosen))

    def _before(self, at: int, beside: Sequence[int]) -> Iterator[int]:
        """Segments before this one, nearest first: those in its own cell, then those before its list or table."""
        segment = self._segments[at]
        n = at
        for _ in range(REACH):
            n -= 1
            if beside and n >= beside[0]:
                other = self._segments[n]
                if segment.cell is None or (other.group == segment.group and other.cell != segment.cell):
                    n = beside[0] - 1
            if n < 0:
                return
            if _serves(self._segments[n], segment):
                yield n

    def _near(self, at: int, members: Sequence[int]) -> tuple[str, ...]:
        """The members of a list or row nearest to this one, within the budget, in their order."""
        spot, cell = bisect_left(members, at), self._segments[at].cell
        chosen: dict[int, str] = {}
        room = SIBLINGS
        for n in sorted(members[max(spot - AROUND, 0):spot + AROUND + 1], key=lambda n: abs(n - at)):
            text = self._texts[n]
            same = cell is not None and self._segments[n].cell == cell
            if same or text in ("", self._texts[at]) or text in chosen.values():
                continue
            if room < LEAST and not fits(text, room):
                break
            chosen[n] = beginning(text, room)
            room -= size(chosen[n])
        return tuple(chosen[n] for n in sorted(chosen))

    def _after(self, at: int) -> Iterator[str]:
        """The beginnings of the texts after this one."""
        found = 0
        for n in range(at + 1, min(at + 1 + REACH, len(self._segments))):
            if self._texts[n] not in ("", self._texts[at]) and _serves(self._segments[n], self._segments[at]):
                yield beginning(self._texts[n], SIBLINGS // FOLLOWING)
                found += 1
            if found == FOLLOWING:
                return


def _serves(other: Segment, segment: Segment) -> bool:
    """True if one segment is context for another that it stands beside."""
    if APART & {other.role, segment.role}:
        return other.role is segment.role
    return other.role not in ATTACHED or segment.role in ATTACHED
