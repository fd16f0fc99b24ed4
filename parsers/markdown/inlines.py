"""Inline tokens → the items of a text: fragments and marks, each with its span in the content."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.token import Token

from parsers.document import CodeKind, Role
from parsers.markdown.extensions import MASK_START, VERBATIM
from parsers.markdown.grammar import Env, parse_inline
from parsers.markdown.tags import UNREAD, read_tag

_PAIRS = {"strong_open": "strong", "em_open": "em", "s_open": "s", "link_open": "link",
          "strong_close": "strong", "em_close": "em", "s_close": "s", "link_close": "link",
          "latex_open": "latex", "latex_close": "latex"}
_WIDE = frozenset({"strong_open", "strong_close"})

_SINGLE: dict[str, tuple[str, str | None]] = {
    "code_inline": ("code", None), "math_inline": ("math", None), "math_inline_double": ("math", None),
    "role": ("role", None), "latex": ("latex", None), "contents": ("directive", None), "block_id": ("block id", None),
    "hardbreak": ("break", "\n"), "link_open": ("url", "")}
"""Token type → label and what a reader sees; None: the token's content."""

_OFF = re.compile(r"<!--\s*translate:off\s*-->", re.IGNORECASE)
_ON = re.compile(r"<!--\s*translate:on\s*-->", re.IGNORECASE)


class Fragment(NamedTuple):
    """Plain text: what a reader sees of ``content[start:end]``."""

    text: str
    start: int
    end: int

    @property
    def literal(self) -> bool:
        """Written as it is read: no escape, no character reference, no line break."""
        return len(self.text) == self.end - self.start


class Nested(NamedTuple):
    """Text inside a mark that is a segment of its own."""

    role: Role
    where: str
    context: str
    """How text is written here: ``label``, ``note``, ``title``, ``attribute``."""
    start: int
    end: int
    items: tuple[Fragment | Mark, ...]


class Mark(NamedTuple):
    """An inline thing that is no text."""

    kind: CodeKind
    label: str
    start: int
    end: int
    equiv: str = ""
    pair: int = 0
    """Joins the two halves of a pair; 0 for standalone ones."""
    nested: tuple[Nested, ...] = ()
    anchor: str | None = None
    """The label that a link or image is found by, if it is its text: it must outlive a translation."""


Item = Fragment | Mark


_ACTIVE = re.compile(f"[\\\\`*_~\\[!<&${{^{MASK_START}{VERBATIM}]|  \n")
_BREAK = re.compile(r" *\n[ \t]*")


def is_active(content: str) -> bool:
    """True if a content has anything that an inline rule may begin with, line breaks aside."""
    return _ACTIVE.search(content) is not None


def read_inline(md: MarkdownIt, content: str, env: Env) -> list[Item]:
    """The items of a block's content, in order, without gaps."""
    if not is_active(content):
        return _plain_lines(content)
    return _Reading(content, env).read(parse_inline(md, content, env), 0, len(content), 0)


def _plain_lines(content: str) -> list[Item]:
    """The fragments of a content with nothing in it but text and line breaks."""
    items: list[Item] = []
    at = 0
    for match in _BREAK.finditer(content) if "\n" in content else ():
        if match.start() > at:
            items.append(Fragment(content[at:match.start()], at, match.start()))
        items.append(Fragment("\n", *match.span()))
        at = match.end()
    if at < len(content):
        items.append(Fragment(content[at:], at, len(content)))
    return items


