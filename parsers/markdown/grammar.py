"""The grammar: CommonMark and the dialects that sites use, with the place of every token.

markdown-it-py tells the truth about structure but not where inline tokens stand. Here every
inline token gets its span as ``token.map``, and a block's text the offset of its first line.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Literal

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from parsers.markdown.containers import admonition, colon_fence, directive, reference
from parsers.markdown.extensions import (
    MASK_START,
    attribute_list,
    definition_like,
    footnote_like,
    in_address,
    masked,
    role,
    tex_math,
)

Env = MutableMapping[str, Any]

MAX_NESTING = 40
"""Levels of blocks and of brackets that are read; deeper ones stay as they are. cmark has no
limit, markdown-it's CommonMark preset 20; Python's stack allows some 100."""


class SpanState(StateBlock):
    """Block state that notes where a block's text begins in its first line."""

    row: Token | None = None
    column = 0

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """As in the base class; an inline token gets ``meta["at"]`` and, in a table, its column."""
        token = super().push(ttype, tag, nesting)
        if ttype == "tr_open":
            self.row, self.column = token, 0
        elif ttype == "inline":
            parent = self.tokens[-2]
            if parent.type in ("th_open", "td_open") and self.row is not None and self.row.map:
                line = self.row.map[0]
                token.meta = {"column": self.column, "end": self.eMarks[line]}
                self.column += 1
            else:
                line = parent.map[0] if parent.map else self.line
            token.meta["at"] = self.bMarks[line] + self.tShift[line]
        return token


class SpanBlock(ParserBlock):
    """Block parser over `SpanState`; leaves the offsets of line ends in the environment."""

    def parse(self, src: str, md: MarkdownIt, env: Env, out_tokens: list[Token]) -> list[Token] | None:
        """Read the blocks of a text into ``out_tokens``."""
        if not src:
            return None
        state = SpanState(src, md, env, out_tokens)
        env["ends"] = state.eMarks
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens


class SpanInline(ParserInline):
    """Inline parser that gives every token but plain text its span in the block's content."""

    ended = 0
    """Where the innermost nested call stopped: the end of a link's label."""

    def tokenize(self, state: StateInline) -> None:
        """As in the base class, with spans."""
        rules = self.ruler.getRules("")
        tokens, end = state.tokens, state.posMax
        limit = state.md.options["maxNesting"]
        while state.pos < end:
            start, before = state.pos, len(tokens)
            for rule in rules if state.level < limit else ():
                if rule(state, False):  # noqa: FBT003
                    if len(tokens) > before:
                        self._mark(tokens, before, start, state.pos)
                    break
            else:
                state.append_pending(state.src[state.pos])
                state.pos += 1
        if state.pending:
            state.pushPending()
        self.ended = state.pos

    def _mark(self, tokens: list[Token], first: int, start: int, end: int) -> None:
        last = tokens[-1]
        if last.type == "text":                     # a run of delimiters, one token for each
            at = len(tokens)
            while end > start and at > first:
                at -= 1
                tokens[at].map = [end - len(tokens[at].content), end]
                end -= len(tokens[at].content)
        elif last.type == "link_close":
            opener = tokens[first] if tokens[first].type == "link_open" else tokens[first + 1]
            auto = last.info == "auto"
            opener.map = [start, end if auto else start + 1]
            last.map = [end if auto else self.ended, end]
        else:
            last.map = [start, end]


def build() -> MarkdownIt:
    """The parser of the dialect described in `parsers.markdown`."""
    md = MarkdownIt("zero")
    md.block, md.inline = SpanBlock(), SpanInline()
    md.configure("commonmark", {"inline_definitions": True, "store_labels": True, "maxNesting": MAX_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin, move_to_end=False).use(deflist_plugin)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    md.inline.add_terminator_char(MASK_START)
    for name, rule in (("masked", masked), ("attribute_list", attribute_list), ("role", role), ("tex_math", tex_math),
                       ("definition_like", definition_like), ("footnote_like", footnote_like), ("in_address", in_address)):
        md.inline.ruler.before("escape", name, rule)
    blocks = md.block.ruler
    blocks.at("reference", reference)
    blocks.before("fence", "admonition", admonition, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    blocks.before("fence", "colon_fence", colon_fence,
                  {"alt": ["paragraph", "reference", "blockquote", "list", "footnote_def"]})
    blocks.before("fence", "directive", directive, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return md


def parse_blocks(md: MarkdownIt, flat: str, env: Env) -> list[Token]:
    """The block tokens of a text; inline ones are not read yet."""
    tokens: list[Token] = []
    md.block.parse(flat, md, env, tokens)
    return tokens


def parse_inline(md: MarkdownIt, content: str, env: Env) -> list[Token]:
    """The inline tokens of a block's content, with spans."""
    tokens: list[Token] = []
    md.inline.parse(content, md, env, tokens)
    return tokens
