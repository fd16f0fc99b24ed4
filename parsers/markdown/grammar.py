"""The grammar: CommonMark and the dialects that sites use, with the place of every token.

markdown-it-py tells the truth about structure but not where inline tokens stand. Here every
inline token gets its span as ``token.map``, and a block's text the offset of its first line.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from types import SimpleNamespace
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.helpers import parseLinkDestination, parseLinkTitle
from markdown_it.parser_block import ParserBlock
from markdown_it.parser_inline import ParserInline
from markdown_it.ruler import Ruler
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from parsers.markdown.containers import admonition, colon_fence, directive, reference
from parsers.markdown.dispatch import (
    TERMINATOR,
    BlockRule,
    ChoiceRuler,
    by_first_character,
    code,
    definition_list,
    table,
)
from parsers.markdown.extensions import (
    attribute_list,
    block_id,
    contents,
    definition_like,
    footnote_like,
    in_address,
    masked,
    role,
    tex_math,
)
from parsers.markdown.labels import LabelState, inline_note, label_end
from parsers.markdown.latex import argument_end, command
from parsers.markdown.lineblocks import LINE_BLOCKS, verse
from parsers.markdown.lines import SpanState, underlined

Env = MutableMapping[str, Any]

MAX_NESTING = 40
"""Levels of blocks and of brackets that are read; deeper ones stay as they are. cmark has no
limit, markdown-it's CommonMark preset 20; Python's stack allows some 100."""


class SpanBlock(ParserBlock):
    """Block parser over `SpanState`; leaves the offsets of line ends in the environment."""

    def __init__(self) -> None:
        super().__init__()
        rules = self.ruler.__rules__
        self.ruler = ChoiceRuler()
        self.ruler.__rules__ = rules

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

    def index(self) -> None:
        """Sort the rules by the characters that they begin with. To be called when all of them are there."""
        self.starting = by_first_character(self.ruler.__rules__)

    def parse(self, src: str, md: MarkdownIt, env: Env, tokens: list[Token]) -> list[Token]:
        """As in the base class, with a state that remembers labels."""
        state = LabelState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens

    def skipToken(self, state: StateInline) -> None:  # noqa: N802 - markdown-it's name
        """Go on by one token without making it."""
        start = state.pos
        known = state.cache.get(start)
        if known is not None:
            state.pos = known
            return
        rules = self.starting.get(state.src[start])
        if rules is None:
            state.pos = self._plain_end(state)
        elif state.level >= state.md.options["maxNesting"]:
            state.pos = state.posMax
        else:
            state.level += 1
            if not any(rule(state, True) for rule in rules):  # noqa: FBT003
                state.pos = start + 1
            state.level -= 1
        state.cache[start] = state.pos

    def tokenize(self, state: StateInline) -> None:
        """As in the base class, with spans."""
        tokens, end, src, starting = state.tokens, state.posMax, state.src, self.starting
        deep = state.level >= state.md.options["maxNesting"]
        while state.pos < end:
            start, before = state.pos, len(tokens)
            rules = starting.get(src[start])
            if rules is None:
                state.pos = self._plain_end(state)
                state.append_pending(src[start:state.pos])
                continue
            for rule in () if deep else rules:
                if rule(state, False):  # noqa: FBT003
                    if len(tokens) > before:
                        self._mark(tokens, before, start, state.pos)
                    break
            else:
                state.append_pending(src[start])
                state.pos = start + 1
        if state.pending:
            state.pushPending()
        self.ended = state.pos

    @staticmethod
    def _plain_end(state: StateInline) -> int:
        """Where the plain text that begins here ends."""
        found = TERMINATOR.search(state.src, state.pos, state.posMax)
        return found.start() if found else state.posMax

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


class Dialect(MarkdownIt):
    """markdown-it that keeps the targets of links as they are written."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - markdown-it's name
        """The target itself."""
        return url


def build() -> MarkdownIt:
    """The parser of the dialect described in `parsers.markdown`."""
    md = Dialect("zero")
    inline = SpanInline()
    md.block, md.inline = SpanBlock(), inline
    md.configure("commonmark", {"inline_definitions": True, "store_labels": True, "maxNesting": MAX_NESTING})
    md.enable(["table", "strikethrough"])
    md.use(footnote_plugin, move_to_end=False).use(deflist_plugin)
    md.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    md.helpers = cast("Any", SimpleNamespace(parseLinkLabel=label_end, parseLinkDestination=parseLinkDestination,
                                             parseLinkTitle=parseLinkTitle))
    for name, rule in (("masked", masked), ("attribute_list", attribute_list), ("role", role), ("tex_math", tex_math),
                       ("command", command), ("argument_end", argument_end), ("contents", contents),
                       ("block_id", block_id), ("definition_like", definition_like), ("footnote_like", footnote_like),
                       ("in_address", in_address)):
        md.inline.ruler.before("escape", name, rule)
    md.inline.ruler.at("footnote_inline", inline_note)
    inline.index()
    _add_blocks(md.block.ruler)
    return md


def _add_blocks(blocks: Ruler[BlockRule]) -> None:
    """Block rules of our own, and quicker ones in the place of some others."""
    paragraph = ["paragraph", "reference"]
    everywhere = [*paragraph, "blockquote", "list"]
    blocks.at("reference", reference)
    blocks.at("code", code)
    blocks.at("table", table, {"alt": paragraph})
    blocks.at("lheading", underlined)
    blocks.after("table", "verse", verse, {"alt": []})
    plain = next(rule.fn for rule in blocks.__rules__ if rule.name == "deflist")
    blocks.at("deflist", definition_list(plain), {"alt": [*paragraph, "blockquote"]})
    for name, rule, alternatives in LINE_BLOCKS:
        blocks.before("table", name, rule, {"alt": [*everywhere, "footnote_def"] if alternatives else []})
    blocks.before("fence", "admonition", admonition, {"alt": everywhere})
    blocks.before("fence", "colon_fence", colon_fence, {"alt": [*everywhere, "footnote_def"]})
    blocks.before("fence", "directive", directive, {"alt": everywhere})


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
