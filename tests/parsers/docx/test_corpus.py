"""The laws over real documents."""

from pathlib import Path

import pytest

import parsers
from parsers.docx import compare, parse, render
from parsers.errors import DocumentError
from parsers.locales import Locale
from parsers.options import ParseOptions
from tests import laws
from tests.corpus import corpus_files

UNREADABLE = {"encrypted.docx": "password"}


@pytest.mark.parametrize("path", corpus_files("docx", ".docx", ".docm", ".dotx", ".dotm"))
def test_laws(path: Path):
    data = path.read_bytes()
    if path.name in UNREADABLE:
        with pytest.raises(DocumentError, match=UNREADABLE[path.name]):
            parse(data, ParseOptions())
        return
    found = parsers.parse(data, "docx")
    laws.law_identity(found)
    laws.law_echo(found)
    laws.law_account(found)
    new = {segment.id: laws.hostile(segment.content, n) for n, segment in enumerate(found.segments)}
    for target in ("fr", "ar"):
        assert compare(found, render(found, new, Locale.parse(target))) == ()
