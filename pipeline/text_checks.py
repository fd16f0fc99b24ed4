"""Checks of the text of a draft: is it there, whole, not the source again, said once, with its brackets closed?

Thresholds were set on human translations; ``docs/checks.md`` has the figures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import eq

from pipeline.findings import Finding, Pair, Severity, natural
from pipeline.glossary import wording

COPIED_WORDS = 3
"""So many natural words are no name: a text with them does not stay as it is in another language."""
COPIED_SHARE = 0.8
COPIED_RUN = 12
"""Natural words in a row that no quotation of the source's language explains."""


def check_empty(pair: Pair) -> Iterator[Finding]:
    """There is text where the source has text."""
    if _has_text(pair.before.text) and not _has_text(pair.after.text):
        yield Finding("empty", "error", "the draft has no text")


def _has_text(text: str) -> bool:
    return any(map(str.isalnum, text))


ENDED = re.compile(r"[.!?:…。！？：؟।။۔።؛;]\W*$")
CUT_SHORT = 0.75
"""Of the length of translations: a draft under it that ends in mid-sentence has been cut."""


def check_truncated(pair: Pair) -> Iterator[Finding]:
    """The engine did not stop at its length limit, nor in mid-sentence."""
    if pair.truncated:
        yield Finding("truncated", "error", "the engine stopped at its length limit")
    elif (pair.due >= ENOUGH and pair.share < CUT_SHORT and ENDED.search(pair.before.text)
          and not ENDED.search(pair.after.text)):
        yield Finding("truncated", "warning", "the draft is short and ends in mid-sentence")


# ---- loops ---------------------------------------------------------------------------------
LONGEST_PERIOD = 30
RULE = 8
"""Marks in a row that draw no ellipsis any more; a source that draws rules has them too."""
ENOUGH_TOKENS = 15
REPEATED = 0.33
"""Share of triples of tokens that stand earlier in the draft, beyond that of the source. The greatest of 17,964 human
translations is 0.30."""
STUTTER = re.compile(r"([^\W\d_]{1,6}?)\1{7,}")
SPARE_LETTERS = 7
"""Letters that a word with such a stutter has more than different ones: few others are looked at."""


def check_loop(pair: Pair) -> Iterator[Finding]:
    """No word, phrase or syllable over and over, unless the source does so."""
    after = pair.after.tokens
    doubles = len(after) - len(set(after))                  # each repeated triple begins with one
    phrase, times = _longest_repeat(after)
    if times and _longest_repeat(pair.before.tokens)[1] < times:
        yield Finding("loop", "error", f"“{phrase}” is repeated {times} times")
    elif (doubles > REPEATED * (len(after) - 2) and (share := _repeated_share(after)) > REPEATED
          and share - _repeated_share(pair.before.tokens) > REPEATED):
        yield Finding("loop", "error", "much of the draft is said twice or more")
    elif _doubled(after) and not _doubled(pair.before.tokens):
        yield Finding("loop", "error", "the draft is one text twice")
    elif (found := _stutter(pair.after.words)) and found not in pair.before.text:
        yield Finding("loop", "error", f"“{found[:20]}…” repeats itself")


def _stutter(words: Sequence[str]) -> str:
    """The first syllable that is said over and over, with its repetitions; empty if there is none."""
    found = (STUTTER.search(word) for word in words
             if len(word) > SPARE_LETTERS and len(word) - len(set(word)) >= SPARE_LETTERS)
    return next((one[0] for one in found if one), "")