class _Reading:
    """One pass over the tokens of one block."""

    def __init__(self, content: str, env: Env) -> None:
        self.content = content
        self.env = env
        self.pairs = 0

    def read(self, tokens: Sequence[Token], start: int, end: int, shift: int) -> list[Item]:
        """Items of ``content[start:end]``; token spans count from ``shift``."""
        items: list[Item] = []
        opened: list[tuple[int, str, int]] = []      # index in items, name, pair
        at = start
        placed = [token for token in tokens if token.map is not None and token.type != "text"]
        placed.sort(key=lambda token: token.map[0] if token.map else 0)     # markdown-it moves some (``~~~~~``)
        for token in placed:
            first, last = self._span(token, shift)
            if first < at:
                continue                             # inside a mark that has been read
            if token.type in ("softbreak", "hardbreak"):
                while first > at and self.content[first - 1] == " ":
                    first -= 1
            if first > at:
                items.append(Fragment(self.content[at:first], at, first))
            at = self._add(token, first, last, items, opened)
        if at < end:
            items.append(Fragment(self.content[at:end], at, end))
        return _settle(items)

    @staticmethod
    def _span(token: Token, shift: int) -> tuple[int, int]:
        first, last = token.map or (0, 0)
        wide = token.type in _WIDE
        return first + shift - (wide and token.nesting == 1), last + shift + (wide and token.nesting == -1)

    def _add(self, token: Token, first: int, last: int, items: list[Item], opened: list[tuple[int, str, int]]) -> int:
        """Append what a token stands for; → where reading goes on."""
        kind = token.type
        if kind == "text_special":
            items.append(Fragment(token.content, first, last))
        elif kind == "softbreak":
            items.append(Fragment("\n", first, last))
        elif kind in _PAIRS and token.info != "auto":
            if token.nesting == 1:
                self._open(Mark(CodeKind.OPEN, _PAIRS[kind], first, last), items, opened)
            else:
                self._close(Mark(CodeKind.CLOSE, _PAIRS[kind], first, last), items, opened, token)
        elif kind == "html_inline":
            self._tag(token.content, first, last, items, opened)
        elif last > first:
            items.append(self._single(token, first, last))
        return last

    def _single(self, token: Token, first: int, last: int) -> Mark:
        """A mark that stands alone."""
        if token.type == "image":
            return self._image(token, first, last)
        if token.type == "footnote_ref":
            return self._footnote(token, first, last)
        label, equiv = _SINGLE.get(token.type, (token.type, ""))
        if label == "url":
            equiv = self.content[first + 1:last - 1]
        elif equiv is None:
            equiv = token.content
        return Mark(CodeKind.STANDALONE, label, first, last, equiv)

    def _open(self, mark: Mark, items: list[Item], opened: list[tuple[int, str, int]]) -> None:
        self.pairs += 1
        opened.append((len(items), mark.label, self.pairs))
        items.append(mark._replace(pair=self.pairs))

    def _close(self, mark: Mark, items: list[Item], opened: list[tuple[int, str, int]], token: Token | None) -> None:
        """Close the innermost pair of that name; HTML pairs left open above it become standalone."""
        at = next((n for n in range(len(opened) - 1, -1, -1) if opened[n][1] == mark.label), None)
        if at is None or (token is None and any(not name.startswith("<") for _, name, _ in opened[at:])):
            items.append(mark._replace(kind=CodeKind.STANDALONE))
            return
        for index, _, _ in opened[at + 1:]:
            half = items[index]
            if isinstance(half, Mark):
                items[index] = half._replace(kind=CodeKind.STANDALONE, pair=0)
        index, _, pair = opened[at]
        del opened[at:]
        if mark.label == "link":
            opener = items[index]
            mark = mark._replace(anchor=self._anchor(mark.start, mark.end, opener.start + 1),
                           nested=self._title(mark.start, mark.end, "link title"))
        items.append(mark._replace(pair=pair))

    def _anchor(self, label_end: int, end: int, start: int) -> str | None:
        tail = self.content[label_end:end]
        return self.content[start:label_end] if tail in ("]", "][]") else None

    def _title(self, label_end: int, end: int, where: str) -> tuple[Nested, ...]:
        span = title_span(self.content, label_end + 1, end)
        if not span:
            return ()
        return (Nested(Role.TITLE, where, "title", *span, tuple(plain_items(self.content, *span))),)

    def _image(self, token: Token, first: int, last: int) -> Mark:
        start = first + 2
        label_end = start + len(token.content)
        alt = self.read(token.children or (), start, label_end, start)
        nested = (Nested(Role.ALT_TEXT, "image alt", "label", start, label_end, tuple(alt)),) if alt else ()
        return Mark(CodeKind.STANDALONE, "image", first, last,
                    nested=nested + self._title(label_end, last, "image title"),
                    anchor=self._anchor(label_end, last, start))

    def _footnote(self, token: Token, first: int, last: int) -> Mark:
        """``[^1]`` or an inline note ``^[text]``."""
        nested: tuple[Nested, ...] = ()
        if token.children is not None:
            items = self.read(token.children, first + 2, last - 1, first + 2)
            nested = (Nested(Role.FOOTNOTE, "inline footnote", "note", first + 2, last - 1, tuple(items)),)
        return Mark(CodeKind.STANDALONE, "footnote", first, last, nested=nested)

    def _tag(self, text: str, first: int, last: int, items: list[Item], opened: list[tuple[int, str, int]]) -> None:
        tag = read_tag(text)
        if tag is None:
            label = "comment off" if _OFF.match(text) else "comment on" if _ON.match(text) else "comment"
            items.append(Mark(CodeKind.STANDALONE, label, first, last))
            return
        nested = [Nested(Role.ALT_TEXT if name == "alt" else Role.ATTRIBUTE, f"{tag.name} {name}", f"attribute{quote}",
                         first + start, first + end, tuple(reference_items(self.content, first + start, first + end)))
                  for name, start, end, quote in tag.shown]
        mark = Mark(CodeKind.STANDALONE, "<" + tag.name, first, last, nested=tuple(nested))
        if tag.locked and not tag.closing:
            mark = mark._replace(label="<" + tag.name + " off")
        if tag.closing:
            self._close(mark._replace(kind=CodeKind.CLOSE), items, opened, None)
        elif tag.empty:
            items.append(mark)
        else:
            self._open(mark._replace(kind=CodeKind.OPEN), items, opened)
            opened[-1] = len(items) - 1, "<" + tag.name, self.pairs


