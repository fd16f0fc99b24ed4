"""Markdown: CommonMark, GFM and what the common site generators add to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from parsers.document import Content, Document
from parsers.encoding import decode
from parsers.locales import Locale
from parsers.markdown import anchors
from parsers.markdown.codespans import code_spans
from parsers.markdown.frontmatter import read_front_matter, without
from parsers.markdown.jsx import is_mdx
from parsers.markdown.reader import Reader
from parsers.markdown.shape import compare, reread
from parsers.markdown.skeleton import Skeleton
from parsers.markdown.source import read_source
from parsers.markdown.templates import mask
from parsers.markdown.writer import Writer
from parsers.options import ParseOptions
from parsers.splice import outside as outside_of
from parsers.splice import splice

__all__ = ["compare", "dead_links", "outside", "parse", "render"]


def parse(data: bytes, options: ParseOptions) -> Document:
    """Break a Markdown document into segments. Raises DocumentError for what is no text.

    With ``options.pin_headings`` the document's source is the one in which the addresses of headings are written out.
    """
    document = _parse(data, options)
    if options.pin_headings:
        skeleton: Skeleton = document.skeleton
        data = skeleton.decoded.encode(anchors.pinned(skeleton, options.pin_headings))
    return document if data == document.source else _parse(data, options)


def _parse(data: bytes, options: ParseOptions) -> Document:
    decoded = decode(data, limits=options.limits)
    source = read_source(decoded.text)
    reader = Reader(source, options)
    head = read_front_matter(source.flat, options.front_matter_keys)
    if head:
        reader.front_matter(head)
    body = without(source.flat, head)
    mdx = is_mdx(body, code_spans(body))
    reading = reader.read(mask(body, mdx=mdx))
    skeleton = Skeleton(decoded, source, head, reading, tuple(reader.places), reader.slots, mdx)
    return Document("markdown", data, tuple(reader.segments), tuple(reader.protected),
                    head.language if head else None, skeleton, frozenset(reader.languages))


def render(document: Document, contents: Mapping[str, Content], target: Locale | None) -> bytes:  # noqa: ARG001
    """The source with these contents in place of their segments' own. Markdown declares no language."""
    skeleton: Skeleton = document.skeleton
    text = splice(skeleton.source.text, skeleton.places, contents, Writer(skeleton).write)
    return skeleton.decoded.encode(text) if text != skeleton.source.text else document.source


def outside(document: Document) -> Iterator[bytes]:
    """The source without the texts of its segments.

    Nor the labels after link texts: ``[text]`` that is its own label gets one when it is translated.
    """
    skeleton: Skeleton = document.skeleton
    text = outside_of(skeleton.source.text, skeleton.places, _unlabelled)
    yield _unlabelled(text).encode("utf-8", "surrogatepass")


def dead_links(document: Document, output: bytes) -> tuple[str, ...]:
    """What links in the document lead to, and nothing in its translation any more."""
    skeleton: Skeleton = document.skeleton
    if not anchors.has_links(skeleton.reading):
        return ()
    return anchors.dead_links(skeleton.reading, reread(skeleton, output))


def _unlabelled(markup: str) -> str:
    return re.sub(r"\]\[[^\[\]]*\]", "]", markup)
