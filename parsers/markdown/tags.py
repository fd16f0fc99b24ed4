"""HTML tags inside Markdown text: names, the attributes that a reader sees, elements of code."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:.-]*)")
_ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?""")

CODE = frozenset("script style pre code kbd samp var xmp listing plaintext math svg template".split())
"""Elements whose text is no language."""

VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())

SHOWN = frozenset("alt title placeholder aria-label aria-description aria-placeholder aria-roledescription "
                  "aria-valuetext label summary abbr".split())
"""Attributes that a reader sees or hears."""

_BUTTONS = frozenset({"submit", "button", "reset"})


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a tag with the span of its value in the tag."""

    name: str
    value: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Tag:
    """A start or end tag."""

    name: str
    closing: bool
    empty: bool
    """A void element or ``<x/>``: nothing closes it."""
    attributes: tuple[Attribute, ...]

    @property
    def opted_out(self) -> bool:
        """``translate="no"`` or ``class="notranslate"``."""
        return any((a.name == "translate" and a.value.lower() == "no")
                   or (a.name == "class" and "notranslate" in a.value.split()) for a in self.attributes)

    def shown(self) -> list[Attribute]:
        """The attributes whose values are language."""
        button = self.name == "input" and any(
            a.name == "type" and a.value.lower() in _BUTTONS for a in self.attributes)
        return [a for a in self.attributes if a.name in SHOWN or (button and a.name == "value")]


def read_tag(text: str) -> Tag | None:
    """A tag as markdown-it gives it, or None for a comment, a declaration, an instruction."""
    head = _NAME.match(text)
    if not head:
        return None
    found = []
    for match in _ATTRIBUTE.finditer(text, head.end()):
        group = next((n for n in (2, 3, 4) if match[n] is not None), None)
        if group:
            found.append(Attribute(match[1].lower(), match[group], *match.span(group), quoted=group != 4))
        else:
            found.append(Attribute(match[1].lower(), "", match.end(), match.end(), quoted=False))
    name = head[2].lower()
    return Tag(name, bool(head[1]), name in VOID or text.endswith("/>"), tuple(found))
