"""The languages that Diglot speaks of: names, and which one a document is written in."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from parsers.document import Document, text_of
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline import detector


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its names in English and Chinese (prompts of HY-MT need both)."""

    tag: str
    english: str
    chinese: str

    @property
    def script(self) -> str:
        """ISO 15924: ``Latn``, ``Hans``… as CLDR says for the language."""
        return Locale.parse(self.tag).script

    @property
    def rtl(self) -> bool:
        """Written from right to left."""
        return Locale.parse(self.tag).rtl


LANGUAGES = tuple(Language(*row) for row in (
    ("zh", "Chinese", "中文"), ("en", "English", "英语"), ("fr", "French", "法语"),
    ("pt", "Portuguese", "葡萄牙语"), ("es", "Spanish", "西班牙语"), ("ja", "Japanese", "日语"),
    ("tr", "Turkish", "土耳其语"), ("ru", "Russian", "俄语"), ("ar", "Arabic", "阿拉伯语"),
    ("ko", "Korean", "韩语"), ("th", "Thai", "泰语"), ("it", "Italian", "意大利语"),
    ("de", "German", "德语"), ("vi", "Vietnamese", "越南语"), ("ms", "Malay", "马来语"),
    ("id", "Indonesian", "印尼语"), ("tl", "Filipino", "菲律宾语"), ("hi", "Hindi", "印地语"),
    ("zh-Hant", "Traditional Chinese", "繁体中文"), ("pl", "Polish", "波兰语"), ("cs", "Czech", "捷克语"),
    ("nl", "Dutch", "荷兰语"), ("km", "Khmer", "高棉语"), ("my", "Burmese", "缅甸语"),
    ("fa", "Persian", "波斯语"), ("gu", "Gujarati", "古吉拉特语"), ("ur", "Urdu", "乌尔都语"),
    ("te", "Telugu", "泰卢固语"), ("mr", "Marathi", "马拉地语"), ("he", "Hebrew", "希伯来语"),
    ("bn", "Bengali", "孟加拉语"), ("ta", "Tamil", "泰米尔语"), ("uk", "Ukrainian", "乌克兰语"),
    ("bo", "Tibetan", "藏语"), ("kk", "Kazakh", "哈萨克语"), ("mn", "Mongolian", "蒙古语"),
    ("ug", "Uyghur", "维吾尔语"), ("yue", "Cantonese", "粤语")))
"""The 33 languages and 5 minority languages and dialects of the HY-MT model cards."""

SAME = {"fil": "tl"}
"""CLDR's code for Filipino is ``fil``; the model cards write ``tl``."""

VARIANTS = {
    "en-AU": "Australian English", "en-CA": "Canadian English", "en-GB": "British English", "en-US": "American English",
    "es-419": "Latin American Spanish", "es-AR": "Argentine Spanish", "es-ES": "European Spanish",
    "es-MX": "Mexican Spanish", "fr-BE": "Belgian French", "fr-CA": "Canadian French", "fr-CH": "Swiss French",
    "de-AT": "Austrian German", "de-CH": "Swiss Standard German", "nl-BE": "Belgian Dutch",
    "pt-BR": "Brazilian Portuguese", "pt-PT": "European Portuguese",
    "zh-HK": "Traditional Chinese as written in Hong Kong", "zh-TW": "Traditional Chinese as written in Taiwan"}
"""Regional variants that people have a name for."""

UNKNOWN = Locale.parse("und")
"""What BCP 47 calls a language that nobody knows."""
ENOUGH_LETTERS = 20
"""Under so many letters a guess is worse than none."""
SAMPLE = 20_000
"""Characters looked at: more changes no answer and costs time."""


OTHER_WORDS = 8
"""Words made of letters alone from which on the language of a single text is judged."""
OTHER_ODDS = 30
"""Natural logarithm of how many times likelier another language must be."""


@functools.cache
def language_of(locale: Locale) -> Language | None:
    """The listed language that a locale is, or is a variant of: Portuguese for pt-BR, Traditional Chinese for zh-TW.

    None for a language that is not listed, or in another script than is usual for it.
    """
    wanted = SAME.get(locale.language, locale.language), locale.script
    return next((one for one in LANGUAGES if (Locale.parse(one.tag).language, one.script) == wanted), None)


def name_of(locale: Locale) -> str:
    """The English name of a language, or its tag."""
    listed = language_of(locale)
    return listed.english if listed else locale.tag


def variant_of(locale: Locale) -> str:
    """The English name with the region, where the locale names one: Brazilian Portuguese, Portuguese (pt-AO)."""
    listed = language_of(locale)
    if listed is None or locale.region is None:
        return name_of(locale)
    return VARIANTS.get(f"{locale.language}-{locale.region}", f"{listed.english} ({locale.tag})")


def detect(document: Document) -> Locale:
    """The language of a whole document: judged by its text, else as the document declares.

    `UNKNOWN` if there is too little text to tell and nothing is declared.
    """
    declared = _declared(document)
    sample = "\n".join(text_of(segment.content) for segment in document.segments)[:SAMPLE]
    if sum(map(str.isalpha, sample)) >= ENOUGH_LETTERS:
        guessed = Locale.parse(detector.likeliest(sample))
        if declared is not None and declared.language == guessed.language:
            return declared
        return guessed
    return declared or UNKNOWN


def plainly_other(text: str, locale: Locale) -> str:
    """The language that a text is in, if it plainly is not in ``locale``; empty if it may be.

    `OTHER_WORDS` and `OTHER_ODDS` are set for no false alarm: of 1,914 English texts of real documents it
    took none for another language but *lorem ipsum* and texts about Chinese with more Chinese in them.
    """
    if sum(map(str.isalpha, text.split())) < OTHER_WORDS:
        return ""
    score = detector.scores(" ".join(text.split())[:SAMPLE])
    best = next(iter(score))
    return best if score[best] - score.get(locale.language, score[best]) > OTHER_ODDS else ""


def _declared(document: Document) -> Locale | None:
    try:
        return Locale.parse(document.language) if document.language else None
    except UsageError:
        return None
