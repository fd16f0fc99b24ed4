"""Words that a pair cuts: ``H<sub>2</sub>O``, ``before<sup>1</sup>``, ``5<sup>th</sup>``.

A translation mostly has a formula or unit as it was: its pairs go around the same characters.
Of a word that was translated, a note's mark and what stands for an ordinal's ending are looked
for at the end of its word. No pair that cuts a word is laid around the whole of it here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from unicodedata import category

from parsers.document import has_letters
from parsers.phrases import UNSPACED
from pipeline.flat import PIN, PLACEHOLDER, Flat, Pair, Span

RAISED = frozenset({"sub", "sup", "raised"})
"""Labels of pairs above or below the line, of HTML and Word."""
MOST_LETTERS = 3
"""Letters that a raised note mark or index may have: ``a``, ``TM``, ``max``."""
PROSE = re.compile(r"[^\W\d_]{3}")
NEAR = 8
"""Characters before a mark that tell what it follows."""
CLOSING = ".,;:!?…)]}”’»\"'"
_OF_WORD = rf"[^\W_{UNSPACED}]"
_UNSPACED = re.compile(f"[{UNSPACED}]")


@dataclass(frozen=True, slots=True)
class CutWord:
    """A word of a flat text with the pairs that lie in it."""

    start: int
    end: int
    pairs: tuple[int, ...]


def cut_words(flat: Flat) -> list[CutWord]:
    """The words inside which a pair begins or ends, in order; pairs around Codes and phrases cut none."""
    spans: list[Span] = []
    for number in flat.order:
        pair = flat.pairs[number]
        inner = flat.text[pair.start:pair.end]
        if not inner.strip() or (has_letters(inner) and len(inner.split()) > 1):
            continue
        if any(flat.atoms[char].label != PIN for char in PLACEHOLDER.findall(inner)):
            continue
        start, end = _widened(flat, pair)
        if (start, end) != (pair.start, pair.end):
            spans.append((start, end))
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    inside: list[list[int]] = [[] for _ in merged]
    for number in flat.order:
        pair = flat.pairs[number]
        at = bisect_right(merged, pair.start, key=lambda span: span[0]) - 1
        if at >= 0 and pair.start < pair.end <= merged[at][1]:
            inside[at].append(number)
    return [CutWord(*span, tuple(numbers)) for span, numbers in zip(merged, inside, strict=True)]


def _widened(flat: Flat, pair: Pair) -> Span:
    """A pair's stretch with the rest of the word on either side of it."""
    text, start, end = flat.text, pair.start, pair.end
    if not text[start].isspace():
        while start and (_is_of_word(text[start - 1]) or _is_pinned(flat, text[start - 1])):
            start -= 1
    if not text[end - 1].isspace():
        while end < len(text) and (_is_of_word(text[end]) or _is_pinned(flat, text[end])):
            end += 1
    return start, end


def _is_of_word(char: str) -> bool:
    """Letters, digits, accents and signs such as ``+``; no script that writes its words together."""
    return (char.isalnum() or category(char)[0] in "SM") and not _UNSPACED.match(char)


def _is_pinned(flat: Flat, char: str) -> bool:
    return char in flat.atoms and flat.atoms[char].label == PIN


def places(flat: Flat, text: str) -> dict[int, Span]:
    """Pair id → its stretch in a translation, for the pairs of cut words of which it can be told."""
    found: dict[int, Span] = {}
    spots = _Spots(text)
    translated: list[CutWord] = []
    for word in cut_words(flat):
        at = spots.nearest(_whole(flat.text[word.start:word.end]), word.start / len(flat.text))
        if at is None:
            translated.append(word)
            continue
        shift = at[0] - word.start
        found.update({n: (flat.pairs[n].start + shift, flat.pairs[n].end + shift) for n in word.pairs})
    for word in translated:
        for number in word.pairs:
            ending = _ending(flat, word, number)
            at = spots.nearest(ending, word.end / len(flat.text)) if ending else None
            if at is not None:
                found.update({n: at for n in word.pairs if _same(flat.pairs[n], flat.pairs[number])})
                break
    return found


