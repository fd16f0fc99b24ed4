"""Checks of the language of a draft: the script that it is written in, and which language it is.

Thresholds were set on human translations of technical documentation (en→pt, es, zh), news (en→es) and
messages of programs (en→40 languages); ``docs/checks.md`` has the figures.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from parsers.locales import Locale
from pipeline import detector
from pipeline.findings import Finding, Pair, natural, words
from pipeline.languages import name_of
from pipeline.own_words import own_words
from pipeline.scripts import letters_said, scripts_of

SAID = 3
"""So many natural words are no name: a text with them does not stay as it is in another language."""


# ---- script --------------------------------------------------------------------------------
def check_script(pair: Pair) -> Iterator[Finding]:
    """In the script of the target language, and in no third one."""
    due, given = scripts_of(pair.target_locale), scripts_of(pair.source_locale)
    before, after = pair.before.letters, pair.after.letters
    total = after.total()
    if not set(due) & set(given):
        said = letters_said(after)
        share = sum(said[script] for script in due) / max(1, said.total())
        enough = total >= 8 and share < 0.3 and natural(pair.before.words) >= SAID
        if enough and share < 0.05:
            yield Finding("script", "error", f"the draft has no text in the script of {pair.target_locale.tag}")
            return
        if enough:
            yield Finding("script", "warning", f"only {share:.0%} of the draft is in the script of its language")
    for script, count in after.items():
        foreign = script not in due and script not in ("Latn", "Grek") and count > before[script] + 1
        if foreign and (script not in given or count > 0.5 * total):
            yield Finding("script", "error", f"{count} letters of the draft are in a foreign script ({script})")


# ---- language ------------------------------------------------------------------------------
SHARED_SCRIPTS = frozenset({"Latn", "Cyrl", "Arab"})
"""Scripts of several languages that the detector tells apart (it does not tell Marathi from Hindi); of texts in most
others `check_script` knows enough."""
AS = {"nb": "no", "nn": "no", "fil": "tl", "ms": "id"}
"""Languages by the label that the detector has for them, or for one that it does not tell from them."""
STRETCH = 5
"""Words of a text that are not in its source: fewer do not tell its language."""
SAMPLE = 8
"""Words from all over a stretch that are looked at first: most drafts are in their language, and few words tell it."""
OWN, OWN_OF = 2, 10
"""So many of the target's own words, and one of so many, say that a stretch is in it. A look into the detector's
tables, which are larger than a processor's caches, takes many times as long."""
NO_LANGUAGE = "zxx"
"""What the detector calls numbers and marks."""
SENTENCE_END = re.compile(r"[.!?;:।؟\n]\s")

ODDS_ERROR, ODDS_WARNING = 15.0, 10.0
"""Natural logarithms of how many times likelier another language must be: 4 of 22,649 human translations into 43
languages reach the smaller."""
ODDS_LEFT = 15.0
"""The same for the language of the source where half of the words are its own: a warning; twice as much is an error."""


def check_language(pair: Pair) -> Iterator[Finding]:
    """In the target language, as far as its words that the source has not tell one; not left in that of the source."""
    source, target = (AS.get(one.language, one.language) for one in (pair.source_locale, pair.target_locale))
    if pair.target_locale.script not in SHARED_SCRIPTS or target == source:
        return
    held = set(pair.before.words)
    stretches = _stretches(pair.after.text, held)
    wrong = [(stretch, *found) for stretch in stretches if (found := _other(stretch, target))]
    if wrong:
        stretch, language, odds = max(wrong, key=lambda one: one[2])
        most = 2 * sum(len(stretch) for stretch, _, _ in wrong) >= sum(map(len, stretches))
        where = "the draft" if most else f"“{' '.join(stretch[:6])}…”"
        yield _in_another(where, language, pair.target_locale, sure=most and odds > ODDS_ERROR)
        return
    if 2 * len(held.intersection(pair.after.words)) <= STRETCH:
        return
    left = pair.after.natural
    if len(left) > STRETCH and 2 * sum(word in held for word in left) >= len(left):
        found = _other(left, target)
        if found and found[0] == source and found[1] > ODDS_LEFT:
            yield _in_another("most of the draft", source, pair.target_locale, sure=found[1] > 2 * ODDS_LEFT)


def _in_another(where: str, language: str, target: Locale, *, sure: bool) -> Finding:
    said = f"{where} is hardly in {name_of(target)} but, it seems, in {name_of(Locale.parse(language))}"
    return Finding("language", "error" if sure else "warning", said)


def _stretches(text: str, held: Collection[str]) -> list[list[str]]:
    """Words of a text that its source has not, sentence by sentence; too few are put with the sentence before."""
    found: list[list[str]] = []
    waiting: list[str] = []
    for sentence in SENTENCE_END.split(text):
        waiting += [word for word in words(sentence) if word not in held and len(word) > 1 and not word.isupper()]
        if len(waiting) >= STRETCH:
            found.append(waiting)
            waiting = []
    if found:
        found[-1] += waiting
    return found


def knows(own: frozenset[str], stretch: Sequence[str]) -> bool:
    """True if enough of these words are a language's own."""
    return len(own.intersection(stretch)) >= max(OWN, len(stretch) // OWN_OF)


def _other(stretch: Sequence[str], target: str) -> tuple[str, float] | None:
    """The likeliest language of some words and the odds for it, if it is not the target."""
    if knows(own_words(target), stretch):
        return None
    step = len(stretch) // SAMPLE
    if step > 1 and detector.likeliest(" ".join(stretch[::step])) == target:
        return None
    text = " ".join(stretch)
    best = detector.likeliest(text)
    if AS.get(best, best) == target or best == NO_LANGUAGE:
        return None
    score = detector.scores(text)
    odds = score[best] - score.get(target, score[best])
    return (best, odds) if odds > ODDS_WARNING else None
