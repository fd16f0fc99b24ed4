"""Names of OOXML elements, whatever prefix a document uses and whichever flavour it is.

Transitional (ECMA-376 1st edition, ISO/IEC 29500-4) and Strict (29500-1) use different
namespaces for the same words; `short` gives both the prefix that the specification prints.
"""

from __future__ import annotations

from lxml import etree

TRANSITIONAL = "http://schemas.openxmlformats.org/"
STRICT = "http://purl.oclc.org/ooxml/"

PREFIXES = {
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/package/2006/content-types": "ct",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "http://schemas.openxmlformats.org/package/2006/metadata/core-properties": "cp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "urn:schemas-microsoft-com:vml": "v",
    "http://schemas.microsoft.com/office/word/2010/wordprocessingShape": "wps",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
FLAVOURS = (
    ("w", "wordprocessingml/2006/main", "wordprocessingml/main"),
    ("a", "drawingml/2006/main", "drawingml/main"),
    ("wp", "drawingml/2006/wordprocessingDrawing", "drawingml/wordprocessingDrawing"),
    ("pic", "drawingml/2006/picture", "drawingml/picture"),
    ("c", "drawingml/2006/chart", "drawingml/chart"),
    ("m", "officeDocument/2006/math", "officeDocument/math"),
    ("r", "officeDocument/2006/relationships", "officeDocument/relationships"),
)
"""Prefix, path of the Transitional namespace, path of the Strict one (ISO/IEC 29500-1, Annex A)."""

for _prefix, _transitional, _strict in FLAVOURS:
    PREFIXES[TRANSITIONAL + _transitional] = _prefix
    PREFIXES[STRICT + _strict] = _prefix

XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


class _Shorts(dict[object, str]):
    """Clark name → ``w:p``; filled as names are met, so that a lookup is one hash."""

    def __missing__(self, tag: object) -> str:
        if not isinstance(tag, str):                     # lxml gives comments a function as tag
            return "#"
        namespace, _, name = tag[1:].rpartition("}") if tag.startswith("{") else ("", "", tag)
        prefix = PREFIXES.get(namespace, f"{{{namespace}}}" if namespace else "")
        short = f"{prefix}:{name}" if prefix and not prefix.startswith("{") else prefix + name
        if len(self) < 20_000:                           # a hostile document has names without end
            self[tag] = short
        return short


short = _Shorts().__getitem__
"""``{namespace}p`` → ``w:p``; a name in an unknown namespace stays as it is, a comment is ``#``."""


def full(*names: str) -> tuple[str, ...]:
    """The Clark names that ``w:p`` can have: one for each flavour."""
    found = []
    for name in names:
        prefix, local = name.split(":")
        found += [f"{{{namespace}}}{local}" for namespace, known in PREFIXES.items() if known == prefix]
    return tuple(found)


def namespace_of(tag: str) -> str:
    """``{namespace}p`` → ``namespace``."""
    return tag[1:].partition("}")[0]


def attribute(element: etree._Element, name: str) -> str:
    """The value of the attribute ``w:val`` in either flavour, or nothing."""
    for key, value in element.items():
        if short(key) == name:
            return str(value)
    return ""
