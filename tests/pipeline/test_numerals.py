"""Numbers as they are written: every value that their digits can mean, magnitudes, numerals in letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.numerals import numbers_in, spelled


@pytest.mark.parametrize(("text", "values"), [
    ("7", [{"7"}]),
    ("007", [{"7"}]),
    ("1,000", [{"1000", "1.000"}]),
    ("1.000,50", [{"1000.50"}]),
    ("1 000 000", [{"1000000"}]),
    ("1'000.5", [{"1000.5"}]),
    ("12,34,567", [{"1234567"}]),
    ("0.125", [{"0.125"}]),
    ("12.05.2024", [{"12"}, {"5"}, {"2024"}]),
    ("2024 100", [{"2024"}, {"100"}]),
    ("１２３", [{"123"}]),
    ("1.5万", [{"15000"}]),
    ("1億2000万", [{"120000000"}]),
    ("2 mil millones", [{"2000000000"}]),
    ("2 billion", [{"2000000000", "2000000000000"}]),
    ("10k", [{"10", "10000"}]),
    ("5 milhas", [{"5"}]),
    ("3 p.m.", [{"3", "15"}]),
    ("7.55am", [{"7", "19"}, {"55"}]),
])
def test_what_a_number_can_mean(text, values):
    assert [set(number.values) for number in numbers_in(text)] == values


@pytest.mark.parametrize(("text", "numbers"), [
    ("thirty-two percent of nineteen", {"32", "19"}),
    ("el siglo XIX", {"19"}),
    ("二十五人在三百万个房间里", {"25", "3000000"}),
    ("两千零五", {"2005"}),
    ("no numbers, I said", {"1"}),
])
def test_numerals_in_letters(text, numbers):
    assert spelled(text) == numbers


@pytest.mark.parametrize("text", ["9" * 10_000, "9" * 10_000 + " p.m.", "1.000万" * 3_000, "一" * 10_000, "1,000," * 10_000,
                                  "9" * 10_000 + " million", "1億2000万" * 3_000])
def test_endless_numbers_are_read_in_linear_time(text):
    assert list(numbers_in(text)) or spelled(text)
    assert all(len(number.values) < 20 for number in numbers_in(text))


@given(st.text(alphabet="0123456789.,' 万億千kM%apm٣٫-\u00a0²", max_size=30))
def test_any_text_can_be_read(text):
    for number in numbers_in(text):
        assert number.values
        assert text[number.start:number.end]
    spelled(text)
