"""parse and render: bytes → a page with its segments → bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from parsers.document import Code, Content, Document, Segment, content
from parsers.encoding import Decoded, decode
from parsers.html.elements import VOID
from parsers.html.flow import units
from parsers.html.language import declared, edits
from parsers.html.tokens import Token, attributes
from parsers.html.wording import Speller, spellings
from parsers.locales import Locale
from parsers.options import ParseOptions
from parsers.splice import Piece, Place, Replay, splice
from parsers.splice import outside as outside_of

_NEEDS_QUOTES = re.compile(r"[\s\"'=<>`]|/\Z|\A\Z")
"""A value that cannot stand without quotes (HTML §13.1.2.3), or not before a tag's end."""

_XHTML = re.compile(r"\s*<\?xml[\s?]|(?:\s|<!--.*?-->)*<!DOCTYPE[^>]+XHTML[^>]+>", re.IGNORECASE)

_SELF_CLOSED = re.compile(rf"<(?!(?:{'|'.join(VOID)})\b)[A-Za-z][^<>]*/>|<!\[CDATA\[", re.IGNORECASE)
"""What an XML reader and an HTML reader take for different things."""

_NAMED = re.compile(r"&[A-Za-z]\w*;")

_EDIT = "language"
"""Context of a place that holds markup, not text."""


@dataclass(frozen=True, slots=True)
class Page:
    """What `render` needs to know of a parsed page."""

    decoded: Decoded = field(repr=False)
    places: tuple[Place, ...] = field(repr=False)
    language_tags: tuple[Token, ...]
    xhtml: bool
    """What is written must be well-formed."""
    xml: bool
    """Read as XML: an HTML reader would misunderstand its self-closing tags."""
    newline: str


def parse(data: bytes, options: ParseOptions) -> Document:
    """Break a page into segments. Raises TooLarge and UndecodableText; any text is HTML."""
    decoded = decode(data, html=True, limits=options.limits)
    text = decoded.text
    xhtml = bool(_XHTML.match(text))
    xml = xhtml and bool(_SELF_CLOSED.search(text)) and is_well_formed(text)
    found = units(text, options.masks, xml=xml, language=options.language if options.quotations else None)
    segments, places = [], []
    for number, unit in enumerate(found.units):
        places.append(Place(f"s{number}", unit.pieces, unit.context))
        segments.append(Segment(f"s{number}", places[-1].content, unit.role, unit.path, unit.where,
                                unit.stand.group, unit.cell, unit.language))
    page = Page(decoded, tuple(places), found.language_tags, xhtml, xml, newline_of(text))
    return Document("html", data, tuple(segments), found.protected, declared(text, found.language_tags),
                    page, found.languages)


def render(document: Document, contents: Mapping[str, Content], target: Locale | None) -> bytes:
    """The page with these contents; the language it declares becomes the target's if any text has changed."""
    page: Page = document.skeleton
    changed: dict[str, Content] = {}
    for segment in document.segments:
        new = contents.get(segment.id)
        if new is not None and new != segment.content and (normal := content(new)) != segment.content:
            changed[segment.id] = normal
    if not changed:
        return document.source
    text = page.decoded.text
    places = list(page.places)
    for number, edit in enumerate(edits(text, page.language_tags, target) if target else ()):
        places.append(Place(f"{_EDIT}{number}", (Piece(text[edit.start:edit.end], edit.start, edit.end),), _EDIT))
        changed[f"{_EDIT}{number}"] = (edit.new,)
    writer = Writer(text, page.newline, xml=page.xhtml)
    return page.decoded.encode(splice(text, places, changed, writer.write))


def outside(document: Document) -> Iterator[bytes]:
    """The markup of a page without its texts, and without the language that it declares."""
    page: Page = document.skeleton
    text = page.decoded.text
    places = [Place(f"{_EDIT}{start}", (Piece(text[start:end], start, end),), _EDIT)
              for start, end in _declarations(text, page)]
    yield outside_of(text, (*page.places, *places)).encode("utf-8", "surrogatepass")


def _declarations(text: str, page: Page) -> Iterator[tuple[int, int]]:
    """The attributes that may change with the language, each with the white space before it."""
    for tag in page.language_tags:
        for one in attributes(text, tag):
            if one.name in (("content",) if tag.name == "meta" else ("lang", "xml:lang", "dir")):
                start = one.start
                while text[start - 1].isspace():
                    start -= 1
                yield start, one.end


def xml_root(text: str) -> etree._Element | None:
    """The root of a page that is well-formed XML, else None. Named references are read as spaces."""
    plain = _NAMED.sub(" ", re.sub(r"\A\s*<\?xml[^>]*>", "", text))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(plain.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None


def is_well_formed(text: str) -> bool:
    """True if an XML reader takes the page."""
    return xml_root(text) is not None


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
        out = "".join(self._item(item, speller, replay) for item in _trimmed(new))
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
