"""Block rules of the dialects: admonitions, tabs, ``:::`` containers, MyST directives.

Their bodies are read in place, as Markdown, so that every offset stays one of the document.
"""

from __future__ import annotations

import re
from typing import cast

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import fence as plain_fence
from markdown_it.rules_block import reference as plain_reference

_ADMONITION = re.compile(r'(!!!|\?\?\?\+?|===[!+]?(?=[ \t]+"))([ \t]*)(\S.*)')
"""https://squidfunk.github.io/mkdocs-material/reference/admonitions/ and …/content-tabs/"""

_TITLE = re.compile(r'[^"]*\s"(.+)"\s*$|"(.+)"\s*$')

_FENCE = re.compile(r"(`{3,}|~{3,}|:{3,})[ \t]*(?:\{([\w:+-]+)\}[ \t]*)?(.*)")

PROSE = frozenset({
    "admonition", "attention", "caution", "danger", "error", "hint", "important", "note", "seealso", "tip", "warning",
    "todo", "versionadded", "versionchanged", "deprecated", "dropdown", "card", "grid", "grid-item", "grid-item-card",
    "tab-set", "tab-item", "topic", "sidebar", "epigraph", "highlights", "pull-quote", "margin", "figure", "table",
    "list-table", "aside"})
"""Directives whose body is Markdown (MyST, sphinx-design); the body of any other is code."""

TITLED = frozenset({"admonition", "dropdown", "card", "grid-item-card", "tab-item", "topic", "sidebar", "table",
                    "list-table"})
"""Directives whose argument is shown as a title."""

_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_CONTAINER_TITLE = re.compile(r"[ \t]*(?:\{[^}]*\}|[\w.-]+)?[ \t]*\[?([^\[\]{}]*?)\]?[ \t]*(?:\{[^}]*\})?[ \t]*$")


def reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A link reference definition; its token gets the offsets of its lines."""
    if not plain_reference(state, start, end, silent):
        return False
    if not silent:
        spans = [(state.bMarks[line] + state.tShift[line], state.eMarks[line]) for line in range(start, state.line)]
        state.tokens[-1].meta["spans"] = spans
    return True


def admonition(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """``!!! note "Title"``, ``??? tip``, ``=== "Tab"`` with an indented body."""
    if state.is_code_block(start):
        return False
    begin = state.bMarks[start] + state.tShift[start]
    if state.src[begin:begin + 1] not in ("!", "?", "="):
        return False
    match = _ADMONITION.match(state.src, begin, state.eMarks[start])
    if not match or silent:
        return match is not None
    indent = 3 + len(match[2].expandtabs(4))
    after = _indented_end(state, start, end, state.blkIndent + indent)
    token = state.push("admonition_open", "div", 1)
    token.markup, token.map = match[1], [start, after]
    title = _TITLE.match(match[3])
    if title:
        group = 1 if title[1] is not None else 2
        offset = match.start(3)
        token.info = match[3][:title.start(group)]
        _title(state, start, offset + title.start(group), offset + title.end(group))
    else:
        token.info = match[3]
    _body(state, start + 1, after, state.blkIndent + indent, "admonition")
    state.push("admonition_close", "div", -1).markup = match[1]
    state.line = after
    return True


def _indented_end(state: StateBlock, start: int, end: int, indent: int) -> int:
    """The line after an indented body; two empty lines in a row end it too."""
    was_empty = False
    line = start + 1
    while line < end:
        outside = state.sCount[line] < indent
        if (outside and was_empty) or (outside and not state.isEmpty(line)):
            break
        was_empty = outside
        line += 1
    return line


def colon_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """``:::name Title`` … ``:::``: the body is Markdown unless it is a directive that holds code."""
    match = _opening(state, start, ":")
    if not match or silent:
        return match is not None
    after, closed = _fence_end(state, start, end, match[1])
    name = cast("str | None", match[2])
    if name is not None and name not in PROSE:
        token = state.push("fence", "code", 0)
        token.info, token.markup, token.map = match[0][len(match[1]):], match[1], [start, after + closed]
        token.content = state.getLines(start + 1, after, state.sCount[start], keepLastLF=True)
        state.line = after + closed
        return True
    span: tuple[int, int] | None = None
    if name in TITLED:
        span = match.span(3)
    elif name is None:
        title = _CONTAINER_TITLE.match(match[3])
        if title and title[1]:
            span = match.start(3) + title.start(1), match.start(3) + title.end(1)
    return _container(state, match, start, (after, closed), span)


def directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A MyST directive in backticks or tildes whose body is Markdown."""
    match = _opening(state, start, "`") or _opening(state, start, "~")
    if not match or match[2] not in PROSE or (match[1][0] == "`" and "`" in match[3]):
        return False
    if silent:
        return plain_fence(state, start, end, silent)
    span = match.span(3) if match[2] in TITLED else None
    return _container(state, match, start, _fence_end(state, start, end, match[1]), span)


