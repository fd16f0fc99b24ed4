"""Files that cannot be read: one typed error, one sentence with a way out, never a traceback."""

import io
import random
import struct
import zipfile

import pytest

from parsers.document import Document
from parsers.docx import compare, outside, parse, render
from parsers.errors import DamagedDocument, DocumentError, EncryptedDocument, TooLarge, UnsafeDocument
from parsers.options import Limits, ParseOptions
from tests import laws
from tests.parsers.docx.making import MAIN, document, members, p, package, r

ODD = r("Text", '<w:spacing w:val="²"/>')
GOOD = package(members(p(r("Hello"))))
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def refused(data: bytes, **limits) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        parse(data, ParseOptions(limits=Limits(**limits)))
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    return caught.value


def with_part(text: str, name: str = "word/document.xml") -> bytes:
    return package({**members(p(r("Hello"))), name: text})


@pytest.mark.parametrize(("data", "word"), [
    (b"", "empty"), (b"   \n", "empty"), (b"Hello, world", "no zip"), (b"{\\rtf1 hello}", "Rich Text"),
    (b"%PDF-1.7", "PDF"), (b"<!DOCTYPE html><p>", "web page"), (b"\xef\xbb\xbf<html>", "web page"),
    (b"<?xml version='1.0'?><a/>", "XML"), (b"\x89PNG\r\n", "PNG"),
    (package({"a.txt": "hello"}), "plain zip"),
    (package({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<a/>"}), "OpenDocument text"),
    (package({"mimetype": "application/epub+zip"}), "e-book"),
    (package(members("", content_type=SHEET)), "Excel"), (package(members("", content_type=SLIDES)), "PowerPoint"),
    (package({}), "empty zip"), (with_part("<w:document"), "not well-formed"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "old Word document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Office file"),
])
def test_what_it_is_instead(data, word):
    error = refused(data)
    assert isinstance(error, DamagedDocument)
    assert word in str(error)


def test_passwords():
    compound = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    assert isinstance(refused(compound), EncryptedDocument)
    data = bytearray(GOOD)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.index(mark)
        data[start + at] |= 1
    assert isinstance(refused(bytes(data)), EncryptedDocument)


@pytest.mark.parametrize("name", ["/word/a.xml", "../a.xml", "word/../../a.xml", "C:/a.xml", "..\\a.xml"])
def test_names_outside_the_folder(name):
    assert isinstance(refused(with_part("<a/>", name)), UnsafeDocument)


def test_two_members_of_one_name():
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("WORD/document.xml", "<a/>")
    assert isinstance(refused(out.getvalue()), UnsafeDocument)


def test_members_that_overlap():
    data = bytearray(GOOD)
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42:second + 46] = data[first + 42:first + 46]
    assert isinstance(refused(bytes(data)), UnsafeDocument)


@pytest.mark.parametrize("text", ['<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
                                  '<?xml version="1.0"?><!-- x --><!DOCTYPE a><a/>'])
@pytest.mark.parametrize("name", ["word/document.xml", "word/styles.xml", "[Content_Types].xml", "_rels/.rels"])
def test_document_types(text, name):
    assert isinstance(refused(with_part(text, name)), UnsafeDocument)


def test_bombs():
    assert isinstance(refused(with_part(" " * 2_000_000, "word/media/a.bin")), UnsafeDocument)
    assert isinstance(refused(GOOD, package_entries=2), TooLarge)
    assert isinstance(refused(GOOD, package_bytes=100), TooLarge)
    assert isinstance(refused(GOOD, member_bytes=100), TooLarge)
    assert isinstance(refused(GOOD, part_bytes=100), TooLarge)


def test_a_size_that_lies():
    data = bytearray(with_part(" " * 90_000, "word/media/a.bin"))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24:at + 28] = struct.pack("<I", 10)
    assert isinstance(refused(bytes(data)), UnsafeDocument)


def test_templates_and_macros_are_read():
    for kind in ("vnd.ms-word.document.macroEnabled.main+xml", "vnd.ms-word.template.macroEnabledTemplate.main+xml",
                 "vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml"):
        data = package(members(p(r("Hello")), content_type=MAIN.partition("/")[0] + "/" + kind))
        assert len(parse(data, ParseOptions()).segments) == 1


def test_deep_nesting_is_no_traceback():
    refused(package(members("<w:p>" + "<w:smartTag>" * 2_000 + r("x") + "</w:smartTag>" * 2_000 + "</w:p>")))
    deep = document("<w:p>" + "<w:smartTag>" * 200 + r("Hello") + "</w:smartTag>" * 200 + "</w:p>")
    assert len(deep.segments) == 1


def test_every_truncation_is_refused():
    for length in range(0, len(GOOD), 37):
        refused(GOOD[:length])


def test_any_bytes_give_a_document_or_a_typed_error():
    chance, kinds = random.Random(7), set()
    for _ in range(300):
        data = bytearray(GOOD)
        for _ in range(chance.choice((1, 2, 8))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            kinds.add(type(parse(bytes(data), ParseOptions())))
        except DocumentError as error:
            kinds.add(type(error))
    assert {Document, DamagedDocument} <= kinds


@pytest.mark.parametrize("body", [
    p(r("Some <w:p><w:r><w:t>odd</w:t></w:r></w:p> text"), r(" and more")),
    f"<w:p><w:pPr>{p(r('Text in properties'))}</w:pPr>{r('Text')}</w:p>",
    f'<w:p><w:pPr><w:outlineLvl w:val="²"/><w:spacing w:val="²"/></w:pPr>{ODD}</w:p>',
    p(r("One<!-- remark --> two<?mark?> three")),
])
def test_what_the_schema_does_not_allow_is_carried_through(body):
    found = document(body)
    assert found.segments
    laws.law_echo(found)
    new = {segment.id: laws.accented(segment.content) for segment in found.segments}
    assert compare(found, render(found, new)) == ()


def with_settings(text: str) -> bytes:
    return package(members(p(r("Hello")), {"settings.xml": ("settings", text)}))


def test_damage_in_a_member_that_nobody_reads_is_kept():
    found = parse(with_settings("<broken"), ParseOptions())
    assert len(list(outside(found))) > len(found.skeleton.package.archive.members)
