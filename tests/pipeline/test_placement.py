"""Placement: a human order of Codes scores well, a seeded misplacement worse."""

import random

import pytest

from parsers.document import codes, text_of
from parsers.locales import Locale
from pipeline.placement import placement
from pipeline.verification import verify
from tests.pipeline import misplaced
from tests.pipeline.contents import mark
from tests.pipeline.human import EN, NEWS, human, target

PT, JA = Locale.parse("pt-BR"), Locale.parse("ja")
SOURCE = "Click **the large Save button** in the `main` window before you close the program."
GOOD = "Clique **no botão grande Save** na janela `main` antes de fechar o programa."


def score(source, draft, to=PT):
    return placement(mark(source), mark(draft), EN, to)


def test_a_content_without_codes_has_nothing_to_misplace():
    assert score("Click it.", "Clique.") == 1.0


def test_the_source_stands_as_the_source():
    assert score(SOURCE, SOURCE) == 1.0


@pytest.mark.parametrize("draft", [
    "Clique no botão grande Save **na janela `main` antes** de fechar o programa.",
    "Clique no botão **grande Save na janela** `main` antes de fechar o programa.",
    "**Clique no botão grande Save na janela** `main` antes de fechar o programa.",
    "Clique no botão grande Save na janela antes de fechar **o programa.** `main`",
    "Clique no botão grande **Save** na janela `main` antes de fechar o programa.",
    "Clique na janela `main` no botão grande Save antes de **fechar o programa**.",
    "`main` Clique **no botão grande Save** na janela antes de fechar o programa.",
])
def test_other_places_score_less(draft):
    assert score(SOURCE, draft) < score(SOURCE, GOOD)
    assert score(SOURCE, GOOD) > 0.7


def test_other_codes_have_no_place():
    assert score(SOURCE, "Clique **no botão**.") == 0.0
    assert score(SOURCE, GOOD + " `main`") == 0.0
    good = mark(GOOD)
    assert placement(mark(SOURCE), tuple(reversed(good)), EN, PT) == 0.0


def test_word_order_of_another_kind_is_allowed_for():
    source, draft = "Updated the return statement to include the `receiver` instance.", "`receiver` インスタンスを含むように return 文を更新しました。"
    assert score(source, draft, JA) > score(source, draft, PT)
    assert not verify(mark(source), mark(draft), EN, JA, checks={"placement"})


def test_what_stands_around_other_words_is_doubted():
    source = "Read the **installation guide** before you open the program for the first time on a new computer."
    good = "Leia o **guia de instalação** antes de abrir o programa pela primeira vez em um computador novo."
    bad = "Leia o guia de instalação antes de abrir o programa pela primeira **vez em um** computador novo."
    assert not verify(mark(source), mark(good), EN, PT, checks={"placement"})
    assert [f.severity for f in verify(mark(source), mark(bad), EN, PT, checks={"placement"})] == ["warning"]


def test_deep_and_long_contents_take_linear_time():
    long = mark("the **quick** brown `fox` jumps over [the](x) dogs " * 3_000)
    assert placement(long, long, EN, PT) == 1.0
    deep = mark("[" * 400 + "x" + "](y)" * 400)
    assert placement(deep, deep, EN, PT) == 1.0


# ---- human translations --------------------------------------------------------------------
corpus_needed = pytest.mark.skipif(not NEWS.is_file(), reason=f"no parallel corpus at {NEWS}; set DIGLOT_CORPUS")


def tagged(corpus):
    return [(a, b) for a, b in human(corpus) if codes(a) and len(text_of(b)) > 12]


@corpus_needed
@pytest.mark.parametrize("corpus", ["pt", "es", "zh"])
def test_human_places_are_seldom_doubted(corpus):
    pairs = tagged(corpus)
    doubted = [(a, b) for a, b in pairs if verify(a, b, EN, target(corpus), checks={"placement"})]
    assert len(pairs) > 350
    assert len(doubted) <= 0.01 * len(pairs), doubted


@corpus_needed
@pytest.mark.parametrize(("corpus", "bar"), [("pt", 0.93), ("es", 0.93), ("zh", 0.85)])
def test_the_human_draft_is_preferred(corpus, bar):
    source = random.Random(9)
    better = []
    for a, b in tagged(corpus):
        human_score = placement(a, b, EN, target(corpus))
        for spoil in misplaced.PLAIN_ERRORS:
            draft = spoil(misplaced.pieces(b), source)
            if draft is not None and draft != b:
                better.append(human_score > placement(a, draft, EN, target(corpus)))
    assert len(better) > 800
    assert sum(better) > bar * len(better)