_UNREAD = "code element"


def _settle(items: list[Item]) -> list[Item]:
    """Close what is left open; make one mark of code elements and opted-out stretches."""
    closed = {item.pair for item in items if isinstance(item, Mark) and item.kind is CodeKind.CLOSE}
    closing = any(isinstance(item, Mark) and item.label == "comment on" for item in items)
    out: list[Item] = []
    until: int | str = 0
    for item in items:
        if until:
            head = out[-1]
            if isinstance(head, Mark):
                body = item.text if isinstance(item, Fragment) else item.equiv
                out[-1] = head._replace(end=item.end, equiv=head.equiv + body)
            if isinstance(item, Mark) and (item.label == until or (item.pair == until and until)):
                until = 0
            continue
        out.append(item)
        if not isinstance(item, Mark):
            continue
        if item.label == "comment off" and closing:
            until = "comment on"
        elif item.kind is CodeKind.OPEN:
            name, _, off = item.label.lstrip("<").partition(" ")
            unread = item.label.startswith("<") and (bool(off) or name in UNREAD)
            until = (item.pair if item.pair in closed else "the end") if unread else 0
            if until or item.pair not in closed:
                label = "open code element" if until == "the end" else _UNREAD if until else item.label
                out[-1] = item._replace(kind=CodeKind.STANDALONE, pair=0, label=label)
    return out


def title_span(content: str, at: int, end: int) -> tuple[int, int] | None:
    """Where the title of an inline link stands, ``at`` being its opening bracket."""
    if not content.startswith("(", at) or at >= end:
        return None
    at = _skip(content, at + 1, end)
    destination = parseLinkDestination(content, at, end)
    return _quoted(content, destination.pos if destination.ok else at, end)


def definition_title(text: str) -> tuple[int, int] | None:
    """Where the title of a link reference definition stands."""
    label = re.match(r"\[(?:[^\[\]\\]|\\.)*\]:", text, re.DOTALL)
    if not label:
        return None
    destination = parseLinkDestination(text, _skip(text, label.end(), len(text)), len(text))
    return _quoted(text, destination.pos, len(text)) if destination.ok else None


def _quoted(content: str, after: int, end: int) -> tuple[int, int] | None:
    at = _skip(content, after, end)
    title = parseLinkTitle(content, at, end)
    return (at + 1, title.pos - 1) if at > after and title.ok and title.str else None


def _skip(content: str, at: int, end: int) -> int:
    while at < end and content[at] in " \t\n":
        at += 1
    return at


_ESCAPE_OR_REFERENCE = re.compile(
    r"""\\[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]|&(?:\#[xX]?[0-9a-fA-F]{1,7}|[A-Za-z]\w{1,31});""")
_REFERENCE = re.compile(r"&(?:\#[xX]?[0-9a-fA-F]{1,7}|[A-Za-z]\w{1,31});")


def plain_items(content: str, start: int, end: int) -> list[Item]:
    """The fragments of a title: escapes and references decoded (CommonMark §2.4, §2.5)."""
    return _decoded(_ESCAPE_OR_REFERENCE, content, start, end)


def reference_items(content: str, start: int, end: int) -> list[Item]:
    """The fragments of an HTML attribute: references decoded."""
    return _decoded(_REFERENCE, content, start, end)


def _decoded(pattern: re.Pattern[str], content: str, start: int, end: int) -> list[Item]:
    out: list[Item] = []
    at = start
    for match in pattern.finditer(content, start, end):
        if match.start() > at:
            out.append(Fragment(content[at:match.start()], at, match.start()))
        text = match[0][1:] if match[0][0] == "\\" else unescape(match[0])
        out.append(Fragment(text, *match.span()))
        at = match.end()
    if at < end:
        out.append(Fragment(content[at:end], at, end))
    return out
