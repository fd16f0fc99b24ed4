"""Where a text holds code: fenced blocks and inline code (CommonMark §4.5, §6.1), before the grammar reads it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_MARK = re.compile(r"[\n\\`](?:(?<=\n)[ \t>]*+(?:(?:[-+*]|\d{1,9}[.)])[ \t]++)?+"
                   r"(?:(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})(?P<info>[^\n]*)|(?P<gap>$))"
                   r"|(?P<escape>(?<=\\)`)|(?P<run>(?<=`)`*))", re.MULTILINE)
"""Each mark with the character before it or its own first: searches leap from one such character to the next."""


def code_spans(flat: str) -> list[Span]:
    """The spans of code, in order. Indented code is none: whether it is code depends on what is around it."""
    if "`" not in flat and "~~~" not in flat:
        return []
    spans: list[Span] = []
    runs: list[Span] = []
    fence, begun = "", 0
    for match in _MARK.finditer("\n" + flat):                # its offsets are one more
        marker = match["fence"]
        if fence:
            if marker and marker.startswith(fence) and not match["info"].strip():
                spans.append((begun, match.end() - 1))
                fence = ""
        elif match["run"] is not None:
            runs.append((match.start() - 1, match.end() - 1))
        elif not match["escape"]:
            spans += _inline(runs)
            runs = []
            if marker:
                fence, begun = marker, match.start()
    spans += _inline(runs)
    return [*spans, (begun, len(flat))] if fence else spans


def _inline(runs: Sequence[Span]) -> Iterator[Span]:
    """Inline code of one paragraph, whose runs of backticks these are."""
    following: dict[int, int] = {}
    partner = [-1] * len(runs)
    for at in range(len(runs) - 1, -1, -1):
        size = runs[at][1] - runs[at][0]
        partner[at] = following.get(size, -1)
        following[size] = at
    at = 0
    while at < len(runs):
        if partner[at] < 0:
            at += 1
        else:
            yield runs[at][0], runs[partner[at]][1]
            at = partner[at] + 1


def covering(spans: Sequence[Span], at: int) -> int:
    """The end of the span that an offset stands in, or -1. ``spans`` in order."""
    found = bisect_right(spans, (at, len(spans) and spans[-1][1])) - 1
    return spans[found][1] if found >= 0 and at < spans[found][1] else -1
