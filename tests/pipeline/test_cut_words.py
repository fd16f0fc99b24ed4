"""Words that a pair cuts keep it at the same characters: formulas, units, powers, marks of notes, ordinals."""

import asyncio

import pytest

from parsers.document import Content, codes
from parsers.html import parse
from parsers.locales import Locale
from parsers.options import ParseOptions
from pipeline.cut_words import cut_words, formulas, notes
from pipeline.engines import Request
from pipeline.engines.embedded import EmbeddedEngine
from pipeline.flat import flatten
from pipeline.folding import folded, unfolded
from pipeline.projection import project


def tagged(text: str) -> Content:
    return parse(f"<p>{text}</p>".encode(), ParseOptions()).segments[0].content


def shown(items: Content) -> str:
    return "".join(item if isinstance(item, str) else item.source for item in items)


@pytest.mark.parametrize(("source", "words"), [
    ("Water is H<sub>2</sub>O here.", ["H2O"]),
    ("C<sub>6</sub>H<sub>12</sub>O<sub>6</sub>, glucose", ["C6H12O6"]),
    ("sulfate (SO<sub>4</sub><sup>2−</sup>)", ["SO42−"]),
    ("9.8 m/s<sup>2</sup>.", ["s2"]),
    ("The <b>over</b>loaded <b>cat</b>s", ["overloaded", "cats"]),
    ("A <b>word</b>, (<i>another</i>) and <em>it</em>'s", []),
    ("the <b>big H</b>O molecule", []),
    ("水是<b>生命</b>之源", []),
    ("run <code>x</code><b>now</b>", []),
])
def test_a_word_is_cut_where_a_pair_begins_or_ends_inside_it(source, words):
    flat = flatten(tagged(source))
    assert [flat.text[word.start:word.end] for word in cut_words(flat)] == words


@pytest.mark.parametrize(("source", "target", "expected"), [
    ("Water is H<sub>2</sub>O, 10 m<sup>2</sup>.", "A água é H2O, 10 m2.", "A água é H<sub>2</sub>O, 10 m<sup>2</sup>."),
    ("CO<sub>2</sub> emissions rose", "As emissões de CO2 subiram", "As emissões de CO<sub>2</sub> subiram"),
    ("x<sup>2</sup> + y<sup>2</sup>", "y2 + x2", "y<sup>2</sup> + x<sup>2</sup>"),
    ("m<sup>2</sup> or m<sup>2</sup> or m2", "m2 ou m2 ou m2", "m<sup>2</sup> ou m<sup>2</sup> ou m2"),
    ("shown before<sup>1</sup> it", "mostrado antes1 disso", "mostrado antes<sup>1</sup> disso"),
    ('note<a href="#1"><sup>[1]</sup></a> here', "a nota[1] aqui", 'a nota<a href="#1"><sup>[1]</sup></a> aqui'),
    ("the 21<sup>st</sup> day", "o 21o dia", "o 21<sup>o</sup> dia"),
    ("<b>Pure H<sub>2</sub>O</b> here", "H2O aqui", "<b>H<sub>2</sub>O</b> aqui"),
    ("In <b>2024</b> we met three people there", "Lá conhecemos três pessoas em 2024",
     "Lá conhecemos três pessoas em <b>2024</b>"),
    ("水H<sub>2</sub>O很", "água H2O muito", "água H<sub>2</sub>O muito"),
])
def test_a_cut_word_that_comes_back_has_its_pairs_at_the_same_characters(source, target, expected):
    marked = tagged(source)
    hints = {code.id: [(target.split()[0],)] for code in codes(marked) if code.label == "strong" and "Pure" in source}
    assert shown(project(marked, (target,), hints)) == expected


@pytest.mark.parametrize(("source", "marks"), [
    ("shown before<sup>1</sup> and again<sup>2, 3</sup>.", ["1", "2, 3"]),
    ('many authors<sup><a href="#a">a</a></sup>, Acme<sup>TM</sup>', ["a", "TM"]),
    ('They agree.<sup>1</sup> In 1900.<a href="#2">[2]</a>', ["1", "[2]"]),
    ("Call <code>f(x)</code><sup>2</sup> twice", ["2"]),
    ("<sup>1</sup> University of London", ["1"]),
    ("H<sub>2</sub>O, x<sup>2</sup>, 10 km<sup>2</sup>, CO<sub>2</sub>", []),
    ("the 5<sup>th</sup> day, <b>2024</b>, the <b>Note</b><b>:</b> below", []),
    ("a claim<sup>citation needed</sup>, foo<sub>1</sub>bar", []),
])
def test_marks_of_notes_are_told_from_formulas(source, marks):
    flat = flatten(tagged(source))
    assert [flat.text[start:end] for start, end in notes(flat)] == marks


@pytest.mark.parametrize(("source", "draft", "lost"), [
    ("10<sup>−3</sup> is 10<sup>6</sup>", "10 a 3 é 106", ["10−3"]),
    ("the <b>over</b>load", "a sobrecarga", []),
    ("before<sup>1</sup>x<b>y</b>", "antes", []),
])
def test_formulas_that_a_draft_has_changed_are_asked_for_as_one_code(source, draft, lost):
    flat = flatten(tagged(source))
    assert [flat.text[start:end] for start, end in formulas(flat, draft)] == lost


@pytest.mark.parametrize("source", [
    "shown before<sup>1</sup> and", "<b>SO<sub>4</sub><sup>2−</sup></b> x", "a<sup><i></i>1</sup>b", "<i></i>H<sub>2</sub>O",
    "note<a href='#1'><sup>[<code>1</code>]</sup></a> here",
])
def test_what_is_folded_comes_back_as_it_was(source):
    items = tagged(f"Words {source} and more")
    flat = flatten(items)
    spans = [(min(pair.start for pair in flat.pairs.values()), max(pair.end for pair in flat.pairs.values()))]
    assert "fold" in {code.label for code in codes(folded(items, spans))}
    assert unfolded(folded(items, spans)) == items


def test_folds_of_folds_are_told_apart():
    items = tagged("a note<sup>1</sup> and 10<sup>−3</sup> and a word<sup>2</sup> here")
    once = folded(items, notes(flatten(items)))
    twice = folded(once, formulas(flatten(once), ""))
    assert len({code.id for code in codes(twice)}) == len(codes(twice)) == 3
    assert unfolded(twice) == items


@pytest.mark.parametrize(("source", "expected"), [
    ("Water is H<sub>2</sub>O and the pool is 10 m<sup>2</sup>.",
     "A água é H<sub>2</sub>O e a piscina é de 10 m<sup>2</sup>."),
    ("The equation x<sup>2</sup> + y<sup>2</sup> = z<sup>2</sup> is famous.",
     "A equação x<sup>2</sup> + y<sup>2</sup> = z<sup>2</sup> é famosa."),
    ("The results were shown before<sup>1</sup> and again<sup>2, 3</sup>.",
     "Os resultados foram apresentados antes<sup>1</sup> e novamente<sup>2, 3</sup>."),
    ("The value of 10<sup>−3</sup> is small, 10<sup>6</sup> is large.",
     "O valor de 10<sup>−3</sup> é pequeno, 10<sup>6</sup> é grande."),
])
def test_the_embedded_engine_keeps_what_stands_above_and_below_the_line(source, expected):
    request = Request(tagged(source), Locale.parse("en"), Locale.parse("pt-BR"))
    assert shown(asyncio.run(EmbeddedEngine().translate(request)).content) == expected
