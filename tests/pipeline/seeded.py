"""Errors put into human translations, by the check that is to find them."""

import re

from parsers.document import Code, CodeKind, content, text_of
from pipeline.findings import is_natural, words

LEAKED = ("[0]", "[ 3 ]", "<s1>", "</s2>", "<x4/>", "⟦5⟧", "<|im_end|>", "</s>", "▁", '<ph id="1"/>', "<think>")
ILLEGAL = ("\0", "\x08", "\ufffd", "\ud800", "\ue000", "\uffff")
BEFORE = ("Here is the translation:\n", "Sure! ", "Translation: ", "Tradução: ", "Aquí tienes la traducción: ", "译文：",
          "以下是翻译：", "Certainly! Here's the translated text:\n\n", "Aqui está a tradução:\n", "Translation:\n\n")
BEHIND = ("\n\n(Note: I kept the names.)", "\n\nNota: sin cambios.", "\n\nThis translation keeps the original meaning.",
          " This translates to the same in English.", "\n\n{draft}", "\n\nTranslate the following segment.")
UNITS = {"km": "millas", "kilómetros": "millas", "quilômetros": "milhas", "公里": "英里", "%": "‰", "MB": "GB", "GB": "MB",
         "ms": "s", "minutos": "horas", "分钟": "小时", "segundos": "minutos", "秒": "分", "days": "hours", "días": "horas",
         "dias": "horas", "天": "小时", "$": "€", "€": "$", "libras": "kg", "metros": "km"}


def one_more(found):
    return str(int(found[0]) + 1)


def spoilt(check, source, draft, random):
    """A text with one error of that check, or None where there is no place for it."""
    a, b = text_of(source), text_of(draft)
    makers = {
        "empty": lambda: random.choice(("", " ", "…", ". ")),
        "loop": lambda: looped(b, random),
        "leak": lambda: inserted(b, random.choice(LEAKED), random),
        "characters": lambda: inserted(b, random.choice(ILLEGAL), random),
        "commentary": lambda: random.choice((random.choice(BEFORE) + b,
                                             b + random.choice(BEHIND).replace("{draft}", b))),
        "copied": lambda: copied(a, random),
        "script": lambda: random.choice(("Дословный перевод этого предложения", f"{b} 번역입니다")),
        "length": lambda: out_of_length(a, b, random),
        "truncated": lambda: cut(a, b, random),
        "numbers": lambda: renumbered(a, b, random),
        "units": lambda: remeasured(a, b),
        "pairing": lambda: unpaired(a, b),
    }
    return makers[check]()


def looped(b, random):
    last = b.split()[-6:]
    return random.choice((f"{b} {' '.join(last[-1:] * 8)}", f"{b} {' '.join(last * 4)}", f"{b} {b} {b}", f"{b}{b}",
                          f"{b} mui{'to' * 20}"))


def inserted(text, mark, random):
    at = random.randrange(len(text))
    return text[:at] + mark + text[at:]


def copied(a, random):
    if len({word for word in words(a) if is_natural(word)}) < 4:
        return None
    return random.choice((a, a.replace("the ", "o ", 1), f"{a} ."))


def paraphrased(a, random):
    """The source again with every third word left out: no copy, and no translation."""
    left = [word for word in a.split() if random.random() < 0.67]
    return " ".join(left) if sum(map(is_natural, left)) >= 8 else None


def out_of_length(a, b, random):
    if len(a) <= 90:
        return None
    return random.choice((b[:max(1, len(b) // 12)], " ".join(f"{word} {word[::-1]}z" for word in b.split()) * 4))


def cut(a, b, random):
    if len(a) <= 60 or not re.search(r"[.!?:]\s*$", a):
        return None
    return b[:int(len(b) * random.uniform(0.2, 0.7))].rstrip(" .,;:。，；：")


def renumbered(a, b, random):
    """A number more by one, or with its point moved."""
    numbers = [m for m in re.finditer(r"(?<![\d.,])\d+(?![.,]?\d)", b) if int(m[0]) > 12 and m[0] in a]
    pointed = [m for m in re.finditer(r"(?<![\d.,])\d+([.,])\d+(?![.,\d])", b) if m[0].replace(",", ".") in a]
    if not numbers and not pointed:
        return None
    hit = random.choice(numbers + pointed)
    new = one_more(hit) if hit.re.groups == 0 else hit[0].replace(hit[1], "") if random.random() < 0.5 else one_more(
        re.search(r"^\d+", hit[0])) + hit[0][hit.start(1) - hit.start():]
    return b[:hit.start()] + new + b[hit.end():]


def remeasured(a, b):
    """A number with another unit of its kind."""
    for unit, other in UNITS.items():
        edge = r"\b" if unit[-1:].isascii() and unit.isalpha() else ""
        hit = re.search(rf"(\d)([ \u00a0]?){re.escape(unit)}{edge}", b)
        number = hit and re.search(r"[\d.,]*\d$", b[:hit.end(1)])
        if number and re.search(rf"(?<!\d){re.escape(number[0])}[ \u00a0-]?(?:{SAID[other_kind(unit)]})", a):
            return b[:hit.start()] + hit[1] + hit[2] + other + b[hit.end():]
    return None


SAID = {"length": "km|kilomet|met", "share": "%|per ?cent", "size": "[MG]B", "time": "ms|min|sec|day|hour", "mass": "pound|kg",
        "money": "€|euro|dollar"}
KIND = {"km": "length", "kilómetros": "length", "quilômetros": "length", "公里": "length", "metros": "length", "%": "share",
        "MB": "size", "GB": "size", "$": "money", "€": "money", "libras": "mass"}


def other_kind(unit):
    return KIND.get(unit, "time")


def unpaired(a, b):
    if not re.search(r"[()（）]", b) or a.count("(") != a.count(")"):
        return None
    return re.sub(r"[()（）]", "", b, count=1)


# ---- Codes ---------------------------------------------------------------------------------
def dressed(text):
    """The text with a pair around its middle third and a Code alone behind it."""
    third = max(1, len(text) // 3)
    start, end = Code(1, CodeKind.OPEN, "<b>", "strong"), Code(1, CodeKind.CLOSE, "</b>", "strong")
    return content((text[:third], start, text[third:-third], end, text[-third:],
                    Code(2, CodeKind.STANDALONE, "`x`", "code", "x")))


def without_codes(items, random):
    return tuple(item for item in items if isinstance(item, str) or random.random() < 0.5)[:-1]


def crossed(items, random):
    out = list(items)
    out[1], out[3] = out[3], out[1]
    return tuple(out)


def emptied(items, random):
    return (*items[:2], items[3], items[2], *items[4:])


def doubled(items, random):
    return (*items, random.choice([item for item in items if isinstance(item, Code)]))


def taken_in(items, random):
    return (items[0], items[1], items[2], items[5], *items[3:5])


CODE_ERRORS = (without_codes, crossed, emptied, doubled, taken_in)
