"""Where the labels of links, images and inline notes end (CommonMark §6.3), in linear time.

markdown-it walks from every opening bracket to its partner; here one walk finds the partners of
all the brackets that it passes.
"""

from __future__ import annotations

from typing import Any, cast

from markdown_it.rules_inline import StateInline


class LabelState(StateInline):
    """Inline state that remembers where labels end."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.labels: dict[int, tuple[int, bool]] = {}
        """Opening bracket → offset of its partner, -1 if it has none; and whether a link stands between them."""
        self.braces: list[int] = []
        """Where the arguments of LaTeX commands end that have been opened."""


def label_end(state: StateInline, start: int, disable_nested: bool = False) -> int:  # noqa: FBT001, FBT002
    """The offset of the bracket that closes the one at ``start``, or -1.

    ``disable_nested``: a label with a link in it is none. As `markdown_it.helpers.parseLinkLabel`.
    """
    known = cast("LabelState", state).labels
    if start not in known:
        if state.html_terminator_last("]") < start:
            return -1
        _walk(state, start, known)
    end, nested = known[start]
    return -1 if end >= state.posMax or (disable_nested and nested) else end


def _walk(state: StateInline, start: int, known: dict[int, tuple[int, bool]]) -> None:
    """Note the partners of the bracket at ``start`` and of those between the two."""
    before = state.pos
    opened = [start]
    holding = 0                                         # so many of the opened ones have a link in them
    state.pos = start + 1
    while opened and state.pos < state.posMax:
        at = state.pos
        char = state.src[at]
        if char == "]":
            opener = opened.pop()
            known[opener] = at, len(opened) < holding
            holding = min(holding, len(opened))
            state.pos += 1
            continue
        state.md.inline.skipToken(state)
        if char == "[":
            if state.pos == at + 1:
                opened.append(at)
            else:
                holding = len(opened)
    for opener in opened:
        known[opener] = -1, True
    state.pos = before


def inline_note(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """``^[text]``; the tokens of the text are the children of the note's."""
    if not state.src.startswith("^[", state.pos):
        return False
    start = state.pos + 2
    end = label_end(state, start - 1)
    if end < 0:
        return False
    if not silent:
        token = state.push("footnote_ref", "", 0)
        token.children = []
        state.md.inline.parse(state.src[start:end], state.md, state.env, token.children)
    state.pos = end + 1
    return True
