"""Links to headings, whose addresses renderers make from their words: which a translation leaves dead, and how
headings keep them.

``[see](#set-up)`` leads to ``## Set up`` for as long as the heading is in English. Tools agree on no one rule, so a
link is held to those rules by which it leads somewhere in the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple
from urllib.parse import unquote

from markdown_it.token import Token

from parsers.document import CodeKind, readable
from parsers.markdown.inlines import Fragment, Item, Mark
from parsers.markdown.skeleton import Reading, Skeleton

_LINK_LIKE = re.compile(r"\]\(\s*<?#|\]:\s*<?#|href\s*=\s*[\"']?#")
"""Without one of these a text has no link into itself."""
_TARGET = re.compile(r"\]\(\s*<?#([^\s<>]+?)>?(?:\s.*)?\)\Z", re.DOTALL)
_HREF = re.compile(r"<a\s[^>]{0,2000}?\bhref\s*=\s*[\"']?#([^\s\"'<>]+)", re.IGNORECASE)

_NAMED = re.compile(r"\b(?:id|name)\s*=\s*[\"']?([^\s\"'<>{}]+)|\{(?::|[^{}\n]*[ \t])?#([^\s{}]+)"
                    r"|^\(([\w.:-]+)\)=\s*$|\s\^([\w-]+)\s*$", re.MULTILINE)
"""An address that is written out: ``id="…"``, ``{#…}``, ``(…)=`` (MyST), ``^…`` (Obsidian)."""
_WRITTEN = frozenset({"inline", "html_block"})
"""Types of tokens in whose content an address may be written out."""

_SPOKEN = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "Pc"})
"""Unicode categories of what words are written with."""


# ---- rules ---------------------------------------------------------------------------------
def github(text: str) -> str:
    """As GitHub, GitLab, Docusaurus and Hugo do: https://github.com/Flet/github-slugger."""
    return "".join([char for char in text.strip().lower()
                    if char in "- " or unicodedata.category(char) in _SPOKEN]).replace(" ", "-")


def python_markdown(text: str) -> str:
    """As MkDocs does: https://python-markdown.github.io/extensions/toc/#slugify."""
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def pandoc(text: str) -> str:
    """As Pandoc does: https://pandoc.org/MANUAL.html#extension-auto_identifiers."""
    kept = "".join([char for char in text.lower() if char.isalnum() or char.isspace() or char in "_-."])
    joined = "-".join(kept.split())
    return joined[next((at for at, char in enumerate(joined) if char.isalpha()), len(joined)):]


def kramdown(text: str) -> str:
    """As Jekyll does: https://kramdown.gettalong.org/converter/html.html#auto-ids."""
    bare = re.sub(r"^[^a-zA-Z]+", "", text)
    return re.sub(r"[^a-zA-Z0-9 -]", "", bare).replace(" ", "-").lower()


