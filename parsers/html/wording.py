"""Source text ↔ plain text: character references and line ends, with their offsets and spellings."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html.entities import html5
from typing import NamedTuple

from parsers.encoding import sound

_UNIT = re.compile(r"&(?:\#[0-9]++;?|\#[xX][0-9a-fA-F]++;?|[A-Za-z][A-Za-z0-9]*+;?)|\r\n?"
                   r"|[\udc00-\udcff]++|[\0-\x08\x0b\x0e-\x1f\x7f]++")
"""What stands for something else than itself, or is no text at all."""

_HINT = re.compile("[&\r\udc00-\udcff\0-\x08\x0b\x0e-\x1f\x7f]")
"""Where none of these is, `_UNIT` finds nothing."""

_UNREADABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff]")
"""Control characters and noncharacters: never of a translation (HTML §13.1.4)."""

_UNCLEAN = re.compile("[\0-\x08\x0b-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")

_LONGEST_BARE_NAME = 6
"""Of the names that are read without a semicolon (HTML §13.5): ``Aacute``, ``frac12``."""

OPAQUE = "\ufffc"
"""Stands in a reading for what is no text: an undecodable byte, a control character."""


class Reading(NamedTuple):
    """A stretch of source as plain text, and where each of its characters stands."""

    text: str
    joints: tuple[int, ...]
    """Offsets in ``text`` at which a unit of another length in the source begins or ends."""
    places: tuple[int, ...]
    """Their offsets in the source."""
    opaque: tuple[tuple[int, int], ...] = ()
    """Spans of ``text`` that no engine may see."""

    def place(self, offset: int) -> int:
        """The source offset at which the character begins (or the text ends)."""
        at = bisect_right(self.joints, offset) - 1
        return self.places[at] + offset - self.joints[at]

    def place_after(self, offset: int) -> int:
        """The source offset at which the character before ``offset`` has ended."""
        at = max(bisect_left(self.joints, offset) - 1, 0)
        if at + 1 < len(self.joints) and self.joints[at + 1] == offset:
            return self.places[at + 1]
        return self.places[at] + offset - self.joints[at]


def read(source: str, start: int, end: int, *, attribute: bool = False) -> Reading:
    """The plain text of ``source[start:end]``: references decoded, line ends ``\\n``."""
    if _HINT.search(source, start, end) is None:
        return Reading(source[start:end], (0,), (start,))
    units = list(_units(source, start, end, attribute=attribute))
    out: list[str] = []
    joints, places, opaque = [0], [start], []
    length, at = 0, start
    for begin, after, value, plain in units:
        out += (source[at:begin], value)
        length += begin - at
        joints.append(length)
        places.append(begin)
        if not plain:
            opaque.append((length, length + len(value)))
        length += len(value)
        joints.append(length)
        places.append(after)
        at = after
    out.append(source[at:end])
    return Reading("".join(out), tuple(joints), tuple(places), tuple(opaque))


def value_of(source: str, start: int, end: int) -> str:
    """An attribute's value as a browser reads it."""
    raw = source[start:end]
    return read(raw, 0, len(raw), attribute=True).text if "&" in raw else raw


def spellings(source: str, spans: Iterable[tuple[int, int]], *, attribute: bool = False) -> dict[str, list[str]]:
    """How each special character of these spans is spelled, occurrence by occurrence.

    Holds the characters that HTML itself uses, and those that are no letters and were written
    as a reference at least once.
    """
    found: dict[str, list[str]] = {char: [] for char in "&<>\"'"}
    spans = [span for span in spans if _TOLD.search(source, *span)]
    if not spans:
        return found
    parts = [(source[start:end], list(_units(source, start, end, attribute=attribute)), start) for start, end in spans]
    for _, units, _ in parts:
        for begin, _, value, plain in units:
            if plain and source[begin] == "&" and not value.isalpha():
                found.setdefault(value, [])
    chars = _any_of(found)
    for part, units, start in parts:
        at = 0
        for begin, after, value, plain in [*units, (start + len(part), 0, "", False)]:
            for char in chars.findall(part, at, begin - start):
                found[char].append(char)
            if plain and value in found:
                found[value].append(source[begin:after])
            at = after - start
    return found


