"""Everything of a document that is no text of its segments, as bytes: the same for a faithful translation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from parsers.document import Document
from parsers.docx.facts import (
    FREE,
    PARAGRAPH_TAGS,
    PARAGRAPHS,
    SHOWN_TEXT,
    SKIPPED,
    FactReader,
    Value,
    attributes,
)
from parsers.docx.names import short
from parsers.docx.package import parse_xml
from parsers.errors import DocumentError

if TYPE_CHECKING:
    from parsers.docx.document import Skeleton


def outside(document: Document) -> Iterator[bytes]:
    """The members of the package as they are packed; of those that hold shown text, or the language, all but these."""
    skeleton: Skeleton = document.skeleton
    archive = skeleton.package.archive
    holders = {*skeleton.firsts, *(skeleton.package.singles.get(kind) for kind in ("styles", "settings"))}
    for member in archive.members:
        name = member.info.filename
        yield name.encode("utf-8", "surrogatepass")
        try:
            root = parse_xml(archive.read(name), name).getroot() if name in holders else None
        except DocumentError:                                # settings that nobody could read stay as they are
            root = None
        if root is None:
            yield archive.source[member.data:member.data + member.info.compress_size]
            continue
        yield _bytes(list(_outline(root)))
        reader = FactReader()
        for paragraph in root.iter(*PARAGRAPHS):
            facts = reader.read(paragraph)
            properties = _deep(facts.properties)[1:] if facts.properties is not None else ()
            yield _bytes((properties, sorted(facts.objects.items(), key=repr),
                          sorted(reader.visible(facts), key=repr), facts.fields))


def _bytes(value: object) -> bytes:
    return repr(value).encode("utf-8", "surrogatepass")


def _outline(root: etree._Element) -> Iterator[Value]:
    """Everything outside paragraphs, in order."""
    stack = [root]
    while stack:
        element = stack.pop()
        tag = short(element.tag)
        if tag in SKIPPED:
            continue
        if tag in PARAGRAPH_TAGS:
            yield (tag,)
            continue
        text = (element.text or "").strip()
        yield tag, attributes(element, tag), "*" if text and tag in SHOWN_TEXT else text
        stack += reversed(element)


def _deep(element: etree._Element) -> Value:
    """A property with all that is in it."""
    tag = short(element.tag)
    inner = tuple(_deep(child) for child in element if short(child.tag) not in FREE)
    return tag, attributes(element, tag), (element.text or "").strip(), inner
