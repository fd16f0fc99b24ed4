"""What a translator sees of a Word document."""

import pytest

from parsers.document import Role
from tests import laws
from tests.parsers.docx.making import document, field, p, r, shown, story

BOLD, ITALIC, UNDER = "b", "i", '<w:u w:val="single"/>'


def contents(body: str, **parts) -> list[str]:
    return [shown(segment.content) for segment in document(body, parts).segments]


def one(*runs: str) -> str:
    (found,) = contents(p(*runs))
    return found


def test_runs_that_look_alike_are_one_text():
    assert one(r("Wor"), '<w:proofErr w:type="spellStart"/>', r("d", '<w:lang w:val="fr"/>'), r(" by word")) == "Word by word"


def test_formatting_of_most_letters_is_nobodys_code():
    assert one(r("A very bold paragraph with one ", BOLD), r("plain"), r(" word", BOLD)) == \
        "A very bold paragraph with one <1>plain</1> word"


def test_emphasis_inside_a_sentence_is_a_pair():
    assert one(r("I "), r("like", BOLD), r(" it")) == "I <1>like</1> it"


def test_emphasis_inside_emphasis_nests():
    assert one(r("Here is a text: "), r("so ", BOLD), r("very", BOLD, ITALIC), r(" good", BOLD)) == \
        "Here is a text: <1>so <2>very</2> good</1>"


def test_what_is_raised_is_called_so_whatever_else_it_is():
    found, = document(p(r("Water is H", BOLD), r("2", BOLD, '<w:vertAlign w:val="subscript"/>'), r("O", BOLD),
                        r(" and more words", '<w:vertAlign w:val="baseline"/>'))).segments
    assert {code.label for code in found.content if not isinstance(code, str) and code.id == 2} == {"raised"}
    assert "raised" not in {code.label for code in found.content if not isinstance(code, str) and code.id != 2}


def test_blanks_at_the_edge_of_emphasis_stand_outside():
    assert one(r("Press"), r(" Save ", BOLD), r("now please")) == "Press <1>Save</1> now please"


def test_underlined_blanks_are_kept_as_they_are():
    assert one(r("Sign here"), r("     ", UNDER), r("please")) == "Sign here<1 run/>please"


def test_differences_that_nobody_sees_make_no_code():
    assert one(r("One "), r("two ", "noProof"), r("three", '<w:rFonts w:hint="eastAsia"/>'), r(" four", "bCs")) == \
        "One two three four"


def test_a_link_is_a_pair_with_one_look_of_its_own():
    link = f'<w:hyperlink w:anchor="x">{r("the manual", UNDER)}</w:hyperlink>'
    assert one(r("Read "), link, r(" first")) == "Read <1>the manual</1> first"


def test_a_pair_around_everything_stays_outside():
    assert one(f'<w:hyperlink w:anchor="x">{r("Read the manual")}</w:hyperlink>') == "Read the manual"


def test_edges_without_text_stay_outside():
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    assert one("<w:r><w:tab/></w:r>", r(" Text with a note"), note, '<w:bookmarkEnd w:id="1"/>') == "Text with a note"


def test_a_note_inside_a_sentence_is_a_code():
    assert one(r("Words"), '<w:r><w:footnoteReference w:id="2"/></w:r>', r(" go on")) == "Words<1 note/> go on"


def test_a_tab_parts_a_paragraph():
    assert contents(p(r("1.1"), "<w:r><w:tab/></w:r>", r("Name"), "<w:r><w:tab/></w:r>", r("Date of birth"))) == \
        ["Name", "Date of birth"]


def test_bookmarks_travel_without_codes():
    runs = r("See "), '<w:bookmarkStart w:id="1" w:name="a"/>', r("this"), '<w:bookmarkEnd w:id="1"/>', r(" part")
    assert one(*runs) == "See this part"


def test_things_in_a_row_are_one_code():
    assert one(r("one"), "<w:r><w:br/><w:br/></w:r>", r("two")) == "one<1 break/>two"


def test_deleted_text_is_not_seen_and_inserted_text_is():
    deleted = "<w:del><w:r><w:delText>was</w:delText></w:r></w:del>"
    found = document(p(r("It is "), deleted, f"<w:ins>{r('now')}</w:ins>", r(" so")))
    assert [shown(s.content) for s in found.segments] == ["It is <1>now</1> so"]
    assert [(x.reason, x.text) for x in found.protected] == [("deleted text", "was")]


