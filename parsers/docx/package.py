"""The parts of a Word document, found as OPC says: through content types and relationships."""

from __future__ import annotations

import posixpath
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from parsers.docx.archive import RESAVE, Archive
from parsers.docx.names import short
from parsers.errors import DamagedDocument, EncryptedDocument, TooLarge, UnsafeDocument
from parsers.options import Limits

MAIN_TYPE = re.compile(r"(?:wordprocessingml\.\w+|ms-word\.\w+\.macroEnabled\w*)\.main\+xml$", re.IGNORECASE)
"""Content types of a main document part: document, template, and their macro-enabled kin."""

OTHERS = {
    "spreadsheetml": "an Excel workbook (.xlsx)", "ms-excel": "an Excel workbook (.xlsx)",
    "presentationml": "a PowerPoint presentation (.pptx)", "ms-powerpoint": "a PowerPoint presentation (.pptx)",
    "visio": "a Visio drawing (.vsdx)", "opendocument.text": "an OpenDocument text (.odt)",
    "opendocument": "an OpenDocument file", "epub": "an e-book (.epub)",
}
MAGICS = (
    (b"{\\rtf", "a Rich Text file (.rtf)"), (b"%PDF-", "a PDF"), (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"), (b"\x1f\x8b", "a gzip archive"), (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"), (b"\xdb\xa5-\x00", "a Word 2.0 document"), (b"MIME-Version", "a web archive (.mht)"),
)
PLAIN_TARGET = re.compile(r"\w[\w-]*(?:/\w[\w-]*)*\.\w+", re.ASCII)
PROLOG = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*(<!DOCTYPE)?", re.DOTALL)
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                         remove_blank_text=False)
"""For all parts: threads take turns, as `lxml` sees to."""
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Compound file ([MS-CFB] §2.2): the container of .doc and of encrypted .docx ([MS-OFFCRYPTO] §2.3)."""
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
OLD_WORD_STREAM = "WordDocument".encode("utf-16-le")

STORIES = ("header", "footer", "footnotes", "endnotes", "comments", "chart", "chartUserShapes", "diagramData",
           "diagramDrawing")
"""Last step of the relationship types that lead to parts with shown text (ISO/IEC 29500-1 §11.3, §14.2)."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One line of a ``.rels`` part."""

    kind: str
    """The last step of its type: ``header``, ``styles``…"""
    target: str
    """The part's name in the archive."""


@dataclass(frozen=True, slots=True)
class Package:
    """A Word document's parts by role."""

    archive: Archive
    main: str
    stories: tuple[tuple[str, str], ...]
    """(kind, part name) of all parts with shown text, the main part first, each once."""
    singles: dict[str, str]
    """Kind → part name for ``styles``, ``settings``, ``numbering``, ``core-properties``."""


def open_package(data: bytes, limits: Limits) -> Package:
    """Find the parts of a document.

    Raises DamagedDocument, EncryptedDocument, UnsafeDocument or TooLarge.
    """
    if not data.startswith(b"PK"):
        raise _not_a_package(data)
    archive = Archive(data, limits)
    types = _content_types(archive)
    top = relationships(archive, "")
    main = next((r.target for r in top if r.kind == "officeDocument"), None)
    content_type = types.of(main) if main else ""
    if main is None or archive.name(main) is None or not MAIN_TYPE.search(content_type):
        raise _another_package(archive, content_type)
    singles: dict[str, str] = {}
    stories = [("document", main)]
    for found in (*_reachable(archive, main), *top):
        if found.kind in STORIES and (found.kind, found.target) not in stories:
            stories.append((found.kind, found.target))
        elif found.kind in ("styles", "settings", "numbering", "core-properties"):
            singles.setdefault(found.kind, found.target)
    order = {kind: n for n, kind in enumerate(("document", *STORIES))}
    stories.sort(key=lambda story: order[story[0]])
    return Package(archive, main, tuple(stories), singles)


def relationships(archive: Archive, part: str) -> list[Relationship]:
    """What a part refers to inside the package; the package itself is the part ``""``.

    Raises DamagedDocument if the relationships are no XML.
    """
    folder, base = posixpath.split(part)
    name = archive.name(posixpath.join(folder, "_rels", base + ".rels"))
    found = []
    for element in read_xml(archive, name).getroot() if name else ():
        if short(element.tag) != "rel:Relationship" or element.get("TargetMode", "") == "External":
            continue
        spelled = archive.name(_resolved(folder, element.get("Target", "")))
        if spelled is not None:
            found.append(Relationship(element.get("Type", "").rstrip("/").rpartition("/")[2], spelled))
    return found


