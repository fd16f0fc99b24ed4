"""parse and render: bytes → a page with its segments → bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from parsers.document import Code, Content, Document, Segment, content
from parsers.encoding import Decoded, decode
from parsers.html.flow import units
from parsers.html.language import declared, edits
from parsers.html.tokens import Token
from parsers.html.wording import Speller, spellings
from parsers.locales import Locale
from parsers.options import ParseOptions
from parsers.splice import Piece, Place, Replay, splice

_NEEDS_QUOTES = re.compile(r"[\s\"'=<>`]|/\Z|\A\Z")
"""A value that cannot stand without quotes (HTML §13.1.2.3), or not before a tag's end."""

_XML = re.compile(r"\s*<\?xml[\s?]|(?:\s|<!--.*?-->)*<!DOCTYPE[^>]+XHTML[^>]+>", re.IGNORECASE)

_EDIT = "language"
"""Context of a place that holds markup, not text."""


@dataclass(frozen=True, slots=True)
class Page:
    """What `render` needs to know of a parsed page."""

    decoded: Decoded = field(repr=False)
    places: tuple[Place, ...] = field(repr=False)
    language_tags: tuple[Token, ...]
    xml: bool
    """XHTML: what is written must be well-formed."""
    newline: str


def parse(data: bytes, options: ParseOptions) -> Document:
    """Break a page into segments. Raises TooLarge and UndecodableText; any text is HTML."""
    decoded = decode(data, html=True, limits=options.limits)
    text = decoded.text
    found = units(text, options.masks)
    segments, places = [], []
    for number, unit in enumerate(found.units):
        places.append(Place(f"s{number}", unit.pieces, unit.context))
        segments.append(Segment(f"s{number}", places[-1].content, unit.role, unit.path, unit.where))
    page = Page(decoded, tuple(places), found.language_tags, bool(_XML.match(text)), newline_of(text))
    return Document("html", data, tuple(segments), found.protected, declared(text, found.language_tags), page)


def render(document: Document, contents: Mapping[str, Content], target: Locale | None) -> bytes:
    """The page with these contents; the language it declares becomes the target's if any text has changed."""
    page: Page = document.skeleton
    changed = {segment.id: contents[segment.id] for segment in document.segments
               if segment.id in contents and content(contents[segment.id]) != segment.content}
    if not changed:
        return document.source
    text = page.decoded.text
    places = list(page.places)
    for number, edit in enumerate(edits(text, page.language_tags, target) if target else ()):
        places.append(Place(f"{_EDIT}{number}", (Piece(text[edit.start:edit.end], edit.start, edit.end),), _EDIT))
        changed[f"{_EDIT}{number}"] = (edit.new,)
    writer = Writer(text, page.newline, xml=page.xml)
    return page.decoded.encode(splice(text, places, changed, writer.write))


def newline_of(text: str) -> str:
    """The line end that a text uses first."""
    at = text.find("\n")
    if at < 0:
        return "\r" if "\r" in text else "\n"
    return "\r\n" if at and text[at - 1] == "\r" else "\n"


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes new contents into HTML text."""

    text: str = field(repr=False)
    newline: str = "\n"
    xml: bool = False

    def write(self, place: Place, new: Content, replay: Replay) -> str:
        """The source text of a content, escaped for where the place stands (a `parsers.splice.Write`)."""
        if place.context == _EDIT:
            return "".join(item for item in new if isinstance(item, str))
        attribute = place.context.startswith("attribute")
        quote = place.context.removeprefix("attribute") if attribute else ""
        spans = [(piece.start, piece.end) for piece in place.pieces if isinstance(piece.item, str)]
        speller = Speller(spellings(self.text, spans, attribute=attribute), quote=quote or '"' * attribute,
                          newline=self._newline(place), xml=self.xml)
        out = "".join(self._item(item, speller, replay) for item in _trimmed(content(new)))
        if attribute and not quote and _NEEDS_QUOTES.search(out):
            return f'"{out}"'
        return out

    def _item(self, item: str | Code, speller: Speller, replay: Replay) -> str:
        if isinstance(item, Code):
            return replay(item)
        out = speller.write(item)
        return out[:-1] + "&#123;" if out.endswith("{") else out    # it might begin a template with what follows

    def _newline(self, place: Place) -> str:
        source = self.text[place.start:place.end]
        return newline_of(source) if "\r" in source else self.newline


def _trimmed(items: Content) -> Content:
    """Without white space at the edges, which belongs to the skeleton."""
    out = list(items)
    if out and isinstance(out[0], str):
        out[0] = out[0].lstrip()
    if out and isinstance(out[-1], str):
        out[-1] = out[-1].rstrip()
    return tuple(out)