def test_moved_text_is_translated_where_it_went():
    found = document(p(f"<w:moveFrom>{r('Gone')}</w:moveFrom>", r("Here")) + p(f"<w:moveTo>{r('Gone')}</w:moveTo>"))
    assert [shown(s.content) for s in found.segments] == ["Here", "Gone"]
    assert [(x.reason, x.text) for x in found.protected] == [("moved text", "Gone")]


def test_ruby_text_is_a_pair_around_its_base():
    ruby = f"<w:r><w:ruby><w:rubyPr/><w:rt>{r('kana')}</w:rt><w:rubyBase>{r('kanji')}</w:rubyBase></w:ruby></w:r>"
    found = document(p(r("Say "), ruby, r(" twice")))
    assert [shown(s.content) for s in found.segments] == ["Say <1>kanji</1> twice"]
    assert [x.reason for x in found.protected] == ["ruby"]


@pytest.mark.parametrize(("instruction", "expected"), [
    ("PAGE", "On page <1 field/> we say"), ("REF _Ref1 \\h", "On page <1 field/> we say"),
    ('HYPERLINK "http://x.y"', "On page <1>seven</1> we say"), ("hyperlink \\l a", "On page <1>seven</1> we say"),
])
def test_fields_by_kind(instruction, expected):
    assert one(r("On page "), field(instruction, r("seven")), r(" we say")) == expected


def test_a_field_inside_a_field_is_carried_with_it():
    nested = field("IF ", field("MERGEFIELD a", r("inner")), r("outer"))
    assert one(r("If "), nested, r(" then")) == "If <1 field/> then"


def test_text_of_a_field_over_paragraphs_is_text():
    start, end = field("TOC").rsplit("<w:r>", 1)
    page = field("PAGEREF x", r("2"))
    assert contents(p(start, r("First")) + p(r("Second"), "<w:r><w:tab/></w:r>", page) + p("<w:r>" + end)) == \
        ["First", "Second"]


@pytest.mark.parametrize(("instruction", "result", "protected"), [
    ("REF _Ref1 \\h", "Safety rules", ["Safety rules"]), ('STYLEREF "heading 1"', "Safety rules", ["Safety rules"]),
    ("TITLE", "A manual", ["A manual"]), ("REF _Ref1", "7", []), ("MACROBUTTON NoMacro [Click and type a name]", "",
                                                                  ["[Click and type a name]"]),
])
def test_what_a_field_shows_in_a_sentence_is_accounted_for(instruction, result, protected):
    written = field(instruction, r(result))
    if not result:                                           # a prompt stands in the instruction
        written = written.replace('<w:r><w:fldChar w:fldCharType="separate"/></w:r>', "").replace(r(""), "")
    found = document(p(r("As said in "), written, r(" they must go.")))
    assert [shown(s.content) for s in found.segments] == ["As said in <1 field/> they must go."]
    assert [(x.reason, x.text) for x in found.protected] == [("computed field", text) for text in protected]
    inside = document(p(r("They said "), r("as in ", BOLD), written, r(" then", BOLD), r(" and left.")))
    assert [x.text for x in inside.protected] == protected


def test_simple_fields():
    simple = f'<w:fldSimple w:instr=" PAGE ">{r("3")}</w:fldSimple>'
    assert one(r("Page "), simple, r(" of it")) == "Page <1 field/> of it"


def test_content_controls():
    control = f'<w:sdt><w:sdtPr/><w:sdtContent>{r("the client")}</w:sdtContent></w:sdt>'
    assert one(r("Signed by "), control, r(" today")) == "Signed by <1>the client</1> today"


def test_non_breaking_hyphens_are_text_and_soft_ones_vanish():
    run = "<w:r><w:t>co</w:t><w:noBreakHyphen/><w:t>ordi</w:t><w:softHyphen/><w:t>nate</w:t></w:r>"
    assert one(run) == "co\u2011ordinate"


def test_math_is_one_code():
    assert one(r("Let "), "<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath>", r(" hold")) == "Let <1 math/> hold"


