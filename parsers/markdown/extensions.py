"""Inline rules of the dialects: masked templates, attribute lists, roles, addresses, marks of Wikis and Obsidian."""

from __future__ import annotations

import re

from markdown_it.rules_inline import StateInline

MASK_START, MASK_FILL, VERBATIM = "\ue000", "\ue001", "\ue002"
"""Private-use characters that stand for template syntax while the grammar reads the text. The last one begins each line
of what is no text even if it fills its lines."""

MASKED = re.compile(f"{MASK_START}{MASK_FILL}*(?:\n[ \t]*{MASK_FILL}+)*"
                    f"|{VERBATIM}{MASK_FILL}*(?:\n[ \t>]*{VERBATIM}{MASK_FILL}*)*")

_ATTRIBUTES = re.compile(r"\{:?\s*(?:[#.:][^{}\n]*|[\w-]+=[^{}\n]*)\}")
"""``{#id .class key=value}`` (Pandoc, Hugo, MyST) and ``{: …}`` (Python-Markdown, kramdown)."""

_ROLE = re.compile(r"\{[\w+.:-]+\}(`+)(?!`)(?:.|\n)+?(?<!`)\1(?!`)")
"""A MyST role with its text: https://mystmd.org/guide/syntax-overview#roles"""

_CONTENTS = re.compile(r"\[\[_TOC_\]\](?!\()", re.IGNORECASE)
_BLOCK_ID = re.compile(r"\^(?=[0-9-]*[A-Za-z])[A-Za-z0-9-]{2,}(?=\s*\Z)")

_TEX = re.compile(r"\\\((?:[^\n]|\n(?!\s*\n))+?\\\)|\\\[(?:[^\n]|\n(?!\s*\n))+?\\\]")
_TEX_END = {"\\(": "\\)", "\\[": "\\]"}
_FORMULA = re.compile(r"\\[A-Za-z]|[\^_=]")
"""``\\[…\\]`` is far more often a pair of escaped brackets; a formula has one of these."""


_DEFINITION = re.compile(r"""\[(?!\^)(?:[^\[\]\\\n]|\\.)+\]:[ \t]*\n?[ \t]*(?:<[^>\n]*>|\S+)"""
                         r"""(?:[ \t]+["'(].*)?[ \t]*$""", re.MULTILINE)
"""A line that some readers take for a link reference definition wherever it stands, as Python-Markdown does."""


def definitions(text: str) -> list[tuple[int, int]]:
    """The spans of lines that look like link reference definitions."""
    return [match.span() for match in _DEFINITION.finditer(text) if _fresh(text, match.start())] if "]:" in text else []


def _fresh(text: str, at: int) -> bool:
    """True at the start of a line, quote markers aside."""
    while at and text[at - 1] in " \t>":
        at -= 1
    return not at or text[at - 1] == "\n"


def definition_like(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A line in a text that looks like a definition but is none to CommonMark."""
    if not _fresh(state.src, state.pos) or state.html_terminator_last("]:") < state.pos:
        return False
    match = _DEFINITION.match(state.src, state.pos, state.posMax)
    return match is not None and _take(state, match, "definition", silent=silent)


_FOOTNOTE = re.compile(r"\[\^[^\]\[\s]{1,200}\]")


def footnote_like(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A footnote reference, also one whose note stands in another file."""
    return _one(state, _FOOTNOTE, "[", "footnote_ref", silent=silent)


_ADDRESS_REACH = 400
"""Characters of an address that are looked at before an underscore."""

_ADDRESS = re.compile(r"(?:https?|ftp)://[^\s<>\[\]()\"'`|]*\Z", re.IGNORECASE)
_ADDRESS_REST = re.compile(r"_+[^\s<>\[\]()\"'`|]*[^\s<>\[\]()\"'`|?!.,:*_~]")
"""GFM §6.9: punctuation at its end does not belong to an address."""


def in_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """Underscores in a bare address (``https://x.org/__init__.py``): no emphasis, as where addresses become links."""
    start = state.src.rfind("://", max(state.pos - _ADDRESS_REACH, 0), state.pos)
    if start < 0 or not _ADDRESS.search(state.src[max(start - 5, 0):state.pos]):
        return False
    rest = _ADDRESS_REST.match(state.src, state.pos, min(state.posMax, state.pos + _ADDRESS_REACH))
    if not rest:
        return False
    end = state.pos + len(rest[0]) - len(rest[0].lstrip("_"))
    if not silent:
        state.append_pending(state.src[state.pos:end])
    state.pos = end
    return True


def masked(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A template that `parsers.markdown.templates` has masked."""
    match = MASKED.match(state.src, state.pos, state.posMax)
    return match is not None and _take(state, match, "template", silent=silent)


def attribute_list(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """``{#id}``, ``{.class}``, ``{: key=value}``."""
    return _one(state, _ATTRIBUTES, "{", "attributes", silent=silent)


def role(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A MyST role: ``{ref}`target```."""
    return _one(state, _ROLE, "{", "role", silent=silent)


def contents(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """The place of a table of contents, as GitLab and Azure write it: the underscores are no emphasis."""
    return _one(state, _CONTENTS, "[", "contents", silent=silent)


def block_id(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """What a block ends with to be found by: ``^the-block`` (https://help.obsidian.md/links)."""
    if state.pos and not state.src[state.pos - 1].isspace():
        return False
    return _one(state, _BLOCK_ID, "^", "block_id", silent=silent)


def tex_math(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    r"""``\(…\)`` and ``\[…\]`` where they hold a formula."""
    opening = state.src[state.pos:state.pos + 2]
    if opening not in ("\\(", "\\[") or state.html_terminator_last(_TEX_END[opening]) < state.pos:
        return False
    match = _TEX.match(state.src, state.pos, min(state.posMax, state.pos + 2000))
    if not match or not _FORMULA.search(match[0][2:-2]):
        return False
    return _take(state, match, "math_inline", silent=silent)


def _one(state: StateInline, pattern: re.Pattern[str], first: str, kind: str, *, silent: bool) -> bool:
    if state.src[state.pos] != first:
        return False
    match = pattern.match(state.src, state.pos, state.posMax)
    return match is not None and _take(state, match, kind, silent=silent)


def _take(state: StateInline, match: re.Match[str], kind: str, *, silent: bool) -> bool:
    if not silent:
        state.push(kind, "", 0).content = match[0]
    state.pos = match.end()
    return True
