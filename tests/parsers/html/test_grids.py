"""Which list, table and cell each text of a page says that it stands in."""

import pytest

import parsers
from parsers.document import readable
from parsers.html.grids import COLUMNS, Grid, span
from parsers.options import ParseOptions


def stands(text):
    return {readable(s.content): (s.group, s.cell) for s in parsers.parse(text.encode(), "html", ParseOptions()).segments}


def cells(text):
    return {shown: cell for shown, (_, cell) in stands(text).items()}


def test_items_of_one_list_share_its_name():
    assert stands("<p>p<ul><li>a<li>b<ol><li>c</ol><li>d</ul><ul><li>e</ul><select><option>f<option>g</select>") == {
        "p": ("", None), "a": ("list 1", None), "b": ("list 1", None), "c": ("list 2", None), "d": ("list 1", None),
        "e": ("list 3", None), "f": ("list 4", None), "g": ("list 4", None)}


def test_a_list_in_a_cell_is_its_own_and_the_cell_goes_on_after_it():
    assert stands("<table><caption>t</caption><tr><td>a<ul><li>b</ul>c<table><tr><td>d</table><td>e</table>") == {
        "t": ("table 1", None), "a": ("table 1", (1, 0)), "b": ("list 1", None), "c": ("table 1", (1, 0)),
        "d": ("table 2", (1, 0)), "e": ("table 1", (1, 1))}


@pytest.mark.parametrize(("table", "expected"), [
    ("<thead><tr><td>a<td>b</thead><tr><td>c<td>d", {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1)}),
    ("<tr><th>a<th>b<tr><td>c<td>d", {"a": (0, 0), "b": (0, 1), "c": (1, 0), "d": (1, 1)}),
    ("<tr><td><th>a<th>b<tr><th>c<td>d<td>e", {"a": (0, 1), "b": (0, 2), "c": (1, 0), "d": (1, 1), "e": (1, 2)}),
    ("<tr><th>a<td>b<tr><th>c<td>d", {"a": (1, 0), "b": (1, 1), "c": (2, 0), "d": (2, 1)}),
    ("<tr><td>a<tr><td>b", {"a": (1, 0), "b": (2, 0)}),
    ("<tr><th>a<tr><th>b", {"a": (1, 0), "b": (2, 0)}),
    ("<tr><th colspan=2>a<th>b<tr><th>c<th>d<th>e<tr><td>f<td>g<td>h",
     {"a": (0, 0), "b": (0, 2), "c": (0, 0), "d": (0, 1), "e": (0, 2), "f": (1, 0), "g": (1, 1), "h": (1, 2)}),
    ("<tr><td rowspan=2>a<td>b<td COLSPAN='2'>c<td>d<tr><td>e<td>f",
     {"a": (1, 0), "b": (1, 1), "c": (1, 2), "d": (1, 4), "e": (2, 1), "f": (2, 2)}),
    ("<td>a<td>b", {"a": (1, 0), "b": (1, 1)}),
])
def test_rows_and_columns(table, expected):
    assert cells(f"<table>{table}</table>") == expected


def test_parts_of_a_table_without_a_table_stand_nowhere():
    assert stands("<tr><td>a<td>b") == {"a": ("", None), "b": ("", None)}


def test_attributes_stand_where_their_element_does():
    assert stands("<table><tr><td>a<td><img alt=b></table><ul><li><img alt=c></ul>") == {
        "a": ("table 1", (1, 0)), "b": ("table 1", (1, 1)), "c": ("list 1", None)}


@pytest.mark.parametrize(("value", "columns"), [
    ("3", 3), (" 2 ", 2), ("0", 1), ("-1", 1), ("two", 1), ("", 1), ("99999", 1000), ("9" * 5000, 1)])
def test_spans_are_read_as_browsers_do(value, columns):
    assert span(value) == columns


def test_endless_spans_are_not_followed():
    grid = Grid("table 1")
    for _ in range(3):
        grid.begin_row(in_head=False)
        first = grid.begin_cell(1000, 1000, heading=False)
    assert first.column == COLUMNS
