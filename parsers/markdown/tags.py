"""HTML inside Markdown, by the rules of `parsers.html`: tags in a text, blocks of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parsers.document import has_letters
from parsers.html import elements
from parsers.html.tokens import Kind, attributes, self_closing, tokens
from parsers.html.wording import value_of

_HAS_ATTRIBUTES = re.compile(r"<[A-Za-z][\w:.-]*\s+[^\s>/]")

UNREAD = frozenset(elements.OPAQUE) | frozenset(elements.FALLBACK) | {"svg", "template"}
"""Elements whose text is no language."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag in a text."""

    name: str
    closing: bool
    empty: bool
    """A void element or ``<x/>``: nothing closes it."""
    locked: bool
    """``translate="no"`` or ``class="notranslate"``."""
    shown: tuple[tuple[str, int, int, str], ...]
    """Name, span of the value in the tag, and quote of each attribute that a reader sees."""


def read_tag(text: str) -> Tag | None:
    """A tag as markdown-it gives it, or None for a comment, a declaration, an instruction."""
    token = next(tokens(text), None)
    if token is None or token.kind not in (Kind.START, Kind.END):
        return None
    closing = token.kind is Kind.END
    empty = token.name in elements.VOID or self_closing(text, token)
    if closing or not _HAS_ATTRIBUTES.match(text):
        return Tag(token.name, closing, empty, locked=False, shown=())
    found = {one.name: one for one in reversed(attributes(text, token))}
    values = {name: value_of(text, one.value_start, one.value_end) for name, one in found.items()}
    shown = [(name, found[name].value_start, found[name].value_end, found[name].quote)
             for name in elements.translatable(token.name, values) if has_letters(values[name])]
    return Tag(token.name, closing, empty, elements.is_locked(values) is True,
               tuple(sorted(shown, key=lambda one: one[1])))
