"""Real paragraphs through the embedded engine: every tag is there, and no punctuation is doubled or stray.

A short form of benchmarks/embedded_markup.py, which measures hundreds of paragraphs and scores them.
"""

from functools import cache
from itertools import islice

import pytest

from benchmarks.embedded_markup import (
    BLOCKS,
    Page,
    Paragraph,
    diglot_html,
    diglot_markdown,
    pages,
    read_html,
    strays,
    tags_of,
    text_of,
)
from tests.corpus import CORPUS


@cache
def short_pages():
    """The first two paragraphs of each of the first 20 documents."""
    return [Page(page.paragraphs[:2], page.definitions) for page in islice(pages(CORPUS), 20)]


@pytest.mark.skipif(not (CORPUS / BLOCKS).is_file(), reason=f"no {BLOCKS} at {CORPUS}; set DIGLOT_CORPUS")
@pytest.mark.parametrize("system", [diglot_markdown, diglot_html])
def test_tags_are_exact_and_no_punctuation_is_stray(system):
    judged = [pair for page in short_pages() for pair in zip(page.paragraphs, system(page), strict=True)]
    assert len(judged) >= 30
    for paragraph, output in judged:
        assert tags_of(output) == tags_of(paragraph.source)
        assert text_of(output) != text_of(paragraph.source)
        assert strays(text_of(paragraph.source), text_of(output)) == []


def test_no_space_comes_between_a_bracket_and_a_name():
    paragraph = Paragraph("The `receiver` in the [OpenTelemetry Collector] (/docs) gives helpers.", *read_html("<p></p><p></p>"))
    output, = diglot_markdown(Page((paragraph,), ""))
    assert "[OpenTelemetry" in text_of(output)


@pytest.mark.parametrize(("target", "kind"), [
    ("Clique em Salvar , agora.", "space before"),
    ("Veja ( aqui) agora.", "space after"),
    ("Veja a documentação. .", "doubled"),
    ("Veja,, agora.", "doubled"),
    ("Salve tudo.. Agora.", "doubled"),
    ("Salve tudo., agora.", "doubled"),
    ("Veja ( ) agora.", "empty"),
    ("Veja ““aqui” agora.", "doubled quotes"),
    ("Clique em Salvar. para continuar.", "stop in a sentence"),
    ("Veja aqui,agora.", "no space"),
    ("Veja aqui.Agora não.", "no space"),
    (", veja agora.", "at the start"),
])
def test_each_kind_of_stray_punctuation_is_seen(target, kind):
    assert kind in strays("Click Save, now.", target)


@pytest.mark.parametrize("target", [
    "Veja (aqui), agora.", "Por ex. agora: veja “isto”.", "Espere… etc., e veja!", "Use .NET 2.0; não 1.5.", "E então?",
])
def test_good_punctuation_is_none(target):
    assert strays("Click Save, now.", target) == []


def test_what_the_source_has_is_not_stray():
    assert strays("See [docs] (x) .", "Veja [docs] (x) .") == []
