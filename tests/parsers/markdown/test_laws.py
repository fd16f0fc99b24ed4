"""The five laws over the fixtures of this format and over real documents."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import parsers
from parsers.document import Document
from parsers.masking import KINDS, MaskRules
from parsers.options import ParseOptions
from tests.corpus import corpus_files
from tests.laws import accented, hostile, law_account, law_cover, law_echo, law_identity, law_shape, squeeze, words

FIXTURES = sorted((Path(__file__).parent / "fixtures").iterdir())
CORPUS = corpus_files("markdown", ".md", ".markdown", ".mdx")


UNMASKED = ParseOptions(masks=MaskRules(off=frozenset(KINDS)))


def read(path: Path, options: ParseOptions | None = None) -> Document:
    return parsers.parse(path.read_bytes(), "markdown", options)


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name)
def document(request) -> Document:
    return read(request.param)


def test_fixtures_keep_identity_echo_and_account(document):
    law_identity(document)
    law_echo(document)
    law_account(document)


@pytest.mark.parametrize("salt", range(16))
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_fixtures_keep_their_shape_under_hostile_text(path, salt):
    law_shape(read(path, UNMASKED), lambda content: hostile(content, salt), UNMASKED)


def test_fixtures_keep_their_shape_under_plain_changes(document):
    law_shape(document, accented)


def test_everything_a_reader_sees_is_covered():
    path = Path(__file__).parent / "fixtures" / "commonmark.md"
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(path.read_text())
    texts = [child.content for token in shown for child in token.children or () if child.type in ("text", "text_special")]
    visible = " ".join(word for text in texts for word in words(text) if word not in ("note", "lists", "wide", "alpha", "x"))
    law_cover(read(path), squeeze(visible))


@pytest.mark.parametrize("path", CORPUS)
def test_real_documents_come_back_byte_for_byte(path):
    document = read(path)
    law_identity(document)
    law_echo(document)
    law_account(document)


@pytest.mark.parametrize("path", CORPUS[::12])
def test_real_documents_keep_their_shape(path):
    document = read(path)
    output = parsers.render(document, {s.id: accented(s.content) for s in document.segments})
    assert parsers.compare(document, output) == ()
