"""Codes as a model sees them, and back."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from parsers.document import Code, CodeKind, Content, codes, content


class Dialect(Protocol):
    """Codes as text and back."""

    def spell(self, items: Content) -> tuple[str, ...]:
        """Each item as a model sees it; joined, the text of a prompt."""

    def decode(self, answer: str, items: Content) -> Content:
        """A model's answer with the Codes of ``items``; what is no Code of theirs stays text."""


@dataclass(frozen=True, slots=True)
class TagDialect:
    """``<s1>…</s1>`` for pairs and ``<x2/>`` for standalone Codes (HY-MT's format template names
    its numbered pairs ``<sn></sn>``)."""

    pair: str = "s"
    standalone: str = "<x{}/>"
    """``<s{0}></s{0}>`` would write a standalone Code as an empty pair."""

    def spell(self, items: Content) -> tuple[str, ...]:
        """Numbers are the Codes' own, moved past any that the text itself already holds."""
        shift = _shift(items)
        return tuple(item if isinstance(item, str) else self._tag(item, item.id + shift) for item in items)

    def decode(self, answer: str, items: Content) -> Content:
        """Tags that were sent become their Codes, as often as they come; verification counts them.

        Read as models write them: in capitals, with spaces, in full-width or escaped brackets, a
        standalone Code without its stroke or as a pair. A number belongs to one Code or pair, so none
        of this can be taken for another.
        """
        if not codes(items):
            return content([answer])
        shift = _shift(items)
        halves: dict[int, dict[CodeKind, Code]] = {}
        for code in codes(items):
            halves.setdefault(code.id + shift, {})[code.kind] = code
        empty = {first.id + shift for first, second in itertools.pairwise(items)
                 if isinstance(first, Code) and isinstance(second, Code) and first.id == second.id}
        return content(_read(answer, halves, empty))

    def _tag(self, code: Code, number: int) -> str:
        if code.kind is CodeKind.STANDALONE:
            return self.standalone.format(number)
        return f"<{'/' * (code.kind is CodeKind.CLOSE)}{self.pair}{number}>"


TAG = re.compile(r"(?:<|＜|&lt;)\s*+(?P<close>[/／]?+)\s*+[a-zａ-ｚ]\s*+(?P<number>\d{1,9}+)\s*+(?P<self>[/／]?+)\s*+"
                 r"(?:>|＞|&gt;)", re.IGNORECASE)
"""What a model may have meant for a tag: any letter, as the number alone tells the Code."""


def _shift(items: Content) -> int:
    return max((int(match["number"]) for item in items if isinstance(item, str) for match in TAG.finditer(item)),
               default=0)


def _read(answer: str, halves: dict[int, dict[CodeKind, Code]], empty: set[int]) -> Iterator[str | Code]:
    """An answer piece by piece: text, and the Code or Codes that a tag stands for."""
    at = 0
    while tag := TAG.search(answer, at):
        yield answer[at:tag.start()]
        number, close, alone = int(tag["number"]), bool(tag["close"]), bool(tag["self"])
        at = tag.end()
        known = halves.get(number, {})
        if CodeKind.STANDALONE in known and not close:
            other = TAG.match(answer, at)
            if not alone and other is not None and other["close"] and int(other["number"]) == number:
                at = other.end()                            # <x2></x2>
            yield known[CodeKind.STANDALONE]
        elif alone and number in empty and not close:
            yield known[CodeKind.OPEN]                      # <s1/> for <s1></s1>
            yield known[CodeKind.CLOSE]
        elif not alone and (kind := CodeKind.CLOSE if close else CodeKind.OPEN) in known:
            yield known[kind]
        else:
            yield tag[0]
    yield answer[at:]
