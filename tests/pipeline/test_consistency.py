"""What a document's own translations teach: who goes first, what is learned, where it goes, what differs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import parsers
from parsers.document import Role, Segment
from parsers.locales import Locale
from pipeline.consistency import (
    ELSEWHERE,
    LEADERS_SHARE,
    MOST_LEADERS,
    MOST_TERMS,
    Lexicon,
    aligned,
    inconsistencies,
    names_in,
    phrases_of,
    recurring,
)
from pipeline.engines import Term
from pipeline.glossary import Entry, Glossary, wording
from pipeline.planning import plan
from pipeline.report import Inconsistency, TermUse
from tests.corpus import CORPUS
from tests.pipeline.contents import mark, show

PT, DE, ZH = (Locale.parse(tag) for tag in ("pt", "de", "zh"))
OTEL = CORPUS / "parallel" / "docs" / "otel"
NONE = Glossary()


def planned(*texts):
    """A plan of paragraphs, with nine more that share nothing, so that one of ten can be a leader."""
    padding = [f"Padding {letter * 3} stands alone here." for letter in "abcdefghi" * (1 + len(texts) // 9)]
    document = parsers.parse("\n\n".join((*texts, *padding)).encode(), "markdown")
    return plan(document)


def learned(texts, translations, target=PT):
    """The lexicon of paragraphs, given the translations of some by their source."""
    found = recurring(planned(*texts))
    known = {source: mark(translation) for source, translation in translations.items()}
    return found.lexicon([(s, known[show(s.content)]) for s in found.leaders if show(s.content) in known], target)


def pairs(lexicon):
    return [(entry.source, entry.target) for entry in lexicon.entries]


# ---- phrases -------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "found"), [
    ("Sampling rules", {0: "Sampling rules"}),
    ("**Sampling** rules", {0: "Sampling rules", 1: "Sampling"}),
    ("The [sampler](x) decides _not_ now _in time_ at last, `x` too.", {1: "sampler", 3: "in time"}),
    ("It stops.", {}),
    ("Use `it` now", {}),
    ("3.14", {}),
    ("a", {}),
    ("one two three four five", {}),
    ("上下文传播", {0: "上下文传播"}),
    ("上下文传播是一种机制", {}),
    ("配置", {}),
    ("SDK 配置", {0: "SDK 配置"}),
    ("[**all** of it](x)", {0: "all of it"}),
])
def test_phrases_whose_translation_can_be_told(text, found):
    assert phrases_of(mark(text)) == found


def test_codes_align_phrases():
    source, target = mark("See the **sampling rules** and the [sampler](x)."), mark("Ver o [amostrador](x) e as **regras de amostragem**.")
    target = tuple(item if isinstance(item, str) else type(item)(3 - item.id, item.kind, item.source, item.label) for item in target)
    assert sorted(aligned(source, target)) == [(1, "sampling rules", "regras de amostragem"), (2, "sampler", "amostrador")]


@pytest.mark.parametrize(("source", "target", "found"), [
    ("Tail sampling", "Muestreo de cola (tail sampling)", "Muestreo de cola"),
    ("日志记录", "Log records（日志记录）", "Log records"),
    ("Logs (all)", "Registros (todos)", "Registros (todos)"),
    ("Logs", "（Logs）", None),
    ("Logs", "", None),
    ("Logs", "`x` de", None),
])
def test_explanations_of_a_translator_are_left_out(source, target, found):
    assert [rendering for _, _, rendering in aligned(mark(source), mark(target))] == ([found] if found else [])


@pytest.mark.parametrize(("text", "names"), [
    ("The OpenTelemetry Collector sends to Jaeger.", ["OpenTelemetry Collector", "Jaeger"]),
    ("Collector. Then: Jaeger, (Zipkin) “Tempo” `x` Loki", []),
    ("Run gRPC and B3 on 3 Hosts", ["gRPC", "B3", "Hosts"]),
    ("使用Collector和SDK", ["Collector", "SDK"]),
    ("", []),
])
def test_names(text, names):
    assert list(names_in(wording(mark(text)))) == names


# ---- leaders -------------------------------------------------------------------------------
TEXTS = ("Context propagation", "With context propagation, signals meet.", "It needs *context propagation* first of all.")


def test_leaders_say_what_is_said_again():
    assert [show(s.content) for s in recurring(planned(*TEXTS)).leaders] == ["Context propagation"]
    assert recurring(planned(*TEXTS[:ELSEWHERE])).leaders == ()


def test_a_linked_phrase_leads_and_one_leader_is_enough_for_what_it_offers():
    texts = ("The [sampler](x) of the [trace](y) is here.", "A sampler.", "No trace.", "One sampler and one trace.")
    assert [s.id for s in recurring(planned(*texts, *("filler %d" % n for n in range(9)))).leaders] == ["s0"]


def test_leaders_are_few():
    words = [chr(97 + n // 26) + chr(97 + n % 26) + "x" for n in range(300)]
    texts = [text for word in words for text in (f"Big {word}", f"The big {word} is here.", f"No big {word} is there.")]
    found = recurring(plan(parsers.parse("\n\n".join(texts).encode(), "markdown")))
    assert len(found.leaders) == MOST_LEADERS
    short = recurring(plan(parsers.parse("\n\n".join(texts[:60]).encode(), "markdown")))
    assert len(short.leaders) == LEADERS_SHARE * 60


# ---- what is learned -----------------------------------------------------------------------
def test_a_lexicon_of_accepted_translations():
    assert pairs(learned(TEXTS, {TEXTS[0]: "Propagação de contexto"})) == [("Context propagation", "Propagação de contexto")]
    assert learned(TEXTS, {}).entries == (), "a leader that was not accepted teaches nothing"


def test_a_phrase_with_two_renderings_is_left_out():
    texts = ("[traces](x) and [traces](y) are here.", "Two traces.", "Three traces.")
    assert learned(texts, {texts[0]: "[rastros](x) e [traços](y) estão aqui."}).entries == ()
    assert pairs(learned(texts, {texts[0]: "[rastros](x) e [rastros](y) estão aqui."})) == [("traces", "rastros")]


def test_a_cell_that_stays_teaches_nothing_but_names():
    server = ("Server", "A server runs.", "No server runs.")
    assert learned(server, {"Server": "Server"}).entries == ()
    flask = ("Flask", "Start Flask now.", "Stop Flask now.")
    assert learned(flask, {"Flask": "Flask"}).entries == (Entry("Flask", "Flask", case=True),)


def test_names_that_stay_are_learned():
    texts = ("Send it to the Collector.", "Now the Collector runs on and on.", "Then the Collector stops again.")
    assert pairs(learned(texts, {texts[0]: "Envie ao Collector."})) == [("Collector", "Collector")]
    assert learned(texts, {texts[0]: "Envie ao coletor."}).entries == ()


def test_the_order_of_acceptance_makes_no_difference():
    texts = (*TEXTS, "Head sampling", "With head sampling.", "No head sampling.", *("More %s" % ("z" * n) for n in range(9)))
    found = recurring(planned(*texts))
    accepted = [(s, mark(show(s.content).upper())) for s in found.leaders]
    assert len(accepted) == 2
    assert found.lexicon(accepted, PT) == found.lexicon(reversed(accepted), PT)


# ---- where it goes -------------------------------------------------------------------------
LEXICON = Lexicon((Entry("Context propagation", "Propagação de contexto"), Entry("context", "contexto"),
                   Entry("Span Links", "Links do Trecho"), Entry("Metrics", "Métricas"), Entry("Flask", "Flask", case=True)), PT)


@pytest.mark.parametrize(("text", "terms"), [
    ("Use context propagation here.", [("context propagation", "propagação de contexto")]),
    ("Context\npropagation and context", [("Context propagation", "Propagação de contexto"), ("context", "contexto")]),
    ("see **span links** `context`", [("span links", "links do trecho")]),
    ("Metrics SDK, Host Metrics", []),
    ("the metrics SDK and Flask, no flask", [("metrics", "métricas"), ("Flask", "Flask")]),
    ("nothing", []),
])
def test_terms_of_a_segment(text, terms):
    assert LEXICON.terms_in(mark(text), NONE) == tuple(Term(*term, firm=False) for term in terms)


def test_german_nouns_keep_their_capitals():
    lexicon = Lexicon((Entry("Span Links", "Verweise zwischen Abschnitten"),), DE)
    assert lexicon.terms_in(("use span links",), NONE)[0].target == "Verweise zwischen Abschnitten"


def test_the_glossary_comes_first():
    glossary = Glossary((Entry("propagation", "difusão"),))
    assert [t.source for t in LEXICON.terms_in(("Context propagation of context",), glossary)] == ["context"]


def test_no_segment_has_more_learned_terms_than_the_limit():
    entries = tuple(Entry(f"w{letter}", "x") for letter in "abcdefghij")
    terms = Lexicon(entries, PT).terms_in((" ".join(entry.source for entry in entries),), NONE)
    assert [term.source for term in terms] == [entry.source for entry in entries[:MOST_TERMS]]


def test_uses_count_what_came_out_in_any_form():
    said = [(mark("the metrics"), mark("as métricas")), (mark("a context"), mark("os contextos")), (mark("no context"), mark("nada")),
            (mark("of Metrics API"), mark("x"))]
    assert LEXICON.uses(said, NONE) == (TermUse("context", "contexto", 1, 1), TermUse("Metrics", "Métricas", 1, 0))


# ---- what differs --------------------------------------------------------------------------
def test_inconsistencies_where_translations_can_be_told():
    said = [(mark("The [sampler](x)."), mark("O [amostrador](x).")), (mark("Samplers"), mark("Amostradores")),
            (mark("No [sampler](y)!"), mark("Sem [sampler](y)!")), (mark("One [Sampler](z)."), mark("Um [Amostrador](z).")),
            (mark("The [trace](x)."), mark("O [rastro](x).")), (mark("A [trace](x)."), mark("[Rastros](x)."))]
    assert inconsistencies(said, PT) == (Inconsistency("sampler", (("amostrador", 2), ("sampler", 1))),)


@given(st.lists(st.sampled_from(["Log", "the log", "**log**", "[Log](x)", "Big log", " and ", "日志", "API", "."]), max_size=8).map("".join),
       st.sampled_from(["Registro", "**registro**", "[Log](x)", "", "`x`"]))
def test_any_answer_can_be_learned_from(text, answer):
    segments = tuple(Segment(f"s{n}", mark(text + " x" * n), Role.PARAGRAPH) for n in range(12))
    found = recurring(plan(parsers.document.Document("markdown", b"", segments)))
    lexicon = found.lexicon([(segment, mark(answer)) for segment in found.leaders], ZH)
    for segment in segments:
        assert len(lexicon.terms_in(segment.content, NONE)) <= MOST_TERMS


# ---- real documents ------------------------------------------------------------------------
@pytest.mark.skipif(not OTEL.is_dir(), reason=f"no parallel documents at {OTEL}; set DIGLOT_CORPUS to run this")
@pytest.mark.parametrize(("language", "least"), [("pt", 0.90), ("es", 0.90), ("zh", 0.90)])
def test_people_translate_the_rest_as_the_leaders_were(language, least):
    """Human translations: what is learned from a document's leaders is what its other segments say."""
    hits = misses = learned_pairs = 0
    folder = OTEL / "en" / "content" / language
    for path in sorted(folder.rglob("*.md")):
        before, after = (parsers.parse(file.read_bytes(), "markdown").segments
                         for file in (path, OTEL / language / "content" / language / path.relative_to(folder)))
        if [s.role for s in before] != [s.role for s in after]:
            continue
        found = recurring(made := plan(parsers.parse(path.read_bytes(), "markdown")))
        human = {s.id: translation.content for s, translation in zip(before, after, strict=True)}
        lexicon = found.lexicon([(s, human[s.id]) for s in found.leaders], Locale.parse(language))
        uses = lexicon.uses([(s.content, human[s.id]) for s in made.unique if s not in found.leaders], NONE)
        learned_pairs += len(lexicon.entries)
        hits += sum(use.hits for use in uses)
        misses += sum(use.misses for use in uses)
    assert learned_pairs > 50
    assert hits / (hits + misses) > least
