"""bytes → `Document` → bytes, for each format. Pure: no network, model, database or settings.

A format is one module with what `FormatModule` asks for, and one line in `FORMATS`.
"""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, cast

from parsers.document import Content, Document, ShapeFault
from parsers.errors import UnknownFormat
from parsers.locales import Locale
from parsers.options import ParseOptions


class FormatModule(Protocol):
    """What a format's module offers."""

    def parse(self, data: bytes, options: ParseOptions) -> Document:
        """Break a document into segments. Raises DocumentError for what cannot be read."""

    def render(self, document: Document, contents: Mapping[str, Content], target: Locale | None) -> bytes:
        """The source with these contents in place of their segments' own.

        A segment that is missing keeps its source. ``target`` sets the document's language
        and direction, if any text has changed.
        """

    def outside(self, document: Document) -> Iterable[bytes]:
        """All that is no segment's text and no mark of the language: the same for a faithful translation."""

    def compare(self, document: Document, output: bytes) -> tuple[ShapeFault, ...]:
        """Re-read an output and name every difference in structure from its source."""

    def dead_links(self, document: Document, output: bytes) -> tuple[str, ...]:
        """The addresses within the document that its links lead to, and that a faithful output has lost: the words
        that renderers make them from have changed."""


@dataclass(frozen=True, slots=True)
class Format:
    """One line of the list of formats."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    module: str

    def load(self) -> FormatModule:
        """The format's module, imported on first use."""
        return cast("FormatModule", importlib.import_module(self.module))


FORMATS = (
    Format("markdown", "Markdown", (".md", ".markdown", ".mdx", ".mkd", ".mdown", ".qmd", ".rmd"), "text/markdown",
           "parsers.markdown"),
    Format("html", "HTML", (".html", ".htm", ".xhtml", ".xht"), "text/html", "parsers.html"),
    Format("docx", "Word", (".docx", ".docm", ".dotx", ".dotm"),
           "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "parsers.docx"),
)


def format_of(name: str) -> Format | None:
    """The format that a file name stands for, or None."""
    suffix = PurePath(name).suffix.lower()
    return next((one for one in FORMATS if suffix in one.suffixes), None)


def format_named(name: str) -> Format:
    """The format of that name. Raises UnknownFormat."""
    for one in FORMATS:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in FORMATS)
    raise UnknownFormat(f"“{name}” is not a format that Diglot knows; it knows {known}.")


def parse(data: bytes, format: str, options: ParseOptions | None = None) -> Document:
    """Break a document into segments. Raises DocumentError."""
    return format_named(format).load().parse(data, options or ParseOptions())


def render(document: Document, contents: Mapping[str, Content], target: Locale | None = None) -> bytes:
    """The document with these contents in place of its segments' own."""
    return format_named(document.format).load().render(document, contents, target)


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a document and an output made from it."""
    return format_named(document.format).load().compare(document, output)


def dead_links(document: Document, output: bytes) -> tuple[str, ...]:
    """The addresses within a document that its links lead to, and that an output made from it has lost."""
    return format_named(document.format).load().dead_links(document, output)


def fingerprint(document: Document) -> str:
    """SHA-256 of everything outside the segments' text: a translation that changed nothing else has the same."""
    digest = hashlib.sha256()
    for piece in format_named(document.format).load().outside(document):
        digest.update(hashlib.sha256(piece).digest())
    return digest.hexdigest()
