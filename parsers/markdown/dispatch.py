"""Grammar rules by the character that they begin with: what cannot begin here is not tried.

markdown-it asks every rule at every position. That is right for any set of rules; ours is known.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from markdown_it.ruler import Rule, Ruler
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block import code as plain_code
from markdown_it.rules_block import table as plain_table
from markdown_it.rules_inline import StateInline

from parsers.markdown.extensions import MASK_START, VERBATIM

BlockRule = Callable[[StateBlock, int, int, bool], bool]
InlineRule = Callable[[StateInline, bool], bool]

INLINE_STARTS: Mapping[str, str] = {
    "newline": "\n", "math_inline": "$", "masked": MASK_START + VERBATIM, "attribute_list": "{", "role": "{",
    "tex_math": "\\", "command": "\\", "argument_end": "}", "contents": "[", "block_id": "^", "definition_like": "[",
    "footnote_like": "[", "in_address": "_", "escape": "\\", "backticks": "`",
    "strikethrough": "~", "emphasis": "*_", "link": "[", "image": "!", "footnote_inline": "^", "footnote_ref": "[",
    "autolink": "<", "html_inline": "<", "entity": "&", "text": "", "linkify": ""}
"""Inline rule → the characters that it can begin with. Plain text is what lies between."""

BLOCK_STARTS: Mapping[str, str] = {
    "verbatim": VERBATIM, "abbreviation": "*", "callout": "[", "verse": "|", "grid_table": "+", "marked_line": "+/",
    "math_block": "$", "admonition": "!?=", "colon_fence": ":", "directive": "`~", "fence": "`~", "blockquote": ">",
    "hr": "*-_", "list": "*+-0123456789", "footnote_def": "[", "reference": "[", "html_block": "<", "heading": "#"}
"""Block rule → the characters that it can begin with, indentation aside; the others may begin with any."""

TERMINATOR = re.compile("[" + re.escape("".join(sorted({*"".join(INLINE_STARTS.values()), "]"}))) + "]")
"""What ends a run of plain text; a closing bracket ends the label of a link."""


def by_first_character(rules: Sequence[Rule[InlineRule]]) -> dict[str, tuple[InlineRule, ...]]:
    """Character → the inline rules that may begin with it, in their order. Raises KeyError for an unknown rule."""
    chars = {*"".join(INLINE_STARTS[rule.name] for rule in rules), "]"}
    return {char: tuple(rule.fn for rule in rules if rule.enabled and char in INLINE_STARTS[rule.name])
            for char in chars}


class Choice:
    """Block rules as one rule."""

    def __init__(self, rules: Sequence[Rule[BlockRule]]) -> None:
        self.anywhere = tuple(rule.fn for rule in rules if rule.name not in BLOCK_STARTS)
        chars = {char for rule in rules for char in BLOCK_STARTS.get(rule.name, "")}
        self.starting = {char: tuple(rule.fn for rule in rules if char in BLOCK_STARTS.get(rule.name, char))
                         for char in chars}

    def __call__(self, state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
        """True if one of the rules has taken the lines from ``start``."""
        at = state.bMarks[start] + state.tShift[start]
        # a loop, not any(): this runs for every line
        for rule in self.starting.get(state.src[at:at + 1], self.anywhere):  # noqa: SIM110
            if rule(state, start, end, silent):
                return True
        return False


class ChoiceRuler(Ruler[BlockRule]):
    """Gives every chain of block rules as one `Choice`."""

    def __compile__(self) -> None:  # noqa: D105 - called by getRules
        rules = [rule for rule in self.__rules__ if rule.enabled]
        chains = {"", *(name for rule in rules for name in rule.alt)}
        self.__cache__ = {chain: [Choice([rule for rule in rules if not chain or chain in rule.alt])]
                          for chain in chains}


def code(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """An indented code block."""
    return state.is_code_block(start) and plain_code(state, start, end, silent)


def table(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
    """A table: its second line begins like one."""
    return start + 1 < end and _first(state, start + 1) in "|-:" and plain_table(state, start, end, silent)


def definition_list(plain: BlockRule) -> BlockRule:
    """The rule of a plugin, asked only where a colon or tilde stands."""
    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:  # noqa: FBT001
        line = start if silent else start + 1
        if not silent and line < end and state.isEmpty(line):
            line += 1
        return line < end and _first(state, line) in ":~" and plain(state, start, end, silent)
    return rule


def _first(state: StateBlock, line: int) -> str:
    """The first character of a line that is no white space; a line end if there is none."""
    at = state.bMarks[line] + state.tShift[line]
    return state.src[at:at + 1] or "\n"
