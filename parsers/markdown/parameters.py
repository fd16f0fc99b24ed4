"""Text that a reader sees in the parameters of shortcodes and components, and in the options of directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from parsers.document import has_letters
from parsers.markdown.frontmatter import Scalar, read_scalar
from parsers.markdown.jsx import outside_braces

_PARAMETER = re.compile(
    r"""(?<![\w.:-])(title|caption|alt|description|summary|label|placeholder|aria-label)(\s*=\s*)"""
    r"""(?:"([^"\n\\]*)"|'([^'\n\\]*)')""")
"""A parameter that is shown, with a quoted value without escapes."""

_COMPARED = re.compile(
    r"""(?<![\w.:-])(title|caption|alt|description|summary|label|placeholder|aria-label)\s*=\s*("[^"\n]*"|'[^'\n]*')""")

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|<.*>", re.DOTALL)
"""Of a shortcode with its body only the first tag has parameters."""

_DYNAMIC = ("{{", "{%", "${")

_STEERING = re.compile(r"\{%[-+]?\s*(?:set|assign|if|elif|elsif|unless|for|case|when|macro|capture|block|extends)\b"
                       r"|import\b|export\b|\{/\*")
"""Templates whose strings are compared, not shown."""

_OPTION = re.compile(r"^([ \t>]*:(alt|caption):[ \t]+)(\S.*?)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value: ``template[start:end]`` without its quotes."""

    name: str
    text: str
    """As a reader sees it."""
    start: int
    end: int
    quote: str
    component: bool
    """In a JSX component, which knows character references."""
    cell: bool
    """In a cell of a table, which a vertical bar would end."""

    def write(self, text: str) -> str:
        """Another text for the same place. Only a component can hold every text: elsewhere a straight
        quote becomes a curly one, a bar in a table a broken one, and braces that would end it are set apart.
        """
        text = " ".join(text.split())
        if self.component:
            return re.sub(r"""[&<>{}"'`\\|]""", lambda match: f"&#{ord(match[0])};", text)
        text = text.replace(self.quote, "\u201d" if self.quote == '"' else "\u2019")
        text = re.sub(r"[{}%<>](?=[{}%<>])", r"\g<0> ", text)
        text = re.sub(r"^[}%]|[{%<]$", r" \g<0> ", text)
        text = text.replace("\\", "\u2216")
        return text.replace("|", "\u00a6") if self.cell else text


def parameters(template: str, *, cell: bool) -> Iterator[Parameter]:
    """The parameters of a template that are shown."""
    if "=" not in template or _STEERING.match(template):
        return
    for match in _PARAMETER.finditer(_shown(template)):
        group = 3 if match[3] is not None else 4
        component = template[0] == "<"
        value = match[group].strip()
        start = match.end(group) - len(match[group].lstrip())
        text = unescape(value) if component else value
        if has_letters(text) and not any(sign in value for sign in _DYNAMIC):
            quote = template[match.start(group) - 1]
            yield Parameter(match[1], text, start, start + len(value), quote, component, cell)


def without_parameters(template: str) -> str:
    """A template as it is compared: shown values left out."""
    if "=" not in template or _STEERING.match(template):
        return template
    out: list[str] = []
    at = 0
    for match in _COMPARED.finditer(_shown(template)):
        out += (template[at:match.start()], f"{match[1]}={match[2][0]}")
        at = match.end()
    return "".join((*out, template[at:]))


def _shown(template: str) -> str:
    """The start of a template in which parameters can stand: its first tag, with blanks for the expressions in it."""
    tag = _TAG.match(outside_braces(template))
    return tag[0] if tag else ""


def options(block: str, offset: int) -> Iterator[Scalar]:
    """The options of a directive that are shown, as YAML reads their values; ``block`` begins at ``offset``."""
    for match in _OPTION.finditer(block):
        scalar = read_scalar(match[2], match[3], offset + match.start(3))
        if scalar is not None and has_letters(scalar.text):
            yield scalar


def without_options(block: str) -> str:
    """The options of a directive as they are compared."""
    return _OPTION.sub(r"\1", block)
