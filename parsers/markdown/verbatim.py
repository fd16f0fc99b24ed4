"""Stretches in which a site generator or LaTeX reads no Markdown: paired shortcodes that hold code, environments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from parsers.markdown.codespans import Span, covering

CODE = (r"(?:highlight|code|code-?block|prism|mermaid|plantuml|graphviz|dot|katex|mathjax|math|chart|vega|gnuplot|"
        r"diagram|markmap|javascript|stylesheet|style|schema|rawcode)")
"""Tags of Jekyll, Hexo, Eleventy and Liquid, and Hugo shortcodes, whose body is code."""

_OPENING = re.compile(
    rf"\{{%[-+]?\s*(?P<tag>{CODE}|comment|raw|verbatim)(?![\w-])(?:(?!%\}}).)*+%\}}"
    rf"|\{{\{{[<%]\s*(?P<shortcode>{CODE})(?![\w-])(?:(?![>%]\}}\}}).)*+(?<!/)[>%]\}}\}}", re.DOTALL)

_RAW = frozenset({"raw", "verbatim"})
_REASONS = {"comment": "comment", "raw": "template", "verbatim": "template"}
"""What they hold is Markdown in which templates are not expanded; without an empty line it is an example of those."""

_GAP = re.compile(r"\n[ \t]*\n")

_EDGE = re.compile(r"(?<!\\)\\(begin|end)\{([^{}\n\\]{1,60})\}")

PROSE = frozenset({
    "document", "abstract", "center", "centering", "flushleft", "flushright", "quote", "quotation", "verse", "minipage",
    "itemize", "enumerate", "description", "theorem", "lemma", "corollary", "proposition", "definition", "proof",
    "remark", "example", "exercise", "solution", "small", "footnotesize", "large", "landscape", "multicols", "columns",
    "column", "block", "frame", "framed", "mdframed", "tcolorbox", "spacing", "singlespace", "doublespace",
    "titlepage"})
"""Environments that hold running text: only their edges stay as they are. The body of any other is no language, or none
that could be told from its markup: formulas, figures, tables, verbatim text."""

_REACH = 2000
"""Characters of a formula before and after an environment in it."""
_MATH = re.compile(r"(?<!\\)(?:\${2,}|\$(?!\d)|\\[\[\]()])")


def verbatim(flat: str, code: Sequence[Span]) -> list[tuple[int, int, str]]:
    """The spans whose content is carried through, in order and not overlapping, and the reason."""
    found = [*_paired(flat, code), *_environments(flat, code)]
    kept: list[tuple[int, int, str]] = []
    for start, end, reason in sorted(found, key=lambda one: (one[0], -one[1])):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end, reason))
    return kept


def _paired(flat: str, code: Sequence[Span]) -> Iterator[tuple[int, int, str]]:
    """Shortcodes and tags with the code between them; linear, whatever is left open."""
    ahead: dict[str, re.Match[str] | None] = {}
    at = 0
    while match := _OPENING.search(flat, at):
        at = match.end()
        if covering(code, match.start()) >= 0:
            continue
        tag, name = match["tag"], match["tag"] or match["shortcode"]
        key = f"end{tag}" if tag else f"/{name}"
        closing = ahead.get(key)
        if key not in ahead or (closing is not None and closing.start() < at):
            pattern = rf"\{{%[-+]?\s*end{tag}\s*[-+]?%\}}" if tag else rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}"
            closing = ahead[key] = re.compile(pattern).search(flat, at)
        if closing is None or (name in _RAW and _GAP.search(flat, at, closing.start())):
            continue
        at = closing.end()
        yield match.start(), at, _REASONS.get(name, "code block")


def _environments(flat: str, code: Sequence[Span]) -> Iterator[tuple[int, int, str]]:
    r"""``\begin{name}`` … ``\end{name}``, outermost ones, outside of formulas that have marks of their own."""
    opened: dict[str, list[int]] = {}
    for match in _EDGE.finditer(flat) if "\\begin{" in flat else ():
        name = match[2].rstrip("*")
        if name in PROSE or covering(code, match.start()) >= 0:
            continue
        starts = opened.setdefault(match[2], [])
        if match[1] == "begin":
            starts.append(match.start())
        elif starts:
            start = starts.pop()
            if not starts and not _in_formula(flat, start):
                yield start, match.end(), "LaTeX"


def _in_formula(flat: str, at: int) -> bool:
    """True if a formula is open where its paragraph has come so far, and is closed later: a bracket may be escaped."""
    closing = ""
    begin = max(flat.rfind("\n\n", 0, at), at - _REACH, 0)
    for mark in _MATH.findall(flat, begin, at):
        if closing:
            closing = "" if mark == closing else closing
        else:
            closing = {"\\[": "\\]", "\\(": "\\)"}.get(mark, mark if mark[0] == "$" else "")
    return bool(closing) and flat.find(closing, at, at + _REACH) >= 0
