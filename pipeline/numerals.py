"""Numbers as texts write them: separators, magnitudes (million, 万), and numerals in letters.

Which separator marks the decimals is a matter of language, and writers do not keep to it; so a
number has every value that its digits can mean: ``1.000`` may be a thousand or one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from parsers.phrases import UNSPACED

SPACES = " \u00a0\u2009\u202f"
WRITTEN = re.compile(rf"(?<!\d)\d{{1,3}}(?:[{SPACES}]\d{{3}})+(?!\d)(?:[.,٫]\d+)?|\d+(?:[.,'’٫٬]\d+)*")
DIGIT = re.compile(r"\d")
GROUPED = tuple(re.compile(rf"([1-9]\d{{0,2}}{thousands})(?:{point}(\d+))?") for thousands, point in (
    (rf"(?:[{SPACES}'’٬]\d{{3}})+", "[.,٫]"), (r"(?:,\d{2,3})*,\d{3}", r"\."), (r"(?:\.\d{3})+", ",")))
"""Thousands apart; Indian ones in twos before the last three."""
DECIMAL = re.compile(r"(\d+)[.,٫](\d+)")
HALF_DAY = re.compile(rf"[{SPACES}]?[ap]\.? ?m\b", re.IGNORECASE)

MAGNITUDES = {
    (3,): "thousand mil mille mila tausend tsd duizend tusen tusind tuhat tuhan tisíc tysią tysię tys tis хиляд тысяч "
          "тыс тисяч тис bin ribu nghìn ngàn libo ألف آلاف هزار ہزار אלף אלפי हज़ार हजार হাজার હજાર 千 천 พัน мың",
    (4,): "万 萬 만 หมื่น",
    (5,): "lakh lakhs लाख লাখ લાખ లక్ష லட்ச แสน",
    (6,): "million millón millon milhão milhõ milió milion milj milyon mio mln миллион мільйон милион млн juta "
          "triệu milyong مليون ملايين میلیون ملین מיליון मिलियन মিলিয়ন ล้าน сая",
    (7,): "crore करोड कोटी কোটি કરોડ கோடி కోట్",
    (8,): "亿 億 억",
    (9,): "milliard miliard miljard milyar miliar mrd mld bn bilhão bilhõ миллиард мільярд милиард млрд tỷ tỉ مليار "
          "میلیارد ارب מיליארד अरब",
    (9, 12): "billion",
    (12,): "billón billon bilión bilion biljoen bilião biliõ trilhão trilhõ 兆 조",
    (12, 18): "trillion trillón trillon",
}
"""Powers of ten, and how languages write them; what has more than four letters is the beginning of a word. Where
two are given, languages differ: a German *Billion* is a thousand billions."""

SUFFIXES = {"k": 3, "K": 3, "m": 6, "M": 6}
"""May be magnitudes where they touch a number (``10k``, ``£9m``), and may be units."""


def alternatives(names: str) -> str:
    """A pattern for any of some spellings (``_`` is a space): those of up to four letters are whole words, longer ones
    the beginnings of words."""
    spellings = sorted(names.split(), key=len, reverse=True)
    unspaced = [name for name in spellings if re.match(f"[{UNSPACED}]", name)]
    spaced = [name for name in spellings if name not in unspaced]
    long = [f"(?i:{name.replace('_', f'[{SPACES}]')})[^\\W\\d_]*" for name in spaced if len(name) > 4]
    short = [re.escape(name) for name in spaced if len(name) <= 4]
    whole = [f"(?:{'|'.join(short)}){WORD_ENDS}"] if short else []      # one look-ahead: each takes long to compile
    return "|".join((*long, *unspaced, *whole))


WORD_ENDS = rf"(?![^\W\d_{UNSPACED}])"

MAGNITUDE = re.compile(rf"[{SPACES}]?-?(?:{'|'.join(f'({alternatives(names)})' for names in MAGNITUDES.values())})")
POWERS = tuple(MAGNITUDES)
SUFFIX = re.compile(r"([kKmM])\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text and what it may mean."""

    written: str
    start: int
    end: int
    """Behind its magnitude."""
    digits: frozenset[str]
    """Its values without a magnitude: ``{"1000", "1.000"}`` for ``1.000``."""
    values: frozenset[str]
    """Its values with the magnitude that follows; the same as ``digits`` if there is none."""
    magnitude: bool = False

    @property
    def large(self) -> bool:
        """Not one of those that languages write as words and numerals by turns."""
        return all(len(value) > 2 or int(value) > SPELLED for value in self.digits)


SPELLED = 12
"""Numbers up to this are often written as words, or words as numbers."""


def numbers_in(text: str) -> Iterator[Number]:
    """The numbers of a text, in order; dates, addresses and the like as their parts."""
    if not DIGIT.search(text):                              # much quicker to see
        return
    held: Number | None = None
    for match in WRITTEN.finditer(text):
        for number in _read(text, match):
            if held is not None and _goes_on(held, number):
                held = _sum(held, number)
                continue
            if held is not None:
                yield held
            held = number
    if held is not None:
        yield held


