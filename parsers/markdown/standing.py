"""In which list, table and cell the text of a block stands."""

from __future__ import annotations

from parsers.groups import LIST, TABLE, Groups

_OPENING = {"bullet_list_open": LIST, "ordered_list_open": LIST, "dl_open": LIST, "table_open": TABLE}
_CLOSING = frozenset(name.replace("_open", "_close") for name in _OPENING)


class Standing:
    """Follows the block tokens of a document."""

    def __init__(self) -> None:
        self.groups = Groups()
        self._open: list[str] = []
        self._row = self._column = -1

    @property
    def group(self) -> str:
        """The innermost list or table that is open."""
        return self._open[-1] if self._open else ""

    @property
    def cell(self) -> tuple[int, int] | None:
        """The cell that is open; its row is 0 in the header, which every table has (GFM §4.10)."""
        return (self._row, self._column) if self._column >= 0 else None

    def follow(self, kind: str) -> None:
        """Note the type of the next token that opens or closes something."""
        if kind in ("td_open", "th_open"):
            self._column += 1
        elif kind == "tr_open":
            self._row, self._column = self._row + 1, -1
        elif kind in _OPENING:
            self._open.append(self.groups.name(_OPENING[kind]))
        elif kind in _CLOSING and self._open:
            self._open.pop()
            self._row = self._column = -1                    # no table stands in a table
