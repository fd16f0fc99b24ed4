"""What is written back, and what stays byte for byte."""

import io
import re
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import parsers
from parsers.document import Code, CodeKind, Content, content, text_of
from parsers.docx import compare, parse, render
from parsers.locales import Locale
from parsers.options import ParseOptions
from tests import laws
from tests.parsers.docx.making import document, field, members, p, package, r, shown, story, xml_of

RICH = (p(r("I "), r("like", "b"), r(" it"), style="H1") +
        p(r("Read "), f'<w:hyperlink w:anchor="x" w:tooltip="The tip">{r("the manual")}</w:hyperlink>', r(" now")) +
        p(r("See "), field("REF a", r("Figure 1")), r(" and "), field('HYPERLINK "u"', r("more")), r(" there")) +
        p(r("One"), "<w:r><w:tab/></w:r>", r("two "), '<w:bookmarkStart w:id="1" w:name="a"/>', r("three"),
          '<w:bookmarkEnd w:id="1"/>', r(" four")) +
        f"<w:tbl><w:tblPr/><w:tr><w:tc>{p(r('A cell'))}</w:tc></w:tr></w:tbl>" +
        p(r("It "), f"<w:ins w:id='3' w:author='a'>{r('is')}</w:ins>", r(" so")))


def upper(items: Content) -> Content:
    return tuple(item.upper() if isinstance(item, str) else item for item in items)


def changed(found, change=upper, target: str | None = None) -> bytes:
    new = {segment.id: change(segment.content) for segment in found.segments}
    return render(found, new, Locale.parse(target) if target else None)


def body_of(output: bytes) -> str:
    return re.search(r"<w:body>(.*)<w:sectPr", xml_of(output), re.DOTALL)[1]


def test_identity_and_echo():
    found = document(RICH)
    laws.law_identity(found)
    laws.law_echo(found)


@pytest.mark.parametrize("change", [laws.accented, laws.hostile])
def test_shape(change):
    laws.law_shape(document(RICH, {"h.xml": story("header", p(r("Top of page")))}), change)


def test_account():
    laws.law_account(document(RICH))


def test_a_changed_sentence_keeps_its_emphasis():
    assert body_of(changed(document(p(r("I "), r("like", "b"), r(" it"))))) == (
        '<w:p><w:r><w:t xml:space="preserve">I </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>LIKE</w:t></w:r>'
        '<w:r><w:t xml:space="preserve"> IT</w:t></w:r></w:p>')


def test_codes_may_come_in_another_order():
    found = document(p(r("a "), r("bold", "b"), r(" and "), r("slanted", "i"), r(" word")))
    assert shown(found.segments[0].content) == "a <1>bold</1> and <2>slanted</2> word"
    items = found.segments[0].content
    swapped = (items[0], *items[5:8], " og ", *items[1:4], items[8])
    output = render(found, {"s0": content(swapped)})
    assert compare(found, output) == ()
    runs = docx.Document(io.BytesIO(output)).paragraphs[0].runs
    assert [run.text for run in runs] == ["a ", "slanted", " og ", "bold", " word"]


def test_looks_that_nobody_sees_survive():
    found = document(p(r("One two "), r("three four", "noProof")))
    output = changed(found, lambda items: ("Uno dos tres cuatro",))
    assert body_of(output).count("<w:noProof/>") == 1
    assert compare(found, output) == ()


def test_bookmarks_keep_their_order():
    output = body_of(changed(document(RICH), lambda items: content([text_of(items)[:1], *items])))
    assert output.index("bookmarkStart") < output.index("bookmarkEnd")


def test_illegal_characters_are_dropped_and_markup_is_text():
    output = changed(document(p(r("Hello"))), lambda items: ("<w:p/>\x00\x0b & \ud800]]>",))
    assert docx.Document(io.BytesIO(output)).paragraphs[0].text == "<w:p/> & ]]>"


def test_non_breaking_hyphens_come_back_as_elements():
    output = body_of(changed(document(p("<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>op</w:t></w:r>"))))
    assert "<w:t>CO</w:t><w:noBreakHyphen/><w:t>OP</w:t>" in output


def test_values_are_written_where_they_stood():
    output = changed(document(p('<w:r><w:drawing><wp:docPr id="1" name="n" descr=" A house "/></w:drawing></w:r>')))
    assert 'name="n" descr=" A HOUSE "' in xml_of(output)


def test_untouched_members_keep_their_compressed_bytes_and_their_dates():
    source = package({**members(RICH), "word/media/a.bin": b"\x00\x01" * 500}, stored=("word/media/a.bin",))
    output = changed(parse(source, ParseOptions()))
    with zipfile.ZipFile(io.BytesIO(source)) as before, zipfile.ZipFile(io.BytesIO(output)) as after:
        assert after.testzip() is None
        assert after.namelist() == before.namelist()
        for one, other in zip(before.infolist(), after.infolist(), strict=True):
            for detail in ("date_time", "compress_type", "external_attr", "create_version", "extra"):
                assert getattr(one, detail) == getattr(other, detail)
            assert (one.CRC == other.CRC) is (one.filename != "word/document.xml")


