"""What a constraint lets pass: read as Python reads regular expressions, grammars written out as one."""

import re

import pytest

from parsers.document import codes
from parsers.locales import Locale
from pipeline.engines.constraints import ANY_ORDER, constraint
from pipeline.engines.profiles import TagDialect
from tests.pipeline.contents import mark

TAGS = TagDialect()


def passes(source, answer, wrapping=("", ""), terms=(), target=None):
    """True if a server that obeys the constraint for a source may give this answer."""
    demanded = constraint(mark(source), TAGS, wrapping, terms, target and Locale.parse(target))
    return re.fullmatch(written_out(demanded["grammar"]), answer) is not None


def written_out(grammar):
    """A grammar without recursion as one regular expression."""
    rules = dict(line.split(" ::= ", 1) for line in grammar.splitlines())
    part = re.compile(r'"((?:[^"\\]|\\.)*)"|(\[(?:[^\]\\]|\\.)*\])|([a-z]\w*)|(\{[^}]*\})| ')

    def of(rule):
        return "(?:" + part.sub(lambda found: re.escape(re.sub(r"\\(.)", r"\1", found[1])) if found[1] is not None else
                                of(rules[found[3]]) if found[3] else found[2] or found[4] or "", rule) + ")"

    return of(rules["root"])


@pytest.mark.parametrize("source", [
    "Click **Save** now.", "`x` and **bold**", "**A _b_ `c`** and `d` [e](f) _g_", "_a_ **b** `c` _d_ **e** is here",
    "**_`x`_**", "if a < b then **stop** `x`", "点击**保存**按钮", "[^1]", "**“Quoted”** \\ \"text\""])
def test_the_source_itself_passes(source):
    assert passes(source, "".join(TAGS.spell(mark(source))))


def test_a_tag_comes_exactly_once():
    assert passes("Click **Save** now.", "Clique em <s1>Guardar</s1> agora.")
    assert not passes("Click **Save** now.", "Clique em Guardar agora.")
    assert not passes("Click **Save** now.", "<s1>Clique</s1> em <s1>Guardar</s1> agora.")
    assert not passes("Click **Save** now.", "Clique em <s1>Guardar agora.")
    assert not passes("Click **Save** now.", "Clique em <s1>Guardar</s1> <s2>agora</s2>.")


def test_up_to_four_codes_come_in_any_order():
    source = "The **red** `car` is _here_"
    assert passes(source, "<x2/> <s3>aqui</s3> o <s1>vermelho</s1>")
    assert not passes(source, "<x2/> <s3>aqui</s3> o <x2/> <s1>vermelho</s1>")
    assert not passes(source, "<x2/> <s3>aqui <s1>vermelho</s1></s3>")


def test_more_codes_keep_the_order_of_the_source():
    source = " ".join(f"**word{n}**" for n in range(ANY_ORDER + 1))
    tagged = [f"<s{n + 1}>w</s{n + 1}>" for n in range(ANY_ORDER + 1)]
    assert passes(source, " ".join(tagged))
    assert not passes(source, " ".join(reversed(tagged)))


def test_codes_within_a_pair_stay_in_it():
    source = "**See `foo` now**, then `bar`"
    assert passes(source, "<x3/>, <s1>Veja <x2/> agora</s1>")
    assert not passes(source, "<x2/> e <s1>Veja agora</s1>, <x3/>")


def test_a_pair_that_holds_words_is_not_emptied():
    assert not passes("Click **Save** now.", "Clique em Guardar <s1></s1> agora.")
    assert not passes("Click **Save** now.", "Clique em Guardar <s1> </s1> agora.")
    assert passes("Click **`x`** now.", "Clique em <s1><x2/></s1> agora.")


def test_the_wrapping_is_part_of_the_answer():
    assert passes("Click **Save**.", "<target>Clique em <s1>Guardar</s1>.</target>", ("<target>", "</target>"))
    assert not passes("Click **Save**.", "Clique em <s1>Guardar</s1>.", ("<target>", "</target>"))
    assert passes("`a` or `b`", "<target><x2/> ou <x1/></target>", ("<target>", "</target>"))


def test_an_answer_cannot_go_on_for_ever():
    assert not passes("Click **Save** now.", "Clique " + "e outra vez " * 40 + "<s1>Guardar</s1> agora.")
    assert not passes("Click **Save** now.", "Clique em <s1>Guardar</s1>" + " agora" * 40)


def test_a_word_cannot_go_on_for_ever():
    assert passes("Click **Save**.", "Klicken auf <s1>Donaudampfschifffahrtsgesellschaft</s1>.")
    assert not passes("Click **Save**.", "Clique:" * 40 + "<s1>Guardar</s1>.")


def test_scripts_without_spaces_are_not_bounded():
    for target in ("zh", "ja", "th", None):
        assert passes("Click **Save** now.", "请" * 200 + "<s1>保存</s1>。", target=target)
    assert passes("Click **Save** now.", "Prima 请" + "<s1>保存</s1>。", target="pt")
    assert not passes("Click **Save** now.", "请" * 200 + "<s1>保存</s1>。", target="pt")


def test_a_long_text_is_not_bounded():
    assert passes("word " * 100 + "**Save**", "palavra " * 150 + "<s1>Guardar</s1>")


def test_an_answer_is_one_line():
    assert not passes("Click **Save** now.", "Clique em\n<s1>Guardar</s1> agora.")


def test_a_sign_of_the_source_may_stand_in_the_answer():
    assert passes("if a < b then **stop**", "se a < b então <s1>pare</s1>")
    assert not passes("if a < b then **stop**", "se a <b>b</b> então <s1>pare</s1>")


def test_terms_come_in_any_order_and_begin_sentences():
    terms = ("artificial intelligence (AI)", "未来")
    assert passes("x", "Artificial intelligence (AI) is the 未来.", terms=terms)
    assert passes("x", "未来: artificial intelligence (AI)", terms=terms)
    assert not passes("x", "AI is the 未来.", terms=terms)
    assert passes("x y z", "O gato preto e o rato.", terms=("gato", "gato preto", "rato", "rato"))


def test_nothing_is_demanded_of_plain_text():
    assert constraint(("Hello",), TAGS) is None


def test_texts_of_one_shape_share_a_constraint():
    assert constraint(mark("Open the **file**"), TAGS) == constraint(mark("Close a **book**"), TAGS)


def test_delimiters_are_ascii():
    tags = [spelled for item, spelled in zip(mark("**人** `x`"), TAGS.spell(mark("**人** `x`")), strict=True)
            if item in codes(mark("**人** `x`"))]
    assert all(map(str.isascii, tags))
