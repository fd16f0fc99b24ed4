"""Beautiful Soup over html5lib, which share no line with Diglot's readers, see the source's page in the output."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

import parsers
from parsers.html.elements import TEXT_ATTRIBUTES
from parsers.locales import Locale
from tests.laws import accented, hostile

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.html"))
TEXTS = {*TEXT_ATTRIBUTES, "content", "value"}
OURS = {"lang", "xml:lang", "dir"}
"""Set for the target language."""


def page(data):
    """Every element with its depth and attributes; of those that hold text, only that they are there."""
    soup = BeautifulSoup(data, "html5lib")
    return [(len(list(tag.parents)), tag.name, sorted(
        (name, "" if name in TEXTS else str(value)) for name, value in tag.attrs.items() if name not in OURS))
        for tag in soup.descendants if isinstance(tag, Tag)]


@pytest.mark.parametrize("engine", [accented, hostile])
@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_the_page_is_the_same(path, engine):
    source = path.read_bytes()
    document = parsers.parse(source, "html")
    contents = {segment.id: engine(segment.content) for segment in document.segments}
    output = parsers.render(document, contents, Locale.parse("fr"))
    assert output != source
    assert page(output) == page(source)
