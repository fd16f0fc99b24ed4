"""The five laws over readable fixtures and over real pages."""

from pathlib import Path

import pytest
import turbohtml
from hypothesis import given, settings
from hypothesis import strategies as st

import parsers
from parsers.document import readable
from parsers.errors import DocumentError
from parsers.locales import Locale
from tests.corpus import corpus_files
from tests.laws import (
    accented,
    hostile,
    law_account,
    law_cover,
    law_echo,
    law_identity,
    law_shape,
)

FIXTURES = sorted((Path(__file__).parent / "fixtures").iterdir())
PIECES = ("<b>", "</b>", "<p>", "</p>", "<a href=x>", "</a>", "some text", " more ", "<br>", "&amp;", "&nbsp;",
          "&notit;",
          "<!--", "-->", "<![CDATA[", "]]>", "<svg>", "</svg>", "<title>", "</title>", "<code>", "</code>", "<script>",
          "</script>", "<table>", "<td>", "{{ x }}", "{% if %}", "<%", "%>", "<?php", "?>", "\r\n", "\0", "<", "&", '"',
          "'", '<img alt="a picture">', "<input type=submit value=go>", "<p title=x lang='z w' alt=\"q\">", "<select>",
          "<option>", "<button>", "</button>", "<span translate=no>", "</span>", "<ruby>", "<rt>", "<textarea>",
          "</textarea>", "<html lang=en>", "<body dir=rtl>", "日本", "<pre>", "</pre>", "<!-- translate:off -->",
          "<!-- translate:on -->", "<math>", "<mi>", "</math>", "<li>", "<x-y>", "</x-y>", "<template>", "<style>",
          "</",
          "</style>", "<frameset>", "<plaintext>", "<a ", "=")


def visible(text, between=""):
    """The words of a page as an independent reader shows them."""
    out, todo = [], [turbohtml.parse(text)]
    while todo:
        node = todo.pop()
        if isinstance(node, turbohtml.Text):
            out.append(node.data)
        elif not isinstance(node, turbohtml.Element) or node.tag not in ("script", "style"):
            todo += reversed(node.children)
    return between.join(out)


def letters(text):
    return "".join(sorted(char for char in text if char.isalpha()))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_the_laws_hold_for_a_fixture(path):
    document = parsers.parse(path.read_bytes(), "html")
    law_identity(document)
    law_echo(document)
    law_account(document)
    law_shape(document, accented)
    for salt in range(8):
        law_shape(document, lambda content, salt=salt: hostile(content, salt))


def test_a_page_is_covered_word_by_word():
    document = parsers.parse(FIXTURES[0].read_bytes(), "html")
    law_cover(document, visible(document.skeleton.decoded.text, " "))


@pytest.mark.parametrize("path", corpus_files("html", ".html", ".htm", ".xhtml", ".dat"))
def test_the_laws_hold_for_a_real_page(path):
    document = parsers.parse(path.read_bytes(), "html")
    law_identity(document)
    law_echo(document)
    law_account(document)
    have = letters("".join([*(readable(s.content) for s in document.segments), *(p.text for p in document.protected)]))
    for char in set(shown := letters(visible(document.skeleton.decoded.text))):
        assert have.count(char) >= shown.count(char), char
    new = {s.id: hostile(s.content, number) for number, s in enumerate(document.segments)}
    output = parsers.render(document, new, Locale.parse("ar"))
    assert parsers.compare(document, output) == ()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text("<>/&;=\"'ab \n-!?[]{}%", max_size=8)), max_size=14))
def test_any_page_comes_back_and_nothing_is_worse_than_a_fault(pieces):
    data = "".join(pieces).encode("utf-8", "replace")
    try:
        document = parsers.parse(data, "html")
    except DocumentError:
        return                                               # a refusal in words is an answer too
    law_identity(document)
    law_echo(document)
    law_account(document)
    output = parsers.render(document, {s.id: hostile(s.content) for s in document.segments}, Locale.parse("he"))
    parsers.compare(document, output)
    parsers.parse(output, "html")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.sampled_from([
    "<p>old text</p>", "<p title=old>x <b>y</b></p>", "<p title='old'>it</p>", '<p title="old"></p>',
    "<title>old</title>", "<p>old<br>&nbsp;&lt;x</p>"]))
def test_any_translation_is_read_back_as_it_was_given(text, page):
    document = parsers.parse(page.encode(), "html")
    segment = document.segments[0]
    new = tuple(text + "é" if item is segment.content[0] else item for item in segment.content)
    output = parsers.render(document, {segment.id: new})
    assert parsers.compare(document, output) == ()
    page_read = turbohtml.parse(output.decode())
    said = page_read.select_one("[title]").attrs["title"] if "title=" in page else visible(output.decode())
    assert solid(text) in solid(said)


def solid(text):
    return "".join(char for char in text if char.isprintable() and not char.isspace())
