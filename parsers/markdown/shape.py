"""Does an output have the structure of its source?"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from parsers.document import Document, ShapeFault
from parsers.encoding import Decoded, decode
from parsers.errors import DocumentError
from parsers.markdown.frontmatter import blanked, shape
from parsers.markdown.grammar import Env, parse_blocks
from parsers.markdown.outline import (
    Entry,
    Text,
    definitions,
    footnotes,
    has_own_blocks,
    has_own_marks,
    plain_kinds,
    plain_reader,
)
from parsers.markdown.parameters import without_parameters
from parsers.markdown.skeleton import Reading, Skeleton
from parsers.markdown.source import read_source
from parsers.markdown.templates import mask

_PLAIN = plain_reader()

_LONGEST = 4000
"""Entries beyond which only the first difference is looked for: aligning takes quadratic time."""


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a document and an output made from it.

    Read by our own grammar and, where one of its own rules has read something, by markdown-it as
    it comes; elsewhere the two are the same.
    """
    if output == document.source:
        return ()
    skeleton: Skeleton = document.skeleton
    decoded = skeleton.decoded
    if not output.startswith(decoded.bom):
        return (ShapeFault("The byte-order mark is gone."),)
    try:
        flat = _flat(decoded, output)
    except (DocumentError, UnicodeError) as error:
        return (ShapeFault(f"The output cannot be read: {error}"),)
    before, after = skeleton.reading, _read(skeleton, flat)
    faults = [*_wholes(skeleton, flat, after), *_entries(skeleton, before.outline(), after.outline())]
    return tuple(faults or _second_opinion(skeleton, before, after))


def reread(skeleton: Skeleton, output: bytes) -> Reading:
    """An output in which `compare` finds no fault, as the grammar reads it."""
    return _read(skeleton, _flat(skeleton.decoded, output))


def _flat(source: Decoded, output: bytes) -> str:
    """An output's text in the encoding of its source. Raises DocumentError or UnicodeError."""
    again = decode(output)
    text = again.text if again.codec == source.codec else output[len(source.bom):].decode(source.codec, "replace")
    return read_source(text).flat


def _read(skeleton: Skeleton, flat: str) -> Reading:
    """An output as the grammar reads it; what the same content was read as before holds if links are found alike."""
    source = skeleton.reading
    env: Env = {}
    masked = mask(blanked(flat, skeleton.head), mdx=skeleton.mdx)
    tokens = parse_blocks(source.md, masked.flat, env)
    alike = definitions(env) == definitions(source.env)
    return Reading(source.md, masked.flat, masked.templates, env, tokens, source.items if alike else {})


def _second_opinion(skeleton: Skeleton, before: Reading, after: Reading) -> Iterator[ShapeFault]:
    """What another reader finds, where it may find something else."""
    if has_own_blocks(before.tokens) or has_own_blocks(after.tokens):
        first, second = before.plain_blocks(_PLAIN), after.plain_blocks(_PLAIN)
    else:
        first, second = _texts(before), _texts(after)
    kinds = [(_plain(before, one), _plain(after, other)) if _may_differ(before, one, after, other) else (one, one)
             for one, other in zip(first, second, strict=False)]
    yield from _entries(skeleton, [pair[0] for pair in kinds] + list(first[len(kinds):]),
                        [pair[1] for pair in kinds] + list(second[len(kinds):]))


def _texts(reading: Reading) -> tuple[Entry, ...]:
    return tuple(Entry(Text(token.content), token.meta["at"]) for token in reading.tokens if token.type == "inline")


def _may_differ(before: Reading, one: Entry, after: Reading, other: Entry) -> bool:
    if not isinstance(one.key, Text) or not isinstance(other.key, Text):
        return one.key != other.key
    return one.key != other.key and (has_own_marks(one.key.content, before.inline)
                                     or has_own_marks(other.key.content, after.inline))


def _plain(reading: Reading, entry: Entry) -> Entry:
    if not isinstance(entry.key, Text):
        return entry
    return Entry(plain_kinds(_PLAIN, entry.key.content, reading.env.get("references", {})), entry.offset)


def _wholes(skeleton: Skeleton, flat: str, after: Reading) -> Iterator[ShapeFault]:
    before, head = skeleton.reading, skeleton.head
    known = head is None or flat.startswith(skeleton.source.flat[:head.end])
    if not known and shape(skeleton.source.flat) != shape(flat):
        yield ShapeFault("The front matter has other keys or types of values.")
    if differing := definitions(before.env) ^ definitions(after.env):
        labels = ", ".join(sorted(label for label, _ in differing))
        yield ShapeFault(f"Link reference definitions differ: {labels[:200]}.")
    if footnotes(before.env) != footnotes(after.env):
        yield ShapeFault("Footnote definitions differ.")
    had, has = (Counter(map(without_parameters, reading.templates)) for reading in (before, after))
    if had != has:
        lost = next(iter(had - has or has - had))
        yield ShapeFault(f"A template differs: {lost[:80]}.")


def _entries(skeleton: Skeleton, before: Sequence[Entry], after: Sequence[Entry]) -> Iterator[ShapeFault]:
    """One fault for each stretch of differing entries, and one for each segment in it."""
    starts = [place.start for place in skeleton.places]
    for first, last, kind in _differences([e.key for e in before], [e.key for e in after]):
        reach = before[max(first - 3, 0) if kind else first:max(last, first + 1)]
        named: list[str] = []
        for entry in reach:
            identity = _segment_at(skeleton, starts, entry.offset)
            if identity is not None and identity not in named:
                named.append(identity)
        shown = _told(before[first].key) if first < len(before) else "the end"
        yield ShapeFault(f"The structure differs at {shown}.", named[-1] if named else None)
        for identity in named[:-1]:
            yield ShapeFault("The structure differs after this text.", identity)


def _told(key: object) -> str:
    """A block or the marks of a text, in words."""
    if isinstance(key, frozenset):
        marks = sorted(str(one[0][2]) for one in key if isinstance(one[0], tuple) and one[0][2])
        return f"the marks {' '.join(marks)[:100]}" if marks else "the marks of a text"
    return f"the block {key[0].replace('_', ' ')}" if isinstance(key, tuple) and isinstance(key[0], str) else "a text"


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


def _segment_at(skeleton: Skeleton, starts: Sequence[int], offset: int) -> str | None:
    """The segment that begins in the block at this offset, or the last one before it."""
    flat, places = skeleton.source.flat, skeleton.places
    end = flat.find("\n\n", offset)
    begin = bisect_left(starts, skeleton.source.origin(offset))
    stop = bisect_right(starts, skeleton.source.origin(end if end >= 0 else len(flat)))
    return places[begin].segment_id if begin < stop else None
