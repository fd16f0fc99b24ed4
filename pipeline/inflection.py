"""The forms of a word: which endings nouns and adjectives take, language by language.

A term is written in its basic form and stands in texts in others: ``políticas`` for ``política``,
``файлами`` for ``файл``. Two words are forms of one if what follows their common beginning are two
endings of one paradigm. The tables hold the endings of number, case and gender alone. General stemmers
also take off what makes another word of a word (*observe*, *observability*), which must not be taken for
the term, and miss regular plurals (*opção*, *opções*): Snowball's join words of one lemma in 56 of 100 pairs of
English, 51 of Portuguese and 58 of Spanish documentation, these tables in 95, 76 and 92, and most of the
rest are participles and loan words that the dictionaries compared with (simplemma 2.0) lack. For the other languages,
compared over 16,000 dictionary words each, it is 84 (Arabic) to 99 of 100.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from posixpath import commonprefix

from parsers.locales import Locale
from parsers.phrases import case_folded

NUMBER = {
    "en": "- s | - es | y ies | f ves | fe ves | is es",
    "pt": "- s | - es | ão ões ãos ães | l is | il eis | m ns | ês eses",
    "es": "- s | - es | z ces | ón ones | én enes | án anes | és eses",
    "fr": "- s | - x | l ux",
    "it": "o i | a e | e i | - hi he | o hi | a he | ia e",
    "de": "- e n en es s em ens ns nen se sen ses",
    "nl": "- s n en e es",
    "ru": "- а я о е ы и у ю ь й ой ей ом ем ам ям ами ями ах ях ов ев ью ия ие ии ию ием ий иям иями иях "
          "ый ого его ому ему ым им ых их ыми ими ая яя ую юю ое ее ые | й е х м ми",
    "uk": "- а я о е є и і ї у ю ь й ою ею єю ом ем єм ам ям ами ями ах ях ів їв ові еві єві "
          "ий ій ого його ому йому им їм их їх ими їми",
    "pl": "- a e i o u y ą ę ie ia ii ią ię iu iem iom iami iach ów om ami ach em owi owie ego emu ej ym ych ymi "
          "im ich imi iego iemu iej",
    "cs": "- a e i o u y á é ě í ů ú ý ou em ům ech ách ich ích ám ami emi mi ovi ové "
          "ého ému ým ých ými ím ímu ího ími | - ho mu m ch mi",
    "hi": "- ों ें ो | ा े ों ो | ी ियाँ ियों ियो | - एँ ओं",
    "ar": "- ة ات تان تين | - ان ين ون",
    "fa": "- ها های هایی \u200cها \u200cهای \u200cهایی",
    "id": "- nya",
    "ms": "- nya",
    "ko": "- 은 는 이 가 을 를 의 에 에서 에게 에는 에도 으로 로 로서 로써 와 과 도 만 들 들은 들이 들을 들의 까지 "
          "부터 처럼 보다 이나 나 이다 입니다 이며 이고 인",
}
"""Endings that take each other's place on one word, the paradigms apart by ``|``; ``-`` is no ending.

