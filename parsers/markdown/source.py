"""A document's text as the grammar reads it, and the way back to the text as it was written."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Source:
    """The same text twice: as written, and with ``\\n`` for every line end (CommonMark §2.1)."""

    text: str
    flat: str
    """Line ends and U+0000 replaced; what stands in it has an offset of its own."""
    newline: str
    """The line end that most lines have."""
    pairs: tuple[int, ...]
    """Offsets in ``flat`` of the line ends that are two characters long in ``text``."""

    def origin(self, offset: int) -> int:
        """Offset in ``flat`` → offset in ``text``."""
        return offset + bisect_left(self.pairs, offset) if self.pairs else offset

    def slice(self, start: int, end: int) -> str:
        """The text as written between two offsets in ``flat``."""
        return self.text[self.origin(start):self.origin(end)]


def read_source(text: str) -> Source:
    """Normalise line ends and keep the map."""
    if "\r" not in text:
        return Source(text, text.replace("\0", "\ufffd"), "\n", ())
    pairs: list[int] = []
    parts: list[str] = []
    kinds: Counter[str] = Counter()
    at = length = 0
    for match in NEWLINE.finditer(text):
        parts += (text[at:match.start()], "\n")
        length += match.start() - at
        if match[0] == "\r\n":
            pairs.append(length)
        kinds[match[0]] += 1
        length += 1
        at = match.end()
    parts.append(text[at:])
    return Source(text, "".join(parts).replace("\0", "\ufffd"), kinds.most_common(1)[0][0], tuple(pairs))


@dataclass(frozen=True, slots=True)
class OffsetMap:
    """Offsets in a block's content → offsets in ``Source.flat``, linear between the stops."""

    here: Sequence[int]
    there: Sequence[int]

    def __getitem__(self, offset: int) -> int:
        """Where the character at this offset of the content stands."""
        at = max(bisect_right(self.here, offset) - 1, 0)
        return self.there[at] + offset - self.here[at]


def map_lines(content: str, ends: Sequence[int], first: int, flat: str) -> OffsetMap:
    """The map of a block's content, whose every line is the end of a source line.

    ``ends`` are the offsets of the line ends, ``first`` the number of the first line. Only
    the white space after the last line may be missing in the content.
    """
    here: list[int] = []
    there: list[int] = []
    at = 0
    for number, line in enumerate(content.split("\n"), first):
        bare = line.lstrip(" \t")
        end = ends[number] if number < len(ends) else len(flat)
        while end and not flat.startswith(bare, end - len(bare)) and flat[end - 1] in " \t":
            end -= 1
        here.append(at + len(line) - len(bare))
        there.append(end - len(bare))
        at += len(line) + 1
    return OffsetMap(here, there)
