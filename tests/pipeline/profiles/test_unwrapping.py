"""The translation in what a model wrote."""

import pytest

from pipeline.engines.profiles.unwrapping import unwrapped

PLAIN = ("Save the file.",)


@pytest.mark.parametrize("answer", [
    "Guarde o ficheiro.", "  Guarde o ficheiro.\n", "<target>Guarde o ficheiro.</target>",
    "<target> Guarde o ficheiro.", "Guarde o ficheiro.</target>", "<source>Guarde o ficheiro.</source>",
    "Translation: <target>Guarde o ficheiro.</target> I hope this helps.", "```\nGuarde o ficheiro.\n```",
    "```text\nGuarde o ficheiro.\n```", "\"Guarde o ficheiro.\"", "“Guarde o ficheiro.”", "「Guarde o ficheiro.」",
    "<think>The user wants Portuguese.</think>\n\nGuarde o ficheiro.", "<think>\n\n</think>\n\n<target>Guarde o ficheiro.</target>",
    "[Source Text]\nGuarde o ficheiro.", "【待翻译文本】 Guarde o ficheiro.", "```\n<target>Guarde o ficheiro.</target>\n```"])
def test_what_a_model_puts_around_it_goes(answer):
    assert unwrapped(answer, PLAIN) == "Guarde o ficheiro."


def test_quotation_marks_stay_if_the_source_has_some():
    assert unwrapped("“Guardar” e “Abrir”", ("“Save” and “Open”",)) == "“Guardar” e “Abrir”"
    assert unwrapped("«Guardar»", ("\"Save\"",)) == "«Guardar»"


def test_quotation_marks_around_parts_stay():
    assert unwrapped("\"Guardar\" ou \"Abrir\"", PLAIN) == "\"Guardar\" ou \"Abrir\""


def test_fences_stay_if_the_source_has_some():
    assert unwrapped("```\ncódigo\n```", ("```\ncode\n```",)) == "```\ncódigo\n```"


def test_an_apostrophe_is_no_quotation_mark():
    assert unwrapped("'Til dawn'", ("Don't stop",)) == "Til dawn"
