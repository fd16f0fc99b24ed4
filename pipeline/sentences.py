"""Cut a content at its sentences, Codes intact: joined again, the pieces are the content."""

from __future__ import annotations

from parsers.document import Code, CodeKind, Content, content

STAND_IN = "\ufffc"
"""What a standalone Code is to the sentence splitter (U+FFFC, object replacement character)."""

LONGEST = 60
"""Texts and Codes after which a sentence is cut at the next Code outside pairs: it is a list of
links, and no engine copies so many Codes."""


def sentences(items: Content, language: str) -> tuple[Content, ...]:
    """The sentences of a content, white space at their ends; no cut falls inside a pair.

    ``language`` is an ISO 639 code; an unknown one is split by the commonest rules.
    """
    import sentencex  # noqa: PLC0415 - native code, loaded on first use

    flat = "".join(STAND_IN if isinstance(item, Code) and item.kind is CodeKind.STANDALONE else
                   item if isinstance(item, str) else "" for item in items)
    ends: list[int] = []
    for sentence in sentencex.segment(language, "".join(" " if char.isspace() else char for char in flat)):
        ends.append((ends[-1] if ends else 0) + len(sentence))
    return _cut(items, ends)


def _cut(items: Content, ends: list[int]) -> tuple[Content, ...]:
    pieces: list[list[str | Code]] = [[]]
    waiting = iter(ends[:-1])
    end = next(waiting, None)
    at = depth = 0
    for item in items:
        if isinstance(item, Code):
            depth += {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}[item.kind]
            at += item.kind is CodeKind.STANDALONE
            pieces[-1].append(item)
            if not depth and len(pieces[-1]) >= LONGEST:
                pieces.append([])
            continue
        start = 0
        while end is not None and end <= at + len(item):
            if not depth and end > at + start:
                pieces[-1].append(item[start:end - at])
                pieces.append([])
                start = end - at
            end = next(waiting, None)
        pieces[-1].append(item[start:])
        at += len(item)
    return tuple(piece for piece in map(content, pieces) if piece)
