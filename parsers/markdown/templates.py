"""Syntax of site generators that would mislead the grammar is masked before it reads a text.

Hugo shortcodes, Liquid and Jinja tags, MDX imports, exports, components and expressions.
Masks have the length of what they hide, so no offset changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers.markdown.extensions import MASK_FILL, MASK_START

_OPENING = re.compile(r"\{[{%]")
_CLOSINGS = {"{{": "}}", "{%": "%}"}
_GAP = re.compile(r"\n[ \t]*\n")

_REACH = 2000
"""Characters of a template, without an empty line: an unclosed brace must not swallow the document."""

_MDX = re.compile(r"^(?:import\s+(?:['\"]|[^\n]*?\bfrom\s+['\"])"
                  r"|export\s+(?:default|const|let|var|function|async)\b)(?:(?!\n[ \t]*\n|\n```)[\s\S])*"
                  r"|\{/\*(?:(?!\{/\*)[\s\S])*?\*/\}", re.MULTILINE)
_COMPONENT = re.compile(r"</?[A-Z][\w.]*(?:\s(?:[^<>{}]|\{[^{}]*\}|\{\{[^{}]*\}\})*)?/?>")
"""MDX 3: https://mdxjs.com/docs/what-is-mdx/"""


def is_mdx(flat: str) -> bool:
    """True if a text imports or exports something or has a JSX comment: then its tags are components."""
    return _MDX.search(flat) is not None


def mask(flat: str, *, mdx: bool) -> tuple[str, list[str]]:
    """The text with its templates masked, and what was masked."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match[0])
        return _hidden(match[0])

    parts: list[str] = []
    at = 0
    for start, end in _templates(flat):
        hidden.append(flat[start:end])
        parts += (flat[at:start], _hidden(flat[start:end]))
        at = end
    flat = "".join((*parts, flat[at:])) if parts else flat
    if mdx:
        flat = _COMPONENT.sub(hide, _MDX.sub(hide, flat))
    return flat, hidden


def _templates(flat: str) -> Iterator[tuple[int, int]]:
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


def _hidden(template: str) -> str:
    first, *rest = template.split("\n")
    return "\n".join((MASK_START + MASK_FILL * (len(first) - 1), *(_filled(line) for line in rest)))


def _filled(line: str) -> str:
    """A later line of a template; its indentation still says where it belongs."""
    bare = line.lstrip(" \t")
    return line[:len(line) - len(bare)] + MASK_FILL * len(bare)