class _Spots:
    """Places in a translation, each given once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._free: dict[str, list[Span]] = {}
        self._used = bytearray(len(text))

    def nearest(self, pattern: str, share: float) -> Span | None:
        """What group 1 of a pattern matches nearest to a relative place."""
        if pattern not in self._free:
            self._free[pattern] = [match.span(1) for match in re.finditer(pattern, self._text)]
        free = self._free[pattern] = [span for span in self._free[pattern] if not any(self._used[slice(*span)])]
        at = min(free, key=lambda span: abs(span[0] / len(self._text) - share), default=None)
        if at is not None:
            self._used[slice(*at)] = b"1" * (at[1] - at[0])
        return at


def _same(one: Pair, other: Pair) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _whole(word: str) -> str:
    """Finds a word that is no part of a longer one."""
    return rf"(?<!{_OF_WORD})({re.escape(word)})(?!{_OF_WORD})"


def _ending(flat: Flat, word: CutWord, number: int) -> str:
    """Finds what may stand for the last part of a word: the same note mark, or any ending of the same number."""
    pair = flat.pairs[number]
    inner, before = flat.text[pair.start:pair.end], flat.text[word.start:pair.start]
    if pair.end != word.end or not before:
        return ""
    if has_letters(inner):
        return rf"(?<!\d){before}([^\W\d_]+)" if before.isdecimal() else ""
    return rf"(?<=[^\W\d_])({re.escape(inner)})(?!\w)" if has_letters(before) else ""


# ---- what a translator need not read ---------------------------------------------------------------
def notes(flat: Flat) -> list[Span]:
    """Marks of notes after a word or its punctuation: raised, or with digits and no letters.

    ``before<sup>1</sup>``, ``authors.<sup>a, b</sup>``, ``Acme<sup>TM</sup>``, ``text<a>[1]</a>``; without
    letters a raised one may also stand alone: ``<sup>1</sup> University of …``.
    """
    found: list[Span] = []
    for number in flat.order:
        pair = flat.pairs[number]
        inner = flat.text[pair.start:pair.end]
        if pair.end <= (found[-1][1] if found else 0) or not inner.strip() or inner[0].isspace():
            continue
        raised = _raised(flat, number)
        letters = sum(map(str.isalpha, inner))
        is_mark = letters <= MOST_LETTERS if raised else not letters and any(map(str.isdigit, inner))
        before, after = flat.text[max(0, pair.start - NEAR):pair.start], flat.text[pair.end:pair.end + 1]
        if not is_mark or (after and _is_of_word(after)):
            continue
        stands_free = raised and not letters and (not before or before[-1].isspace())
        if stands_free or _follows_prose(before) or (
                (raised or pair.open.label == "link") and _follows_end(before)):
            found.append((pair.start, pair.end))
    return found


def _follows_prose(before: str) -> bool:
    return PROSE.fullmatch(before[-3:].lower()) is not None and not before[-3:].isupper()


def _follows_end(before: str) -> bool:
    """Does a text end with a Code, or with punctuation after anything?"""
    if PLACEHOLDER.match(before[-1:]):
        return True
    bare = before.rstrip(CLOSING)
    return bare not in (before, "") and not bare[-1].isspace()


def _raised(flat: Flat, number: int) -> bool:
    """Is a pair, or the one that is all of it, above or below the line?"""
    inner: int | None = number
    while inner is not None:
        pair = flat.pairs[inner]
        if pair.open.label in RAISED:
            return True
        inner = next((child for child in pair.children if _same(pair, flat.pairs[child])), None)
    return False


def formulas(flat: Flat, text: str) -> list[Span]:
    """Cut words without prose, raised in part, that a translation does not have as they were."""
    found = places(flat, text)
    return [(word.start, word.end) for word in cut_words(flat)
            if not any(number in found for number in word.pairs)
            and any(_raised(flat, number) for number in word.pairs)
            and not PROSE.search(flat.text, word.start, word.end)
            and not any(_cross(pair, word) for pair in flat.pairs.values())]


def _cross(pair: Pair, word: CutWord) -> bool:
    """Does a pair lie partly inside a word and partly outside?"""
    return (word.start < pair.start < word.end < pair.end) or (pair.start < word.start < pair.end < word.end)
