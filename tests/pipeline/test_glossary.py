"""Term lists: what files may look like, what is found in a text, what counts as translated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import UsageError
from pipeline.glossary import Entry, Glossary
from tests.corpus import CORPUS

TERMS = CORPUS / "parallel" / "tico19" / "terminologies"


def loaded(tmp_path, text, name="terms.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return Glossary.load(path)


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


def test_plurals_count_only_where_asked_for():
    entry = Entry("active case", "caso ativo")
    assert Glossary((entry,)).check("an active case", "casos ativos").misses
    assert Glossary((entry,), plurals=True).check("an active case", "casos ativos").hits


def test_keeps_are_the_terms_that_map_to_themselves():
    changed = Entry("file", "arquivo"), Entry("WHO", "OMS", alternatives=("WHO",))
    glossary = Glossary((Entry("Diglot", "Diglot"), *changed))
    assert glossary.keeps() == ("Diglot",)


def test_version_follows_the_terms_and_not_their_order_or_notes():
    a, b = Entry("a", "x"), Entry("b", "y")
    assert Glossary((a, b)).version == Glossary((b, Entry("a", "x", note="n"))).version
    different = (), (a,), (a, b), (Entry("a", "z"),), (Entry("a", "x", case=True),)
    assert len({Glossary(entries).version for entries in different}) == 5


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
        entries = Glossary.load(path).entries
    except UsageError:
        return
    assert all(entry.source and entry.target for entry in entries)
