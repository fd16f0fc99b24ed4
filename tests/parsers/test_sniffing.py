"""Formats told by content."""

import time

import pytest

from parsers.sniffing import binary_kind, sniff
from tests.diglot.test_bad_input import docx, pdf


@pytest.mark.parametrize(("data", "name", "expected"), [
    (b"<!doctype html><title>x</title>", "", "html"),
    (b"\xef\xbb\xbf  <!-- a -->\n<!-- b --><html><body>", "", "html"),
    (b"#data\n<p>one</p>\n\n#data\n<b>two</b>\n", "tests.dat", "html"),
    (b"# Title\n\nText with <b>tag</b>.\n\n- item\n- item\n", "", "markdown"),
    (b"---\ntitle: x\n---\n\nText.\n", "page.weird", "markdown"),
    (b"Just some words.\n", "notes.txt", "markdown"),
    (b"Just some words.\n", "README", "markdown"),
    (b"<html>", "page.md", "markdown"),
    (b"name,price\nbread,2\n", "a.csv", None),
    (b"import os\n\nprint(os)\n", "a.py", None),
    (pdf(), "a.bin", None),
    (pdf(), "README", None),
    (b"\0\1\2\3" * 100, "", None),
    (docx(), "a.bin", "docx"),
    (b"PK\x03\x04 something else", "a.bin", None)])
def test_formats(data: bytes, name: str, expected: str | None) -> None:
    found = sniff(data, name)
    assert (found.name if found else None) == expected


def test_binaries_have_names() -> None:
    assert binary_kind(pdf()) == "a PDF"
    assert binary_kind(b"\x89PNG\r\n") == "a PNG picture"
    assert binary_kind(b"text with a stray \0 byte " * 9) == "a binary file"
    assert binary_kind(b"long text with one stray \0 byte" + b" words" * 99) is None
    assert binary_kind("text".encode("utf-16")) is None


@pytest.mark.parametrize("data", [b"<!-- -->" * 50_000, b"<!--" * 50_000, b"<" * 500_000, b"**a " * 100_000,
                                  b"](" * 100_000, b"| " * 100_000, b" " * 500_000])
def test_hostile_content_is_no_burden(data: bytes) -> None:
    start = time.perf_counter()
    sniff(data, "a.bin")
    assert time.perf_counter() - start < 2
