"""The structure of a Markdown text: what must be the same in a translation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from parsers.document import CodeKind
from parsers.html import elements
from parsers.html.tokens import Kind, attributes, tokens
from parsers.html.wording import value_of
from parsers.markdown.frontmatter import shape
from parsers.markdown.grammar import Env, parse_blocks
from parsers.markdown.inlines import Fragment, Item, Mark, read_inline


@dataclass(frozen=True, slots=True)
class Entry:
    """One block token, or the marks of one block's text."""

    key: Hashable
    offset: int
    """Where it begins in the flat text."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Everything of a text that a translation may not change."""

    entries: tuple[Entry, ...]
    definitions: frozenset[tuple[str, str]]
    footnotes: frozenset[str]
    templates: Counter[str]
    front_matter: object


def outline(md: MarkdownIt, flat: str, body: str, templates: Iterable[str]) -> Outline:
    """The outline by our own grammar. ``body`` is ``flat`` with front matter blanked and templates masked."""
    env: Env = {}
    entries: list[Entry] = []
    offset = 0
    for token in parse_blocks(md, body, env):
        if token.map:
            line = token.map[0]
            offset = env["ends"][line - 1] + 1 if line else 0
        if token.type == "inline":
            items = read_inline(md, token.content, env)
            entries.append(Entry(_marks(items, token.content), token.meta["at"]))
        else:
            entries.append(Entry(_block(token), offset))
    definitions = frozenset((label, found["href"]) for label, found in env.get("references", {}).items())
    return Outline(tuple(entries), definitions, frozenset(env.get("footnotes", {}).get("refs", ())),
                   Counter(templates), shape(flat))


def _block(token: Token) -> Hashable:
    attributes_ = tuple(sorted((name, str(value)) for name, value in token.attrs.items()))
    key = (token.type, token.tag, token.nesting, token.level, token.markup, token.info, attributes_)
    if token.type == "html_block":
        return *key, _html(token.content)
    if token.type in ("fence", "code_block", "math_block", "math_block_label", "options"):
        return *key, token.content
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
    if mark.label == "break":
        return ""
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


def plain_outline(md: MarkdownIt, body: str) -> tuple[Entry, ...]:
    """Types, levels and markup of block tokens, and the types of the inline ones of each block."""
    entries: list[Entry] = []
    line = 0
    starts = [0]
    for found in body.split("\n"):
        starts.append(starts[-1] + len(found) + 1)
    for token in md.parse(body):
        line = token.map[0] if token.map else line
        key: Hashable = (token.type, token.level, token.markup)
        if token.children:
            kinds = Counter(child.type for child in token.children
                            if child.type not in ("text", "softbreak", "text_special"))
            key = frozenset(kinds.items())
        entries.append(Entry(key, starts[line]))
    return tuple(entries)
