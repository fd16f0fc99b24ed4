"""What a segment consists of: its edges trimmed, its masks cut out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from parsers.document import CodeKind
from parsers.markdown.inlines import Fragment, Item, Mark

_SHED = frozenset({"break", "image", "attributes", "comment", "comment off", "comment on", "footnote", "definition",
                   "open code element", "latex", "block id"})
"""Standalone marks that stay outside a segment when they stand at its edge."""

_CLOSING_SEQUENCE = re.compile(r"(?:\A|(?<=[ \t]))#+[ \t]*\Z")


def trim(items: Sequence[Item]) -> tuple[list[Item], list[Item], list[Item]]:
    """Cut what needs no translator off both ends: white space, breaks, images, pairs around everything."""
    core = list(items)
    before: list[Item] = []
    after: list[Item] = []
    changed = True
    while core and changed:
        size = len(core)
        head, tail = core[0], core[-1]
        if isinstance(head, Fragment):
            _strip(core, before, 0)
        elif head.kind is CodeKind.STANDALONE and (head.label in _SHED or head.label.startswith("<")):
            before.append(core.pop(0))
        elif head.kind is CodeKind.OPEN and len(core) > 1 and isinstance(core[1], Mark) and core[1].pair == head.pair:
            before += (core.pop(0), core.pop(0))
        if core and isinstance(tail, Fragment):
            _strip(core, after, -1)
        elif core and isinstance(tail, Mark) and tail is core[-1]:
            if tail.kind is CodeKind.STANDALONE and (tail.label in _SHED or tail.label.startswith("<")):
                after.insert(0, core.pop())
            elif tail.kind is CodeKind.CLOSE and _encloses(core):
                before.append(core.pop(0))
                after.insert(0, core.pop())
        changed = len(core) < size
    return before, core, after


def closed(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The items of a heading that begins with ``#``: a closing sequence before attributes (``# Title # {#id}``, as
    Pandoc and kramdown read it) made a part of them."""
    if len(items) < 2:
        return items
    *rest, last, mark = items
    if not isinstance(mark, Mark) or mark.label != "attributes" or not isinstance(last, Fragment):
        return items
    sequence = _CLOSING_SEQUENCE.search(last.text) if last.literal else None
    if sequence is None or (rest and not sequence.start()):     # ``\##``
        return items
    start = last.start + sequence.start()
    kept = (Fragment(last.text[:sequence.start()], last.start, start),) if start > last.start else ()
    return (*rest, *kept, mark._replace(start=start))


def _encloses(core: list[Item]) -> bool:
    head, tail = core[0], core[-1]
    return (len(core) > 1 and isinstance(head, Mark) and isinstance(tail, Mark) and head.pair == tail.pair
            and tail.anchor is None)


def _strip(core: list[Item], shed: list[Item], side: int) -> None:
    """Move white space at one end of ``core`` to ``shed``."""
    item = core[side]
    if not isinstance(item, Fragment):
        return
    bare = item.text.lstrip() if side == 0 else item.text.rstrip()
    if not bare:
        shed.insert(0 if side else len(shed), core.pop(side))
    elif len(bare) < len(item.text) and item.literal:
        if side == 0:
            middle = item.end - len(bare)
            shed.append(Fragment(item.text[:-len(bare)], item.start, middle))
            core[0] = Fragment(bare, middle, item.end)
        else:
            middle = item.start + len(bare)
            shed.insert(0, Fragment(item.text[len(bare):], middle, item.end))
            core[-1] = Fragment(bare, item.start, middle)


def cut(run: Sequence[Fragment], spans: Sequence[tuple[int, int, str]]) -> Iterator[Item]:
    """Fragments with the spans of their joined text made marks; → fragments and marks, without gaps."""
    text = "".join(fragment.text for fragment in run)
    starts = [0]
    for fragment in run:
        starts.append(starts[-1] + len(fragment.text))
    cursor = run[0].start
    for first, last, kind in spans:
        start, end = _offset(run, starts, first, end=False), _offset(run, starts, last, end=True)
        if cursor <= start < end:
            yield from _between(run, cursor, start)
            yield Mark(CodeKind.STANDALONE, "mask " + kind, start, end, text[first:last])
            cursor = end
    yield from _between(run, cursor, run[-1].end)


def _offset(run: Sequence[Fragment], starts: Sequence[int], position: int, *, end: bool) -> int:
    """Position in the joined text → offset in the content; never inside an escape."""
    at = bisect_left(starts, position) - 1 if end else bisect_right(starts, position) - 1
    fragment = run[min(max(at, 0), len(run) - 1)]
    if fragment.literal:
        return fragment.start + position - starts[at]
    return fragment.end if end else fragment.start


def _between(run: Sequence[Fragment], first: int, last: int) -> Iterator[Fragment]:
    """The fragments of ``content[first:last]``."""
    at = max(bisect_right(run, first, key=lambda fragment: fragment.start) - 1, 0)
    while at < len(run) and run[at].start < last:
        fragment = run[at]
        at += 1
        start, end = max(fragment.start, first), min(fragment.end, last)
        if start < end and fragment.literal:
            yield Fragment(fragment.text[start - fragment.start:end - fragment.start], start, end)
        elif start < end:
            yield fragment
