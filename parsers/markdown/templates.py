"""Syntax of site generators and of LaTeX that would mislead the grammar is masked before it reads a text.

Hugo shortcodes, Liquid and Jinja tags, the code between two of them, LaTeX environments, MDX modules,
expressions and components. Masks have the length of what they hide, so no offset changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from parsers.markdown.codespans import Span, code_spans
from parsers.markdown.extensions import MASK_FILL, MASK_START, VERBATIM
from parsers.markdown.jsx import components, expressions
from parsers.markdown.verbatim import verbatim

_OPENING = re.compile(r"\{[{%]")
_FOREIGN = re.compile(r"\{%|\{\{[<%]")
"""What cannot be an expression in MDX."""

_CLOSINGS = {"{{": "}}", "{%": "%}"}
_GAP = re.compile(r"\n(?:[ \t]*\n)+[ \t]*")
_QUOTED_GAP = re.compile(r"\n(?:[ \t>]*\n)+[ \t>]*")

_REACH = 2000
"""Characters of a template, without an empty line: an unclosed brace must not swallow the document."""


class Hidden(NamedTuple):
    """What one mask hides: a stretch without an empty line."""

    text: str
    start: int
    reason: str


class Masked(NamedTuple):
    """A text as the grammar reads it."""

    flat: str
    inner: str
    """The same as an HTML block is read: only code and expressions are masked, not templates and components."""
    hidden: list[Hidden]

    @property
    def templates(self) -> tuple[str, ...]:
        """What must be the same in a translation."""
        return tuple(one.text for one in self.hidden)


def mask(flat: str, *, mdx: bool) -> Masked:
    """The text with its templates masked, and what was masked."""
    hidden: list[Hidden] = []
    if not mdx and "{" not in flat:
        return Masked(flat, flat, hidden)
    code = code_spans(flat)
    inner = _hide(flat, flat, [(*one, True) for one in verbatim(flat, code)], hidden)
    outer = inner
    if mdx:
        foreign = [span for span in _templates(inner) if _FOREIGN.match(inner, span[0])]
        spans = [(*span, "template", "\n" in flat[slice(*span)]) for span in expressions(inner, code, foreign)]
        inner = _hide(flat, inner, spans, hidden)
        spans = [(*span, "template", _GAP.search(flat, *span) is not None)
                 for span in components(_blanked(inner, foreign))]
        outer = _hide(flat, inner, spans, hidden)
    spans = [(*span, "template", False) for span in _templates(outer)]
    return Masked(_hide(flat, outer, spans, hidden), inner, hidden)


def _blanked(text: str, spans: Sequence[Span]) -> str:
    """A text with nothing to be read in these spans, of the same length."""
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (text[at:start], MASK_FILL * (end - start))
        at = end
    return "".join((*parts, text[at:]))


def _hide(flat: str, masked: str, spans: Sequence[tuple[int, int, str, bool]], hidden: list[Hidden]) -> str:
    """``masked`` with masks for these spans, whose text stands in ``flat``; the last value: its lines are no text."""
    parts: list[str] = []
    at = 0
    for start, end, reason, verbatim_lines in spans:
        text, quoted = flat[start:end], ">" in flat[flat.rfind("\n", 0, start) + 1:start]
        parts += (masked[at:start], _lines(text, quoted=quoted) if verbatim_lines else _inline(text))
        hidden += (Hidden(text[first:last], start + first, reason) for first, last in _stretches(text, quoted=quoted))
        at = end
    return "".join((*parts, masked[at:])) if parts else masked


def _stretches(text: str, *, quoted: bool) -> Iterator[Span]:
    """The stretches of a template between its empty lines."""
    at = 0
    for gap in (_QUOTED_GAP if quoted else _GAP).finditer(text):
        yield at, gap.start()
        at = gap.end()
    yield at, len(text)


def _templates(flat: str) -> Iterator[Span]:
    """The spans of Liquid, Jinja and shortcode tags; linear, whatever is left open."""
    at = 0
    ahead: dict[str, int] = {}
    while match := _OPENING.search(flat, at):
        at = match.end()
        closing = _CLOSINGS[match[0]]
        close = ahead.get(closing, 0)
        if 0 <= close < at + 1:
            close = ahead[closing] = flat.find(closing, at + 1)
        if 0 <= close <= at + _REACH and not _GAP.search(flat, at, close):
            at = close + 2
            yield match.start(), at


def _inline(template: str) -> str:
    """A mask that is read as part of a text; the indentation of later lines still says where they belong."""
    first, *rest = template.split("\n")
    return "\n".join((MASK_START + MASK_FILL * (len(first) - 1), *(_filled(line, " \t", MASK_FILL) for line in rest)))


def _lines(template: str, *, quoted: bool) -> str:
    """A mask each line of which is read as a line of its own."""
    first, *rest = template.split("\n")
    margin = " \t>" if quoted else " \t"
    return "\n".join((_filled(first, "", VERBATIM), *(_filled(line, margin, VERBATIM) for line in rest)))


def _filled(line: str, margin: str, sign: str) -> str:
    bare = line.lstrip(margin) if margin else line
    return line[:len(line) - len(bare)] + (sign + MASK_FILL * (len(bare) - 1) if bare else "")
