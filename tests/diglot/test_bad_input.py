"""Bad input: one clear sentence, the right exit code, nothing written, the rest of a folder goes on."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.diglot.conftest import HTML, MARKDOWN, Run, files_below

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = ('<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
         '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType='
         '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>')
RELS = ('<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Target="word/document.xml" Type='
        '"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/></Relationships>')
BODY = (f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>Some plain text of a letter.</w:t></w:r></w:p></w:body>'
        '</w:document>')


def docx(body: str = BODY, prolog: str = '<?xml version="1.0"?>') -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", TYPES)
        package.writestr("_rels/.rels", RELS)
        package.writestr("word/document.xml", prolog + body)
    return out.getvalue()


def workbook() -> bytes:
    """A spreadsheet under a Word name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("[Content_Types].xml", TYPES.replace("word/document", "xl/workbook").replace(
            "wordprocessingml.document", "spreadsheetml.sheet"))
        package.writestr("_rels/.rels", RELS.replace("word/document", "xl/workbook"))
        package.writestr("xl/workbook.xml", "<workbook/>")
    return out.getvalue()


def encrypted_member() -> bytes:
    """The encryption bit (APPNOTE 4.4.4, bit 0) set in every header."""
    data = bytearray(docx())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(magic)
        while at >= 0:
            flags = struct.unpack_from("<H", data, at + offset)[0]
            struct.pack_into("<H", data, at + offset, flags | 1)
            at = data.find(magic, at + 4)
    return bytes(data)


def encrypted_office() -> bytes:
    """Office wraps an encrypted package in a compound file ([MS-OFFCRYPTO] 2.3.4)."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def bomb() -> bytes:
    return docx(BODY.replace("Some", "0" * (70 << 20)))


def pdf() -> bytes:
    return b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n%%EOF\n"


DOCTYPE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'

BAD: dict[str, Callable[[], bytes]] = {
    "encrypted.docx": encrypted_office,
    "encrypted-members.docx": encrypted_member,
    "truncated.docx": lambda: docx()[:-200],
    "half.docx": lambda: docx()[:300],
    "empty.docx": lambda: b"",
    "misnamed-html.docx": HTML.encode,
    "misnamed-pdf.docx": pdf,
    "misnamed-word.md": docx,
    "misnamed-pdf.md": pdf,
    "misnamed-word.html": docx,
    "misnamed-pdf.html": pdf,
    "not-wellformed.docx": lambda: docx(BODY.replace("</w:p>", "")),
    "workbook.docx": workbook,
    "no-parts.docx": lambda: b"PK\x05\x06" + bytes(18),
    "bomb.docx": bomb,
    "doctype.docx": lambda: docx(prolog=DOCTYPE),
    "huge.md": lambda: b"word " * (14 << 20),
}
"""Name → bytes that cannot be translated, for every reason that issue trackers of such tools name."""

GOOD: dict[str, Callable[[], bytes]] = {
    "empty.md": lambda: b"",
    "empty.html": lambda: b"",
    "latin-1.html": lambda: '<meta charset="iso-8859-1"><p>O café está fechado até amanhã.</p>'.encode("latin-1"),
    "latin-1.md": lambda: "O café está fechado até amanhã.\n".encode("latin-1"),
    "mark.md": lambda: b"\xef\xbb\xbf" + MARKDOWN.encode(),
    "utf-16.html": lambda: b"\xff\xfe" + HTML.encode("utf-16-le"),
    "good.docx": docx,
}
"""Odd, but documents all the same: echo gives their very bytes back."""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_is_one_sentence_and_nothing_written(diglot: Run, tmp_path: Path, name: str) -> None:
    Path(name).write_bytes(BAD[name]())
    done = diglot("translate", name, "-o", "out/x", "--to", "fr", "--engine", "pseudo", "--report", "out/r.json")
    assert done.code == 3, done.err
    lines = done.err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"diglot: {name}: ")
    assert lines[0].endswith(".")
    assert len(lines[0]) < 240
    assert files_below(tmp_path) == {name}


@pytest.mark.parametrize("name", GOOD)
def test_an_odd_document_comes_back_as_it_was(diglot: Run, name: str) -> None:
    Path(name).write_bytes(GOOD[name]())
    done = diglot("translate", name, "-o", "out", "--to", "fr", "--engine", "echo")
    assert done.code == 0, done.err
    assert Path("out").read_bytes() == Path(name).read_bytes()


def test_the_rest_of_a_folder_goes_on(diglot: Run) -> None:
    Path("in").mkdir()
    for name, make in (BAD | GOOD).items():
        if name != "huge.md":      # slow, and told apart above
            Path("in", name).write_bytes(make())
    done = diglot("translate", "in", "-o", "out", "--to", "fr", "--engine", "echo", "--jobs", "1")
    assert done.code == 3
    assert files_below(Path("out")) == set(GOOD)
    told = [line for line in done.err.splitlines() if line.startswith("diglot: ")]
    assert {line.split(": ")[1] for line in told} == {f"in/{name}" for name in BAD if name != "huge.md"}
    assert f"{len(GOOD)} documents" in done.err
    assert f"{len(BAD) - 1} failed" in done.err


def test_an_unreadable_file_is_named_with_the_systems_reason(diglot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("a.md").write_text(MARKDOWN)

    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "echo")
    assert (done.code, done.err) == (3, "diglot: a.md: The file cannot be read: Permission denied.\n")


@pytest.mark.parametrize("command", ["check", "segments"])
def test_commands_that_look_refuse_in_the_same_way(diglot: Run, command: str) -> None:
    Path("a.docx").write_bytes(encrypted_office())
    done = diglot(command, *["a.docx"] * (1 + (command == "check")))
    assert done.code == 3
    assert len(done.err.splitlines()) == 1
