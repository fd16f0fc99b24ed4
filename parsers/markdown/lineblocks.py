"""Block rules of constructs in which the end of a line counts: what stands in one line stays in one."""

from __future__ import annotations

from markdown_it.rules_block import StateBlock

from parsers.markdown.dispatch import BlockRule
from parsers.markdown.extensions import MASK_FILL, VERBATIM


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


def _text(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line]:state.eMarks[line]]


def _keep(state: StateBlock, start: int, end: int, reason: str = "") -> None:
    """Lines that stay as they are."""
    token = state.push("verbatim", "", 0)
    token.map, token.info = [start, end], reason
    token.content = state.src[state.bMarks[start] + state.tShift[start]:state.eMarks[end - 1]]
    token.meta = {"at": state.bMarks[start] + state.tShift[start], "end": state.eMarks[end - 1]}
    state.line = end


LINE_BLOCKS: tuple[tuple[str, BlockRule, bool], ...] = (("verbatim", verbatim, True),)
"""Name, rule, and whether it can interrupt a paragraph."""
