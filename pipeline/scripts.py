"""Which script a letter belongs to, and how long texts are in it, as far as checks need it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from functools import cache, lru_cache

from parsers.locales import Locale

RANGES = (
    (0x0041, 0x024F, "Latn"), (0x0250, 0x02AF, "Latn"), (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"),
    (0x0530, 0x058F, "Armn"), (0x0590, 0x05FF, "Hebr"), (0x0600, 0x06FF, "Arab"), (0x0700, 0x074F, "Syrc"),
    (0x0750, 0x077F, "Arab"), (0x0780, 0x07BF, "Thaa"), (0x07C0, 0x07FF, "Nkoo"), (0x08A0, 0x08FF, "Arab"),
    (0x0900, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"),
    (0x0B00, 0x0B7F, "Orya"), (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"), (0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"), (0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Hang"),
    (0x1200, 0x139F, "Ethi"), (0x1780, 0x17FF, "Khmr"), (0x1800, 0x18AF, "Mong"), (0x1E00, 0x1EFF, "Latn"),
    (0x1F00, 0x1FFF, "Grek"), (0x2E80, 0x2FDF, "Hani"), (0x3005, 0x3007, "Hani"), (0x3040, 0x30FF, "Kana"),
    (0x3105, 0x312F, "Hani"), (0x3130, 0x318F, "Hang"), (0x31F0, 0x31FF, "Kana"), (0x3400, 0x9FFF, "Hani"),
    (0xAC00, 0xD7FF, "Hang"), (0xF900, 0xFAFF, "Hani"), (0xFB1D, 0xFB4F, "Hebr"), (0xFB50, 0xFDFF, "Arab"),
    (0xFE70, 0xFEFE, "Arab"), (0xFF21, 0xFF5A, "Latn"), (0xFF66, 0xFF9F, "Kana"), (0x1E900, 0x1E95F, "Adlm"),
    (0x20000, 0x3FFFF, "Hani"))
"""Unicode blocks, not the Script property: close enough to count letters."""

OTHERS = "\u0250"
"""From here on letters may be of another script than Latin; before, they are not."""
_STARTS = [first for first, _, _ in RANGES]

MEMBERS = {"Hans": ("Hani",), "Hant": ("Hani",), "Jpan": ("Kana", "Hani"), "Kore": ("Hang", "Hani")}
"""Scripts of ISO 15924 that are made of others; listed are the ones a text is told by, surest first."""


@lru_cache(1 << 14)
def script_of(char: str) -> str:
    """The script of a letter, or an empty string."""
    code = ord(char)
    at = bisect_right(_STARTS, code) - 1
    return RANGES[at][2] if at >= 0 and code <= RANGES[at][1] and char.isalpha() else ""


def letters_by_script(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    if max(text, default="") < OTHERS:
        return Counter({"Latn": letters} if (letters := _count(str.isalpha, text)) else {})
    found: Counter[str] = Counter()
    for char, count in Counter(text).items():
        if script := script_of(char):
            found[script] += count
    return found


def _count(kind: Callable[[str], bool], text: str) -> int:
    """How many characters of a text are of a kind; those of Latin-1 are counted all at once."""
    try:
        return len(text.encode("latin-1").translate(None, _without(kind)))
    except UnicodeEncodeError:
        return sum(map(kind, text))


@cache
def _without(kind: Callable[[str], bool]) -> bytes:
    """The characters of Latin-1 that are not of a kind."""
    return bytes(code for code in range(256) if not kind(chr(code)))


def scripts_of(locale: Locale) -> tuple[str, ...]:
    """The scripts that texts in a language are written in."""
    return MEMBERS.get(locale.script, (locale.script,))


SAYS = {"Hani": 3, "Kana": 3, "Hang": 2}
"""What is said in one Chinese character takes about three letters of English, one Korean syllable two."""


def letters_said(found: Counter[str]) -> Counter[str]:
    """Letters by script as so many Latin ones."""
    return Counter({script: count * SAYS.get(script, 1) for script, count in found.items()})


def weight(text: str, found: Counter[str] | None = None) -> int:
    """The length of a text in Latin letters and digits, about; ``found`` are its letters by script, where known."""
    found = letters_by_script(text) if found is None else found
    return _count(str.isalnum, text) + sum((SAYS.get(script, 1) - 1) * count for script, count in found.items())


EXPANSION = {
    "en": 1.0, "ar": 0.79, "bg": 1.09, "ca": 1.12, "cs": 1.03, "da": 1.05, "de": 1.21, "el": 1.22, "es": 1.15,
    "fa": 0.92, "fr": 1.23, "hu": 1.12, "ja": 1.65, "ko": 0.92, "mn": 0.95, "nl": 1.17, "ro": 1.15, "ug": 1.08,
    "vi": 0.98, "zh": 0.97,
}
"""Weights (`weight`) of translations from English, the English text being 1: medians over messages of programs and
documentation, 70 to 1,500 texts for each language."""
EXPANSION_BY_SCRIPT = {
    "Arab": 0.85, "Hebr": 0.73, "Thai": 0.81, "Khmr": 0.7, "Mymr": 0.6, "Deva": 0.62, "Beng": 0.71, "Gujr": 0.61,
    "Taml": 0.67, "Telu": 0.62, "Guru": 0.62, "Orya": 0.62, "Knda": 0.62, "Mlym": 0.62, "Sinh": 0.62,
    "Hani": 0.97, "Hans": 0.97, "Hant": 0.97, "Laoo": 0.81, "Tibt": 0.7,
}
"""The same for languages that are not listed: medians of those measured in the script, or of its neighbours."""
EXPANSION_ELSEWHERE = 1.1


def expansion(locale: Locale) -> float:
    """How long texts in a language are, English ones being 1."""
    return EXPANSION.get(locale.language, EXPANSION_BY_SCRIPT.get(locale.script, EXPANSION_ELSEWHERE))


def foreign(text: str, locale: Locale) -> bool:
    """True if most of a text is not in the script that a language is written in."""
    said = letters_said(letters_by_script(text))
    own = sum(said[script] for script in scripts_of(locale))
    return said.total() > 0 and own * 2 < said.total()


def foreign_runs(text: str, locale: Locale) -> list[tuple[int, int]]:
    """Stretches (start, end) of letters of other scripts, with what stands between such letters."""
    own = scripts_of(locale)
    runs: list[tuple[int, int]] = []
    joined = False
    for at, char in enumerate(text):
        script = script_of(char)
        if script and script not in own:
            runs[-1:] = [(runs[-1][0], at + 1)] if joined else [*runs[-1:], (at, at + 1)]
            joined = True
        elif script or char.isdigit():
            joined = False
    return runs
