"""Elements that declare a language: text in another than the document's stays."""

import pytest

import parsers
from parsers.locales import Locale
from parsers.options import ParseOptions
from pipeline.engines import engine_named
from pipeline.planning import plan
from pipeline.translation import Job, translate
from tests import laws
from tests.pipeline.scripted import ScriptedEngine

PT, EN = Locale.parse("pt-BR"), Locale.parse("en")


def changed(text: str, language: str = "") -> str:
    """The page with every segment's text in capitals."""
    document = parsers.parse(text.encode(), "html", ParseOptions(language=language))
    new = {segment.id: tuple(item.upper() if isinstance(item, str) else item for item in segment.content)
           for segment in document.segments}
    output = parsers.render(document, new, PT)
    assert parsers.compare(document, output) == ()
    plain = ParseOptions(quotations=False)
    assert parsers.fingerprint(parsers.parse(output, "html", plain)) == parsers.fingerprint(
        parsers.parse(text.encode(), "html", plain))
    return output.decode()


def test_what_elements_inside_a_page_declare_stands_as_it_was():
    source = '<html lang="en"><body lang="en"><p lang="en-US">some text</p><div lang="fr"><p lang="en">one</p></div>'
    assert changed(source) == ('<html lang="pt-BR"><body lang="pt-BR"><p lang="en-US">SOME TEXT</p>'
                               '<div lang="fr"><p lang="en">ONE</p></div>')


@pytest.mark.parametrize(("source", "language"), [
    ('<html lang="en"><p>He said <i lang="fr">joie de vivre</i> again', ""),
    ('<p>He said <i lang="fr">joie de vivre</i> again', "en"),
])
def test_a_phrase_in_another_language_stays_with_every_engine(source, language):
    assert changed(source, language).endswith('<p>HE SAID <i lang="fr">joie de vivre</i> AGAIN')
    document = parsers.parse(source.encode(), "html", ParseOptions(language=language))
    assert [getattr(item, "equiv", item) for item in document.segments[0].content] == ["He said ", "joie de vivre", " again"]


def test_what_such_a_phrase_says_in_its_attributes_is_protected():
    found = parsers.parse(b'<html lang=en><p>See <abbr lang="fr" title="Organisation">OTAN</abbr> now', "html")
    assert [(one.reason, one.text) for one in found.protected] == [('lang="fr"', "Organisation")]


def test_segments_know_what_is_declared_for_them():
    text = b'<html lang="en"><p>a b</p><div lang="fr"><p>c d</p><p lang="en-GB">e f</p><img lang=nn alt="g h"></div>'
    assert [segment.language for segment in parsers.parse(text, "html").segments] == ["", "fr", "", "no"]
    assert parsers.parse(text, "html").languages == {"fr", "en", "no"}
    assert [s.language for s in parsers.parse(b'# a b\n\n<div lang="fr"><p>c d</p></div>\n', "markdown").segments] == ["", "fr"]


@pytest.mark.parametrize(("text", "left"), [
    ('<html lang="en"><p>one two</p><p lang="fr">un deux</p>', {"s1"}),
    ('<html lang="fr"><p>one two</p><p lang="fr">three four</p>', set()),
    ('<div lang="fr"><p>one two</p></div>', set()),
    ('<html lang="en"><p>one two</p><p lang="en-GB">three four</p>', set()),
])
def test_what_the_document_says_is_left_unless_it_says_so_of_everything(text, left):
    document = parsers.parse(text.encode(), "html", ParseOptions(language="en"))
    assert plan(document, told=EN).untouched.keys() == left
    assert not plan(document).untouched


def test_a_declaration_that_the_words_belie_is_not_believed():
    english = "The pump stands beside the house, and the water comes from the lake in front of it every day."
    french = "La pompe se trouve à côté de la maison, et l'eau vient chaque jour du lac qui est devant elle."
    text = f'<html lang="en"><p>Menu</p><main lang="fr"><p>{english}</p></main><main lang="de"><p>{french}</p></main>'
    document = parsers.parse(text.encode(), "html", ParseOptions(language="en"))
    assert plan(document, told=EN).untouched.keys() == {"s2"}
    text = f'<html lang="en"><p>Menu</p><main lang="fr"><p>{english}</p></main><p lang="fr">{french}</p><p lang="fr">{french}</p>'
    document = parsers.parse(text.encode(), "html", ParseOptions(language="en"))
    assert plan(document, told=EN).untouched.keys() == {"s2", "s3"}


@pytest.mark.parametrize(("multilingual", "keep", "expected"), [
    (False, False, '<p lang="fr">Bonjour à vous'), (True, True, '<p lang="fr">Bonjour à vous'),
    (True, False, '<p lang="fr">BONJOUR À VOUS')])
def test_passages_are_left_unless_the_engine_reads_them_and_may(multilingual, keep, expected):
    engine = ScriptedEngine(lambda request: tuple(one.upper() if isinstance(one, str) else one for one in request.content))
    engine.multilingual = multilingual
    text = '<html lang="en"><p>Good morning to all of you</p><p lang="fr">Bonjour à vous'
    made = translate(text.encode(), Job("html", PT, EN, keep_others=keep), engine)
    assert made.output.decode().endswith(expected)
    assert made.report.hashes["outside_source"] == made.report.hashes["outside_output"]


@pytest.mark.parametrize("tag", ['html title="one two"', 'html lang="en" title="one two"', 'body dir=ltr lang=en title="one two"'])
def test_texts_in_the_tags_of_the_page_are_no_part_of_the_certificate(tag):
    assert "ONE TWO" in changed(f"<{tag}><p>three")


def test_the_certificate_holds_though_an_unchanged_phrase_keeps_its_language():
    text = b'<html lang="en"><body><p>This is the <i lang="en">GitHub</i> page of the project, in English.'
    made = translate(text, Job("html", PT, EN), engine_named("embedded"))
    assert b'<i lang="en">GitHub</i>' in made.output
    assert made.report.hashes["outside_source"] == made.report.hashes["outside_output"]


@pytest.mark.parametrize("text", [
    '<html lang=en><p lang=fr>a <b lang=en>b</b> c</p><i lang=de>d<p>e</i>f', "<p>a <b lang=en>b<p>c</b> d <i lang=x lang=y>",
    '<p>a <span lang="fr">b <code lang=en>c</code> <i lang="en">d</i></span> e <svg lang=de><text lang=fr>f</text></svg>',
])
def test_the_laws_hold_for_odd_nestings(text):
    for language in ("", "en"):
        document = parsers.parse(text.encode(), "html", ParseOptions(language=language))
        laws.law_identity(document)
        laws.law_echo(document)
        laws.law_shape(document, options=ParseOptions(language=language))
