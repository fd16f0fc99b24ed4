"""Which list, table and cell each text of a Word document says that it stands in."""

import pytest

from parsers.document import readable
from tests.parsers.docx.making import document, p, r, story

LOOK = '<w:tblPr><w:tblLook w:val="04A0"/></w:tblPr>'
REPEATED = "<w:trPr><w:tblHeader/></w:trPr>"


def stands(body, **parts):
    return {readable(s.content): (s.group, s.cell) for s in document(body, parts).segments}


def item(text, number=1, level=0):
    numbering = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return f"<w:p><w:pPr>{numbering}</w:pPr>{r(text)}</w:p>"


def cell(text, properties=""):
    return f"<w:tc>{properties}{p(r(text)) if text else p()}</w:tc>"


def row(*cells, properties=""):
    inner = "".join(one if one.startswith("<") else cell(one) for one in cells)
    return f"<w:tr>{properties}{inner}</w:tr>"


def table(*rows, properties=""):
    return f"<w:tbl>{properties}{''.join(rows)}</w:tbl>"


def test_items_in_a_row_are_a_list_and_deeper_ones_their_own():
    body = item("a") + item("b") + item("ba", level=1) + item("bb", level=1) + p() + item("c") + item("ca", level=1)
    assert stands(body + p(r("text")) + item("d")) == {
        "a": ("list 1", None), "b": ("list 1", None), "ba": ("list 2", None), "bb": ("list 2", None),
        "c": ("list 1", None), "ca": ("list 3", None), "text": ("", None), "d": ("list 4", None)}


def test_another_numbering_is_another_list():
    assert stands(item("a") + item("b", 2) + item("c")) == {
        "a": ("list 1", None), "b": ("list 2", None), "c": ("list 1", None)}


def test_rows_that_are_repeated_on_each_page_are_the_header():
    assert stands(table(row("a", "b", properties=REPEATED), row("c", "d", properties=REPEATED), row("e", "f"))) == {
        "a": ("table 1", (0, 0)), "b": ("table 1", (0, 1)), "c": ("table 1", (0, 0)), "d": ("table 1", (0, 1)),
        "e": ("table 1", (1, 0)), "f": ("table 1", (1, 1))}


@pytest.mark.parametrize(("rows", "properties", "first"), [
    ([("a", "b"), ("c", "d")], LOOK, 0),
    ([("", "b"), ("c", "d")], LOOK, 0),
    ([("a", "b"), ("c", "d")], '<w:tblPr><w:tblLook w:firstRow="1"/></w:tblPr>', 0),
    ([("a", "b"), ("c", "d")], '<w:tblPr><w:tblLook w:firstRow="0" w:val="04A0"/></w:tblPr>', 1),
    ([("a", "b"), ("c", "d")], '<w:tblPr><w:tblLook w:val="none"/></w:tblPr>', 1),
    ([("a", "b"), ("c", "d")], "", 1),
    ([("b", ""), ("c", "d")], LOOK, 1),
    ([("a", "b")], LOOK, 1),
    ([("b",), ("d",)], LOOK, 1),
])
def test_a_first_row_with_a_look_of_its_own_is_the_header(rows, properties, first):
    found = stands(table(*(row(*texts) for texts in rows), properties=properties))
    assert found["b"][1][0] == first
    assert "d" not in found or found["d"][1][0] == first + 1


def test_cells_that_span_columns_are_counted():
    wide = cell("a", '<w:tcPr><w:gridSpan w:val="3"/></w:tcPr>')
    late = row("c", properties='<w:trPr><w:gridBefore w:val="2"/></w:trPr>')
    assert stands(table(row(wide, "b"), late)) == {
        "a": ("table 1", (1, 0)), "b": ("table 1", (1, 3)), "c": ("table 1", (2, 2))}


def test_rows_and_cells_in_content_controls():
    def control(inner):
        return f"<w:sdt><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
    assert stands(table(row("a", "b"), control(row("c", control(cell("d")))))) == {
        "a": ("table 1", (1, 0)), "b": ("table 1", (1, 1)), "c": ("table 1", (2, 0)), "d": ("table 1", (2, 1))}


def test_a_table_in_a_cell_has_its_own_name():
    inner = f"<w:tc>{p(r('a'))}{table(row('b'))}{p(r('c'))}</w:tc>"
    assert stands(table(row(inner, "d")) + table(row("e"))) == {
        "a": ("table 1", (1, 0)), "b": ("table 2", (1, 0)), "c": ("table 1", (1, 0)), "d": ("table 1", (1, 1)),
        "e": ("table 3", (1, 0))}


def test_tables_of_all_parts_are_counted_together():
    found = stands(table(row("a")), **{"header1.xml": story("header", table(row("b")))})
    assert found == {"a": ("table 1", (1, 0)), "b": ("table 2", (1, 0))}


def test_the_choices_of_a_form_are_a_list():
    choices = "".join(f'<w:listItem w:displayText="{text}" w:value="1"/>' for text in ("Red", "Green"))
    control = f"<w:sdt><w:sdtPr><w:dropDownList>{choices}</w:dropDownList></w:sdtPr><w:sdtContent/></w:sdt>"
    assert stands(control) == {"Red": ("list 1", None), "Green": ("list 1", None)}
