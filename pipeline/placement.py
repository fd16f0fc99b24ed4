"""How well the Codes of a draft stand, judged from the source alone.

A Code stands well where a translator would put it: about as far into the text as in the source, allowing for
what words that are the same in both languages (names, numbers) show of its order; a pair around about the same
share of the text and around the same such words; with the same kind of thing on either side, and in the same
order as its siblings. Word order differs between languages, so every difference costs a little and none decides.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from parsers.document import CodeKind, Content, codes, parents
from parsers.locales import Locale
from parsers.phrases import TOKEN, UNSPACED
from pipeline.findings import Finding, Pair
from pipeline.scripts import scripts_of

DISTANCE, EDGES, ORDER, LENGTH, WORDS = 3.7, 3.0, 1.5, 3.0, 8.0
"""What each difference costs: found by logistic regression of 1,250 human translations with Codes (documentation
en→pt, es, zh) against 3,565 seeded misplacements of theirs."""
VERB_FINAL = frozenset({
    "am", "az", "bn", "bo", "eu", "fa", "gu", "hi", "ja", "ka", "kk", "kn", "ko", "ky", "ml", "mn", "mr", "my", "ne",
    "pa", "si", "ta", "te", "tr", "ug", "ur", "uz"})
"""Languages whose sentences and phrases mostly end where those of the others begin (WALS, chapter 81:
subject, object, verb)."""
OTHER_ORDER, OTHER_SCRIPT = 0.28, 0.6
"""What distance and order cost between a language of that kind and another (measured en→ja), and between others of
different scripts (measured en→zh)."""
WORST = 0.6
"""Part of the Code that stands worst in the cost of a content; the mean has the rest."""
UNIT = 6.0
"""The cost that takes a score down to 1/e."""
DOUBTFUL = 0.33
ENOUGH = 30
"""Scores under the first are worth a look, if the source has so much weight (`scripts.weight`): 6 of 1,512 human
translations have such a score."""

CODE_WEIGHT = 4
"""How much text a standalone Code counts for, in letters."""
LETTERS_PER_WORD = 5
SIGN_WEIGHT = 3
"""Letters that a character of a script without spaces counts for."""
SIGN = re.compile(f"[{UNSPACED}]")
PREFIX = 4
"""Letters by which a word is known again in another language: *telemetry*, *telemetria*."""
OWN_PLACE = 6.0
NEARNESS = 0.05
"""How much a Code's own place weighs against that of a word which is the same on both sides, and the distance (share
of the text) at which such a word counts for half."""


@dataclass(slots=True)
class _Place:
    """Where one Code stands; positions are shares of the text."""

    start: float
    end: float = 0.0
    rank: int = 0
    """Its number among its siblings."""
    edges: list[str] = field(default_factory=list)
    """What stands on either side of its halves, left sides first."""


@dataclass(slots=True)
class _Layout:
    """A content as far as the places of its Codes go."""

    places: dict[int, _Place] = field(default_factory=dict)
    words: dict[str, tuple[float, int]] = field(default_factory=dict)
    """Words that may be known again and stand once: their positions and the innermost pairs around them."""
    size: float = 0.0
    """Letters in all."""


def placement(source: Content, draft: Content, source_locale: Locale, target_locale: Locale) -> float:
    """How well the Codes of a draft stand: 1 as in the source, towards 0 the worse; 0 if they are not the same Codes.

    Of two drafts of one source the better one mostly has the greater score; scores of different sources say less.
    A content without Codes has 1. Takes time linear in the length of the texts.
    """
    due, given = codes(source), codes(draft)
    if not due and not given:
        return 1.0
    try:
        around = parents(source)
        if due != given and (Counter(due) != Counter(given) or around != parents(draft)):
            return 0.0
    except ValueError:
        return 0.0
    before, after = _laid_out(source), _laid_out(draft)
    costs = list(_costs(before, after, _likeness(source_locale, target_locale)))
    return math.exp(-(WORST * max(costs) + (1 - WORST) * sum(costs) / len(costs)) / UNIT)


def check_placement(pair: Pair) -> Iterator[Finding]:
    """The Codes stand about where a translator would put them."""
    if pair.before.weight < ENOUGH:
        return
    score = placement(pair.source, pair.draft, pair.source_locale, pair.target_locale)
    if 0 < score < DOUBTFUL:
        yield Finding("placement", "warning", f"Codes seem to stand around other words (placement {score:.2f})")


def _likeness(one: Locale, other: Locale) -> float:
    """How far the word order of two languages is the same: 1 if mostly."""
    if (one.language in VERB_FINAL) != (other.language in VERB_FINAL):
        return OTHER_ORDER
    return 1.0 if set(scripts_of(one)) & set(scripts_of(other)) else OTHER_SCRIPT


def _laid_out(items: Content) -> _Layout:
    found = _Layout()
    around, ranks, seen = [0], Counter[int](), set[str]()
    at = 0.0
    for item in items:
        if isinstance(item, str):
            for token in TOKEN.findall(item):
                size, name = _measured(token)
                if name:
                    if name in seen:
                        found.words.pop(name, None)
                    else:
                        found.words[name] = at + size / 2, around[-1]
                    seen.add(name)
                at += size
        elif item.kind is CodeKind.CLOSE:
            found.places[around.pop()].end = at
        else:
            found.places[item.id] = _Place(at, at + CODE_WEIGHT, ranks[around[-1]])
            ranks[around[-1]] += 1
            if item.kind is CodeKind.OPEN:
                around.append(item.id)
            else:
                at += CODE_WEIGHT
    found.size = max(at, 1.0)
    for place, edges in _edges(items):
        found.places[place].edges.append(edges)
    return found


@lru_cache(1 << 14)
def _measured(token: str) -> tuple[int, str]:
    """The letters that a token counts for, and what it has in common with its translation, if it may have anything: a
    number, an acronym, the beginning of a word."""
    if not token[0].isalnum():
        return 0, ""
    if len(token) == 1 and SIGN.match(token):
        return SIGN_WEIGHT, ""
    if len(token) >= PREFIX and token.isalpha():
        return len(token), token[:PREFIX].casefold()
    return len(token), "" if token.isalpha() and (len(token) < 2 or not token.isupper()) else token


def _edges(items: Content) -> Iterator[tuple[int, str]]:
    """For each half of a Code what stands before it, then for each what stands behind it."""
    for direction in (1, -1):
        beside = "edge"
        for item in items[::direction]:
            if isinstance(item, str):
                beside = _kind(item[-1 if direction > 0 else 0])
            else:
                yield item.id, beside
                beside = "code" if item.kind is CodeKind.STANDALONE else beside


@lru_cache(1 << 12)
def _kind(char: str) -> str:
    """What a character is to its neighbours."""
    if char.isspace():
        return "space"
    if char.isalnum():
        return "word"
    return next((name for name, marks in MARKS.items() if char in marks), "mark")


MARKS = {"opening": "([{（「“\"«", "end": ".。!！?？:：;；", "comma": ",，、"}


def _costs(before: _Layout, after: _Layout, likeness: float) -> Iterator[float]:
    reach = math.sqrt(before.size / LETTERS_PER_WORD)       # in a long text a share is more words
    shifts = sorted((at / before.size, after.words[word][0] / after.size - at / before.size)
                    for word, (at, _) in before.words.items() if word in after.words)
    kept, lost = Counter[int](), Counter[int]()
    for word, (_, around) in before.words.items():
        if word in after.words:
            (kept if after.words[word][1] == around else lost)[around] += 1
    for number, was in before.places.items():
        now = after.places[number]
        a, b, c, d = was.start / before.size, was.end / before.size, now.start / after.size, now.end / after.size
        distance = (abs(c - _expected(a, shifts)) + abs(d - _expected(b, shifts))) / 2
        cost = likeness * (DISTANCE * min(3.0, reach * distance) + ORDER * (was.rank != now.rank))
        cost += EDGES * sum(x != y for x, y in zip(was.edges, now.edges, strict=True)) / len(was.edges)
        if len(was.edges) == 4:
            cost += LENGTH * min(2.0, abs(math.log((d - c + 0.02) / (b - a + 0.02))))
            cost += WORDS * lost[number] / (kept[number] + lost[number] + 1)
        yield cost


def _expected(at: float, shifts: Sequence[tuple[float, float]]) -> float:
    """Where a position of the source is to be looked for: shifted as the words beside it are."""
    total, weights = 0.0, OWN_PLACE
    right = bisect_left(shifts, (at,))
    for position, shift in shifts[max(0, right - 1):right + 1]:
        weight = 1 / (abs(position - at) + NEARNESS)
        total, weights = total + weight * shift, weights + weight
    return at + total / weights
