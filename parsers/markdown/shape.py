"""Does an output have the structure of its source?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from parsers.document import Document, ShapeFault
from parsers.encoding import Decoded, decode
from parsers.errors import DocumentError
from parsers.markdown.frontmatter import read_front_matter, without
from parsers.markdown.outline import Entry, Outline, outline, plain_outline, plain_reader
from parsers.markdown.skeleton import Skeleton
from parsers.markdown.source import read_source
from parsers.markdown.templates import mask

_PLAIN = plain_reader()

_LONGEST = 4000
"""Entries beyond which only the first difference is looked for: aligning takes quadratic time."""


def prepare(flat: str, *, mdx: bool) -> tuple[str, list[str]]:
    """What the grammar reads: front matter blanked, templates masked; and the templates."""
    head = read_front_matter(flat, frozenset())
    return mask(without(flat, head), mdx=mdx)


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a document and an output made from it.

    Read by our own grammar and, as a second opinion, by markdown-it as it comes.
    """
    if output == document.source:
        return ()
    skeleton: Skeleton = document.skeleton
    decoded = skeleton.decoded
    if not output.startswith(decoded.bom):
        return (ShapeFault("The byte-order mark is gone."),)
    try:
        again = decode(output)
        if again.codec != decoded.codec:
            again = Decoded(output[len(decoded.bom):].decode(decoded.codec, "replace"), decoded.codec)
    except (DocumentError, UnicodeError) as error:
        return (ShapeFault(f"The output cannot be read: {error}"),)
    before, after = skeleton.source, read_source(again.text)
    body_before, hidden_before = prepare(before.flat, mdx=skeleton.mdx)
    body_after, hidden_after = prepare(after.flat, mdx=skeleton.mdx)
    first = outline(skeleton.md, before.flat, body_before, hidden_before)
    second = outline(skeleton.md, after.flat, body_after, hidden_after)
    faults = [*_wholes(first, second), *_entries(skeleton, first.entries, second.entries)]
    if not faults:
        faults += _entries(skeleton, plain_outline(_PLAIN, body_before), plain_outline(_PLAIN, body_after))
    return tuple(faults)


def _wholes(before: Outline, after: Outline) -> Iterator[ShapeFault]:
    if before.front_matter != after.front_matter:
        yield ShapeFault("The front matter has other keys or types of values.")
    if before.definitions != after.definitions:
        labels = ", ".join(sorted(label for label, _ in before.definitions ^ after.definitions))
        yield ShapeFault(f"Link reference definitions differ: {labels[:200]}.")
    if before.footnotes != after.footnotes:
        yield ShapeFault("Footnote definitions differ.")
    if before.templates != after.templates:
        lost = next(iter(before.templates - after.templates or after.templates - before.templates))
        yield ShapeFault(f"A template differs: {lost[:80]}.")


def _entries(skeleton: Skeleton, before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[ShapeFault]:
    """One fault for each stretch of differing entries, and one for each segment in it."""
    for first, last, kind in _differences([e.key for e in before], [e.key for e in after]):
        reach = before[max(first - 3, 0) if kind else first:max(last, first + 1)]
        named: list[str] = []
        for entry in reach:
            identity = _segment_at(skeleton, entry.offset)
            if identity is not None and identity not in named:
                named.append(identity)
        shown = str(before[first].key)[:120] if first < len(before) else "the end"
        yield ShapeFault(f"The structure differs at: {shown}", named[-1] if named else None)
        for identity in named[:-1]:
            yield ShapeFault("The structure differs after this text.", identity)


def _differences(before: Sequence[object], after: Sequence[object]) -> Iterator[tuple[int, int, bool]]:
    """Spans of ``before`` that differ, and whether their length does."""
    if len(before) == len(after):
        wrong = [at for at in range(len(before)) if before[at] != after[at]]
        if all(isinstance(before[at], frozenset) and isinstance(after[at], frozenset) for at in wrong):
            yield from ((at, at + 1, False) for at in wrong)
            return
    first = next((at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
                 min(len(before), len(after)))
    if max(len(before), len(after)) - first > _LONGEST:
        yield first, first + 1, True
        return
    matcher = SequenceMatcher(None, before[first:], after[first:], autojunk=False)
    for kind, start, end, _, _ in matcher.get_opcodes():
        if kind != "equal":
            yield first + start, first + end, True


def _segment_at(skeleton: Skeleton, offset: int) -> str | None:
    """The segment that begins in the block at this offset, or the last one before it."""
    flat, places = skeleton.source.flat, skeleton.places
    starts = [place.start for place in places]
    end = flat.find("\n\n", offset)
    begin = bisect_left(starts, skeleton.source.origin(offset))
    stop = bisect_right(starts, skeleton.source.origin(end if end >= 0 else len(flat)))
    return places[begin].segment_id if begin < stop else None
