"""The structure of a Markdown text: what must be the same in a translation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from parsers.document import CodeKind
from parsers.html import elements
from parsers.html.tokens import Kind, attributes, tokens
from parsers.html.wording import value_of
from parsers.markdown.grammar import Env
from parsers.markdown.inlines import Fragment, Item, Mark, is_active
from parsers.markdown.parameters import without_options


class Entry(NamedTuple):
    """One block token, or the marks of one block's text."""

    key: Hashable
    offset: int
    """Where it begins in the flat text."""


class Text(NamedTuple):
    """What the plain reader has found to be the text of a block."""

    content: str


Read = Callable[[str], Sequence[Item]]
"""A block's content → its items."""


def outline(tokens: Sequence[Token], ends: Sequence[int], read: Read) -> tuple[Entry, ...]:
    """Everything of these block tokens that a translation may not change. ``ends``: offsets of line ends."""
    entries: list[Entry] = []
    offset = 0
    for token in tokens:
        if token.map:
            line = token.map[0]
            offset = ends[line - 1] + 1 if line else 0
        if token.type == "inline":
            entries.append(Entry(_text(token.content, read), token.meta["at"]))
        else:
            entries.append(Entry(_block(token), offset))
    return tuple(entries)


def _text(content: str, read: Read) -> Hashable:
    return _marks(read(content), content) if is_active(content) else _NO_MARKS


_NO_MARKS: frozenset[Hashable] = frozenset()


def definitions(env: Env) -> frozenset[tuple[str, str]]:
    """Label and target of each link reference definition."""
    return frozenset((label, found["href"]) for label, found in env.get("references", {}).items())


def footnotes(env: Env) -> frozenset[str]:
    """The labels of footnotes."""
    return frozenset(env.get("footnotes", {}).get("refs", ()))


def _block(token: Token) -> Hashable:
    attributes_ = tuple(sorted((name, str(value)) for name, value in token.attrs.items())) if token.attrs else ()
    key = (token.type, token.tag, token.nesting, token.level, token.markup, token.info, attributes_)
    if token.type == "html_block":
        return *key, _html(token.content)
    if token.type == "verbatim":                       # what is masked is compared as a template
        return *key, token.content if token.info else ""
    if token.type in ("fence", "code_block", "math_block", "math_block_label"):
        return *key, token.content
    if token.type == "options":
        return *key, without_options(token.content)
    return *key, str(token.meta.get("label", ""))


def _marks(items: Sequence[Item], content: str) -> Hashable:
    """The marks of a text with the pairs they stand in, in any order."""
    found: Counter[Hashable] = Counter()
    path: list[str] = []
    for item in items:
        if isinstance(item, Fragment):
            continue
        if item.kind is CodeKind.CLOSE and path:
            path.pop()
        found[item.kind, item.label, _source(item, content), tuple(path)] += 1
        if item.kind is CodeKind.OPEN:
            path.append(item.label)
        for nested in item.nested:
            if nested.context in ("label", "note"):
                found[_marks(nested.items, content)] += 1
    return frozenset(found.items())


def _source(mark: Mark, content: str) -> str:
    """The source of a mark without the texts in it that are translated."""
    if mark.label in ("break", "template"):
        return ""                                       # templates are compared as a whole
    if mark.anchor is not None:
        return f"[{normalizeReference(mark.anchor)}]"
    out: list[str] = []
    at = mark.start
    for nested in mark.nested:
        out.append(content[at:nested.start])
        at = nested.end
    out.append(content[at:mark.end])
    if mark.label in ("link", "image") and out[-1].startswith("]["):
        return f"[{normalizeReference(out[-1][2:-1])}]"
    return "\0".join(out)


@lru_cache(maxsize=1024)
def _html(content: str) -> Hashable:
    """Tags, comments and raw text of an HTML block: blocks in order, inline ones in any."""
    blocks: list[str] = []
    inline: Counter[str] = Counter()
    for token in tokens(content):
        if token.kind is Kind.TEXT:
            continue
        text = content[token.start:token.end]
        if token.kind is Kind.START:
            text = _blanked(content, token.start, token.end)
        if token.kind in (Kind.START, Kind.END) and token.name not in elements.BLOCK:
            inline[text] += 1
        else:
            blocks.append(text)
    return tuple(blocks), frozenset(inline.items())


def _blanked(content: str, start: int, end: int) -> str:
    """A start tag without the values that are translated."""
    text = content[start:end]
    token = next(iter(tokens(text)))
    found = attributes(text, token)
    values = {one.name: value_of(text, one.value_start, one.value_end) for one in found}
    shown = set(elements.translatable(token.name, values))
    for one in sorted(found, key=lambda attribute: -attribute.start):
        if one.name in shown:
            text = text[:one.start] + one.name + text[one.end:]
    return text


def plain_reader() -> MarkdownIt:
    """markdown-it as it comes, with the standard plugins for footnotes and math: a second opinion."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.use(footnote_plugin, move_to_end=False)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    return md


def plain_blocks(md: MarkdownIt, body: str) -> tuple[Entry, ...]:
    """Types, levels and markup of block tokens; the texts of blocks as `Text`."""
    entries: list[Entry] = []
    line = 0
    starts = [0]
    for found in body.split("\n"):
        starts.append(starts[-1] + len(found) + 1)
    tokens: list[Token] = []
    md.block.parse(body, md, {}, tokens)
    for token in tokens:
        line = token.map[0] if token.map else line
        key = Text(token.content) if token.type == "inline" else (token.type, token.level, token.markup)
        entries.append(Entry(key, starts[line]))
    return tuple(entries)


def plain_kinds(md: MarkdownIt, content: str, references: object) -> Hashable:
    """How many inline tokens of each type the plain reader finds in a block's content."""
    tokens: list[Token] = []
    md.inline.parse(content, md, {"references": references}, tokens)
    kinds = Counter(token.type for token in tokens if token.type not in ("text", "softbreak", "text_special"))
    return frozenset(kinds.items())


_OWN_BLOCKS = frozenset({"admonition_open", "container_open", "dl_open", "options", "verbatim", "line_open",
                         "line_title_open", "verse_open"})
_OWN_MARKS = frozenset({"template", "attributes", "role", "definition", "footnote", "math", "latex", "directive",
                        "block id"})
_ADDRESS = re.compile(r"://\S*_")

MAX_PLAIN_NESTING = 20
"""Levels that the plain reader reads."""


def has_own_blocks(tokens: Iterable[Token]) -> bool:
    """True if a rule that the plain reader does not have has made one of these blocks."""
    return any(token.type in _OWN_BLOCKS or token.level >= MAX_PLAIN_NESTING or token.markup[:3] == ":::"
               for token in tokens)


def has_own_marks(content: str, read: Read) -> bool:
    """True if a rule that the plain reader does not have has read something in this content."""
    return is_active(content) and (_ADDRESS.search(content) is not None or _own(read(content)))


def _own(items: Iterable[Item]) -> bool:
    marks = [item for item in items if isinstance(item, Mark)]
    return any(mark.label in _OWN_MARKS or any(_own(nested.items) for nested in mark.nested) for mark in marks)
