"""Re-reads an output and compares its structure with its source.

Two readers that share nothing with the writer: a walk of all elements with `lxml`, and
`python-docx`, where it can open the source.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lxml import etree

from parsers.document import Document, ShapeFault
from parsers.docx.archive import Archive, Member
from parsers.docx.facts import PARAGRAPHS, FactReader, alike, differences
from parsers.docx.package import parse_xml
from parsers.errors import DocumentError

if TYPE_CHECKING:
    from parsers.docx.document import Skeleton

LIMIT = 50
"""Faults named for one document; one is enough to refuse it."""


def dead_links(document: Document, output: bytes) -> tuple[str, ...]:  # noqa: ARG001
    """Nothing: links within a Word document lead to bookmarks, which stay as they are."""
    return ()


def compare(document: Document, output: bytes) -> tuple[ShapeFault, ...]:
    """Every difference in structure between a document and an output made from it, up to `LIMIT`."""
    if output == document.source:
        return ()
    skeleton: Skeleton = document.skeleton
    try:
        return tuple(_faults(skeleton, output))[:LIMIT]
    except DocumentError as fault:
        return (ShapeFault(f"The output cannot be read: {fault}"),)


def _faults(skeleton: Skeleton, output: bytes) -> Iterator[ShapeFault]:
    before = skeleton.package.archive
    after = Archive(output, before.limits)
    if before.names() != after.names():
        yield ShapeFault("the package has other members")
        return
    holders = {skeleton.package.singles.get(kind) for kind in ("styles", "settings")}
    found = False
    for one, other in zip(before.members, after.members, strict=True):
        name = one.info.filename
        if _packed(before, one) == _packed(after, other):
            continue
        if name not in skeleton.firsts and name not in holders:
            yield ShapeFault(f"{name} has changed and holds no shown text")
            continue
        for fault in _part_faults(skeleton, name, before.read(name), after.read(name)):
            found = True
            yield fault
    if not found and not _opens(output) and _opens(before.source):
        yield ShapeFault("python-docx cannot open the output")


def _packed(archive: Archive, member: Member) -> tuple[int, bytes]:
    return member.info.compress_type, archive.source[member.data:member.data + member.info.compress_size]


def _part_faults(skeleton: Skeleton, name: str, source: bytes, output: bytes) -> Iterator[ShapeFault]:
    before, after = parse_xml(source, name).getroot(), parse_xml(output, name).getroot()
    if not alike(before, after, outline=True):
        yield ShapeFault(f"{name}: elements outside paragraphs differ")
    pairs = list(before.iter(*PARAGRAPHS)), list(after.iter(*PARAGRAPHS))
    if len(pairs[0]) != len(pairs[1]):
        yield ShapeFault(f"{name}: {len(pairs[0])} paragraphs became {len(pairs[1])}")
        return
    first = skeleton.firsts.get(name, 0)
    segments: dict[int, list[str | None]] = {}
    for n, at in enumerate(skeleton.ordinals.get(name, ())):
        segments.setdefault(at, []).append(f"s{first + n}")
    reader = FactReader()
    for n, (one, other) in enumerate(zip(*pairs, strict=True)):
        if n not in segments and etree.tostring(one, with_tail=False) == etree.tostring(other, with_tail=False):
            continue
        for message in differences(reader.read(one), reader.read(other)):
            for segment in segments.get(n, [None]):
                yield ShapeFault(f"{name}, paragraph {n + 1}: {message}", segment)


def _opens(data: bytes) -> bool:
    """True if `python-docx` reads the package."""
    import docx  # noqa: PLC0415  # takes 0.1 s to import
    from docx.exceptions import PythonDocxError  # noqa: PLC0415
    from docx.opc.exceptions import OpcError  # noqa: PLC0415

    try:
        docx.Document(io.BytesIO(data))
    except (PythonDocxError, OpcError, zipfile.BadZipFile, zlib.error, etree.LxmlError, KeyError, ValueError, TypeError,
            AttributeError, IndexError, OSError, EOFError, RuntimeError, AssertionError):
        return False
    return True
