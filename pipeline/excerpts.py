"""How much of a text goes along as context: measured in bytes, cut at sentences or words."""

from __future__ import annotations

import re

from pipeline.scripts import letters_by_script

SHORT_WORDS = 4
"""Up to so many words a text does not stand alone."""

LETTERS_PER_WORD = {"Hani": 2, "Kana": 3, "Thai": 5, "Laoo": 5, "Khmr": 6, "Mymr": 6, "Tibt": 4}
"""Scripts that part no words by spaces, and how many letters of them are a word, about."""

CUT = "…"
"""Stands where a text was cut inside a sentence."""

_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+|[。！？][」』”]*\s*")


def is_short(text: str) -> bool:
    """True if a text has at most `SHORT_WORDS` words, so that it needs its context to be understood."""
    words = len(text.split())
    if words <= SHORT_WORDS and not text.isascii():
        found = letters_by_script(text)
        words += sum(found[script] // letters for script, letters in LETTERS_PER_WORD.items())
    return words <= SHORT_WORDS


def size(text: str) -> int:
    """Bytes of UTF-8: in every script a token of a multilingual vocabulary takes about four."""
    return len(text) if text.isascii() else len(_bytes(text))


def fits(text: str, room: int) -> bool:
    """True if a text has at most so many bytes; as fast for an endless one as for a short one."""
    return len(text) <= room and size(text) <= room


def beginning(text: str, room: int) -> str:
    """As much of the beginning of a text as fits into so many bytes, up to a sentence's or a word's end."""
    if fits(text, room):
        return text
    most = len(_bytes(text[:room])[:room - size(CUT)].decode("utf-8", "ignore"))
    ends = [match.end() for match in _SENTENCE_END.finditer(text, most // 4, most)]
    if ends:
        return text[:ends[-1]].rstrip()
    space = text.rfind(" ", most // 2, most)
    return text[:space if space > 0 else most] + CUT


def ending(text: str, room: int) -> str:
    """As much of the end of a text as fits into so many bytes, from the beginning of a sentence or a word."""
    if fits(text, room):
        return text
    most = len(_bytes(text[-room:])[size(CUT) - room:].decode("utf-8", "ignore"))
    start = len(text) - most
    found = _SENTENCE_END.search(text, start, len(text) - most // 4)
    if found:
        return text[found.end():]
    space = text.find(" ", start, start + most // 2)
    return CUT + text[space + 1 if space > 0 else start:]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
