"""Bytes come back exactly, whatever they are; declarations are read as browsers read them."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.encoding import ESCAPED, Decoded, codec_of, decode, sound
from parsers.errors import TooLarge, UndecodableText
from parsers.options import Limits

JAPANESE = "<p>日本語のテキストです。翻訳してください。</p>"


def test_empty_bytes_are_an_empty_text():
    assert decode(b"") == Decoded("", "utf-8")


@pytest.mark.parametrize(("bom", "codec"), [
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le")])
def test_a_byte_order_mark_decides_and_comes_back(bom, codec):
    data = bom + "<meta charset=koi8-r>Žluťoučký".encode(codec)
    decoded = decode(data, html=True)
    assert (decoded.codec, decoded.bom, decoded.text) == (codec, bom, "<meta charset=koi8-r>Žluťoučký")
    assert decoded.encode(decoded.text) == data


@pytest.mark.parametrize(("head", "codec"), [
    ('<meta charset="windows-1251">', "cp1251"),
    ("<META CHARSET=koi8-r>", "koi8-r"),
    ("<meta content='text/html; charset=iso-8859-5' http-equiv=Content-Type>", "iso8859-5"),
    ('<?xml version="1.0" encoding="windows-1251"?>', "cp1251"),
    ('<!-- <meta charset="utf-8"> --><meta charset="windows-1251">', "cp1251"),
    ('<meta name="x" content="a>b"><meta charset="windows-1251">', "cp1251")])
def test_a_declaration_decides(head, codec):
    data = head.encode() + "Привет".encode(codec)
    decoded = decode(data, html=True)
    assert (decoded.codec, decoded.text) == (codec, head + "Привет")
    assert decoded.encode(decoded.text) == data


def test_markdown_has_no_declarations():
    assert decode('<meta charset="koi8-r">é'.encode()).codec == "utf-8"


@pytest.mark.parametrize(("label", "codec"), [
    ("latin1", "cp1252"), ("US-ASCII", "cp1252"), ("utf-16", "utf-8"), ("x-sjis", "cp932"), ("GB2312", "gb18030"),
    (" UTF8 ", "utf-8"), ("euc-kr", "cp949"), ("iso-8859-15", "iso8859-15"), ("nonsense", None), ("base64", None),
    ("utf-7", None), ("rot13", None), ("a\0b", None)])
def test_labels_are_read_as_whatwg_reads_them(label, codec):
    assert codec_of(label) == codec


def test_declared_utf16_that_is_none_means_utf8():
    assert decode('<meta charset="utf-16">é'.encode(), html=True).codec == "utf-8"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark(codec):
    data = "<p>Plain text, nothing else</p>".encode(codec)
    assert decode(data).codec == codec


@pytest.mark.parametrize("codec", ["cp1252", "cp1251", "cp932", "euc_jp", "gb18030", "big5", "cp949", "iso2022_jp"])
def test_undeclared_legacy_text_comes_back(codec):
    text = {"cp1252": "Ça déjà vu, où êtes-vous allé l'été dernier ? " * 3, "cp1251": "Привет, как у вас дела? " * 3,
            "cp949": "한국어 문장입니다. " * 5, "gb18030": "这是一个中文句子。" * 5,
            "big5": "這是一個中文句子。" * 5}.get(codec, JAPANESE * 3)
    data = text.encode(codec)
    decoded = decode(data)
    assert decoded.text == text
    assert decoded.encode(decoded.text) == data


def test_a_few_bad_bytes_in_utf8_are_kept_as_bytes():
    data = "Überraschung für alle Bürger, schöne Grüße aus Köln, möge es nützen".encode() + b" \xff\xe9 end"
    decoded = decode(data)
    assert decoded.codec == "utf-8"
    assert ESCAPED.search(decoded.text)[0] == "\udcff\udce9"
    assert decoded.encode(decoded.text) == data


def test_a_wrong_declaration_yields_to_what_fits():
    data = '<meta charset="utf-8"><p>L\'été dernier, déjà vu, où êtes-vous passé ?'.encode("cp1252")
    decoded = decode(data, html=True)
    assert (decoded.codec, decoded.declared) == ("cp1252", "utf-8")
    assert decoded.encode(decoded.text) == data


def test_two_spellings_of_one_character_come_back():
    data = b"<meta charset=shift_jis>" + "日本語".encode("cp932") * 9 + b"\xed\x40 \xfa\x5c \xee\xef \x81"
    decoded = decode(data, html=True)
    assert decoded.codec == "cp932"
    assert decoded.encode(decoded.text) == data


def test_a_lone_surrogate_in_utf16_comes_back():
    data = codecs.BOM_UTF16_LE + "ab".encode("utf-16-le") + b"\x00\xd8c\x00" + b"d"
    decoded = decode(data)
    assert decoded.text == "ab\udc00\udcd8c\udc64"
    assert decoded.encode(decoded.text) == data


def test_what_an_encoding_lacks_becomes_a_reference():
    decoded = decode(b'<meta charset="latin1">caf\xe9', html=True)
    assert decoded.encode("naïve – Ω") == "naïve – ".encode("cp1252") + b"&#937;"


def test_foreign_surrogates_never_become_bytes():
    assert sound("a\udcffb\ud800") == "a\ufffdb\ufffd"
    assert Decoded("", "utf-8").encode("a\ud800") == "a\ufffd".encode()


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"PK\x03\x04rest", b"%PDF-1.7 text", b"\0" * 100])
def test_binary_data_is_refused(data):
    with pytest.raises(UndecodableText, match="no text"):
        decode(data)


def test_a_few_control_characters_are_text():
    assert decode(b"one\0two\x07").text == "one\0two\x07"


def test_too_large():
    with pytest.raises(TooLarge, match="11 bytes"):
        decode(b"hello world", limits=Limits(text_bytes=10))


LABELS = ("", "utf-8", "latin1", "shift_jis", "gbk", "big5", "euc-kr", "euc-jp", "iso-2022-jp", "koi8-r",
          "windows-1255", "hz-gb-2312", "x-user-defined")


@given(st.binary(max_size=60), st.sampled_from(LABELS))
def test_any_bytes_come_back_or_are_refused(data, label):
    data = f'<meta charset="{label}">'.encode() + data
    try:
        decoded = decode(data, html=True)
    except UndecodableText:
        return
    assert decoded.encode(decoded.text) == data


@given(st.sampled_from([b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xff\xfe\0\0"]), st.binary(max_size=40))
def test_any_bytes_after_a_mark_come_back_or_are_refused(bom, data):
    try:
        decoded = decode(bom + data)
    except UndecodableText:
        return
    assert decoded.encode(decoded.text) == bom + data