def vitepress(text: str) -> str:
    """As VitePress and VuePress do: https://github.com/vuejs/mdit-vue (``shared``, ``slugify``)."""
    bare = re.sub(r"[\u0300-\u036f\x00-\x1f]", "", unicodedata.normalize("NFKD", text))
    joined = re.sub(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'“”‘’<>,.?/]+", "-", bare).strip("-")
    return re.sub(r"^(\d)", r"_\1", joined).lower()


Rule = Callable[[str], str]
RULES: tuple[tuple[Rule, str], ...] = ((github, "-"), (python_markdown, "_"), (pandoc, "-"), (kramdown, "-"),
                                       (vitepress, "-"))
"""Each with what stands before the number of a second heading of the same words."""


# ---- what a document has -------------------------------------------------------------------
class Heading(NamedTuple):
    """A heading as the grammar reads it."""

    token: Token
    opening: Token
    text: str
    """As a reader sees it."""
    named: bool
    """Its address is written out."""


def _headings(reading: Reading) -> Iterator[Heading]:
    for opening, token in pairwise(reading.tokens):
        if opening.type == "heading_open" and token.content:
            items = reading.inline(token.content)
            text = readable(item.text if isinstance(item, Fragment) else item.equiv for item in items)
            yield Heading(token, opening, text.replace("\n", " "), _NAMED.search(token.content) is not None)


def _named(reading: Reading) -> set[str]:
    """The addresses that are written out."""
    texts = [token.content for token in reading.tokens if token.type in _WRITTEN]
    return {found.lower() for text in (*texts, *reading.templates) for match in _NAMED.finditer(text)
            for found in match.groups() if found}


def _links(reading: Reading) -> list[str]:
    """What the links of a document that lead into it lead to, in order, as often as there are links."""
    found = [target for token in reading.tokens if token.type == "inline" and "#" in token.content
             for target in _linked(reading.inline(token.content), token.content)]
    found += [match[1] for token in reading.tokens if token.type == "html_block"
              for match in _HREF.finditer(token.content)]
    found += [target["href"][1:] for target in reading.env.get("references", {}).values()
              if target["href"].startswith("#")]
    return [unquote(target).lower() for target in found]


def _linked(items: Sequence[Item], content: str) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mark):
            pattern = _TARGET if item.label == "link" and item.kind is CodeKind.CLOSE else _HREF
            if match := pattern.match(content, item.start, item.end):
                yield match[1]


def _addresses(headings: Sequence[Heading], rule: Rule, joint: str) -> list[str]:
    """The address of each heading by one rule: empty where it has no words."""
    often: dict[str, int] = {}
    found = []
    for heading in headings:
        address = plain = rule(heading.text)
        while address in often:
            often[plain] += 1
            address = f"{plain}{joint}{often[plain]}"
        if address:
            often[address] = 0
        found.append(address)
    return found


# ---- what becomes of them ------------------------------------------------------------------
def has_links(reading: Reading) -> bool:
    """True if there may be a link from the document into itself."""
    return _LINK_LIKE.search(reading.body) is not None


def dead_links(before: Reading, after: Reading) -> tuple[str, ...]:
    """The addresses of headings that links lead to in the source and not in its translation, in order."""
    wanted = set(_links(before)) - _named(before)
    headings, translated = list(_headings(before)), list(_headings(after))
    lost = set(wanted)
    led = set()
    for rule, joint in RULES:
        there = wanted.intersection(_addresses(headings, rule, joint))
        led |= there
        lost -= there.intersection(_addresses(translated, rule, joint))
    return tuple(dict.fromkeys(link for link in _links(before) if link in lost & led))


def pinned(skeleton: Skeleton, form: str) -> str:
    """The text of a document with the address of each heading written out, by the rule that most of its links follow.

    ``form`` is one of `parsers.options.PINS`. Headings whose address is written out stay as they are.
    """
    reading, source = skeleton.reading, skeleton.source
    headings, links = list(_headings(reading)), Counter(_links(reading))
    found = [_addresses(headings, rule, joint) for rule, joint in RULES]
    followed = max(found, key=lambda addresses: sum(links[one] for one in set(addresses)))
    taken = _named(reading)
    out: list[str] = []
    at = 0
    for heading, address in zip(headings, followed, strict=True):
        if heading.named or not address or address in taken:
            continue
        place = source.origin(_start(heading, reading.body) if form == "tag" else _end(heading, reading))
        out += (source.text[at:place], f'<a id="{address}"></a>' if form == "tag" else f" {{#{address}}}")
        at = place
    return "".join((*out, source.text[at:]))


def _start(heading: Heading, body: str) -> int:
    """Offset of a heading's first character."""
    at: int = heading.token.meta["at"]
    if heading.opening.markup[:1] == "#":
        at += len(heading.opening.markup)
        while body[at] in " \t":
            at += 1
    return at


def _end(heading: Heading, reading: Reading) -> int:
    """Offset after the last character of a heading's last line of text, a closing sequence of ``#`` included."""
    _, last = heading.opening.map or (0, 1)
    end: int = reading.env["ends"][last - (1 if heading.opening.markup[:1] == "#" else 2)]
    while reading.body[end - 1] in " \t":
        end -= 1
    return end
