"""What goes along with a segment."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.document import Role, Segment
from pipeline.engines import Context
from pipeline.excerpts import size
from pipeline.windows import HEADING, NEIGHBOURS, PREVIOUS, SIBLINGS, Windows

LONG = "This sentence is long enough to stand alone."


def segments(*found):
    """Each is a text, or (text, role), (text, role, group) or (text, role, group, cell)."""
    out = []
    for one in found:
        text, role, *rest = one if isinstance(one, tuple) else (one, Role.PARAGRAPH)
        out.append(Segment(f"s{len(out)}", (text,), role, ("Guide",), "", *rest))
    return out


def context(at, *found) -> Context:
    return Windows(segments(*found)).context(at)


def items(*texts, group="list 1"):
    return [(text, Role.LIST_ITEM, group) for text in texts]


def cells(*rows, group="table 1", first=0):
    return [(text, Role.TABLE_CELL, group, (row, column))
            for row, texts in enumerate(rows, first) for column, text in enumerate(texts) if text]


# ---- running text

def test_the_three_texts_before_go_along():
    assert context(4, "one", "two", "three", "four", LONG) == Context(("Guide",), ("two", "three", "four"))


def test_what_headings_say_and_the_text_itself_are_not_said_again():
    assert context(5, "one", "Guide", LONG, "two", "two", LONG).previous == ("one", "two")
    assert context(0, "Guide").headings == ()


def test_long_neighbours_are_cut_and_not_left_out():
    before = "It begins. " + "A sentence in the middle. " * 60 + "It ends here."
    (told,) = context(1, before, LONG).previous
    assert told.startswith("A sentence") and told.endswith("It ends here.") and PREVIOUS // 2 < size(told) <= PREVIOUS


def test_attributes_are_no_context_for_sentences_but_have_one():
    found = [LONG, ("Close", Role.ATTRIBUTE), ("A cat", Role.ALT_TEXT), "And then it was said once more."]
    assert context(3, *found).previous == (LONG,)
    assert context(2, *found) == Context(("Guide",), (LONG, "Close"), "", ("And then it was said once more.",))


def test_notes_and_headers_stand_apart():
    found = [LONG, ("Page", Role.FOOTER), ("See above", Role.FOOTNOTE), ("See below", Role.FOOTNOTE), "Then"]
    assert context(3, *found).previous == ("See above",)
    assert context(1, *found).previous == ()
    assert context(4, *found).previous == (LONG,)


# ---- labels

def test_short_texts_see_what_follows():
    assert context(1, "one", ("Open", Role.HEADING), "The shop is open.", "And so on.", "three") == Context(
        ("Guide",), ("one",), "", ("The shop is open.", "And so on."))
    assert context(1, "one", LONG, "two").siblings == ()


def test_what_follows_is_cut_at_a_sentence():
    (told,) = context(0, "Open", LONG + " And this goes on." * 40).siblings
    assert told.startswith(LONG) and told.endswith("on.") and size(told) <= SIBLINGS


# ---- lists

def test_items_of_a_short_list_see_all_of_it_and_what_stands_before():
    found = ["You need:", *items("Bread"), *items("white", "brown", group="list 2"), *items("Milk", "Eggs"), "Mix."]
    assert context(4, *found) == Context(("Guide",), ("You need:",), "", ("Bread", "Eggs"))
    assert context(2, *found) == Context(("Guide",), ("You need:", "Bread"), "", ("brown",))


def test_items_of_a_long_list_see_their_neighbours():
    names = [f"Item number {n}" for n in range(100)]
    found = ["You need:", *items(*names)]
    told = context(51, *found)
    assert told.previous == ("You need:",)
    assert told.siblings == tuple(names[42:50] + names[51:59])
    tales = [f"{LONG} Tale {n}." for n in range(50)]
    assert context(21, "Tales:", *items(*tales)) == Context(("Guide",), tuple(tales[17:20]))


# ---- tables

TABLE = ["Our plans:", ("Plans", Role.CAPTION, "table 1"),
         *cells(("Plan", "Price", "State"), ("Basic", "Free", "Open"), ("Gold", "10 a month", "Closed")), "Buy now!"]


def test_cells_see_their_column_and_their_row():
    assert context(7, *TABLE) == Context(("Guide",), ("Our plans:", "Plans"), "State / Basic", ("Free",))
    assert context(5, *TABLE) == Context(("Guide",), ("Our plans:", "Plans"), "Plan", ("Free", "Open"))


def test_headers_see_each_other():
    assert context(3, *TABLE) == Context(("Guide",), ("Our plans:", "Plans"), "", ("Plan", "State"))


def test_a_table_without_a_header():
    told = context(3, *cells(("Name:", "Ann"), ("Town:", "Rome"), first=1))
    assert (told.header, told.siblings, told.previous) == ("Town:", (), ())


def test_header_rows_are_read_together():
    found = [*cells(("Price", "")), *cells(("net", "State")), *cells(("low", "open"), first=1)]
    assert context(3, *found).header == "Price net"
    assert context(4, *found).header == "State / low"


def test_paragraphs_of_a_cell_see_those_before_them_in_it():
    one, two = (f"{LONG} {n}" for n in "12")
    found = ["Before", *cells(("Head", "er")), *cells(("Left", one), first=1), (two, Role.PARAGRAPH, "table 1", (1, 1))]
    assert context(5, *found) == Context(("Guide",), ("Before", one), "er / Left")


def test_a_cell_that_says_what_its_header_says():
    assert context(1, *cells(("Host",), ("Host",))) == Context(("Guide",))


# ---- all

ROLES = st.sampled_from(list(Role))
PLACES = st.one_of(st.tuples(st.sampled_from(["", "list 1", "list 2", "table 9"]), st.none()),
                   st.tuples(st.sampled_from(["table 1", "table 2"]), st.tuples(st.integers(0, 3), st.integers(0, 3))))
TEXTS = st.text(st.sampled_from("ab. \u4f60\u3002"), min_size=1, max_size=12).map(lambda part: part * 30) | st.sampled_from(
    ["Open", "Close", "12", LONG])


@given(st.lists(st.tuples(TEXTS, ROLES, PLACES), min_size=1, max_size=30))
def test_contexts_are_within_their_budgets_and_never_say_the_text_itself(found):
    made = [Segment(f"s{n}", (text,), role, (LONG * 9,), "", *place) for n, (text, role, place) in enumerate(found)]
    windows = Windows(made)
    for at, segment in enumerate(made):
        told = windows.context(at)
        own = " ".join(segment.content[0].split())
        assert len(told.previous) <= NEIGHBOURS and sum(map(size, told.previous)) <= PREVIOUS
        assert sum(map(size, told.siblings)) <= SIBLINGS
        assert all(size(text) <= HEADING for text in told.headings) and size(told.header) <= 2 * HEADING + 3
        assert "" not in (*told.headings, *told.previous, *told.siblings)
        assert not own or own not in (*told.headings, *told.previous, told.header, *told.siblings)
        assert told == Windows(made).context(at)
