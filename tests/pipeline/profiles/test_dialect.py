"""Codes as tags in a model's text, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import codes, content
from pipeline.engines.profiles.dialect import TagDialect
from tests.pipeline.contents import mark

TAGS = TagDialect()


def spelled(items):
    return "".join(TAGS.spell(items))


def test_pairs_and_standalone_codes_are_numbered_tags():
    assert spelled(mark("Click **Save** in `ui`.")) == "Click <s1>Save</s1> in <x2/>."


def test_tags_may_come_back_in_another_order():
    items = mark("The **red** `car`")
    assert TAGS.decode("O <x2/> <s1>vermelho</s1>", items) == (
        "O ", codes(items)[2], " ", codes(items)[0], "vermelho", codes(items)[1])


def test_tags_that_were_not_sent_stay_text():
    items = mark("The **red** car")
    assert TAGS.decode("O carro <s7>vermelho</s7>", items) == ("O carro <s7>vermelho</s7>",)


@given(st.text(), st.sampled_from(["<s1>", "</s2>", "<x3/>", "<s99>", ""]))
def test_what_is_encoded_decodes_to_itself(text, literal):
    items = mark("A **b** `c` ")
    items = (*items[:-1], text.replace("\r", "") + literal + ".") if isinstance(items[-1], str) else (*items, literal + ".")
    assert TAGS.decode(spelled(items), items) == items


@pytest.mark.parametrize("answer", [
    "O <x2/> <s1>vermelho</s1>", "O <X2/> <S1>vermelho</S1>", "O <x2 /> <s1 >vermelho</ s1>", "O < x2/> < s1>vermelho</s1 >",
    "O <x2> <s1>vermelho</s1>", "O <x2></x2> <s1>vermelho</s1>", "O <x 2/> <s 1>vermelho</s 1>",
    "O ＜x2/＞ ＜s1＞vermelho＜/s1＞", "O &lt;x2/&gt; &lt;s1&gt;vermelho&lt;/s1&gt;", "O <s2></s2> <s1>vermelho</s1>",
    "O <s2/> <x1>vermelho</x1>", "O <x٢/> <s١>vermelho</s١>"])
def test_tags_are_read_as_models_write_them(answer):
    items = mark("The **red** `car`")
    assert TAGS.decode(answer, items) == ("O ", codes(items)[2], " ", codes(items)[0], "vermelho", codes(items)[1])


@pytest.mark.parametrize("answer", ["O <x2>carro</x2>", "O <s1/> carro", "O </x2>", "O <s1/>vermelho</s1>"])
def test_what_can_be_read_in_two_ways_is_not_guessed_at(answer):
    items = mark("The **red** `car`")
    assert any("<" in part for part in TAGS.decode(answer, items) if isinstance(part, str))


def test_an_empty_pair_may_come_as_one_tag():
    items = mark("a ****b")
    assert codes(TAGS.decode("a <s1/>b", items)) == codes(items)


def test_numbers_move_past_whatever_could_be_read_as_a_tag():
    items = ("Write < S7 > or &lt;b9&gt; ", *mark("in **bold**"))
    assert spelled(items).endswith("in <s10>bold</s10>")
    assert TAGS.decode(spelled(items), items) == content(items)


def test_a_standalone_code_may_be_written_as_an_empty_pair():
    items = mark("Run `x` **now**")
    pairs = TagDialect(standalone="<s{0}></s{0}>")
    assert "".join(pairs.spell(items)) == "Run <s1></s1> <s2>now</s2>"
    assert pairs.decode("Agora <s1></s1> <s2>corra</s2>", items) == ("Agora ", codes(items)[0], " ", codes(items)[1],
                                                                     "corra", codes(items)[2])
