"""Signs that the models have no piece for, and how they travel.

The vocabularies of the Firefox models hold the letters of their languages and little else: that of
English–Portuguese has ``!"$%&'()*+,-./:;<=>?[]_|°``. Of any other sign they make a hyphen, nothing, or
something else: measured, “£20” became “20 euros”, “©” was dropped, “It’s” was read as two words. So
quotation marks, dashes and dots are asked for in ASCII and get their own form back; other signs
are carried through unread, with the number that they belong to.
"""

from __future__ import annotations

import re
import unicodedata

PLAIN = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "…": "...",
                       "\N{NON-BREAKING HYPHEN}": "-", "\N{HYPHEN}": "-"})

DASH = re.compile(r"(?<!\s)\s*+(?:[—–―]\s*+|(?<=\s)-++\s++)")
"""A dash between words, with the spaces around it; a hyphen inside a word is none."""
RANGE = re.compile(r"(?<=\d)[–-](?=\d)")
DOUBLE = re.compile('["“”„]')

KNOWN = frozenset("$+=|>°")
UNKNOWN = frozenset("#@{}~^\\`<§¶•†‡‰※")
"""ASCII and punctuation that the Unicode categories below do not tell."""
CATEGORIES = frozenset({"Sc", "Sk", "Sm", "So", "No", "Co"})
JOINERS = "\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-16}"

WITHIN_LATIN_1 = frozenset({"da", "de", "en", "es", "fi", "it", "nl", "pt", "sv"})
"""Languages whose words have no letters beyond U+00FF: one that does is a foreign name, which comes out mangled."""
BEYOND_LATIN_1 = re.compile(r"[\u0100-\u024f\u1e00-\u1eff]")
WORD = re.compile(r"[^\W\d_]+")

AMOUNT = re.compile(r"[£€¥₩₹₽₺₴₫₪฿]\s?\d(?:[\d.,]*\d)?|(?<![\d.,])\d(?:[\d.,]*\d)?\s?[£€¥₩₹₽₺₴₫₪฿]")
"""A currency and its number: apart, the models supply a currency of their own."""


BROKEN_OFF = re.compile(r"(?<!\s)\s*+[(\[]\s*$")
"""“FAQ” became “FAQ (”: the beginning of an explanation that the model then did not give."""


def plain(text: str) -> str:
    """The text as the models can spell it."""
    return DASH.sub(" - ", RANGE.sub("-", text)).translate(PLAIN)


def restored(answer: str, source: str) -> str:
    """An answer to a plain text, with the marks of the source where there are as many in both.

    An opening bracket that the answer ends with goes if the source has none there.
    """
    if not BROKEN_OFF.search(source):
        answer = BROKEN_OFF.sub("", answer)
    answer = _one_for_one(RANGE, answer, source)
    answer = _one_for_one(DASH, answer, source)
    if '"' not in source:
        answer = _one_for_one(DOUBLE, answer, source)
    if "’" in source and "'" not in source:
        answer = re.sub(r"(?<=\w)'", "’", answer)
    if "…" in source and "..." not in source:
        answer = answer.replace("...", "…")
    return answer


def _one_for_one(mark: re.Pattern[str], answer: str, source: str) -> str:
    own = mark.findall(source)
    if not own or len(mark.findall(answer)) != len(own):
        return answer
    spelled = iter(own)
    return mark.sub(lambda _: next(spelled), answer)


def unspelled(text: str, language: str) -> list[tuple[int, int]]:
    """Stretches (start, end) that a model of this source language cannot spell."""
    runs = [match.span() for match in AMOUNT.finditer(text)]
    if language in WITHIN_LATIN_1:
        runs += [match.span() for match in WORD.finditer(text) if BEYOND_LATIN_1.search(match[0])]
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and (_is_unknown(text[at]) or (at > start and text[at] in JOINERS)):
            at += 1
        if at > start:
            runs.append((start, at))
        at += 1
    return runs


def _is_unknown(char: str) -> bool:
    if char.isalnum() and unicodedata.category(char) != "No":
        return False
    return char in UNKNOWN or (char not in KNOWN and unicodedata.category(char) in CATEGORIES)
