"""How text is spelled for its place, and what else of a page changes with its language."""

import pytest

import parsers
from parsers.html.wording import Speller, read, spellings
from parsers.locales import Locale


def translated(text, *new, target=None):
    """A page with these contents for its first segments, as text."""
    document = parsers.parse(text.encode(), "html")
    contents = {s.id: tuple(part if isinstance(part, str) else s.content[part] for part in one)
                for s, one in zip(document.segments, [[n] if isinstance(n, str) else n for n in new], strict=False)}
    return parsers.render(document, contents, target).decode()


@pytest.mark.parametrize(("text", "new", "expected"), [
    ("<p>old</p>", "a < b & c > d", "<p>a &lt; b &amp; c &gt; d</p>"),
    ("<p>old</p>", "<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("<p>AT&T is</p>", "c'est AT&T", "<p>c'est AT&T</p>"),
    ("<p>AT&T is</p>", "AT&copy", "<p>AT&amp;copy</p>"),
    ("<p>AT&T is</p>", "AT&", "<p>AT&amp;</p>"),
    ("<p>1 < 2 holds</p>", "vrai: 1 < 2", "<p>vrai: 1 < 2</p>"),
    ("<p>1 < 2 holds</p>", "vrai: <b", "<p>vrai: &lt;b</p>"),
    ("<p>one&nbsp;two</p>", "un\u00a0deux\u00a0trois", "<p>un&nbsp;deux&nbsp;trois</p>"),
    ("<p>one&#160;two&nbsp;three</p>", "a\u00a0b\u00a0c", "<p>a&#160;b&nbsp;c</p>"),
    ("<p>caf&eacute;</p>", "été", "<p>été</p>"),
    ("<p>&quot;one&quot; two</p>", 'two "one"', "<p>two &quot;one&quot;</p>"),
    ('<p title="old">', 'a "b" <c>', '<p title="a &quot;b&quot; &lt;c&gt;">'),
    ("<p title='old'>", "l'été \"x\"", "<p title='l&#39;été \"x\"'>"),
    ("<p title=old>", "new", "<p title=new>"),
    ("<p title=old>", "two words", '<p title="two words">'),
    ("<p title=old>", "a/", '<p title="a/">'),
    ("<title>old</title>", "</title><b>", "<title>&lt;/title&gt;&lt;b&gt;</title>"),
    ("<p>old</p>", "{{ evil }} {% x %}", "<p>{&#123; evil }} {&#37; x %}</p>"),
    ("<p>old</p>", "a\0b\ud800c\x07", "<p>ab\ufffdc</p>"),
    ("<p> old </p>", " new ", "<p> new </p>"),
    ("<p>one\r\ntwo</p>", "un\ndeux", "<p>un\r\ndeux</p>"),
    ("<p>one</p>\r\n", "un\ndeux", "<p>un\r\ndeux</p>\r\n"),
])
def test_text_is_escaped_for_its_place(text, new, expected):
    assert translated(text, new) == expected


def test_codes_move_and_are_replayed():
    new = translated("<p>a <b class=x>b</b> <img src=y> c</p>", ("C ", 5, " ", 1, "B", 3, " A"))
    assert new == "<p>C <img src=y> <b class=x>B</b> A</p>"


def test_a_translation_inside_a_code_moves_with_it():
    text = "<p>See <img alt='a rose'> there</p>"
    assert translated(text, (1, " là"), "une rose") == "<p><img alt='une rose'> là there</p>".replace(" there", "")


def test_masks_keep_their_spelling():
    assert translated("<p>Go to https://x.org/?a=1&amp;b=2 now</p>", ("Va vers ", 1, " !")) == (
        "<p>Va vers https://x.org/?a=1&amp;b=2 !</p>")


def test_a_character_that_the_encoding_lacks_becomes_a_reference():
    document = parsers.parse(b"<meta charset=iso-8859-1><p>caf\xe9</p>", "html")
    assert parsers.render(document, {"s0": ("café Ω",)}).endswith(b"<p>caf\xe9 &#937;</p>")


def test_undecodable_bytes_stay():
    data = "<p>grün, schön, böse, übel </p><p>ein ".encode() + b"\xff Wort</p>"
    document = parsers.parse(data, "html")
    new = {"s1": ("one ", document.segments[1].content[1], " word")}
    assert parsers.render(document, new).endswith(b"<p>one \xff word</p>")


@pytest.mark.parametrize(("head", "target", "expected"), [
    ('<html lang="en">', "pt-BR", '<html lang="pt-BR">'),
    ("<html lang=en class=x>", "fr", "<html lang=fr class=x>"),
    ("<HTML>", "fr", '<HTML lang="fr">'),
    ('<html xml:lang="en">', "fr", '<html xml:lang="fr">'),
    ('<html lang="en">', "ar", '<html dir="rtl" lang="ar">'),
    ('<html lang="ar" dir="rtl">', "en", '<html lang="en" dir="ltr">'),
    ('<html dir="auto" lang=he>', "en", '<html dir="auto" lang=en>'),
    ('<html lang><body lang="en" dir="ltr">', "he", '<html dir="rtl" lang="he"><body lang="he" dir="rtl">'),
    ('<html lang="en"><meta http-equiv="Content-Language" content="en">', "fr",
     '<html lang="fr"><meta http-equiv="Content-Language" content="fr">'),
    ('<html lang="en"><meta property="og:locale" content="en_GB">', "pt-BR",
     '<html lang="pt-BR"><meta property="og:locale" content="pt_BR">'),
    ("", "fr", "")])
def test_the_language_of_the_page_becomes_the_target(head, target, expected):
    assert translated(head + "<p>old</p>", "new", target=Locale.parse(target)) == expected + "<p>new</p>"


def test_an_unchanged_page_keeps_its_language():
    text = '<html lang="en"><p>old</p>'
    assert translated(text, "old", target=Locale.parse("ar")) == text


@pytest.mark.parametrize(("head", "language"), [
    ('<html lang="de">', "de"), ('<html xml:lang="de_AT">', "de-AT"),
    ('<html><meta http-equiv=content-language content=fr>', "fr"), ("<html>", None)])
def test_the_declared_language_is_found(head, language):
    assert parsers.parse(head.encode(), "html").language == language


def test_xhtml_stays_well_formed():
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><title/><p>a &lt; b</p></html>'
    assert translated(page, "1 < 2 & ]]> <x").endswith("<p>1 &lt; 2 &amp; ]]&gt; &lt;x</p></html>")


def test_offsets_lead_back_to_the_source():
    source = "xx a&amp;b\r\nc"
    reading = read(source, 3, len(source))
    assert reading.text == "a&b\nc"
    assert [(reading.place(n), reading.place_after(n + 1)) for n in range(5)] == [
        (3, 4), (4, 9), (9, 10), (10, 12), (12, 13)]


@pytest.mark.parametrize(("raw", "text", "attribute"), [
    ("a&copy=1", "a&copy=1", "a&copy=1"), ("&copy2", "©2", "&copy2"), ("&amp;lt;", "&lt;", "&lt;"),
    ("&#x80;", "€", "€"), ("& b &; &#; &#x;", "& b &; &#; &#x;", "& b &; &#; &#x;"), ("&lt", "<", "<")])
def test_references_are_read_as_browsers_read_them(raw, text, attribute):
    expected = "a©=1" if raw == "a&copy=1" else text
    assert read(raw, 0, len(raw)).text == expected
    assert read(raw, 0, len(raw), attribute=True).text == attribute


def test_the_speller_follows_the_source():
    source = "a &mdash; b — c"
    speller = Speller(spellings(source, [(0, len(source))]))
    assert speller.write("x — y — z — w") == "x &mdash; y — z — w"
