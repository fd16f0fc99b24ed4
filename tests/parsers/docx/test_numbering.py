"""Words in the labels of numbered lists: translated if asked for, listed as protected if not."""

import pytest

from parsers.document import Code, CodeKind, Document, Protected, Role
from parsers.docx import compare, parse, render
from parsers.docx.numbering import WORD_JOINER
from parsers.options import ParseOptions
from tests import laws
from tests.parsers.docx.making import W, members, p, package, r, shown, xml_of

LABELS = ("Chapter %1", "%1.", "o", "%1.%2 of Part %3:", "%1)")
ASKED = ParseOptions(numbering=True)


def source(*labels: str) -> bytes:
    levels = "".join(f'<w:lvl w:ilvl="{n}"><w:lvlText w:val="{label}"/></w:lvl>' for n, label in enumerate(labels))
    return package(members(p(r("Text")), {"numbering.xml": ("numbering", f'<w:numbering xmlns:w="{W}">{levels}</w:numbering>')}))


def label_of(document: Document, *new: str | Code) -> str:
    output = render(document, {"s1": new})
    assert compare(document, output) == ()
    return xml_of(output, "word/numbering.xml").partition('val="')[2].partition('"')[0]


def test_labels_stay_unless_asked_for():
    found = parse(source(*LABELS), ParseOptions())
    assert [s.content for s in found.segments] == [("Text",)]
    assert found.protected == (Protected("numbering label", "Chapter %1"),
                               Protected("numbering label", "%1.%2 of Part %3:"))
    laws.law_shape(found)


def test_words_are_segments_and_numbers_are_codes():
    found = parse(source(*LABELS), ASKED)
    assert [(shown(s.content), s.role) for s in found.segments[1:]] == [
        ("Chapter <1 number/>", Role.LIST_ITEM), ("<1 number/>.<2 number/> of Part <3 number/>:", Role.LIST_ITEM)]
    assert found.protected == ()
    laws.law_identity(found)
    laws.law_echo(found)
    laws.law_account(found)
    laws.law_shape(found, options=ASKED)


def test_a_number_may_move():
    found = parse(source("Chapter %1"), ASKED)
    text, number = found.segments[1].content
    assert text == "Chapter "
    assert label_of(found, number, ". fejezet") == "%1. fejezet"


def test_no_number_but_by_its_code():
    found = parse(source("Chapter %1"), ASKED)
    number = found.segments[1].content[1]
    assert label_of(found, "50%2 ", number, " %") == f"50%{WORD_JOINER}2 %1 %"


def test_masks_stand_beside_numbers():
    found = parse(source("See example.com %1"), ASKED)
    assert shown(found.segments[1].content) == "See <1 url/> <2 number/>"


@pytest.mark.parametrize(("old", "new"), [("Chapter %1", "Kapitel %2"), ("Chapter %1", "Kapitel"), ("Chapter %1", "%1"),
                                          ('ilvl="0"', 'ilvl="1"')])
def test_a_lost_number_is_seen(old, new):
    found = parse(source("Chapter %1"), ASKED)
    parts = xml_of(source("Chapter %1"), "word/numbering.xml").replace(old, new)
    output = package(members(p(r("Text")), {"numbering.xml": ("numbering", parts)}))
    assert compare(found, output)


def test_without_the_option_a_changed_label_is_a_fault():
    found = parse(source("Chapter %1"), ParseOptions())
    assert compare(found, source("Kapitel %1"))


@pytest.mark.parametrize("new", [
    ("Kapitel ", Code(7, CodeKind.STANDALONE, "%7", "number", "%7")),
    (Code(1, CodeKind.OPEN, "<strong>", "strong"), "Kapitel"),
])
def test_foreign_codes_are_refused(new):
    found = parse(source("Chapter %1"), ASKED)
    with pytest.raises(ValueError, match="Segment s1 has no Code"):
        render(found, {"s1": new})
