"""White space beside tags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import codes, text_of
from parsers.locales import Locale
from pipeline.engines.profiles.spacing import spaced_as
from tests.pipeline.contents import mark, show


def spaced(source, answer, language="pt"):
    return show(spaced_as(mark(source), mark(answer), Locale.parse(language)))


@pytest.mark.parametrize(("source", "answer", "wanted"), [
    ("Click **Save** now", "Clique em ** Guardar ** agora", "Clique em **Guardar** agora"),
    ("Click **Save** now", "Clique em** Guardar **agora", "Clique em **Guardar** agora"),
    ("**Save** now", "** Guardar ** agora", "**Guardar** agora"),
    ("Now **save**", "Agora ** guarde **", "Agora **guarde**"),
    ("Click **Save**.", "Clique em **Guardar** .", "Clique em **Guardar**."),
    ("(see `x`)", "(veja `x` )", "(veja `x`)"),
    ("(`x`, `y`)", "( `x` , `y` )", "(`x`, `y`)"),
    ("a **_b_** c", "a ** _ b _ ** c", "a **_b_** c"),
    ("a **_b_** c", "a** _ b _ **c", "a **_b_** c"),
    ("**Note: **text", "**Nota: **texto", "**Nota: **texto"),
    ("in `x`", "`x`da", "`x`da"),
    ("a - **b**-c", "a - **b** -c", "a - **b** -c"),
])
def test_white_space_is_where_the_source_has_it(source, answer, wanted):
    assert spaced(source, answer) == wanted


def test_french_parts_some_marks_from_the_word_before():
    assert spaced("See **this**: now", "Voyez **ceci** : maintenant", "fr") == "Voyez **ceci** : maintenant"
    assert spaced("See **this**: now", "Veja **isto** : agora", "pt") == "Veja **isto**: agora"


@given(st.text(alphabet="a .,(", max_size=5), st.text(alphabet="b ", max_size=4), st.text(alphabet="c .,)", max_size=5))
def test_no_letter_and_no_code_is_touched_and_no_words_are_joined(before, inner, after):
    answer = mark(f"{before}**{inner}** {after}`x`")
    result = spaced_as(mark("a **b** c`x`"), answer, Locale.parse("pt"))
    assert codes(result) == codes(answer)
    assert text_of(result).replace(" ", "") == text_of(answer).replace(" ", "")
    assert len(text_of(result).split()) >= len([word for word in text_of(answer).split() if word.isalpha()])
