"""Block rules of constructs in which the end of a line counts: what stands in one line stays in one."""

from __future__ import annotations

import re
from typing import cast

from markdown_it.rules_block import StateBlock

from parsers.markdown.dispatch import BlockRule
from parsers.markdown.extensions import MASK_FILL, VERBATIM
from parsers.markdown.lines import SpanState

_ABBREVIATION = re.compile(r"\*\[[^\[\]\n]+\]:[ \t]*(?=\S)")
"""https://python-markdown.github.io/extensions/abbreviations/"""

_CALLOUT = re.compile(r"\[!\w[\w|-]*\][+-]?[ \t]+(?=\S)")
"""https://help.obsidian.md/callouts: what follows the name is a title. A GitHub alert has none."""

_VERSE = re.compile(r"\|(?:[ \t]+(?:[^|\\\n]|\\.)*)?\Z")
"""A line of a line block: https://pandoc.org/MANUAL.html#line-blocks"""

_GRID = re.compile(r"\+(?:[-=:]{2,}\+)++[ \t]*\Z")

_MARKED = re.compile(r"(?P<mark>\+{3,}|/{3,})(?:[ \t]+(?P<text>\S.*?))?[ \t]*\Z")
"""``+++ Summary`` … ``+++`` (markdown-it-collapsible), ``+++`` alone (MyST), ``/// name | Title`` … ``///``
(https://facelessuser.github.io/pymdown-extensions/extensions/blocks/)."""

_NAMED = re.compile(r"[a-z][\w-]*(?:[ \t]*\|[ \t]*(?=\S))?")
_UNTITLED = re.compile(r"(?:html|define|[\w-]*caption)\b")
"""Blocks whose argument is a selector or a number."""


def verbatim(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """Lines that are masked: code of shortcodes, LaTeX environments."""
    if not _is_masked(state, start) or silent:
        return _is_masked(state, start)
    line = start + 1
    while line < end and _is_masked(state, line):
        line += 1
    _keep(state, start, line)
    return True


def _is_masked(state: StateBlock, line: int) -> bool:
    text = _text(state, line)
    return text.startswith(VERBATIM) and not text.rstrip().strip(VERBATIM + MASK_FILL)


def abbreviation(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001
    """``*[HTML]: Hyper Text``: the text is translated, the key stands in the document's texts."""
    match = None if state.is_code_block(start) else _ABBREVIATION.match(_text(state, start))
    if match and not silent:
        _line(state, "line_title", start, match.end())
    return match is not None


def callout(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001
    """The title of a callout."""
    if silent or not state.tokens or state.tokens[-1].type != "blockquote_open":
        return False
    match = _CALLOUT.match(_text(state, start))
    if match:
        _line(state, "line_title", start, match.end())
    return match is not None


def verse(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A line block: each line of it keeps its place."""
    if silent or state.is_code_block(start):
        return False
    line = start
    while line < end and _VERSE.match(_text(state, line)) and state.sCount[line] >= state.blkIndent:
        line += 1
    if line == start or (line < end and _text(state, line).startswith("|")):
        return False
    for number in range(start, line):
        text = _text(state, number)
        _line(state, "verse", number, len(text) - len(text[1:].lstrip()))
    return True


def grid_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A table drawn with ``+---+``: a longer word would need another drawing."""
    if state.is_code_block(start) or not _GRID.match(_text(state, start)):
        return False
    if not silent:
        line = start + 1
        while line < end and _text(state, line)[:1] in ("+", "|") and state.sCount[line] >= state.blkIndent:
            line += 1
        _keep(state, start, line, "grid table")
    return True


def simple_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A table whose columns stand over groups of dashes: a longer word would leave its column.

    https://pandoc.org/MANUAL.html#extension-simple_tables, and multiline tables
    """
    columns = cast("SpanState", state).columns
    if silent or not columns or state.is_code_block(start):
        return False
    head = next((line for line in (start, start + 1) if line in columns and line < end), None)
    if head is not None and head > start and _is_rule(state, start):
        head = None
    if head is not None and not (head == start and not _text(state, start)):
        close = _next_empty(state, head, end)
        if head > start or (close - 1 > head and close - 1 in columns):
            _keep(state, start, close, "simple table")
            return True
    return _multiline(state, start, end, columns)


def _multiline(state: StateBlock, start: int, end: int, columns: frozenset[int]) -> bool:
    """Between two full lines of dashes, with a header over groups of dashes."""
    if not _is_rule(state, start) or start in columns:
        return False
    first = _next_empty(state, start, end)
    if not any(line in columns for line in range(start + 1, first)):
        return False
    close = next((line for line in range(start + 1, end) if line not in columns and _is_rule(state, line)
                  and (line + 1 >= end or state.isEmpty(line + 1))), None)
    if close is None:
        return False
    _keep(state, start, close + 1, "multiline table")
    return True


def _is_rule(state: StateBlock, line: int) -> bool:
    text = _text(state, line).rstrip()
    return len(text) >= 10 and not text.strip("-")


def _next_empty(state: StateBlock, line: int, end: int) -> int:
    while line < end and not state.isEmpty(line) and state.sCount[line] >= state.blkIndent:
        line += 1
    return line


def marked_line(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: ARG001, FBT001
    """The lines around a collapsible part or a block of PyMdown; a title in them is translated."""
    text = _text(state, start)
    match = None if state.is_code_block(start) else _MARKED.match(text)
    if match is None:
        return False
    mark, argument = match["mark"], match["text"]
    closed = cast("SpanState", state).last_bare.get(mark[0], -1) > start
    title = -1
    if mark[0] == "/" and argument is not None:
        name = _NAMED.match(argument)
        if name is None or not closed or (name.end() < len(argument) and "|" not in name[0]):
            return False
        if not _UNTITLED.match(argument) and name.end() < len(argument):
            title = match.start("text") + name.end()
    elif argument is not None and closed and argument[0] not in "{^":
        title = match.start("text")
    if silent:
        return True
    if title >= 0:
        _line(state, "line_title", start, title)
    else:
        _keep(state, start, start + 1, "markup")
    return True


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line]:state.eMarks[line]]


def _line(state: StateBlock, kind: str, line: int, skip: int) -> None:
    """A block of one line, of which the first ``skip`` characters are its mark."""
    text = _text(state, line)
    token = state.push(kind + "_open", "p", 1)
    token.map, token.info = [line, line + 1], text[:skip].strip()
    inline = state.push("inline", "", 0)
    inline.content, inline.map, inline.children = text[skip:].rstrip(), [line, line + 1], []
    inline.meta["at"] = state.bMarks[line] + state.tShift[line] + skip
    state.push(kind + "_close", "p", -1)
    state.line = line + 1


def _keep(state: StateBlock, start: int, end: int, reason: str = "") -> None:
    """Lines that stay as they are."""
    token = state.push("verbatim", "", 0)
    token.map, token.info = [start, end], reason
    token.content = state.src[state.bMarks[start] + state.tShift[start]:state.eMarks[end - 1]]
    token.meta = {"at": state.bMarks[start] + state.tShift[start], "end": state.eMarks[end - 1]}
    state.line = end


LINE_BLOCKS: tuple[tuple[str, BlockRule, bool], ...] = (
    ("verbatim", verbatim, True), ("abbreviation", abbreviation, True), ("callout", callout, False),
    ("marked_line", marked_line, True), ("grid_table", grid_table, True), ("simple_table", simple_table, False))
"""Name, rule, and whether it can interrupt a paragraph."""
