"""Checks of numbers and of the units that they count."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from pipeline.findings import Finding, Pair, Reading
from pipeline.numerals import SPACES, Number, alternatives, spelled


def check_numbers(pair: Pair) -> Iterator[Finding]:
    """The same numbers, however they are written."""
    before, after = pair.before.numbers, pair.after.numbers
    if not before and not after:
        return
    lost, new = _unmatched(before, after)
    if not lost and not any(number.large for number in new):
        return
    lost, new = _unexplained(lost, new, pair)
    large = [number for number in lost if number.large]
    if len(large) > 1 and not after and not any(unicodedata.numeric(char, None) for char in pair.after.text):
        yield Finding("numbers", "error", f"all numbers are lost: {_listed(large)}")
    elif large or (lost and new) or any(number.large for number in new):
        said = [f"{name} {_listed(some)}" for name, some in (("without", lost), ("with", new)) if some]
        yield Finding("numbers", "warning", f"the numbers differ: {'; '.join(said)}")


def _listed(numbers: Sequence[Number]) -> str:
    return ", ".join(sorted({number.written.strip() for number in numbers}))


def _unmatched(before: Sequence[Number], after: Sequence[Number]) -> tuple[list[Number], list[Number]]:
    """Numbers of either side that the other has not.

    First those of the same value are paired, then those of the same digits of which one has a magnitude
    and the other none that is known: no table of magnitudes is complete.
    """
    lost, new = _paired(before, after, lambda n: n.values, lambda n: n.values)
    return _paired(lost, new, lambda n: {(digits, n.magnitude) for digits in n.digits},
                   lambda n: {(digits, not n.magnitude) for digits in n.digits})


def _paired(before: Sequence[Number], after: Sequence[Number], sought: Callable[[Number], Iterable[object]],
            offered: Callable[[Number], Iterable[object]]) -> tuple[list[Number], list[Number]]:
    waiting: dict[object, list[int]] = defaultdict(list)
    for at, number in enumerate(after):
        for key in offered(number):
            waiting[key].append(at)
    left = []
    free = set(range(len(after)))
    for number in before:
        for key in sought(number):
            held = waiting[key]
            while held and held[-1] not in free:
                held.pop()
            if held:
                free.remove(held.pop())
                break
        else:
            left.append(number)
    return left, [after[at] for at in sorted(free)]


def _unexplained(lost: Sequence[Number], new: Sequence[Number], pair: Pair) -> tuple[list[Number], list[Number]]:
    """Without numbers that the other side has in letters, and years that it has in short (1980s, años 80)."""
    if lost:
        there = spelled(pair.after.text)
        lost = [number for number in lost if not number.values & there]
    if new:
        there = spelled(pair.before.text)
        new = [number for number in new if not number.values & there]
    return _paired(lost, new, lambda n: _years(n, 4), lambda n: _years(n, 2))


def _years(number: Number, length: int) -> Iterator[str]:
    """The last two digits of a number of so many."""
    return (value[-2:] for value in number.digits if value.isdecimal() and len(value) == length)


# ---- units ---------------------------------------------------------------------------------
UNITS = {
    "length": (
        "mm мм millimet milímet millimèt миллиметр 毫米 ミリ",
        "cm см centimet centímet centimèt zentimet сантиметр 厘米 センチ",
        "m metre metres meter meters metro metros mètre метр 米 公尺 メートル",
        "km км kilomet kilómet kilomèt quilômet quilómet километр 公里 千米 キロ",
        "inch inches pulgada polegada pouce zoll дюйм 英寸 インチ", "ft foot feet pies pés pieds фут 英尺 フィート",
        "yd yard yards yarda jarda ярд 码 ヤード",
        "mi mile miles milla millas milha milhas meile миль миля 英里 マイル"),
    "mass": (
        "mg мг milligram miligram 毫克", "g gram grams gramo grama г грамм 克 グラム",
        "kg кг kilo kilos kilogram quilo quilos quilogram килограмм 公斤 千克 キログラム",
        "lb lbs pound libra livre pfund фунт 磅 ポンド"),
    "temperature": ("°C ℃ celsius цельси 摄氏 摂氏", "°F ℉ fahrenheit фаренгейт 华氏 華氏"),
    "size": ("KB kB Ko КБ кБ", "KiB", "MB Mo МБ", "MiB", "GB Go ГБ", "GiB", "TB To ТБ", "TiB"),
    "time": (
        "ns", "µs μs us", "ms мс millisec milisegund milliseconde millisekund миллисекунд 毫秒 ミリ秒",
        "s sec secs second segundo seconde sekund секунд 秒", "min mins minut минут хвилин 分",
        "h hour hours hora horas heure heures stunde stunden часа часов часы 小时 小時 時間",
        "day days día días dia dias jour jours tage tagen giorni дня дней 天 日"),
    "frequency": ("Hz Гц 赫兹", "kHz кГц", "MHz МГц", "GHz ГГц"),
    "share": ("% ％ ٪ percent per_cent por_cento por_ciento процент", "‰"),
    "money": (
        "$ USD dollar dólar доллар 美元 ドル",
        "€ EUR euro euros евро 欧元 ユーロ", "£ GBP", "¥ JPY CNY", "₹ INR", "₩ KRW",
        "₽ RUB"),
}
"""Units by what they measure, each with its spellings: those that engines put one for the other."""
KINDS = tuple((kind, spellings.split()[0]) for kind, units in UNITS.items() for spellings in units)
UNIT = re.compile(rf"[{SPACES}]?-?(?:"
                  + "|".join(f"({alternatives(spellings)})" for units in UNITS.values() for spellings in units) + ")")
CURRENCY = re.compile(rf"([$€£¥₹₩₽])[{SPACES}]?$")


def check_units(pair: Pair) -> Iterator[Finding]:
    """No number with another unit of the same kind: kilometres do not become miles by their name alone."""
    before = dict(_measured(pair.before))
    if not before:
        return
    after: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for value, measure in _measured(pair.after):
        after[value].add(measure)
    for value, (kind, unit) in before.items():
        others = {other for of, other in after[value] if of == kind}
        if others and unit not in others:
            yield Finding("units", "warning", f"{value} {unit} has become {value} {min(others)}")


def _measured(side: Reading) -> Iterator[tuple[str, tuple[str, str]]]:
    """Values of the numbers of a text that have a unit, with its kind and first spelling."""
    text = side.text
    for number in side.numbers:
        if found := UNIT.match(text, number.end):
            measure = KINDS[(found.lastindex or 1) - 1]
        elif found := CURRENCY.search(text[max(0, number.start - 2):number.start]):
            measure = "money", found[1]
        else:
            continue
        yield from ((value, measure) for value in number.values)
