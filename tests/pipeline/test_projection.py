"""Codes of a source on a translation that was made without them."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.document import codes, parents, text_of
from pipeline.projection import in_order, project
from tests.pipeline.contents import mark, show


def in_terms_of(source, text):
    """Marked text whose Codes are numbered as the same Codes of the source are."""
    own = {code.source: code for code in codes(source)}
    return tuple(item if isinstance(item, str) else own.get(item.source, item) for item in mark(text))


@pytest.mark.parametrize(("source", "target", "hints", "expected"), [
    ("Click **Save** now.", "Clique em Salvar agora.", {"p1": "Salvar"}, "Clique em **Salvar** agora."),
    ("The **red** _car_.", "O carro vermelho.", {"p1": "vermelho", "p2": "carro"}, "O _carro_ **vermelho**."),
    ("See [the **new** guide](x).", "Veja o novo guia.", {"p1": "o novo guia", "p2": "novo"},
     "Veja [o **novo** guia](x)."),
    ("**support policies** here", "políticas de suporte aqui", {"p1": "políticas de apoio"},
     "**políticas de suporte** aqui"),
    ("A **single writer** only.", "Um único escritor, apenas.", {"p1": "escritor único"}, "Um **único escritor**, apenas."),
    ("In a **sample application**, it is so.", "Em um exemplo, é assim.", {"p1": "exemplo de"},
     "Em um **exemplo**, é assim."),
    ("Then _stop_ it.", "Em seguida, pare-o.", {}, "Em _seguida_, pare-o."),
    ("**a** and **a**", "um e um", {"p1": "um", "p2": "um"}, "**um** e **um**"),
    ("See [`x`](u) now.", "Veja `x` agora.", {"p1": "`x`"}, "Veja [`x`](u) agora."),
])
def test_pairs_go_around_the_words_that_mean_the_same(source, target, hints, expected):
    marked = mark(source)
    found = project(marked, in_terms_of(marked, target),
                    {int(k[1:]): [in_terms_of(marked, v)] for k, v in hints.items()})
    assert show(found) == expected


@pytest.mark.parametrize(("source", "target", "expected"), [
    ("Run `kubectl` now.", "Execute kubectl agora.", "Execute `kubectl` agora."),
    ("A claim[^1].", "Uma alegação.", "Uma alegação[^1]."),
    ("`x` is good", "é bom", "`x` é bom"),
])
def test_lost_standalone_codes_come_back(source, target, expected):
    found = project(mark(source), (target,), {})
    assert show(found) == expected


def test_too_little_text_is_an_error_not_a_loss():
    with pytest.raises(ValueError, match="too short"):
        project(mark("**a** _b_ **c**"), ("x",), {})


WORDS = st.lists(st.sampled_from(["um", "dois", "três,", "olá.", "e", "vermelho"]), min_size=1, max_size=12)
PIECES = st.sampled_from(["**a b** ", "c d ", "_e_ ", "`f` ", "[g **h** i](u) ", "[^1]", "j. ", "**`k`** ", "l**m**", "**2**_n_o "])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8), WORDS, WORDS)
def test_every_code_is_placed_once_in_its_own_pair(pieces, words, hint):
    source = mark("".join(pieces))
    hints = {c.id: [(" ".join(hint),)] for c in codes(source)}
    try:
        found = project(source, (" ".join(words),), hints)
    except ValueError:
        assert sum(map(len, words)) < 3 * len(pieces) or not text_of(source).strip()
        return
    assert Counter(c.key for c in codes(found)) == Counter(c.key for c in codes(source))
    assert parents(found) == parents(source)
    assert "".join(text_of(found).split()) in ("".join(words), "".join(words).replace("k", ""))


def test_in_order_shares_the_words_out():
    assert show(in_order(mark("**One two** three _four_"), "um dois três quatro")) == "**um dois** três _quatro_"
    assert show(in_order(mark("**a** b"), "xy")) == "**x** y" or show(in_order(mark("**a** b"), "xy")) == "**x**y"
