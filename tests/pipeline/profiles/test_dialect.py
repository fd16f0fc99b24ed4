"""Codes as tags in a model's text, and back."""

from hypothesis import given
from hypothesis import strategies as st

from parsers.document import codes
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
