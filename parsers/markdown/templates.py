"""Syntax of site generators that would mislead the grammar is masked before it reads a text.

Hugo shortcodes, Liquid and Jinja tags, MDX imports, exports, components and expressions.
Masks have the length of what they hide, so no offset changes.
"""

from __future__ import annotations

import re

from parsers.markdown.extensions import MASK_FILL, MASK_START

_TEMPLATE = re.compile(r"\{\{(?:(?!\n[ \t]*\n)[\s\S]){1,2000}?\}\}|\{%(?:(?!\n[ \t]*\n)[\s\S]){1,2000}?%\}")
"""Up to 2,000 characters and no empty line: an unclosed brace must not swallow the document."""

_MDX = re.compile(r"^(?:import\s+(?:['\"]|[^\n]*?\bfrom\s+['\"])"
                  r"|export\s+(?:default|const|let|var|function|async)\b)(?:(?!\n[ \t]*\n|\n```)[\s\S])*"
                  r"|\{/\*[\s\S]*?\*/\}", re.MULTILINE)
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
        first, *rest = match[0].split("\n")
        lines = [MASK_START + MASK_FILL * (len(first) - 1), *(_filled(line) for line in rest)]
        return "\n".join(lines)

    if "{{" in flat or "{%" in flat:
        flat = _TEMPLATE.sub(hide, flat)
    if mdx:
        flat = _COMPONENT.sub(hide, _MDX.sub(hide, flat))
    return flat, hidden


def _filled(line: str) -> str:
    """A later line of a template; its indentation still says where it belongs."""
    bare = line.lstrip(" \t")
    return line[:len(line) - len(bare)] + MASK_FILL * len(bare)