def _longest_repeat(items: Sequence[str]) -> tuple[str, int]:
    """The phrase that follows on itself most often, and how often, if more often than language does."""
    best = ("", 0)
    doubles = len(items) - len(set(items))                  # a loop makes many
    for period in range(1, min(LONGEST_PERIOD, doubles // 2) + 1):
        needed = 4 if period == 1 else 3
        least = (needed - 1) * period
        if doubles < least or sum(map(eq, items[period:], items)) < least:
            continue
        run = 0
        for at in range(period, len(items)):
            run = run + 1 if items[at] == items[at - period] else 0
            times = run // period + 1
            if times >= needed and times > best[1]:
                phrase = " ".join(items[at - period + 1:at + 1])
                if times >= RULE or any(map(str.isalpha, phrase)):
                    best = phrase, times
    return best


def _doubled(items: Sequence[str]) -> bool:
    half = len(items) // 2
    return half >= 4 and items[:half] == items[half:]


def _repeated_share(items: Sequence[str]) -> float:
    """The share of triples that stand earlier in the same text."""
    if len(items) < ENOUGH_TOKENS:
        return 0.0
    triples = set(zip(items, items[1:], items[2:], strict=False))
    return 1 - len(triples) / (len(items) - 2)


# ---- length --------------------------------------------------------------------------------
ENOUGH, PLENTY = 40, 150
"""Weights from which the length of a translation can be foretold, roughly and well."""


def check_length(pair: Pair) -> Iterator[Finding]:
    """About as long as translations between the two languages are."""
    due, share = pair.due, pair.share
    if pair.after.weight > 3 * due + 30:
        yield Finding("length", "error", f"the draft is {share:.0f} times as long as translations are")
    elif pair.after.weight and due >= ENOUGH:
        low, high = (0.6, 1.7) if due >= PLENTY else (0.45, 2.2)
        if not low < share < high:
            severity: Severity = "error" if share < 0.25 else "warning"
            yield Finding("length", severity, f"the draft has {share:.0%} of the length of translations")


# ---- copies --------------------------------------------------------------------------------
def check_copied(pair: Pair) -> Iterator[Finding]:
    """Not the source again; names, single words and cognates may stay."""
    if pair.source_locale.language == pair.target_locale.language:
        return
    before, after = pair.before.words, pair.after.words
    if not before or not after:
        return
    if len(before) == len(after) and all(a.casefold() == b.casefold() for a, b in zip(before, after, strict=True)):
        severity: Severity = "error" if natural(before) >= COPIED_WORDS else "warning"
        yield Finding("copied", severity, "the draft is the source")
        return
    if len(set(before) & set(after)) <= COPIED_WORDS:
        return                                              # most translations: spares the closer look
    due = Counter(pair.before.natural)
    if len(due) > COPIED_WORDS and (due & Counter(after)).total() >= COPIED_SHARE * due.total():
        yield Finding("copied", "error", "the draft is nearly the source")
        return
    run = _copied_run(before, after)
    if (length := natural(run)) >= COPIED_RUN // 2:
        severity = "error" if length >= COPIED_RUN else "warning"
        yield Finding("copied", severity, f"“{' '.join(run[:8])}…” stands in the draft as in the source")


def _copied_run(before: Sequence[str], after: Sequence[str]) -> list[str]:
    """The longest run of words of the source that stands in the draft, found by its trigrams in linear time."""
    held = set(zip(after, after[1:], after[2:], strict=False))
    best, start = (0, 0), None
    for at, gram in enumerate(zip(before, before[1:], before[2:], strict=False)):
        if gram not in held:
            start = None
            continue
        start = at if start is None else start
        if at + 3 - start > best[1] - best[0]:
            best = start, at + 3
    return list(before[slice(*best)])


# ---- brackets and quotes -------------------------------------------------------------------
BRACKETS = ("(（", ")）"), ("[［【", "]］】"), ("{｛", "}｝"), ("「『", "」』"), ("《〈", "》〉")
DOUBLE_QUOTES = "\"“”„‟«»「」『』＂"
MARK = re.compile(f"[{re.escape(''.join(map(''.join, BRACKETS)))}{DOUBLE_QUOTES}]")


def check_pairing(pair: Pair) -> Iterator[Finding]:
    """Brackets and quotation marks open and close, if they do so in the source."""
    after = MARK.findall(pair.after.text)
    if not after:
        return
    before = MARK.findall(pair.before.text)
    for opening, closing in BRACKETS:
        if _surplus(before, opening, closing) == 0 != _surplus(after, opening, closing):
            yield Finding("pairing", "warning", f"{opening[0]} and {closing[0]} do not match")
    if _count(before, DOUBLE_QUOTES) % 2 == 0 and _count(after, DOUBLE_QUOTES) % 2:
        yield Finding("pairing", "warning", "a quotation mark has no partner")


def _surplus(marks: Sequence[str], opening: str, closing: str) -> int:
    return _count(marks, opening) - _count(marks, closing)


def _count(marks: Sequence[str], of: str) -> int:
    return sum(map(of.count, marks))


def check_glossary(pair: Pair) -> Iterator[Finding]:
    """Each term of the glossary came out at least once."""
    if pair.glossary.entries:
        for entry in pair.glossary.check(wording(pair.source), wording(pair.draft)).misses:
            yield Finding("glossary", "warning", f"“{entry.source}” did not become “{entry.target}”")
