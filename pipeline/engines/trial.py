"""Engines that need no model. They show what would be translated and prove that nothing else changes."""

from __future__ import annotations

import itertools
import zlib
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Protocol

from parsers.document import Code, Content, has_letters
from pipeline.engines import Draft, Engine, Request

ACCENTED = str.maketrans("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                         "åƀçđéƒğĥîĵķļɱñöþɋŕšŧüṽŵẋýžÅƁÇĐÉƑĞĤÎĴĶĻṀÑÖÞɊŔŠŦÜṼŴẊÝŽ")
PADDING = "éẋŧŕå"
GROWTH = 0.3
"""English grows by about 30 % in many languages (W3C, "Text size in translation")."""

SPECIALS = (
    "*", "_", "**b**", "__u__", "`", "<b>", "&", "&lt;", "|", "# ", "[", "](x)", "]", "~~", "\\", "{{", "}}",
    "$", "--", "1. ", '"', "'", "<!--", "-->", "]]>", "!", "^", "> ", "+ ", "<", "~", "=", ":", "%", "@",
    "\u00a0", "”")
"""Characters that mean something in Markdown, HTML, XML or a template language."""

class Change(Protocol):
    """What a trial engine does to one text."""

    def __call__(self, text: str, position: int) -> str:
        """The new text; ``position`` is its number among the items of its content."""


CODES_ONLY = frozenset({"codes"})


class _Trial(Engine):
    """What the trial engines share: one text function over the texts of a content."""

    checks = CODES_ONLY
    multilingual = True

    @property
    def signature(self) -> str:
        return f"{self.name}/1"

    async def translate(self, request: Request) -> Draft:
        return Draft(self.change(request.content))

    @abstractmethod
    def change(self, items: Content) -> Content:
        """The whole work of a trial engine."""


class EchoEngine(_Trial):
    """Returns the source."""

    name = "echo"

    def change(self, items: Content) -> Content:
        """The content itself."""
        return items


class PseudoEngine(_Trial):
    """Accented, 30 % longer, in brackets: readable, and plainly not the source."""

    name = "pseudo"

    def change(self, items: Content) -> Content:
        """Each text with letters is accented and padded; the whole stands in brackets."""
        texts = [n for n, item in enumerate(items) if isinstance(item, str) and has_letters(item)]
        if not texts:
            return items
        out = _map_texts(items, _accent)
        out[texts[0]] = _inside(str(out[texts[0]]), lambda core: "[" + core)
        out[texts[-1]] = _inside(str(out[texts[-1]]), lambda core: core + "]")
        return tuple(out)


class HostileEngine(_Trial):
    """Puts special characters at the start, in the middle and at the end of every text."""

    name = "hostile"

    def change(self, items: Content) -> Content:
        """Which characters come where follows from the text, so that two runs agree."""
        return tuple(_map_texts(items, _attack))


def _map_texts(items: Content, change: Change) -> list[str | Code]:
    """Apply a change to each text with letters, leaving white space at its edges alone."""
    return [_inside(item, partial(change, position=n)) if isinstance(item, str) and has_letters(item) else item
            for n, item in enumerate(items)]


def _inside(text: str, change: Callable[[str], str]) -> str:
    core = text.strip()
    start = text.index(core)
    return text[:start] + change(core) + text[start + len(core):]


def _accent(text: str, position: int) -> str:  # noqa: ARG001 - the same wherever it stands
    return _pad(text.translate(ACCENTED))


def _pad(text: str) -> str:
    """Lengthen after the last letter, so that punctuation keeps its place."""
    letters = [n for n, char in enumerate(text) if char.isalpha()]
    end = letters[-1] + 1
    extra = "".join(itertools.islice(itertools.cycle(PADDING), max(1, round(GROWTH * len(letters)))))
    return text[:end] + extra + text[end:]


def _attack(text: str, position: int) -> str:
    seed = zlib.crc32(text.encode("utf-8", "surrogatepass")) + position
    first, middle, last = (SPECIALS[(seed >> shift) % len(SPECIALS)] for shift in (0, 7, 14))
    half = len(text) // 2
    accented = text.translate(ACCENTED)
    return f"{first}{accented[:half]}{middle}{accented[half:]}{last}".strip()
