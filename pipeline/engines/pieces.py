"""White space at the edges of a piece of a segment: engines do without it, the document does not."""

from __future__ import annotations

from parsers.document import Content, content


def bare(piece: Content) -> Content:
    """A piece without the white space at its edges."""
    return _parted(piece)[1]


def with_edges(piece: Content, translation: Content) -> Content:
    """The translation of a piece with the white space that the piece has."""
    before, _, after = _parted(piece)
    return content([before, *translation, after])


def _parted(piece: Content) -> tuple[str, Content, str]:
    items = list(piece)
    before = after = ""
    if items and isinstance(items[0], str):
        text = items[0].lstrip()
        before, items[0] = items[0][:len(items[0]) - len(text)], text
    if items and isinstance(items[-1], str):
        text = items[-1].rstrip()
        after, items[-1] = items[-1][len(text):], text
    return before, content(items), after