def _read(text: str, match: re.Match[str]) -> Iterator[Number]:
    written, start, end = match[0], match.start(), match.end()
    values = frozenset(_values(_ascii(written)))
    hour, *minutes = re.findall(r"\d+", _ascii(written))
    if len(hour) <= 2 and HALF_DAY.match(text, end):
        values = frozenset({hour.lstrip("0") or "0", str(int(hour) + 12)})
        yield Number(hour, start, end, values, values)
        yield from (Number(part, start, end, _one(part), _one(part)) for part in minutes)
    elif values:
        yield _magnified(text, Number(written, start, end, values, values))
    else:
        yield from (Number(part, start, end, _one(part), _one(part)) for part in (hour, *minutes))


def _ascii(written: str) -> str:
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in written)


def _one(digits: str) -> frozenset[str]:
    return frozenset({digits.lstrip("0") or "0"})


def _values(written: str) -> Iterator[str]:
    """What a number can mean; nothing if it is several."""
    if written.isdecimal():
        yield written.lstrip("0") or "0"
        return
    for grouped in GROUPED:
        if found := grouped.fullmatch(written):
            yield re.sub(r"\D", "", found[1]) + (f".{found[2]}" if found[2] else "")
    if found := DECIMAL.fullmatch(written):
        yield f"{found[1].lstrip('0') or '0'}.{found[2]}"


def _magnified(text: str, number: Number) -> Number:
    """The number with its magnitude, if one follows; two in “10 mil millones”."""
    powers: set[int] = {0}
    at = number.end
    for _ in range(2):
        found = MAGNITUDE.match(text, at)
        if found is None or found.lastindex is None:
            break
        powers = {a + b for a, b in product(powers, POWERS[found.lastindex - 1])}
        at = found.end()
    if powers == {0}:
        suffix = SUFFIX.match(text, at)
        if suffix is None:
            return number
        powers.add(SUFFIXES[suffix[1]])
    values = frozenset(_scaled(value, power) for value in number.digits for power in powers)
    return Number(text[number.start:at], number.start, at, number.digits, values, powers != {0} and 0 not in powers)


def _scaled(value: str, power: int) -> str:
    return f"{Decimal(value).scaleb(power).normalize():f}" if power else value


def _goes_on(first: Number, second: Number) -> bool:
    """True for ``1億2000万``: the second touches the first and is smaller."""
    return (first.magnitude and second.magnitude and first.end == second.start
            and min(map(Decimal, first.values)) > max(map(Decimal, second.values)))


def _sum(first: Number, second: Number) -> Number:
    values = frozenset(f"{Decimal(a) + Decimal(b):f}" for a, b in product(first.values, second.values))
    return Number(first.written + second.written, first.start, second.end, values, values, magnitude=True)


# ---- numerals in letters -------------------------------------------------------------------
TENS = {word: 10 * at for at, word in enumerate(
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2)}
TEENS = {word: at for at, word in enumerate(
    ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"), start=13)} | {"hundred": 100}
ONES = {word: at for at, word in enumerate(
    ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), start=1)}
ENGLISH = re.compile(rf"\b(?:({'|'.join(TENS)})(?:[- ]({'|'.join(ONES)}))?|({'|'.join(TEENS)}))", re.IGNORECASE)
ROMAN = re.compile(r"\b(?=[XVI])(X{0,3})(IX|IV|V?I{0,3})\b")
CHINESE = re.compile("[〇零一二三四五六七八九十百千万两兩亿萬億]{1,20}")


def spelled(text: str) -> set[str]:
    """Numbers that a text has in letters: English ones, Roman ones (centuries), Chinese ones."""
    found = {str(TENS[tens.lower()] + ONES.get(unit.lower(), 0) if tens else TEENS[teen.lower()])
             for tens, unit, teen in ENGLISH.findall(text)}
    found |= {str(10 * len(tens) + _roman(unit)) for tens, unit in ROMAN.findall(text)}
    return found | {str(_chinese(written)) for written in CHINESE.findall(text)}


def _roman(unit: str) -> int:
    return {"IX": 9, "IV": 4}.get(unit, 5 * unit.count("V") + unit.count("I"))


def _chinese(written: str) -> int:
    """The value of Chinese numerals: ``二十五``, ``三百万``."""
    total = section = digit = 0
    for char in written:
        value = 2 if char in "两兩" else int(unicodedata.numeric(char))
        if value < 10:
            digit = digit * 10 + value if digit and not section else value
        elif value < 10_000:
            section, digit = section + (digit or 1) * value, 0
        else:
            total, section, digit = total + (section + digit or 1) * value, 0, 0
    return total + section + digit