class Speller:
    """Writes the texts of one segment, one after another, into their place."""

    def __init__(self, known: Mapping[str, list[str]], *, quote: str = "", newline: str = "\n",
                 xml: bool = False) -> None:
        """Prepare for one segment.

        ``known`` comes from `spellings`: the k-th occurrence is spelled as the k-th of the source
        was. ``quote`` is that around an attribute's value, empty in text. With ``xml`` nothing
        stands bare that only an HTML reader forgives.
        """
        self.known, self.quote, self.newline, self.xml = known, quote, newline, xml
        self.seen: Counter[str] = Counter()
        self.special = _ALWAYS_SPECIAL if len(known) == _COMMON else _any_of([*known, "\n", "{{", "{%", "{#"])

    def write(self, text: str) -> str:
        """The source text of a plain text."""
        text = clean(text)
        return self.special.sub(lambda match: self._spell(match[0], match.string, match.end()), text)

    def _spell(self, char: str, text: str, after: int) -> str:
        if char == "\n":
            return self.newline
        if char in ("{{", "{%", "{#"):                       # no template may come from a translation
            return f"{{&#{ord(char[1])};"
        known = self.known.get(char)
        bare = char if char in "\"'" else None
        if known:
            spelled = known[min(self.seen[char], len(known) - 1)]
            self.seen[char] += 1
            if spelled != char:
                return spelled
            bare = char
        if char not in "&<>\"'":
            return char
        if bare and self._may_stand_bare(char, text, after):
            return bare
        return {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}[char]

    def _may_stand_bare(self, char: str, text: str, after: int) -> bool:
        if char in "\"'":
            return char != self.quote
        if char == ">":
            return not (self.xml and text.endswith("]]", 0, after - 1))
        if self.xml:
            return False
        following = text[after:after + 40]
        if char == "<":
            return following[:1].isspace() or following[:1].isdigit()
        if not following or following[0] == "#":
            return False
        name = re.match(r"[A-Za-z0-9]*", following)
        return not name or not name[0] or html.unescape(f"&{name[0]};") == f"&{name[0]};"


def _any_of(strings: Iterable[str]) -> re.Pattern[str]:
    """Any of these strings, the longest first."""
    return re.compile("|".join(map(re.escape, sorted(strings, key=len, reverse=True))))


_TOLD = re.compile("[&<>\"']")
_COMMON = 5
_ALWAYS_SPECIAL = _any_of([*"&<>\"'", "\n", "{{", "{%", "{#"])


def clean(text: str) -> str:
    """Text from outside as HTML can hold it: no control characters, one kind of line end."""
    if _UNCLEAN.search(text) is None:
        return text
    return _UNREADABLE.sub("", sound(text).replace("\r\n", "\n").replace("\r", "\n"))


_Unit = tuple[int, int, str, bool]
"""Start, end, what a reader sees, and whether an engine may see it too."""


def _units(source: str, start: int, end: int, *, attribute: bool) -> Iterator[_Unit]:
    """Everything that stands for something else than itself."""
    at = start
    while (match := _UNIT.search(source, at, end)) is not None:
        at = match.end()
        if match[0][0] == "&":
            found = _reference(match[0], source[at:min(at + 1, end)], attribute=attribute)
            if found is not None:
                size, value, plain = found
                at = match.start() + size
                yield match.start(), at, value, plain
        elif match[0][0] == "\r":
            yield match.start(), at, "\n", True
        else:
            yield match.start(), at, OPAQUE, False


def _reference(written: str, following: str, *, attribute: bool) -> tuple[int, str, bool] | None:
    """Length, meaning and plainness of a character reference, or None if there is none (HTML §13.2.5.72 ff.).

    Not plain are those to control characters and to several characters, and names that HTML
    does not know: they may be a site's own entities.
    """
    if written[1] == "#":
        value = html.unescape(written)
        strange = not value or value == "\r" or _UNREADABLE.match(value) is not None
        return len(written), OPAQUE if strange else value, not strange
    name = written[1:]
    if name.endswith(";"):
        value = html5.get(name, written)
        return len(written), value, len(value) == 1
    for size in range(min(len(name), _LONGEST_BARE_NAME), 1, -1):
        if name[:size] in html5:
            after = name[size:size + 1] or following
            if attribute and (after == "=" or (after.isascii() and after.isalnum())):
                return None
            return size + 1, html5[name[:size]], True
    return None
