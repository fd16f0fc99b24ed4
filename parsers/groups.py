"""Names for the lists and tables of a document, so that a segment can say in which one it stands."""

from __future__ import annotations

from collections import Counter

LIST, TABLE = "list", "table"


class Groups:
    """Counts the lists and tables of one document in the order in which they are met."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def name(self, kind: str) -> str:
        """A name that no other list or table has: ``list 3``, ``table 2``."""
        self._counts[kind] += 1
        return f"{kind} {self._counts[kind]}"
