"""White space beside tags: models put it where the source has none."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from parsers.document import Code, CodeKind, Content, content
from parsers.locales import Locale

FRENCH_MARKS = frozenset(":;!?»%")
"""What French parts from the word before it by a space."""
CLOSE_MARKS = frozenset({"Po", "Ps", "Pe", "Pi", "Pf"})
"""Punctuation that stands at a word without a space: all but dashes (general categories of Unicode)."""


def spaced_as(source: Content, answer: Content, target: Locale) -> Content:
    """An answer without the white space that a model put beside its tags.

    ``<s1> word </s1>`` becomes ``<s1>word</s1>`` if the source has nothing inside there: the white space
    goes outside, so that words stay apart. Outside it goes only between a tag and the very mark of
    punctuation that the source has there. Words are never joined, and no white space is put between
    what stands together: the target may write an ending to a tag (“<x1/>da”), or no spaces at all.
    """
    line = _Line.of(answer)
    if not line.codes:
        return answer
    had = _edges(source)
    for at in reversed(range(len(line.codes))):             # inner tags first, so that white space gets out of all
        code = line.codes[at]
        if code.kind is CodeKind.OPEN and not had[code.key].spaced_inside:
            line.move_out_before(at)
    for at, code in enumerate(line.codes):
        if code.kind is CodeKind.CLOSE and not had[code.key].spaced_inside:
            line.move_out_behind(at)
    for at, code in enumerate(line.codes):
        if code.kind is not CodeKind.CLOSE:
            line.close_up_before(at, had[code.key].before)
        if code.kind is not CodeKind.OPEN:
            line.close_up_behind(at, had[code.key].behind, target)
    return line.content()


@dataclass(frozen=True, slots=True)
class _Edge:
    """What stands at a Code in the source."""

    spaced_inside: bool
    before: str
    """The character before it, if there is one and no Code between."""
    behind: str


def _edges(items: Content) -> dict[tuple[int, CodeKind], _Edge]:
    line = _Line.of(items)
    found = {}
    for at, code in enumerate(line.codes):
        before, behind = line.texts[at][-1:], line.texts[at + 1][:1]
        inside = {CodeKind.OPEN: behind, CodeKind.CLOSE: before, CodeKind.STANDALONE: ""}[code.kind]
        found[code.key] = _Edge(inside.isspace(), before, behind)
    return found


class _Line:
    """A content as texts with one Code between any two of them."""

    def __init__(self, texts: list[str], codes: list[Code]) -> None:
        self.texts, self.codes = texts, codes

    @classmethod
    def of(cls, items: Content) -> _Line:
        texts, codes = [""], []
        for item in items:
            if isinstance(item, Code):
                codes.append(item)
                texts.append("")
            else:
                texts[-1] += item
        return cls(texts, codes)

    def content(self) -> Content:
        first, *others = self.texts
        return content([first, *(item for pair in zip(self.codes, others, strict=True) for item in pair)])

    def move_out_before(self, at: int) -> None:
        """White space behind an opening tag goes before it, unless there is some already."""
        outside, inside = self.texts[at], self.texts[at + 1]
        if inside[:1].isspace() and (inside.strip() or not self._is_pair(at)):
            self.texts[at + 1] = inside.lstrip()
            if (at or outside) and not outside[-1:].isspace():
                self.texts[at] = outside + " "

    def move_out_behind(self, at: int) -> None:
        """White space before a closing tag goes behind it."""
        inside, outside = self.texts[at], self.texts[at + 1]
        if inside[-1:].isspace() and (inside.strip() or not self._is_pair(at - 1)):
            self.texts[at] = inside.rstrip()
            if (at + 1 < len(self.codes) or outside) and not outside[:1].isspace():
                self.texts[at + 1] = " " + outside

    def _is_pair(self, at: int) -> bool:
        """True if nothing but white space stands between this opening Code and its other half."""
        return 0 <= at < len(self.codes) - 1 and self.codes[at].id == self.codes[at + 1].id

    def close_up_before(self, at: int, mark: str) -> None:
        """No white space between a mark of punctuation and the tag behind it, if the source has none."""
        text = self.texts[at].rstrip()
        if _stands_close(mark) and text.endswith(mark):
            self.texts[at] = text

    def close_up_behind(self, at: int, mark: str, target: Locale) -> None:
        """No white space between a tag and the mark behind it, if the source has none and the target wants none."""
        text = self.texts[at + 1].lstrip()
        if _stands_close(mark) and text.startswith(mark) and not (target.language == "fr" and mark in FRENCH_MARKS):
            self.texts[at + 1] = text


def _stands_close(mark: str) -> bool:
    return mark != "" and unicodedata.category(mark) in CLOSE_MARKS