def test_both_branches_of_a_text_box():
    def box(text: str) -> str:
        return f"<w:txbxContent>{p(r(text))}</w:txbxContent>"
    body = p("<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>" + box("In a box") +
             "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>" + box("In a box") +
             "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>", r("Around"))
    found = document(body).segments
    assert [(shown(s.content), s.role) for s in found] == \
        [("Around", Role.PARAGRAPH), ("In a box", Role.TEXT_BOX), ("In a box", Role.TEXT_BOX)]


def test_alternative_texts_and_word_art():
    body = p('<w:r><w:drawing><wp:docPr id="1" name="n" descr="A red house" title="House"/></w:drawing></w:r>',
             '<w:r><w:pict><v:shape alt="A blue tree"><v:textpath string="Hello there"/></v:shape></w:pict></w:r>')
    assert contents(body) == ["A red house", "House", "A blue tree", "Hello there"]


def test_styles_that_protect():
    found = document(p(r("print(this)"), style="P1") + p(r("Acme Corporation"), style="P2") +
                     p(r("A listing"), style="P3") +
                     p(r("Call "), r("run()", '<w:rStyle w:val="C2"/>'), r(" twice")))
    assert [shown(s.content) for s in found.segments] == ["A listing", "Call <1 code/> twice"]
    assert [(x.reason, x.text) for x in found.protected] == \
        [("code style", "print(this)"), ("DoNotTranslate style", "Acme Corporation")]


def test_headings_make_the_path():
    found = document(p(r("Part"), style="H1") + p(r("Chapter"), style="H2") + p(r("Words")) + p(r("Next"), style="H1"))
    assert [(s.role, s.path) for s in found.segments] == [
        (Role.HEADING, ()), (Role.HEADING, ("Part",)), (Role.PARAGRAPH, ("Part", "Chapter")), (Role.HEADING, ())]


def test_parts_come_through_relationships():
    found = document(p(r("Body")), {
        "anything.xml": story("footer", p(r("Foot of page"))),
        "n.xml": story("footnotes", f"<w:footnote>{p(r('A note'))}</w:footnote>"),
        "c.xml": story("comments", f"<w:comment>{p(r('A comment'))}</w:comment>")})
    assert [(shown(s.content), s.role) for s in found.segments] == [
        ("Body", Role.PARAGRAPH), ("Foot of page", Role.FOOTER), ("A note", Role.FOOTNOTE), ("A comment", Role.COMMENT)]


def test_charts_show_titles_and_names():
    chart = ('<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
             'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><c:title><c:tx><c:rich><a:p><a:r>'
             '<a:t>Sales by year</a:t></a:r></a:p></c:rich></c:tx></c:title><c:ser><c:tx><c:strRef><c:f>A1</c:f>'
             '<c:strCache><c:pt idx="0"><c:v>North</c:v></c:pt></c:strCache></c:strRef></c:tx><c:val><c:numCache>'
             '<c:pt idx="0"><c:v>3.5</c:v></c:pt></c:numCache></c:val></c:ser></c:chartSpace>')
    assert contents(p(r("Body")), **{"chart7.xml": ("chart", chart)}) == ["Body", "Sales by year", "North"]


def test_numbers_alone_are_no_segment():
    assert contents(p(r("12,5 %")) + p(r("Total"))) == ["Total"]


def test_words_in_numbering_labels_are_accounted_for():
    numbering = '<w:numbering xmlns:w="http://x"><w:lvl><w:lvlText w:val="Chapter %1"/></w:lvl></w:numbering>'
    found = document(p(r("Body")), {"numbering.xml": ("numbering", numbering)})
    assert [(x.reason, x.text) for x in found.protected] == [("numbering label", "Chapter %1")]


def test_white_space_that_word_trims_is_no_text():
    assert one("<w:r><w:t>  Hello  </w:t></w:r>", r("world")) == "Helloworld"


def test_forms():
    entry = ('<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:helpText w:type="text" w:val="Pick one"/>'
             '<w:statusText w:type="autoText" w:val="HelpEntry"/><w:ddList><w:listEntry w:val="Red"/>'
             '<w:listEntry w:val="12"/></w:ddList></w:ffData></w:fldChar></w:r>')
    found = document(p(r("Colour: "), entry, '<w:r><w:instrText> FORMDROPDOWN </w:instrText></w:r>',
                       '<w:r><w:fldChar w:fldCharType="end"/></w:r>'))
    assert [(s.content, s.role) for s in found.segments[1:]] == [(("Pick one",), Role.FORM), (("Red",), Role.FORM)]
    laws.law_shape(found)
