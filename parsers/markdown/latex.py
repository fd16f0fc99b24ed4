r"""LaTeX commands in a text (Pandoc, Quarto, R Markdown): ``\cite{key}``, ``\newpage``, ``\emph{words}``."""

from __future__ import annotations

import re
from typing import cast

from markdown_it.rules_inline import StateInline

from parsers.markdown.labels import LabelState

_COMMAND = re.compile(r"\\[A-Za-z@]++(?:\*(?=[\[{]))?(?![\\/:])"
                      r"(?:\[[^\[\]\n]{0,300}\](?!\()|\{[^{}\n]*(?:\{[^{}\n]*\}[^{}\n]*)*\})*")
"""A backslash before a letter escapes nothing (CommonMark §2.4)."""

_PROSE = re.compile(r"\\(?:(?:text(?:bf|it|sl|sc|rm|sf|md|up|normal)?|emph|underline|uline|footnote|caption|title|mbox|"
                    r"(?:sub){0,2}section|chapter|part|(?:sub)?paragraph|marginpar|centerline|sout|MakeUppercase)\*?"
                    r"|(?:textcolor|colorbox|href)\{[^{}\n]*\})\{")
"""Commands whose last argument is read as text."""

_BRACE = re.compile(r"\\.|[{}]|\n[ \t]*\n", re.DOTALL)
_REACH = 2000

_WITH_ARGUMENT = re.compile(r"\\[A-Za-z@]+\*?(?:\[[^\[\]\n]{0,300}\])?\{")
_ALONE = re.compile(r"\\[A-Za-z@]{2}")
_PATH = frozenset(":\\/.~%$-_*")
r"""What a backslash stands after in ``C:\Users`` and ``\\server\share``, beside letters and digits."""


def begins_command(before: str, source: str, at: int = 0) -> bool:
    """True for a backslash after this character that begins a command: not one of a path, not ``\\n``."""
    if _WITH_ARGUMENT.match(source, at):
        return before != "\\"
    return _ALONE.match(source, at) is not None and not (before.isalnum() or before in _PATH)


def apart(before: str, source: str, after: str) -> tuple[bool, bool]:
    """Whether the character before a command, and the one after it, would make it another one."""
    if not source.startswith("\\") or not source[1:2].isalpha():
        return False, False
    goes_on = source[-1].isalpha() and after.isascii() and (after.isalpha() or after == "@")
    return not begins_command(before or " ", source), goes_on or after in tuple("[{")


def command(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """A command with its arguments; of one whose argument is text, what stands before it."""
    src, at = state.src, state.pos
    if not begins_command(src[at - 1:at] or " ", src, at):
        return False
    match = _PROSE.match(src, at, state.posMax)
    close = _closing(src, match.end(), min(state.posMax, match.end() + _REACH)) if match else -1
    if match is None or close < 0:
        match = _COMMAND.match(src, at, state.posMax)
        if match is None:
            return False
    if not silent and close >= 0:
        state.push("latex_open", "", 1)
        cast("LabelState", state).braces.append(close)
    elif not silent:
        state.push("latex", "", 0).content = match[0]
    state.pos = match.end()
    return True


def argument_end(state: StateInline, silent: bool) -> bool:  # noqa: FBT001
    """The brace after the argument of a command."""
    braces = cast("LabelState", state).braces
    if silent or not braces or braces[-1] != state.pos:
        return False
    state.push("latex_close", "", -1)
    braces.pop()
    state.pos += 1
    return True


def _closing(src: str, at: int, end: int) -> int:
    """The offset of the brace that closes one before ``at``, or -1."""
    depth = 1
    for match in _BRACE.finditer(src, at, end):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if not depth:
                return match.start()
        elif match[0][0] == "\n":
            break
    return -1