def _opening(state: StateBlock, line: int, char: str) -> re.Match[str] | None:
    begin = state.bMarks[line] + state.tShift[line]
    if not state.src.startswith(char * 3, begin) or state.is_code_block(line):
        return None
    return _FENCE.match(state.src, begin, state.eMarks[line])


def _fence_end(state: StateBlock, start: int, end: int, marker: str) -> tuple[int, int]:
    """The line that closes a fence (or the end of its parent), and 1 if it is there."""
    line = start + 1
    while line < end:
        begin, stop = state.bMarks[line] + state.tShift[line], state.eMarks[line]
        if begin < stop and state.sCount[line] < state.blkIndent:
            return line, 0
        text = state.src[begin:stop].rstrip(" \t")
        if text.startswith(marker) and not text.strip(marker[0]) and not state.is_code_block(line):
            return line, 1
        line += 1
    return line, 0


def _container(state: StateBlock, match: re.Match[str], start: int, ending: tuple[int, int],
               span: tuple[int, int] | None) -> bool:
    after, closed = ending
    token = state.push("container_open", "div", 1)
    token.markup, token.map = match[1], [start, after + closed]
    rest = match[0][len(match[1]):]
    if span and span[0] < span[1]:
        first = match.start() + len(match[1])
        token.info = rest[:span[0] - first] + rest[span[1] - first:]
        _title(state, start, *span)
    else:
        token.info = rest
    body = _options_end(state, start + 1, after) if match[2] else start + 1
    if body > start + 1:
        options = state.push("options", "", 0)
        options.content = state.getLines(start + 1, body, state.sCount[start], keepLastLF=True)
        options.map = [start + 1, body]
    filled = [state.sCount[line] for line in range(body, after) if not state.isEmpty(line)]
    _body(state, body, after, min([max(state.sCount[start], state.blkIndent), *filled]), "container")
    state.push("container_close", "div", -1).markup = match[1]
    state.line = after + closed
    return True


def _options_end(state: StateBlock, line: int, end: int) -> int:
    """The first line after a directive's options: ``:key: value`` lines or a ``---`` block."""
    def text(number: int) -> str:
        return state.src[state.bMarks[number]:state.eMarks[number]].strip()
    if line < end and text(line) == "---":
        close = next((n for n in range(line + 1, end) if text(n) == "---"), None)
        return line if close is None else close + 1
    while line < end and _OPTION.match(text(line)):
        line += 1
    return line


def _title(state: StateBlock, line: int, start: int, end: int) -> None:
    text = state.src[start:end]
    token = state.push("title_open", "p", 1)
    token.map = [line, line + 1]
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text.strip(), [line, line + 1], []
    inline.meta["at"] = start + len(text) - len(text.lstrip())
    state.push("title_close", "p", -1)


def _body(state: StateBlock, start: int, end: int, indent: int, parent: str) -> None:
    """Read lines as the blocks of a container."""
    kept = state.parentType, state.lineMax, state.blkIndent
    state.parentType, state.lineMax, state.blkIndent = parent, end, indent
    state.md.block.tokenize(state, start, end)
    state.parentType, state.lineMax, state.blkIndent = kept
