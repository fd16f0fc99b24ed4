"""Zip archives as different programs write them, rewritten member by member."""

import io
import zipfile

import pytest

from parsers.docx.archive import Archive
from parsers.options import Limits

MEMBERS = {"a.xml": b"<a/>" * 50, "b/c.bin": b"\x00\x01\x02" * 400, "d.xml": b"<d/>" * 80}


class Unseekable(io.RawIOBase):
    """A stream: `zipfile` then writes data descriptors."""

    def __init__(self) -> None:
        self.data = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:
        self.data += data
        return len(data)


def streamed() -> bytes:
    out = Unseekable()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    return bytes(out.data)


def wide() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in MEMBERS.items():
            with archive.open(name, "w", force_zip64=True) as member:
                member.write(data)
    return out.getvalue()


def commented() -> bytes:
    out = io.BytesIO(b"#!stub\n")
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_STORED) as archive:
        archive.comment = b"made by hand"
        for name, data in MEMBERS.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize("source", [streamed(), wide(), commented()], ids=["descriptors", "zip64", "comment and stub"])
def test_one_member_is_replaced_and_the_others_are_copied(source):
    output = Archive(source, Limits()).replace({"d.xml": b"<new/>"})
    with zipfile.ZipFile(io.BytesIO(output)) as after, zipfile.ZipFile(io.BytesIO(source)) as before:
        assert after.testzip() is None
        assert after.comment == before.comment
        assert {name: after.read(name) for name in after.namelist()} == {**MEMBERS, "d.xml": b"<new/>"}
    first = source[:source.index(b"d.xml") - 30]
    assert output.startswith(first)


@pytest.mark.parametrize("source", [streamed(), wide(), commented()], ids=["descriptors", "zip64", "comment and stub"])
def test_a_rewritten_archive_can_be_read_and_rewritten(source):
    once = Archive(source, Limits()).replace({"a.xml": b"<once/>"})
    twice = Archive(once, Limits()).replace({"b/c.bin": b"twice"})
    found = Archive(twice, Limits())
    assert [found.read(name) for name in found.names()] == [b"<once/>", b"twice", MEMBERS["d.xml"]]


def test_names_are_found_in_any_case():
    found = Archive(streamed(), Limits())
    assert found.name("B/C.BIN") == "b/c.bin"
    assert found.name("nothing") is None
