"""Damage that a renderer could do must be seen, and named with its segment."""

import pytest

from parsers.docx import compare
from tests.parsers.docx.making import document, members, p, package, r, xml_of

BODY = (p(r("First "), r("bold", "b"), r(" text")) +
        p(r("Second"), '<w:r><w:footnoteReference w:id="2"/></w:r>', r(" text ")))


def damaged(old: str, new: str, name: str = "word/document.xml") -> tuple:
    parts = members(BODY)
    assert old in str(parts[name])
    parts[name] = str(parts[name]).replace(old, new, 1)
    return compare(document(BODY), package(parts))


def test_the_source_itself_is_sound():
    found = document(BODY)
    assert compare(found, found.source) == ()
    assert "First" in xml_of(found.source)


@pytest.mark.parametrize(("old", "new", "segment"), [
    ("<w:b/>", "<w:i/>", "s0"),
    ("<w:rPr><w:b/></w:rPr>", "", "s0"),
    ('<w:footnoteReference w:id="2"/>', "", "s1"),
    ('<w:footnoteReference w:id="2"/>', '<w:footnoteReference w:id="3"/>', "s1"),
    ('<w:p><w:r><w:t xml:space="preserve">First', '<w:p><w:pPr><w:keepNext/></w:pPr><w:r><w:t xml:space="preserve">First',
     "s0"),
    (' xml:space="preserve"> text</w:t>', "> text</w:t>", "s0"),
    ("bold", "", "s0"),
])
def test_damage_in_a_paragraph_is_blamed_on_its_segment(old, new, segment):
    assert [fault.segment_id for fault in damaged(old, new)] == [segment]


@pytest.mark.parametrize(("old", "new"), [
    ("<w:sectPr/>", "<w:sectPr><w:titlePg/></w:sectPr>"),
    ("<w:sectPr/>", "<w:p/><w:sectPr/>"),
    ("</w:body>", "</w:bady>"),
])
def test_damage_elsewhere(old, new):
    assert damaged(old, new)


def test_what_nobody_sees_is_no_damage():
    assert damaged("<w:b/>", "<w:b/><w:noProof/>") == ()
    assert damaged("<w:b/>", '<w:b/><w:lang w:val="fr"/>') == ()
    assert damaged("bold</w:t>", "bold</w:t><w:noBreakHyphen/>") == ()


def test_other_members():
    assert damaged("heading 1", "heading 7", "word/styles.xml")
    parts = members(BODY)
    parts["more.xml"] = "<a/>"
    assert compare(document(BODY), package(parts))
    assert compare(document(BODY), b"no zip")
