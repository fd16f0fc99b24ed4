"""Checks of the language of a draft: is it a translation, whole, and nothing else?

Thresholds were set on human translations (technical documentation en→pt/es/zh, news en→es): fewer than one
segment in 200 may be called wrong; see ``tests/pipeline/test_verification_corpus.py``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.findings import Finding, Pair, Severity, tokens, words
from pipeline.scripts import letters_by_script, letters_said, scripts_of, weight

COPIED_WORDS = 3
"""So many natural words are no name: a text with them does not stay as it is in another language."""
COPIED_SHARE = 0.9
COPIED_RUN = 12
"""Natural words in a row that no quotation of the source's language explains."""


def check_empty(pair: Pair) -> Iterator[Finding]:
    """There is text where the source has text."""
    if _has_text(pair.before) and not _has_text(pair.after):
        yield Finding("empty", "error", "the draft has no text")


def _has_text(text: str) -> bool:
    return any(map(str.isalnum, text))


def check_truncated(pair: Pair) -> Iterator[Finding]:
    """The engine did not stop at its length limit."""
    if pair.truncated:
        yield Finding("truncated", "error", "the engine stopped at its length limit")


# ---- loops ---------------------------------------------------------------------------------
LONGEST_PERIOD = 30
PASSAGE = 8
"""Tokens that do not follow each other twice by chance."""
STUTTER = re.compile(r"([^\W\d_]{1,6}?)\1{7,}")


def check_loop(pair: Pair) -> Iterator[Finding]:
    """No word, phrase or syllable over and over, unless the source does so."""
    before, after = tokens(pair.before), tokens(pair.after)
    phrase, times = _longest_repeat(after)
    if times and _longest_repeat(before)[1] < times:
        yield Finding("loop", "error", f"“{phrase}” is repeated {times} times")
    elif (share := _repeated_share(after)) > 0.5 and share > 2 * _repeated_share(before):
        yield Finding("loop", "error", "most of the draft is said twice or more")
    elif (found := STUTTER.search(pair.after)) and found[0] not in pair.before:
        yield Finding("loop", "error", f"“{found[0][:20]}…” repeats itself")


