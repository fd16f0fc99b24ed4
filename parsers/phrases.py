"""Finding many phrases in a text at once: whole words, longest first, in linear time.

Used for do-not-translate lists and for glossaries. A text is cut into tokens: a run of word
characters in scripts that put spaces between words, one character in scripts that do not (so
that a Chinese term is found anywhere), one mark of punctuation. A phrase matches a sequence of
whole tokens; any white space matches any white space, so a line break inside a term is none. White
space beside a character of a script without spaces is none: ``Docker 镜像`` is ``Docker镜像``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

UNSPACED = ("\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\u2fff\u3005-\u3007\u3021-\u30ff"
            "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uf900-\ufaff\uff66-\uff9f"
            "\U0001b000-\U0001b16f\U00020000-\U0003fffd")
"""Ranges of a character class: Thai, Lao, Tibetan, Burmese, Khmer, Han, Kana."""

PUNCTUATION = ("\\x00-/:-@\\[-^`{-\\xa9\\xab-\\xb4\\xb6-\\xb9\\xbb-\\xbf\\xd7\\xf7\u037e\u0387\u055a-\u055f\u0589\u058a"
               "\u05be\u05c0\u05c3\u05f3\u05f4\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u1361-\u1368"
               "\u2000-\u200b\u200e-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\ufe10-\ufe6f\uff00-\uff0f"
               "\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65")
"""What separates words. Zero-width (non-)joiners are missing: they stand inside Persian and Indic words."""

TOKEN = re.compile(f"[{UNSPACED}]|[^\\s{PUNCTUATION}{UNSPACED}]++|[^\\s]")
SPACED = re.compile(f"(\\s*)({TOKEN.pattern})")
WIDE = re.compile(f"[{UNSPACED}]")
"""A character of a script without spaces."""
GAP_OF_NONE = re.compile(f"[{UNSPACED}]\\s+.|.\\s+[{UNSPACED}]", re.DOTALL)
"""White space, with the characters beside it, that people write or leave out."""

FEW = 64
"""First words of phrases up to which it is quicker to look whether a text has any than to cut it into tokens."""

T = TypeVar("T")
Fold = Callable[[str], str]
Token = tuple[str, int, int]


def as_written(text: str) -> str:
    """Unicode NFC, case kept."""
    return unicodedata.normalize("NFC", text)


def case_folded(text: str) -> str:
    """Unicode NFC and full case folding: ``STRASSE`` equals ``Straße`` (Unicode Standard §3.13)."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _any(_value: object, _found: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Occurrence(Generic[T]):
    """A phrase found at ``text[start:end]``."""

    start: int
    end: int
    value: T


@dataclass(slots=True)
class _Node(Generic[T]):
    children: dict[str, _Node[T]] = field(default_factory=dict)
    values: list[T] = field(default_factory=list)


class PhraseIndex(Generic[T]):
    """Phrases with a value each. The last value wins where two phrases are the same after folding."""

    def __init__(self, phrases: Iterable[tuple[str, T]], fold: Fold = as_written) -> None:
        self._fold = fold
        self._root: _Node[T] = _Node()
        for phrase, value in phrases:
            node = self._root
            for token, _, _ in tokens(phrase.strip(), fold):
                node = node.children.setdefault(token, _Node())
            if node is not self._root:
                node.values.append(value)

    def find(self, text: str, accept: Callable[[T, str], bool] = _any) -> list[Occurrence[T]]:
        """Leftmost, longest occurrences that do not overlap.

        ``accept`` is asked with the value and the text found; it can refuse, say, for another case.
        """
        first = self._root.children
        if not first:
            return []
        if len(first) <= FEW and _keeps_places(text, self._fold):
            folded = self._fold(text)
            if not any(word in folded for word in first):
                return []
        pieces = tokens(text, self._fold)
        found: list[Occurrence[T]] = []
        free = 0
        for at in [at for at, (word, _, _) in enumerate(pieces) if word.lstrip(" ") in first]:
            hit = self._longest(text, pieces, at, accept) if at >= free else None
            if hit is not None:
                occurrence, free = hit
                found.append(occurrence)
        return found

    def _longest(self, text: str, pieces: list[Token], first: int,
                 accept: Callable[[T, str], bool]) -> tuple[Occurrence[T], int] | None:
        best: tuple[Occurrence[T], int] | None = None
        node = self._root.children.get(pieces[first][0].lstrip(" "))
        at = first + 1
        while node is not None:
            start, end = pieces[first][1], pieces[at - 1][2]
            value = next((v for v in reversed(node.values) if accept(v, text[start:end])), None)
            if value is not None:
                best = Occurrence(start, end, value), at
            node = node.children.get(pieces[at][0]) if at < len(pieces) else None
            at += 1
        return best


def _keeps_places(text: str, fold: Fold) -> bool:
    """True if a text may be folded at once instead of token by token: each of its characters becomes a single one."""
    if fold not in (as_written, case_folded):
        return False
    if text.isascii():
        return True
    folded = text if fold is as_written else text.casefold()
    return len(folded) == len(text) and all(unicodedata.is_normalized("NFC", one) for one in (text, folded))


def tokens(text: str, fold: Fold = as_written) -> list[Token]:
    """The tokens of a text, each folded, with its start and its end; one after white space has a space in front."""
    plain, whole = text.isascii() or not WIDE.search(text), _keeps_places(text, fold)
    searched = (fold(text) if whole else text).rstrip()     # white space at the end would be searched in vain for long
    found: list[Token] = []
    end = 0
    for gap, word in SPACED.findall(searched):
        start = end + len(gap)
        folded = word if whole else fold(word)
        if gap and (plain or not GAP_OF_NONE.match(text, end - 1 if end else 0)):
            folded = " " + folded
        end = start + len(word)
        found.append((folded, start, end))
    return found
