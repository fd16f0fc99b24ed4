"""Which list, table and cell each text of a Markdown document says that it stands in."""

import parsers
from parsers.document import readable
from parsers.options import ParseOptions


def stands(text):
    return {readable(s.content): (s.group, s.cell)
            for s in parsers.parse(text.encode(), "markdown", ParseOptions()).segments}


def test_nested_lists_have_their_own_name():
    assert stands("- a\n- b\n  1. c\n  2. d\n\n  e\n- f\n\ng\n\n- h\n") == {
        "a": ("list 1", None), "b": ("list 1", None), "c": ("list 2", None), "d": ("list 2", None),
        "e": ("list 1", None), "f": ("list 1", None), "g": ("", None), "h": ("list 3", None)}


def test_definitions_are_a_list():
    assert stands("term\n: meaning\n") == {"term": ("list 1", None), "meaning": ("list 1", None)}


def test_the_first_row_of_a_table_is_its_header():
    assert stands("| a |   | b |\n|---|---|---|\n| c | d | ![e](x) |\n\nf\n\n| g |\n|---|\n| h |\n") == {
        "a": ("table 1", (0, 0)), "b": ("table 1", (0, 2)), "c": ("table 1", (1, 0)), "d": ("table 1", (1, 1)),
        "e": ("table 1", (1, 2)), "f": ("", None), "g": ("table 2", (0, 0)), "h": ("table 2", (1, 0))}


def test_a_table_in_a_list_and_the_item_after_it():
    assert stands("- a\n\n  | b |\n  |---|\n  | c |\n\n- d\n") == {
        "a": ("list 1", None), "b": ("table 1", (0, 0)), "c": ("table 1", (1, 0)), "d": ("list 1", None)}


def test_html_blocks_go_on_counting():
    assert stands("- a\n\n  <p>b</p>\n\n  <ul><li>c</ul>\n\n<table><tr><td>d</table>\n\n- e\n") == {
        "a": ("list 1", None), "b": ("list 1", None), "c": ("list 2", None), "d": ("table 1", (1, 0)),
        "e": ("list 3", None)}