These are endings of number and case, and in Korean the particles that are written together with a word.
"""

GENDER = {
    "pt": "o a os as | - a es as | l s",
    "es": "o a os as | - a es as",
    "it": "o a i e | - o",
    "fr": "- e s es | f ve fs ves | l le ls les | x se ses",
    "de": "- e n en er ern es s em | - r s n m",
}
"""Endings that make another word of many a noun, and of an adjective only another form: *caso* is no form of
*casa*, but *caso ativo* is one of *casos ativos*."""

PLAIN = {"de": "- e n en er ern s", "es": "- es"}
"""Endings with which a word also changes its accents: *Haus*, *Häuser*; *imagen*, *imágenes*."""

CHAINED = {
    "tr": re.compile("(?:l[ae]r)?(?:[ıiuü]m?|s[ıiuü]|[ıiuü]n)?"
                     "(?:[ıiuü]|[yn][ıiuü]|[yn]?[ae]|n?[dt][ae]n?|n?[ıiuü]n|y?l[ae])?"),
}
"""Languages that string endings together: number, possessor, case."""

JOINED = {"ar": re.compile("[وف]?(?:[بك]?ال|لل)(?=..)")}
"""What is written together with the beginning of a word: the article and what stands before it."""

AGGLUTINATED = frozenset({"ko"})
"""Languages in which no word of a text stands alone, so that forms count whether asked for or not."""

MARKS = re.compile("[\u0300-\u036f]")
"""Combining accents of Latin, Greek and Cyrillic. The vowel signs of Indic scripts are other characters."""

SHORTEST = 2
"""Letters that two forms of a word share at least."""


@dataclass(frozen=True, slots=True)
class Inflection:
    """How the words of one language are inflected."""

    language: str
    tails: str
    """Every character that an ending can have."""
    single: tuple[frozenset[str], ...]
    agreeing: tuple[frozenset[str], ...]
    plain: tuple[frozenset[str], ...] = ()

    def key(self, word: str) -> str:
        """What all forms of a word share, and some other words as well: `same` tells them apart."""
        return _key(self.language, self.tails, word)

    def same(self, words: Sequence[str], others: Sequence[str], *, loosely: bool) -> bool:
        """Are these the same words, in whatever form? Both are as `parsers.phrases` cuts them.

        ``loosely`` takes the endings of `GENDER` as well.
        """
        paradigms = self.agreeing if loosely else self.single
        return len(words) == len(others) and all(
            one == other or self._forms(one, other, paradigms) for one, other in zip(words, others, strict=True))

    def _forms(self, one: str, other: str, paradigms: tuple[frozenset[str], ...]) -> bool:
        ends = _ends(_unjoined(self.language, one), _unjoined(self.language, other))
        if self.language in CHAINED:
            return all(map(CHAINED[self.language].fullmatch, ends))
        if any(paradigm.issuperset(ends) for paradigm in paradigms):
            return True
        plain = _ends(_plain(one), _plain(other)) if self.plain else ends
        return max(plain) != "" and len(plain[0]) < len(ends[0]) and any(p.issuperset(plain) for p in self.plain)


def inflection_of(locale: Locale | None) -> Inflection | None:
    """How a language inflects, or None for one that does not or is not known here."""
    return _inflection(locale.language) if locale is not None else None


def languages() -> tuple[str, ...]:
    """Codes of the languages whose forms are known."""
    return tuple(sorted({*NUMBER, *CHAINED}))


@lru_cache
def _inflection(language: str) -> Inflection | None:
    if language in CHAINED:
        return Inflection(language, "larediıuünmysti", (), ())
    if language not in NUMBER:
        return None
    single, plain = _paradigms(NUMBER[language]), _paradigms(PLAIN.get(language, ""))
    agreeing = single + _paradigms(GENDER.get(language, ""))
    tails = "".join(sorted({_plain(char) for row in (*agreeing, *plain) for ending in row for char in ending}))
    return Inflection(language, tails, single, agreeing, plain)


def _paradigms(table: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset("" if ending == "-" else ending for ending in row.split())
                 for row in table.split("|") if row)


def _ends(one: str, other: str) -> tuple[str, str]:
    """What follows the common beginning of two words; all of them, if they have too little in common."""
    at = len(commonprefix((one, other)))
    return (one[at:], other[at:]) if at >= min(SHORTEST, len(one), len(other)) else (one, other)


@lru_cache(1 << 16)
def _key(language: str, tails: str, word: str) -> str:
    plain = _plain(_unjoined(language, case_folded(word)))
    trunk = plain.rstrip(tails)
    return trunk if len(trunk) >= SHORTEST else plain[:SHORTEST]


def _unjoined(language: str, word: str) -> str:
    return JOINED[language].sub("", word, count=1) if language in JOINED else word


def _plain(word: str) -> str:
    """Latin and Cyrillic letters without their accents."""
    if word.isascii():
        return word
    return MARKS.sub("", unicodedata.normalize("NFD", word))
