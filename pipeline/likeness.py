"""The stretches of a translation that are most like a phrase translated on its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from unicodedata import category

TOKEN = re.compile(r"[\U00100000-\U0010FFFD]|[^\W_]+(?:['’\-][^\W_]+)*|[^\s]")
"""A word, a mark, or a character of plane 16, which stands for a Code."""
LIKE_ENOUGH = 0.55
"""Least similarity (0…1) of a stretch to a hint. Lower values moved Codes to wrong words in
technical English–Portuguese text; higher ones left more to position."""
LENGTH_COST = 0.04
"""What each word more or less than the hint has takes off, so that "políticas de" loses to "políticas de suporte"."""
NOT_THE_SAME = 0.98
"""Highest similarity of a window that is not the hint itself."""
TURNED = 0.95
"""The same of a window whose words stand in another order: "single-writer" alone became "escritor único", in its
sentence "único escritor"."""
PHRASE = 10
"""Words up to which a hint is compared with every window; longer ones are found by their matching words."""


def like(hint: str, text: str, tokens: Sequence[tuple[int, int]]) -> Iterable[tuple[float, tuple[int, int]]]:
    """(similarity 0…1, stretch) of windows of a text's tokens, each about as long as the hint and like enough."""
    wanted = [m[0].casefold() for m in TOKEN.finditer(hint)]
    have = [text[start:end].casefold() for start, end in tokens]
    if not wanted or not have:
        return
    windows = _windows_of_phrase(have, wanted) if len(wanted) <= PHRASE else _windows_of_passage(have, wanted)
    for score, first, last in windows:
        if score >= LIKE_ENOUGH:
            yield score, (tokens[first][0], tokens[last][1])


def _windows_of_phrase(have: Sequence[str], wanted: Sequence[str]) -> Iterable[tuple[float, int, int]]:
    """(similarity by characters, first token, last token) of windows that begin or end like the phrase's words.

    One that does both may have them in another order.
    """
    stems = {word[:3] for word in wanted}                  # a quick sieve
    orders = (" ".join, NOT_THE_SAME), (_sorted, TURNED)
    matchers = [(SequenceMatcher(None, "", order(wanted), autojunk=False), order, most) for order, most in orders]
    size = len(wanted)
    for length in range(max(1, size - size // 3 - 1), size + size // 3 + 2):
        cost = LENGTH_COST * abs(length - size)
        for at in range(len(have) - length + 1):
            window = have[at:at + length]
            ends = (window[0][:3] in stems) + (window[-1][:3] in stems)
            if not ends or not _bounded(window, wanted):
                continue
            if window == wanted:
                yield 1.0, at, at + length - 1
                continue
            for matcher, order, most in matchers[:ends]:
                matcher.set_seq1(order(window))
                if min(matcher.real_quick_ratio(), matcher.quick_ratio()) >= LIKE_ENOUGH:
                    yield most * matcher.ratio() - cost, at, at + length - 1


def _sorted(words: Sequence[str]) -> str:
    return " ".join(sorted(words))


def _bounded(window: Sequence[str], wanted: Sequence[str]) -> bool:
    """Does a window begin and end without punctuation, or with the same as the phrase?"""
    return all(window[end] == wanted[end] or not category(window[end][0]).startswith("P") for end in (0, -1))


def _windows_of_passage(have: Sequence[str], wanted: Sequence[str]) -> Iterable[tuple[float, int, int]]:
    """The one window that a long hint fits: from where its first words are found to where its last are."""
    blocks = [b for b in SequenceMatcher(None, wanted, have, autojunk=False).get_matching_blocks() if b.size]
    if blocks:
        first = max(0, blocks[0].b - blocks[0].a)
        last = min(len(have), blocks[-1].b + len(wanted) - blocks[-1].a) - 1
        if first <= last:
            matched = sum(block.size for block in blocks)
            yield NOT_THE_SAME * 2 * matched / (len(wanted) + last - first + 1), first, last