def test_rendering_twice_gives_the_same():
    found = document(RICH)
    assert changed(found) == changed(found)


def test_declaration_and_byte_order_mark_stay():
    parts = members(p(r("Hello")))
    text = str(parts["word/document.xml"]).replace('"UTF-8"', "'utf-8'", 1)
    parts["word/document.xml"] = b"\xef\xbb\xbf" + text.encode()
    output = changed(parse(package(parts), ParseOptions()))
    with zipfile.ZipFile(io.BytesIO(output)) as archive:
        head = b"\xef\xbb\xbf<?xml version=\"1.0\" encoding='utf-8' standalone=\"yes\"?>"
        assert archive.read("word/document.xml").startswith(head)


def test_other_prefixes_other_names_and_strict_namespaces():
    parts = members(p(r("Hello "), r("world", "b")), main="parts/main7.xml")
    parts = {name: str(data).replace("w:", "x:").replace(":w=", ":x=").replace(
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
        if name.startswith("parts/") and not name.endswith(".rels") else data for name, data in parts.items()}
    found = parse(package(parts), ParseOptions())
    assert [shown(s.content) for s in found.segments] == ["Hello <1>world</1>"]
    output = changed(found, target="fr")
    assert compare(found, output) == ()
    assert "WORLD</x:t>" in xml_of(output, "parts/main7.xml")


def test_language_of_the_target():
    output = changed(document(p(r("Hello", '<w:lang w:val="en-US"/>'), r(" you", "b"))), target="fr")
    assert xml_of(output).count('<w:lang w:val="fr"/>') == 2
    assert '<w:lang w:val="fr"/>' in xml_of(output, "word/styles.xml")


def test_right_to_left():
    cell = p(r("Hello", "b", '<w:sz w:val="20"/>'))
    output = changed(document(f"<w:tbl><w:tblPr/><w:tr><w:tc>{cell}</w:tc></w:tr></w:tbl>"), target="ar")
    assert '<w:tblPr><w:bidiVisual/></w:tblPr>' in xml_of(output)
    assert '<w:p><w:pPr><w:bidi/></w:pPr>' in xml_of(output)
    assert ('<w:rPr><w:b/><w:bCs/><w:sz w:val="20"/><w:szCs w:val="20"/><w:rtl/><w:lang w:bidi="ar"/></w:rPr>'
            in xml_of(output))


def test_chinese_is_named_in_its_own_slot():
    assert '<w:lang w:eastAsia="zh"/>' in xml_of(changed(document(p(r("Hello"))), target="zh"))


def test_text_where_only_codes_stood_is_no_traceback():
    link = f'<w:hyperlink w:anchor="x">{r("one")}</w:hyperlink>'
    found = document(p(link, "<w:r><w:br/></w:r>", link))
    items = found.segments[0].content
    assert shown(items) == "<1>one</1><2 break/><3>one</3>"
    output = render(found, {"s0": content([*items[:4], " and ", *items[4:]])})
    assert docx.Document(io.BytesIO(output)).paragraphs[0].text == "one\n and one"
    assert [fault.segment_id for fault in compare(found, output)] == ["s0"]


def test_nothing_changes_without_text_changed():
    found = document(RICH)
    assert parsers.render(found, {}, Locale.parse("ar")) == found.source


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=12, max_size=12), st.sampled_from(["fr", "ar", "ja"]))
def test_whatever_text_comes_the_shape_stays(texts, target):
    found = document(RICH)
    new = {}
    for segment in found.segments:
        extra = iter(texts)
        new[segment.id] = tuple(item + next(extra) if isinstance(item, str) else item for item in segment.content)
    assert compare(found, render(found, new, Locale.parse(target))) == ()


@pytest.mark.parametrize(("new", "message"), [
    ("<9>x</9>", "Segment s0 has no Code 9"), ("</1>x<1>", "closes where it is not open"), ("<1>x", "never closed")])
def test_contents_that_are_no_translation_are_refused(new, message):
    found = document(p(r("Some "), r("bold", "b"), r(" text")))
    kinds = {"<": CodeKind.OPEN, "/": CodeKind.CLOSE}
    items = tuple(Code(int(item.strip("</>")), kinds["/" if "/" in item else "<"], item, "strong") if "<" in item else item
                  for item in re.split(r"(<[^>]+>)", new) if item)
    with pytest.raises(ValueError, match=message):
        render(found, {"s0": items})


def test_sections_are_turned_for_a_target_written_from_right_to_left():
    section = '<w:sectPr><w:type w:val="nextPage"/><w:docGrid w:linePitch="360"/></w:sectPr>'
    found = document(f"<w:p><w:pPr>{section}</w:pPr>{r('Text')}</w:p>")
    for tag, count in (("ar", 2), ("fr", 0)):
        output = render(found, {"s0": ("Other",)}, Locale.parse(tag))
        assert compare(found, output) == ()
        xml = xml_of(output)
        assert xml.count("<w:sectPr><w:type") == 1
        assert xml.count('/><w:bidi/><w:docGrid') + xml.count("<w:sectPr><w:bidi/></w:sectPr>") == count
