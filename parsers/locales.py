"""Languages as a renderer needs them: tag, script, direction."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.errors import UsageError

TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{4})?(?:[-_](?:[A-Za-z]{2}|\d{3}))?")
"""The part of BCP 47 that documents use: language, script, region."""

RTL_SCRIPTS = frozenset({"Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"})

SCRIPTS = {
    "ar": "Arab", "fa": "Arab", "ur": "Arab", "ug": "Arab", "ps": "Arab", "sd": "Arab", "ckb": "Arab",
    "he": "Hebr", "yi": "Hebr", "dv": "Thaa", "syr": "Syrc",
    "zh": "Hans", "yue": "Hant", "ja": "Jpan", "ko": "Kore", "th": "Thai", "lo": "Laoo", "km": "Khmr", "my": "Mymr",
    "hi": "Deva", "mr": "Deva", "ne": "Deva", "bn": "Beng", "gu": "Gujr", "pa": "Guru", "ta": "Taml", "te": "Telu",
    "kn": "Knda", "ml": "Mlym", "si": "Sinh", "bo": "Tibt", "ka": "Geor", "hy": "Armn", "am": "Ethi", "el": "Grek",
    "ru": "Cyrl", "uk": "Cyrl", "be": "Cyrl", "bg": "Cyrl", "mk": "Cyrl", "sr": "Cyrl", "kk": "Cyrl", "mn": "Cyrl",
    "ky": "Cyrl", "tg": "Cyrl",
}
"""ISO 15924 script that each language is written in where the tag names none (CLDR likely
subtags); a language that is not listed is written in Latn."""

_CODE = re.compile(r"\s*([A-Za-z]{2,3})(?![^\s_-])")
_SAME = {"iw": "he", "in": "id", "nb": "no", "nn": "no", "cmn": "zh", "fil": "tl"}
"""Codes that documents use for the same language."""
_ANY = frozenset({"und", "mul", "mis"})


def code_of(tag: str) -> str:
    """The ISO 639 code in a language tag, one for each language; empty if it names none."""
    found = _CODE.match(tag)
    code = found[1].lower() if found else ""
    return "" if code in _ANY else _SAME.get(code, code)


@dataclass(frozen=True, slots=True)
class Locale:
    """A language tag with what follows from it."""

    tag: str
    """As BCP 47 spells it: ``pt-BR``, ``zh-Hant``."""
    language: str
    script: str
    region: str | None = None

    @property
    def rtl(self) -> bool:
        """Written from right to left."""
        return self.script in RTL_SCRIPTS

    @classmethod
    def parse(cls, tag: str) -> Locale:
        """Read ``pt-BR``, ``pt_br``, ``zh-hant``… Raises UsageError for what is no language tag."""
        if not TAG.fullmatch(tag):
            raise UsageError(f"“{tag}” is not a language code; use one such as pt-BR, fr or zh-Hant.")
        language, *rest = re.split("[-_]", tag)
        script = next((part.title() for part in rest if len(part) == 4), None)
        region = next((part.upper() for part in rest if len(part) < 4), None)
        language = {"iw": "he", "in": "id"}.get(language.lower(), language.lower())
        spelled = "-".join(part for part in (language, script, region) if part)
        if script is None and language == "zh" and region in ("TW", "HK", "MO"):
            script = "Hant"
        return cls(spelled, language, script or SCRIPTS.get(language, "Latn"), region)
