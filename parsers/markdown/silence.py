"""Which blocks their author does not want translated: between comments, inside elements that say so."""

from __future__ import annotations

import re

from markdown_it.token import Token

from parsers.html import elements
from parsers.html.tokens import Kind, tokens
from parsers.markdown.tags import read_tag

_OFF = re.compile(r"\s*<!--\s*translate:off\s*-->\s*$", re.IGNORECASE)
_ON = re.compile(r"\s*<!--\s*translate:on\s*-->\s*$", re.IGNORECASE)
_LOCK = re.compile(r"translate|notranslate", re.IGNORECASE)

OFF = "translate:off"
LOCKED = 'translate="no"'


class Silence:
    """Follows the HTML blocks of a document."""

    def __init__(self) -> None:
        self._off = False
        self._element = ""
        """The element that an HTML block has opened with ``translate="no"`` and not closed."""
        self._depth = 0
        """How many elements of that name are open."""

    def reason(self, token: Token) -> str:
        """Why the text of this block is not translated, or empty. To be asked of every block, in order."""
        if token.type != "html_block":
            return OFF if self._off else LOCKED if self._element else ""
        self._off = _OFF.match(token.content) is not None or (self._off and not _ON.match(token.content))
        locked = bool(self._element)
        if locked or _LOCK.search(token.content):
            self._follow(token.content)
        return OFF if self._off else LOCKED if locked else ""

    def _follow(self, content: str) -> None:
        for token in tokens(content):
            if token.kind not in (Kind.START, Kind.END) or token.name in elements.VOID:
                continue
            if not self._element:
                tag = read_tag(content[token.start:token.end]) if token.kind is Kind.START else None
                if tag is not None and tag.locked and not tag.empty:
                    self._element, self._depth = token.name, 1
            elif token.name == self._element:
                self._depth += 1 if token.kind is Kind.START else -1
                if not self._depth:
                    self._element = ""
