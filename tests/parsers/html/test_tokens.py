"""Tokens tile the text and are those of a browser."""

import pytest
import turbohtml
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.html.tokens import Kind, attributes, self_closing, tokens
from tests.corpus import corpus_files


def shapes(text, **how):
    return [(token.kind.value, text[token.start:token.end]) for token in tokens(text, **how)]


def theirs(text):
    """What another tokenizer says of the same text: tags and comments as written."""
    names = {1: "start", 2: "end"}
    return [(names.get(token.type, "comment"), token.source)
            for token in turbohtml.tokenize(text, capture_source=True, resolve_references=False)
            if token.type in (1, 2, 3, 4, 6)]


def ours(text):
    kinds = {Kind.START: "start", Kind.END: "end", Kind.COMMENT: "comment", Kind.DECLARATION: "comment"}
    return [(kinds[token.kind], text[token.start:token.end]) for token in tokens(text) if token.kind in kinds]


@pytest.mark.parametrize(("text", "expected"), [
    ("a<b>c</b >", [("text", "a"), ("start", "<b>"), ("text", "c"), ("end", "</b >")]),
    ("1 < 2 <3 </ x>", [("text", "1 < 2 <3 "), ("declaration", "</ x>")]),
    ("<a title='>' x=\"<b>\">", [("start", "<a title='>' x=\"<b>\">")]),
    ("<!--> a <!-- b --!> c", [("comment", "<!-->"), ("text", " a "), ("comment", "<!-- b --!>"), ("text", " c")]),
    ("<title>a <b></title>", [("start", "<title>"), ("text", "a <b>"), ("end", "</title>")]),
    ("<script>'</b>'</SCRIPT >x", [("start", "<script>"), ("raw", "'</b>'"), ("end", "</SCRIPT >"), ("text", "x")]),
    ("<script><!--<script></script>--></script>",
     [("start", "<script>"), ("raw", "<!--<script></script>-->"), ("end", "</script>")]),
    ("<svg><title><b></title><style><b></svg>", [("start", "<svg>"), ("start", "<title>"), ("start", "<b>"),
                                                ("end", "</title>"), ("start", "<style>"), ("start", "<b>"),
                                                ("end", "</svg>")]),
    ("<svg><![CDATA[<b>]]></svg><![CDATA[x]]>", [("start", "<svg>"), ("cdata", "<![CDATA[<b>]]>"), ("end", "</svg>"),
                                                ("declaration", "<![CDATA[x]]>")]),
    ("x <b title='", [("text", "x "), ("rest", "<b title='")]),
    ("<plaintext><b>", [("start", "<plaintext>"), ("raw", "<b>")]),
    ("{{ a < b }} {% if x > '<b>' %}", [("template", "{{ a < b }}"), ("text", " "),
                                        ("template", "{% if x > '<b>' %}")]),
    ("{{ never\n\nclosed }}", [("text", "{{ never\n\nclosed }}")]),
    ("<?php echo '>' ?><?xml x?><%= y > 1 %>", [("template", "<?php echo '>' ?>"), ("declaration", "<?xml x?>"),
                                              ("template", "<%= y > 1 %>")]),
    ("<p {% if a > b %}x{% endif %} t=\"{{ f(\"q\") }}\">", [
        ("start", "<p {% if a > b %}x{% endif %} t=\"{{ f(\"q\") }}\">")]),
])
def test_kinds_and_spans(text, expected):
    assert shapes(text) == expected


def test_xhtml_is_read_as_xml_readers_do():
    assert shapes("<title/><b/><![CDATA[x]]>", xml=True) == [
        ("start", "<title/>"), ("start", "<b/>"), ("cdata", "<![CDATA[x]]>")]


def test_attributes_with_their_values():
    text = "<img ALT=\"a b\" title = 'c' width=10 hidden alt=again data-x= >"
    found = attributes(text, next(tokens(text)))
    assert [(one.name, text[one.value_start:one.value_end], one.quote, one.valued) for one in found] == [
        ("alt", "a b", '"', True), ("title", "c", "'", True), ("width", "10", "", True), ("hidden", "", "", False),
        ("alt", "again", "", True), ("data-x", "", "", True)]
    assert [text[one.start:one.end] for one in found][:2] == ['ALT="a b"', "title = 'c'"]


def test_self_closing_tags_are_seen():
    assert [self_closing(text, next(tokens(text))) for text in ("<br/>", "<br>", "<a x=/>")] == [True, False, True]


@settings(max_examples=500, deadline=None)
@given(st.text("<>/!-?abtp =\"'&;[]\n{}%x", max_size=40))
def test_tokens_tile_any_text(text):
    assert "".join(text[token.start:token.end] for token in tokens(text)) == text


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from([
    "<", ">", "</", "<!--", "-->", "--!>", "<!", "<a", "<b x", "=", '"', "'", "/", " ", "\n", "t", "<title>",
    "</title>", "<script>", "</script", "<p>", "</p>", "-", "&", "="]), max_size=20))
def test_tags_are_those_of_another_tokenizer(parts):
    text = "".join(parts)
    text = text.replace("</>", "")                           # dropped by the other without a token
    assert ours(text) == theirs(text)


@pytest.mark.parametrize("path", corpus_files("html", ".html", ".htm", ".xhtml"))
def test_tags_of_real_pages_are_those_of_another_tokenizer(path):
    text = path.read_text("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    if "<noscript" in text.lower() or "<?php" in text:
        text = text.lower().replace("noscript", "div").replace("<?php", "<?")   # read as raw text by it; not by us
    assert ours(text) == theirs(text)