def _longest_repeat(items: Sequence[str]) -> tuple[str, int]:
    """The phrase that follows on itself most often, and how often, if more often than language does."""
    best = ("", 0)
    doubles = len(items) - len(set(items))                  # a loop makes many
    for period in range(1, min(LONGEST_PERIOD, doubles // 2) + 1):
        needed = 6 if period == 1 else 4 if period < 8 else 3
        if doubles < (needed - 1) * period:
            continue
        run = 0
        for at in range(period, len(items)):
            run = run + 1 if items[at] == items[at - period] else 0
            times = run // period + 1
            if times >= needed and times > best[1]:
                phrase = " ".join(items[at - period + 1:at + 1])
                if any(map(str.isalpha, phrase)):
                    best = phrase, times
    return best


def _repeated_share(items: Sequence[str]) -> float:
    """The share of passages that stand earlier in the same text."""
    passages = list(zip(*(items[at:] for at in range(PASSAGE)), strict=False))
    return 1 - len(set(passages)) / len(passages) if len(passages) > 2 * PASSAGE else 0.0


# ---- length --------------------------------------------------------------------------------
ENOUGH = 60
"""Weight (`scripts.weight`) from which the length of a translation can be foretold."""


def check_length(pair: Pair) -> Iterator[Finding]:
    """About as long as translations are: half to double, allowing for the scripts."""
    before, after = weight(pair.before), weight(pair.after)
    if after > 4 * before + ENOUGH // 2:
        yield Finding("length", "error", f"the draft is {after / max(before, 1):.0f} times as long as the source")
    elif before >= ENOUGH and 0 < after < 0.15 * before:
        yield Finding("length", "error", f"the draft has {after / before:.0%} of the length of the source")
    elif before >= ENOUGH and after and not 0.4 < after / before < 2.5:
        yield Finding("length", "warning", f"the draft has {after / before:.0%} of the length of the source")


# ---- copies --------------------------------------------------------------------------------
def check_copied(pair: Pair) -> Iterator[Finding]:
    """Not the source again; names, single words and cognates may stay."""
    if pair.source_locale.language == pair.target_locale.language:
        return
    before, after = list(words(pair.before)), list(words(pair.after))
    natural = _natural(before)
    if not before or not after:
        return
    if [w.casefold() for w in before] == [w.casefold() for w in after]:
        severity: Severity = "error" if natural >= COPIED_WORDS else "warning"
        yield Finding("copied", severity, "the draft is the source")
        return
    due = Counter(word for word in before if _is_natural(word))
    if natural >= 2 * COPIED_WORDS and (due & Counter(after)).total() >= COPIED_SHARE * due.total():
        yield Finding("copied", "error", "the draft is nearly the source")
        return
    run = _copied_run(before, after)
    if _natural(run) >= COPIED_RUN // 2:
        severity = "error" if _natural(run) >= COPIED_RUN else "warning"
        yield Finding("copied", severity, f"“{' '.join(run[:8])}…” stands in the draft as in the source")


def _natural(found: Sequence[str]) -> int:
    """Different words that are no names; three characters of a script without spaces count as one."""
    return sum(1 if _spaced(word) else max(1, len(word) // 3) for word in set(found) if _is_natural(word))


def _is_natural(word: str) -> bool:
    """In lower case, or in a script without case: ``Kubernetes``, ``API`` and ``x`` may be names."""
    return len(word) > 1 and word == word.lower()


def _spaced(word: str) -> bool:
    return not letters_by_script(word[:1]).keys() & {"Hani", "Kana", "Thai", "Khmr", "Laoo", "Mymr", "Tibt"}


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


# ---- script --------------------------------------------------------------------------------
def check_script(pair: Pair) -> Iterator[Finding]:
    """In the script of the target language, and in no third one."""
    due, given = scripts_of(pair.target_locale), scripts_of(pair.source_locale)
    before, after = letters_by_script(pair.before), letters_by_script(pair.after)
    total = after.total()
    if not set(due) & set(given):
        said = letters_said(after)
        share = sum(said[script] for script in due) / max(1, said.total())
        enough = _natural(list(words(pair.before))) >= COPIED_WORDS and total >= 8
        if enough and share < 0.05:
            yield Finding("script", "error", f"the draft has no text in the script of {pair.target_locale.tag}")
            return
        if enough and share < 0.3:
            yield Finding("script", "warning", f"only {share:.0%} of the draft is in the script of its language")
    for script, count in after.items():
        foreign = script not in due and script not in ("Latn", "Grek") and count > before[script] + 1
        if foreign and (script not in given or count > 0.5 * total):
            yield Finding("script", "error", f"{count} letters of the draft are in a foreign script ({script})")


# ---- numbers -------------------------------------------------------------------------------
NUMBER = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:[.,'’٫٬]\d+)*")
SPELLED = 12
"""Numbers up to this are often written as words, or words as numbers."""


def check_numbers(pair: Pair) -> Iterator[Finding]:
    """The same numbers, whatever separates their thousands and decimals."""
    before, after = _numbers(pair.before), _numbers(pair.after)
    lost, new = before - after, after - before
    large = [digits for digits in lost if int(digits) > SPELLED]
    if len(large) > 1 and not after and not any(unicodedata.numeric(char, None) for char in pair.after):
        yield Finding("numbers", "error", f"all numbers are lost: {', '.join(sorted(large))}")
    elif large or (lost and new) or any(int(digits) > SPELLED for digits in new):
        said = [f"{name} {', '.join(sorted(some))}" for name, some in (("without", lost), ("with", new)) if some]
        yield Finding("numbers", "warning", f"the numbers differ: {'; '.join(said)}")


def _numbers(text: str) -> Counter[str]:
    """Numbers as their digits alone: ``1,000.5`` and ``1.000,5`` are both 10005."""
    found: Counter[str] = Counter()
    for match in NUMBER.finditer(text):
        digits = "".join(str(unicodedata.decimal(char)) for char in match[0] if char.isdecimal())
        found[digits.lstrip("0")[:40] or "0"] += 1
    return found


# ---- brackets and quotes -------------------------------------------------------------------
BRACKETS = ("(（", ")）"), ("[［【", "]］】"), ("{｛", "}｝"), ("「『", "」』"), ("《〈", "》〉")
DOUBLE_QUOTES = "\"“”„‟«»「」『』＂"


def check_pairing(pair: Pair) -> Iterator[Finding]:
    """Brackets and quotation marks open and close, if they do so in the source."""
    for opening, closing in BRACKETS:
        if _surplus(pair.before, opening, closing) == 0 != _surplus(pair.after, opening, closing):
            yield Finding("pairing", "warning", f"{opening[0]} and {closing[0]} do not match")
    if _quotes(pair.before) % 2 == 0 and _quotes(pair.after) % 2:
        yield Finding("pairing", "warning", "a quotation mark has no partner")


def _surplus(text: str, opening: str, closing: str) -> int:
    return sum(map(text.count, opening)) - sum(map(text.count, closing))


def _quotes(text: str) -> int:
    return sum(map(text.count, DOUBLE_QUOTES))


def check_glossary(pair: Pair) -> Iterator[Finding]:
    """Each term of the glossary came out at least once."""
    if pair.glossary.entries:
        source, draft = (("".join(i for i in c if isinstance(i, str))) for c in (pair.source, pair.draft))
        for entry in pair.glossary.check(source, draft).misses:
            yield Finding("glossary", "warning", f"“{entry.source}” did not become “{entry.target}”")
