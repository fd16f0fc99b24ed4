"""What is asked of the engine, and what is not."""

from dataclasses import replace

import pytest

from parsers.document import Document, Role, Segment
from pipeline.engines import Context
from pipeline.planning import memory_key, plan, with_codes_of
from pipeline.windows import Windows
from tests.pipeline.contents import mark, show

ANSWER = ("en", "pt", "engine", "v1")


def document(*texts: str) -> Document:
    return Document("markdown", b"", tuple(Segment(f"s{n}", mark(text), Role.PARAGRAPH, ("Guide",))
                                           for n, text in enumerate(texts)))


def test_each_text_is_asked_once():
    planned = plan(document("Open", "Close", "Open", "12 `x`"))
    assert [segment.id for segment in planned.unique] == ["s0", "s1"]
    assert planned.repeats == {"s2": "s0"}
    assert planned.untouched == {"s3": "no letters outside protected text"}


def test_repeats_keep_their_own_links():
    first, second = mark("see [here](a)"), mark("see [here](b)")
    assert plan(Document("markdown", b"", (Segment("s0", first, Role.PARAGRAPH),
                                           Segment("s1", second, Role.PARAGRAPH)))).repeats == {"s1": "s0"}
    assert show(with_codes_of(mark("veja [aqui](a)"), second)) == "veja [aqui](b)"


def test_equal_text_with_other_codes_is_no_repeat():
    assert plan(document("run `a`", "run `b`", "run a")).repeats == {}


def test_a_short_text_in_another_setting_is_no_repeat():
    def setting(role, group="", cell=None, text="Open"):
        return mark(text), role, group, cell

    found = [setting(Role.PARAGRAPH), setting(Role.HEADING), setting(Role.ATTRIBUTE), setting(Role.FORM),
             setting(Role.TABLE_CELL, "table 1", (0, 0), "Status"), setting(Role.TABLE_CELL, "table 1", (0, 1), "Price"),
             setting(Role.TABLE_CELL, "table 1", (1, 0)), setting(Role.TABLE_CELL, "table 1", (1, 1)),
             setting(Role.TABLE_CELL, "table 1", (2, 0)), setting(Role.TABLE_CELL, "table 2", (1, 0))]
    segments = tuple(Segment(f"s{n}", content, role, group=group, cell=cell)
                     for n, (content, role, group, cell) in enumerate(found))
    assert plan(Document("html", b"", segments)).repeats == {"s1": "s0", "s2": "s0", "s8": "s6", "s9": "s0"}
    alone = plan(Document("html", b"", segments), instructed=False)
    assert alone.repeats == {"s1": "s0", "s2": "s0", "s3": "s0", "s6": "s0", "s7": "s0", "s8": "s0", "s9": "s0"}
    assert set(alone.contexts.values()) == {Context()}


def test_a_long_text_is_a_repeat_in_any_setting():
    text = mark("All of the doors are open today")
    segments = (Segment("s0", text, Role.PARAGRAPH), Segment("s1", text, Role.FORM))
    assert plan(Document("html", b"", segments)).repeats == {"s1": "s0"}


def test_contexts_are_those_of_the_first_of_each_text():
    planned = plan(document("one", "two", "one"))
    assert planned.contexts["s1"] == Windows(document("one", "two", "one").segments).context(1)
    assert set(planned.contexts) == {"s0", "s1"}


@pytest.mark.parametrize("other", [
    Context(headings=("Doors",)), Context(previous=("Is it closed?",)), Context(header="Status"), Context(siblings=("Shut",))])
def test_short_segments_are_remembered_with_their_context(other):
    def same(text):
        segment = document(text).segments[0]
        return memory_key(segment, Context(), ANSWER) == memory_key(segment, other, ANSWER)

    assert not same("Open")
    assert not same("打开文件")
    assert same("This sentence is long enough to stand alone.")
    assert same("这个句子足够长，可以单独存在。")


def test_short_segments_are_remembered_with_their_role():
    segment = document("Open").segments[0]
    assert memory_key(segment, Context(), ANSWER) != memory_key(replace(segment, role=Role.FORM), Context(), ANSWER)


def test_memory_keys_know_languages_engine_and_glossary():
    segment = document("This sentence is long enough to stand alone.").segments[0]
    keys = {memory_key(segment, Context(), answer) for answer in (("en", "pt"), ("en", "fr"), ("en", "pt", "g"))}
    assert len(keys) == 3
