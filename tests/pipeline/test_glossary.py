"""Term lists: what files may look like, what is found in a text, what counts as translated."""

import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.engines import Term
from pipeline.glossary import MOST_TERMS, Entry, Glossary, Termbase, wording
from pipeline.inflection import languages
from pipeline.languages import UNKNOWN
from tests.corpus import CORPUS
from tests.pipeline.contents import mark

EN, PT, BR, ZH, DE, KO = (Locale.parse(tag) for tag in ("en", "pt", "pt-BR", "zh", "de", "ko"))
TERMS = CORPUS / "parallel" / "tico19" / "terminologies"


def written(tmp_path, text, name="terms.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def loaded(tmp_path, text, name="terms.csv", encoding="utf-8"):
    return Glossary.load(written(tmp_path, text, name, encoding))


def pairs(glossary):
    return [(e.source, e.target) for e in glossary.entries]


@pytest.mark.parametrize(("text", "name"), [
    ("source,target\nfile,arquivo\n", "t.csv"),
    ("file,arquivo\n", "t.csv"),
    ("\ufefffile,arquivo\r\n", "t.csv"),
    ("# our terms\n\nTarget,Source\narquivo,file\n,\n", "t.csv"),
    ('id,note,source,target\n1,"a, ""b""",file,arquivo\n', "t.csv"),
    ("file\tarquivo\n", "t.tsv"),
    ("file\tarquivo\n", "t.csv"),
    ("file;arquivo\n", "t.csv"),
    ('" file ","arquivo"\n', "t.csv"),
])
def test_files(tmp_path, text, name):
    assert pairs(loaded(tmp_path, text, name)) == [("file", "arquivo")]


def test_utf_16_of_spreadsheets(tmp_path):
    assert pairs(loaded(tmp_path, "café\tcafetería\n", "t.tsv", "utf-16")) == [("café", "cafetería")]


def test_case_and_note_columns(tmp_path):
    glossary = loaded(tmp_path, "source,target,case,note\nIT,TI,yes,the department\nit,ele,no,\n")
    assert glossary.entries == (Entry("IT", "TI", True, (), "the department"), Entry("it", "ele"))


@pytest.mark.parametrize(("text", "message"), [
    ("file,arquivo\nfolder,\n", "line 2 has no target"),
    ("file,arquivo\n\n,pasta\n", "line 3 has no source"),
    ("file,arquivo,maybe\n", "line 1 says “maybe” for case"),
    ('file,arquivo\n"folder,pasta\n', "line 2 is no row of a table"),
    ("just words\n", "line 1 has no target"),
])
def test_what_makes_no_sense_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(UsageError, match=r"“terms\.csv”") as caught:
        loaded(tmp_path, text)
    assert message in str(caught.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        Glossary.load(tmp_path / "none.csv")
    with pytest.raises(UsageError, match="UTF-8"):
        loaded(tmp_path, "café,x\n", encoding="latin-1")


def test_several_targets_are_alternatives_and_repeats_are_none(tmp_path):
    glossary = loaded(tmp_path, "spread,propagar\nSpread,propagação\nspread,propagar\n")
    assert glossary.entries == (Entry("spread", "propagar", alternatives=("propagação",)),)
    assert glossary.check("the spread", "a propagação").hits == glossary.entries


def test_later_files_win(tmp_path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("file,arquivo\nfolder,pasta\n", encoding="utf-8")
    second.write_text("File,ficheiro\n", encoding="utf-8")
    assert pairs(Glossary.load(first, second)) == [("folder", "pasta"), ("File", "ficheiro")]


@pytest.mark.parametrize(("text", "found"), [
    ("Public health matters", ["public health"]),
    ("PUBLIC\nHEALTH", ["public health"]),
    ("health of the public", ["health"]),
    ("healthy unhealthy", []),
    ("health, public health; health", ["health", "public health"]),
    ("In der STRASSE", ["Straße"]),
    ("cafe\u0301 culture", ["café"]),
    ("it and IT", ["IT"]),
    ("it", []),
    ("新型冠状病毒感染", ["冠状病毒"]),
    ("", []),
])
def test_entries_in(text, found):
    glossary = Glossary((Entry("public health", "x"), Entry("health", "y"), Entry("Straße", "rua"),
                         Entry("café", "bar"), Entry("IT", "TI", case=True), Entry("冠状病毒", "coronavírus")))
    assert [e.source for e in glossary.entries_in(text)] == found


@pytest.mark.parametrize(("target", "hit"), [
    ("Os arquivos", False), ("O Arquivo novo", True), ("ARQUIVO", True), ("arquivozinho", False), ("", False),
])
def test_check_takes_whole_words(target, hit):
    entry = Entry("file", "arquivo")
    checked = Glossary((entry,)).check("The file", target)
    assert (checked.hits, checked.misses) == (((entry,), ()) if hit else ((), (entry,)))


def test_check_of_a_cased_term_allows_the_capital_of_a_sentence():
    glossary = Glossary((Entry("US", "nós mesmos", case=True),))
    assert glossary.check("US", "Nós mesmos").hits
    assert glossary.check("US", "NÓS MESMOS").misses


@pytest.mark.parametrize(("text", "found"), [
    ("Spans and traces", ["span", "trace"]),
    ("the collector's data", ["collector", "data"]),
    ("policies of two universities", ["policy"]),
    ("observability", []),
    ("semantic conventions", ["semantic convention"]),
    ("two APIs, one api", ["API"]),
])
def test_other_forms_are_found_where_asked_for(text, found):
    entries = tuple(Entry(source, "x", source.isupper()) for source in (
        "span", "trace", "collector", "policy", "universe", "observe", "semantic convention", "API", "date", "data"))
    assert [e.source for e in Glossary(entries, True, EN, PT).entries_in(text)] == found
    exact = {e.source for e in Glossary(entries).entries_in(text)}
    assert exact <= set(found) and (not found or exact != set(found) or "'" in text)


@pytest.mark.parametrize(("target", "text", "hit"), [
    ("caso ativo", "os casos ativos", True), ("caso ativo", "a casa ativa", True), ("caso", "os casos", True),
    ("opção", "duas opções", True), ("imagem", "imagens", True), ("observar", "observabilidade", False),
])
def test_other_forms_count_where_asked_for(target, text, hit):
    glossary = Glossary((Entry("x", target),), True, EN, PT)
    assert bool(glossary.check("x", text).hits) is hit
    assert glossary.between(EN, ZH).check("x", text).misses, "the forms of Portuguese are not those of Chinese"
    assert Glossary(glossary.entries).check("x", text).misses


def test_particles_of_korean_count_unasked():
    glossary = Glossary((Entry("file", "파일"), Entry("IT", "IT", case=True))).between(EN, KO)
    assert not glossary.check("the file of IT", "IT에서 파일을 엽니다").misses
    assert glossary.check("the file", "파일럿").misses


def test_a_chinese_term_is_found_and_its_target_may_have_brackets():
    entry = Entry("人工智能", "Artificial Intelligence (AI)")
    glossary = Glossary((entry,)).between(ZH, EN)
    assert glossary.entries_in("人工智能是未来发展的关键") == (entry,)
    assert glossary.check("人工智能是未来发展的关键", "Artificial intelligence (AI) is the key to the future.").hits
    assert glossary.check("人工智能是未来发展的关键", "AI is the key to the future.").misses


@pytest.mark.parametrize("text", ["使用 Docker 镜像", "使用Docker镜像", "使用 Docker镜像"])
def test_spaces_beside_chinese_are_none(text):
    assert Glossary((Entry("image", "Docker 镜像"),)).check("image", text).hits
    assert Glossary((Entry("Docker 镜像", "image"),)).entries_in(text)


def test_terms_of_a_segment_are_those_outside_its_codes():
    glossary = Glossary((Entry("file name", "x"), Entry("save", "y"), Entry("data set", "z")))
    assert [t.source for t in glossary.terms_in(mark("**Save** the data `c` set of file **name** `save`"))] == [
        "save", "file name"]
    assert glossary.terms_in(mark("save[^1]")) == (Term("save", "y", firm=True),)


def test_no_segment_has_more_terms_than_the_limit():
    entries = tuple(Entry(f"w{number}", "x") for number in range(MOST_TERMS + 9))
    terms = Glossary(entries).terms_in((" ".join(entry.source for entry in entries),))
    assert [term.source for term in terms] == [entry.source for entry in entries[:MOST_TERMS]]


def test_wording_keeps_apart_what_a_code_keeps_apart():
    assert wording(mark("a **b** `c` d")).split() == ["a", "b", "\ufffc", "d"]


def test_a_glossary_travels_between_processes():
    glossary = Glossary((Entry(" ".join(["long"] * 3000), "x"), Entry("file", "arquivo")), True, EN, PT)
    assert glossary.entries_in("files")
    again = pickle.loads(pickle.dumps(glossary))
    assert again == glossary and again.version == glossary.version
    assert again.entries_in("files") == glossary.entries_in("files")


def test_keeps_are_the_terms_that_map_to_themselves():
    changed = Entry("file", "arquivo"), Entry("WHO", "OMS", alternatives=("WHO",))
    glossary = Glossary((Entry("Diglot", "Diglot"), *changed))
    assert glossary.keeps() == ("Diglot",)


def test_version_follows_the_terms_and_not_their_order_or_notes():
    a, b = Entry("a", "x"), Entry("b", "y")
    assert Glossary((a, b)).version == Glossary((b, Entry("a", "x", note="n"))).version
    different = (), (a,), (a, b), (Entry("a", "z"),), (Entry("a", "x", case=True),)
    assert len({*(Glossary(entries).version for entries in different), Glossary((a,), inflection=True).version}) == 6


# ---- lists for many pairs ------------------------------------------------------------------
MANY = "en,pt-BR,pt-PT,de,case,note\nfile,arquivo,ficheiro,Datei,,on disk\nIT,TI,,,yes,\nbug,,,Fehler,,\n"


@pytest.mark.parametrize(("source", "target", "found"), [
    (EN, BR, [("file", "arquivo"), ("IT", "TI")]),
    (Locale.parse("en-GB"), BR, [("file", "arquivo"), ("IT", "TI")]),
    (EN, DE, [("file", "Datei"), ("bug", "Fehler")]),
    (DE, EN, [("Datei", "file"), ("Fehler", "bug")]),
    (PT, DE, [("arquivo", "Datei"), ("ficheiro", "Datei")]),
])
def test_a_list_for_many_pairs(tmp_path, source, target, found):
    (tmp_path / "many.csv").write_text(MANY, encoding="utf-8")
    glossary = Glossary.load(tmp_path / "many.csv", source=source, target=target)
    assert pairs(glossary) == found
    assert all(entry.case == (entry.source == "IT") for entry in glossary.entries)


@pytest.mark.parametrize(("source", "target", "message"), [
    (EN, ZH, "has no terms from English (en) to Chinese (zh); it has en, pt-BR, pt-PT and de."),
    (EN, Locale.parse("de-AT"), None),
    (EN, Locale.parse("pt-AO"), "has no terms from English (en) to Portuguese (pt-AO); it has"),
    (EN, PT, "has pt-BR and pt-PT; say which of them you want with --to."),
    (None, DE, "say between which of them to translate"),
    (UNKNOWN, DE, "say between which of them to translate"),
])
def test_a_list_without_the_pair_names_the_languages_that_it_has(tmp_path, source, target, message):
    (tmp_path / "many.csv").write_text(MANY, encoding="utf-8")
    base = Termbase.load(tmp_path / "many.csv")
    if message is None:
        assert base.between(source, target).entries
        return
    with pytest.raises(UsageError, match=r"“many\.csv”") as caught:
        base.between(source, target)
    assert message in str(caught.value)


def test_a_list_for_one_pair_serves_any(tmp_path):
    base = Termbase((*Termbase.load(written(tmp_path, "file,arquivo\n")).files,))
    assert base.between(EN, PT) is base.between(EN, PT)
    assert pairs(base.between(DE, ZH)) == pairs(base.between(None, None)) == [("file", "arquivo")]


@pytest.mark.parametrize("text", ["it,ele\n", "no,não\n", "en,pt\n"])
def test_a_first_line_of_words_is_no_heading(tmp_path, text):
    assert Termbase.load(written(tmp_path, text)).files[0].languages == (("en", "pt") if text[0] == "e" else ())


def test_files_are_laid_over_each_other_whatever_they_are(tmp_path):
    (tmp_path / "many.csv").write_text(MANY, encoding="utf-8")
    paths = tmp_path / "many.csv", written(tmp_path, "file,Akte\n")
    assert pairs(Termbase.load(*paths).between(EN, DE)) == [("bug", "Fehler"), ("file", "Akte")]
    assert pairs(Termbase.load(*reversed(paths)).between(EN, DE)) == [("file", "Datei"), ("bug", "Fehler")]


# ---- the documentation ---------------------------------------------------------------------
PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
CSV_PAIR, CSV_MANY, TBX = re.findall(r"```(?:csv|xml)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("text", "name", "target", "first"), [
    (CSV_PAIR, "a.csv", BR, [("pull request", "pull request"), ("span", "trecho"), ("IT", "TI"), ("spread", "propagar")]),
    (CSV_MANY, "a.csv", DE, [("file", "Datei"), ("RAM", "RAM"), ("bug", "Fehler")]),
    (CSV_MANY, "a.csv", BR, [("file", "arquivo"), ("RAM", "RAM")]),
    (TBX, "a.tbx", BR, [("address bar", "barra de endereço"), ("URL field", "barra de endereço")]),
])
def test_the_examples_of_the_page(tmp_path, text, name, target, first):
    assert pairs(Termbase.load(written(tmp_path, text, name)).between(EN, target)) == first


def test_the_page_names_every_language_whose_forms_are_known_and_the_limits():
    assert sorted(re.findall(r"\(`(\w+)`\)", re.sub(r"\s+", " ", PAGE))) == list(languages())
    assert f"{MOST_TERMS} at most" in PAGE


@pytest.mark.skipif(not TERMS.is_dir(), reason=f"no real term lists at {TERMS}; set DIGLOT_CORPUS to run this")
@pytest.mark.parametrize(("name", "count"), [
    ("f_en-es_XX.csv", 306), ("f_en-pt_XX.csv", 306), ("f_en-zh_CN.csv", 306), ("g_en_pt-BR.csv", 317)])
def test_real_term_lists(name, count):
    glossary = Glossary.load(TERMS / name)
    assert len(glossary.entries) == count
    found = glossary.check("An acute bronchitis is contagious.", "x")
    assert {e.source for e in found.misses} <= {"acute bronchitis", "contagious"}
    assert found.misses
    for entry in glossary.entries:
        assert glossary.check(entry.source, f"({entry.target})").misses == ()


@given(st.binary(max_size=60) | st.lists(st.sampled_from(["a", ",", '"', "\n", "\t", ";", "#", " ", "é", "\0"])).map(
    lambda parts: "".join(parts).encode()))
def test_any_bytes_are_a_glossary_or_a_usage_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)
    try:
        entries = Glossary.load(path, source=EN, target=DE).entries
    except UsageError:
        return
    assert all(entry.source and entry.target for entry in entries)
