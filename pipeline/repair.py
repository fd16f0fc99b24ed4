"""Render, re-read, and leave out what would break the document: nothing misshapen is written."""

from __future__ import annotations

from collections.abc import Mapping

import parsers
from parsers.document import Content, Document, ShapeFault
from parsers.errors import ShapeError
from parsers.locales import Locale

ROUNDS = 4
"""Faults that name their segment are mended at once; so many times new ones may appear."""


def render_checked(document: Document, contents: Mapping[str, Content],
                   target: Locale | None) -> tuple[bytes, dict[str, str]]:
    """The output, and the segments that had to keep their source: id → what they would have broken.

    Raises ShapeError if no choice of segments gives the structure of the source.
    """
    kept = dict(contents)
    dropped: dict[str, str] = {}
    output, faults = _attempt(document, kept, target)
    for _ in range(ROUNDS):
        named = {fault.segment_id: fault.message for fault in faults if fault.segment_id in kept}
        if not named:
            break
        for number, message in named.items():
            del kept[str(number)]
            dropped[str(number)] = message
        output, faults = _attempt(document, kept, target)
    while faults:
        culprit = _culprit(document, kept, target)
        if culprit is None:
            raise ShapeError("The translated document would not have the structure of the source: "
                             f"{faults[0].message.rstrip('.')}.")
        del kept[culprit]
        dropped[culprit] = faults[0].message
        output, faults = _attempt(document, kept, target)
    return output, dropped


def _attempt(document: Document, contents: Mapping[str, Content],
             target: Locale | None) -> tuple[bytes, tuple[ShapeFault, ...]]:
    output = parsers.render(document, contents, target)
    return output, () if output == document.source else parsers.compare(document, output)


def _culprit(document: Document, contents: Mapping[str, Content], target: Locale | None) -> str | None:
    """The first segment, in order, without which no fault appears among it and those before it.

    A binary search for the shortest prefix that shows a fault: log2(n) renderings.
    """
    ids = [segment.id for segment in document.segments if segment.id in contents]
    if _attempt(document, {}, target)[1]:
        return None
    good, bad = 0, len(ids)
    while bad - good > 1:
        middle = (good + bad) // 2
        if _attempt(document, {i: contents[i] for i in ids[:middle]}, target)[1]:
            bad = middle
        else:
            good = middle
    return ids[bad - 1] if ids else None