def _resolved(folder: str, target: str) -> str:
    """A relationship's target, seen from a folder, as a part name without the first slash (OPC §6.5)."""
    if PLAIN_TARGET.fullmatch(target):                       # nearly all are: this runs for every relationship
        return f"{folder}/{target}" if folder else target
    path = urllib.parse.unquote(target).replace("\\", "/").partition("#")[0]
    return posixpath.normpath(posixpath.join("/" + folder, path)).lstrip("/")


def _reachable(archive: Archive, main: str) -> Iterator[Relationship]:
    """Relationships of the main part and of the stories it leads to, each part once."""
    waiting, seen = [main], {main}
    while waiting:
        for found in relationships(archive, waiting.pop(0)):
            yield found
            if found.kind in STORIES and found.target not in seen:
                seen.add(found.target)
                waiting.append(found.target)


def read_xml(archive: Archive, name: str) -> etree._ElementTree:
    """A part as a tree. Raises DamagedDocument, UnsafeDocument or TooLarge."""
    data = archive.read(name)
    if len(data) > archive.limits.part_bytes:
        raise TooLarge(f"{name} in the document is over {archive.limits.part_bytes >> 20} MB; split the document.")
    return parse_xml(data, name)


def parse_xml(data: bytes, name: str) -> etree._ElementTree:
    """The tree of an XML part, with nothing fetched or expanded.

    A document type is refused before anything of it is read († resolve_entities=True reads
    local files).
    """
    prolog = PROLOG.match(data)
    if prolog is not None and prolog[1]:
        raise _doctype(name)
    try:
        root = etree.fromstring(data, PARSER)
    except (etree.XMLSyntaxError, LookupError, ValueError) as fault:
        raise DamagedDocument(f"The document is damaged ({name} is not well-formed XML); {RESAVE}.") from fault
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise _doctype(name)
    return tree


def _doctype(name: str) -> UnsafeDocument:
    return UnsafeDocument(f"{name} in the document declares a document type (DOCTYPE), which Word files never do; "
                          f"if the document is sound, {RESAVE}.")


@dataclass(frozen=True, slots=True)
class _Types:
    """``[Content_Types].xml`` (OPC §7.2.3)."""

    defaults: dict[str, str]
    overrides: dict[str, str]

    def of(self, part: str) -> str:
        extension = part.rpartition(".")[2].lower()
        return self.overrides.get(part.lower(), self.defaults.get(extension, ""))


def _content_types(archive: Archive) -> _Types:
    name = archive.name("[Content_Types].xml")
    if name is None:
        raise _another_package(archive, "")
    types = _Types({}, {})
    for element in read_xml(archive, name).getroot():
        tag = short(element.tag)
        if tag == "ct:Override":
            types.overrides[element.get("PartName", "").lstrip("/").lower()] = element.get("ContentType", "")
        elif tag == "ct:Default":
            types.defaults[element.get("Extension", "").lower()] = element.get("ContentType", "")
    return types


def _another_package(archive: Archive, content_type: str) -> DamagedDocument:
    """What a zip is that is no Word document."""
    mimetype = archive.name("mimetype")
    hint = content_type or (archive.read(mimetype)[:100].decode("ascii", "replace") if mimetype else "")
    kind = next((text for mark, text in OTHERS.items() if mark in hint.lower()), None)
    if kind is None and archive.name("[Content_Types].xml"):
        return DamagedDocument(f"The document has no main part that Word would open; {RESAVE}.")
    return DamagedDocument(f"This is {kind or 'a plain zip archive'}, not a Word document; "
                           "save it as .docx or give it its own name.")


def _not_a_package(data: bytes) -> DamagedDocument | EncryptedDocument:
    """What bytes are that are no zip."""
    if data.startswith(OLE2):
        if ENCRYPTED_STREAM in data:
            return EncryptedDocument("The document is protected by a password; save it without one.")
        kind = "an old Word document (.doc)" if OLD_WORD_STREAM in data else "an old Office file"
        return DamagedDocument(f"This is {kind}, not a .docx; open it in Word and save it as .docx.")
    if not data.strip(b"\0 \t\r\n"):
        return DamagedDocument("The document is empty; check that it was saved.")
    kind = next((text for magic, text in MAGICS if data.startswith(magic)), "")
    head = data[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not kind and head.startswith((b"<html", b"<!doctype html")):
        kind = "a web page (.html)"
    elif not kind and head.startswith(b"<"):
        kind = "an XML file"
    if kind:
        return DamagedDocument(f"This is {kind}, not a Word document; save it as .docx or give it its own name.")
    return DamagedDocument("This is not a Word document: it is no zip archive; save it as .docx from Word.")
