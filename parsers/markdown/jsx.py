"""MDX: modules, expressions in braces and components (https://mdxjs.com/docs/what-is-mdx/)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from parsers.markdown.codespans import Span, covering
from parsers.markdown.extensions import MASK_START, VERBATIM

_MODULE = re.compile(r"^(?:import\s+(?:['\"]|[^\n]*?\bfrom\s+['\"])"
                     r"|export\s+(?:default|const|let|var|function|async)\b)(?:(?!\n[ \t]*\n|\n```)[\s\S])*",
                     re.MULTILINE)
_COMMENT = re.compile(r"\{/\*(?:(?!\{/\*)[\s\S])*?\*/\}")
_HOLDING = re.compile(r"<[A-Za-z][\w.]*\s(?:[^<>{}\"']|\"[^\"\n]*\"|'[^'\n]*')*(?:=\{|\{\.\.\.)")
"""A tag with an expression in it."""

_ATTRIBUTE_LIST = re.compile(r"\{(?:[#:]|\.(?!\.))")
"""``{#id}``: braces that are none of MDX, as Docusaurus has them after a heading."""

_TOKEN = re.compile(r"""[{}]|"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|`(?:[^`\\]|\\.)*+`"""
                    r"""|//[^\n]*|/\*(?:(?!\*/|/\*).)*+\*/""",
                    re.DOTALL)
"""Braces of JavaScript, and what may hold braces that do not count."""

_REACH = 20_000
_PATIENCE = 20
"""Characters of an expression, and how many may be left open: braces that never close must not cost quadratic time."""

_MATH = re.compile(r"\$\$(?:(?!\$\$|\n[ \t]*\n).)++\$\$"
                   r"|(?<![\\\d$])\$(?![\s$])(?:[^$\n\\]|\\.)++(?<!\s)\$(?!\d)", re.DOTALL)
_VALUE = re.compile(r"(?<=[\w-])=(?:\"[^\"\n]*\"|'[^'\n]*')")
"""The value of an attribute in quotes, in which braces mean nothing."""

_TAG = re.compile(r"<(?:/?>|/?[A-Z][\w.]*(?:\s(?:[^<>\"'{}]|\"[^\"]*\"|'[^']*')*+)?>"
                  r"|[a-z][\w.-]*\s(?:[^<>\"'{}]|\"[^\"]*\"|'[^']*')*+>)")
_ODD = re.compile(f"(?<!=){MASK_START}|{VERBATIM}")
"""An expression that no HTML attribute can be: it has no name, or goes on in the next line."""


def is_mdx(flat: str, code: Sequence[Span]) -> bool:
    """True if a text imports or exports something, or has an expression in a comment or a tag, outside of its code."""
    return any(covering(code, match.start()) < 0
               for pattern in (_MODULE, _COMMENT, _HOLDING) for match in pattern.finditer(flat))


def expressions(flat: str, code: Sequence[Span], templates: Sequence[Span]) -> list[Span]:
    """Modules and expressions outside of code and of these templates, in order and not overlapping."""
    found: list[Span] = []
    at = failures = 0
    math = [match.span() for match in _MATH.finditer(flat)] if "$" in flat else []
    values = [match.span() for match in _VALUE.finditer(flat)]
    modules = dict(_module(flat, match) for match in _MODULE.finditer(flat) if covering(code, match.start()) < 0)
    starts = list(modules)
    while (at := _next(flat, at, starts)) >= 0:
        inside = max(covering(spans, at) for spans in (code, math, values, templates))
        if inside >= 0:
            at = inside
        elif at in modules:
            found.append((at, modules[at]))
            at = modules[at]
        elif flat[at - 1:at] == "\\" or _ATTRIBUTE_LIST.match(flat, at):
            at += 1
        else:
            end = _closing(flat, at)
            if end < 0:
                failures += 1
                if failures == _PATIENCE:
                    break
            else:
                found.append((at, end))
            at = max(end, at + 1)
    return found


def _next(flat: str, at: int, starts: Sequence[int]) -> int:
    """The next opening brace or one of the ``starts``, -1 if there is none."""
    brace = flat.find("{", at)
    after = bisect_right(starts, at - 1)
    if after < len(starts) and (brace < 0 or starts[after] <= brace):
        return starts[after]
    return brace


def _module(flat: str, match: re.Match[str]) -> Span:
    """A module goes on to an empty line; one in its braces does not end it."""
    start, end = match.span()
    at = flat.find("{", start, end)
    while at >= 0:
        close = _closing(flat, at)
        if close < 0:
            break
        if close > end:
            end = flat.find("\n", close)
            end = len(flat) if end < 0 else end
        at = flat.find("{", close, end)
    return start, end


def _closing(flat: str, at: int) -> int:
    """The offset after the brace that closes the one at ``at``, or -1."""
    depth = 0
    for match in _TOKEN.finditer(flat, at, at + _REACH):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if not depth:
                return match.end()
    return -1


def components(masked: str) -> Iterator[Span]:
    """The tags of a text whose expressions are masked: components, fragments, elements that HTML could not read."""
    for match in _TAG.finditer(masked):
        if not match[0][1].islower() or _ODD.search(match[0]):
            yield match.span()


def outside_braces(template: str) -> str:
    """A tag with blanks for its expressions, of the same length."""
    if template[:1] != "<" or "{" not in template:
        return template
    out: list[str] = []
    at = 0
    values = [match.span() for match in _VALUE.finditer(template)]
    brace = template.find("{")
    while brace >= 0:
        end = covering(values, brace)
        if end < 0:
            end = _closing(template, brace)
            if end < 0:
                break
            out += (template[at:brace], " " * (end - brace))
            at = end
        brace = template.find("{", end)
    return "".join((*out, template[at:]))
