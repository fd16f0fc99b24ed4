"""Which format a document is in, by its content, where its name does not say."""

from __future__ import annotations

import re
from pathlib import PurePath

from parsers import FORMATS, Format, format_of

SAMPLE = 64 << 10
"""Bytes looked at: what a document is shows in its first pages."""

BINARY = {
    b"PK\x03\x04": "a zip archive", b"PK\x05\x06": "an empty zip archive", b"%PDF-": "a PDF",
    b"\x89PNG": "a PNG picture", b"\xff\xd8\xff": "a JPEG picture", b"GIF8": "a GIF picture",
    b"\x1f\x8b": "a gzip archive",
    b"7z\xbc\xaf": "a 7-Zip archive", b"\xd0\xcf\x11\xe0": "an old Office file (.doc) or an encrypted one",
    b"{\\rtf": "a Rich Text file", b"\x7fELF": "a program", b"MZ\x90": "a program",
}
"""Leading bytes of what is often mistaken for a text (each format's own specification)."""

WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Byte-order marks of UTF-16, in which a text may hold NUL bytes."""

STRAY_NULS = 0.01
"""Share of NUL bytes over which bytes are no text; both CommonMark and HTML allow a stray one."""

MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*+-->\s*+)*+"
                    rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
TAG = re.compile(rb"</?(?:!doctype|html|head|body|title|p|div|span|a|b|i|em|strong|table|tbody|thead|tr|td|th|ul|ol|li|"
                 rb"svg|math|script|style|select|option|form|input|button|font|br|hr|img|pre|code|template|frameset|ruby|"
                 rb"h[1-6])\b[^<>]*>", re.IGNORECASE)
TAGGED_LINES = 0.1
"""Share of lines with tags over which a text is HTML. A Markdown page with much inline HTML
has fewer, or has more lines that only Markdown writes."""

MARKDOWN = re.compile(rb"^(?:#{1,6} \S|(?:```|~~~)|[-*+] \S|\d{1,9}[.)] \S|> ?\S|\|.+\|\s*$|={3,}\s*$|-{3,}\s*$)"
                      rb"|\]\([^()\s]{1,200}\)|\*\*[^\s*][^*\n]{0,200}\*\*", re.MULTILINE)
PLAIN = ("", ".txt", ".text")
"""Suffixes of plain text, which reads as Markdown without marks."""


def binary_kind(data: bytes) -> str | None:
    """What kind of file these bytes are ("a PDF"), or None if they may be a text."""
    kind = next((name for magic, name in BINARY.items() if data.startswith(magic)), None)
    sample = data[:SAMPLE]
    if kind is None and sample.count(0) > len(sample) * STRAY_NULS and not data.startswith(WIDE_MARKS):
        return "a binary file"
    return kind


def sniff(data: bytes, name: str = "") -> Format | None:
    """The format of a document: by its name, else by its content if that is clear, else None."""
    known = format_of(name)
    if known is not None:
        return known
    if data.startswith(b"PK\x03\x04"):
        return _named("docx") if b"[Content_Types].xml" in data and b"word/" in data else None
    if binary_kind(data) is not None:
        return None
    plain = PurePath(name).suffix.lower() in PLAIN
    if MARKUP.match(data[:SAMPLE]) or (not plain and mostly_tagged(data)):
        return _named("html")
    return _named("markdown") if plain or MARKDOWN.search(data[:SAMPLE]) else None


def mostly_tagged(data: bytes) -> bool:
    """Tags are on many of its lines, and on more than Markdown's marks are."""
    lines = [line for line in data[:SAMPLE].splitlines() if line.strip()]
    tagged = sum(1 for line in lines if TAG.search(line))
    marked = sum(1 for line in lines if MARKDOWN.search(line) and not TAG.search(line))
    return bool(lines) and tagged > marked and tagged / len(lines) > TAGGED_LINES


def _named(name: str) -> Format:
    return next(one for one in FORMATS if one.name == name)
