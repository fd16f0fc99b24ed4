"""A memory on the command line and in Python: nothing is translated twice, and TMX carries it elsewhere."""

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

import diglot as api
from pipeline.engines import EngineError, Request
from pipeline.engines.trial import EchoEngine, PseudoEngine
from pipeline.memory import VolatileMemory
from storage import tmx
from tests.diglot.conftest import HTML, MARKDOWN, Run, command, files_below

TMX = ('<?xml version="1.0"?>\n<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n<tmx version="1.4"><header srclang="en-US"/><body>\n'
       '<tu><tuv xml:lang="en-US"><seg>A good title</seg></tuv><tuv xml:lang="fr-FR"><seg>Un bon titre</seg></tuv></tu>\n'
       '<tu><tuv xml:lang="en-US"><seg>Some <ph x="1"/>plain<ph x="2"/> text with a <ph x="3"/>link<ph x="4"/>.</seg></tuv>'
       '<tuv xml:lang="fr-FR"><seg>Un <ph x="3"/>lien<ph x="4"/> dans un texte <ph x="1"/>simple<ph x="2"/>.</seg></tuv></tu>\n'
       '<tu><tuv xml:lang="en-US"><seg>Lost <ph x="1"/></seg></tuv><tuv xml:lang="fr-FR"><seg>Perdu</seg></tuv></tu>\n'
       "</body></tmx>\n")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    for name, text in (("a.md", MARKDOWN), ("b.md", MARKDOWN.replace("first", "very first")), ("deep/page.html", HTML)):
        (tmp_path / "docs" / name).write_text(text)
    return tmp_path / "docs"


def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the trial engines answer nothing."""
    async def refuse(self, request: Request):
        raise EngineError(f"asked for {request.content}")

    for engine in (PseudoEngine, EchoEngine):
        monkeypatch.setattr(engine, "translate", refuse)


def translated(diglot: Run, output: str, *more: str, engine: str = "pseudo", memory: str = "team.memory") -> dict[str, int]:
    """Translate docs/ into French; outcomes of all segments."""
    done = diglot("translate", "docs", "-o", output, "--from", "en", "--to", "fr", "--engine", engine, "--memory", memory,
                  "--report", f"{output}.reports", "--jobs", "1", *more)
    assert done.code in (0, 1), done.err
    counts: dict[str, int] = {}
    for report in Path(f"{output}.reports").rglob("*.json"):
        for outcome, count in json.loads(report.read_text())["counts"].items():
            counts[outcome] = counts.get(outcome, 0) + count
    return {outcome: count for outcome, count in counts.items() if count}


def bytes_below(folder: str) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def settled(counts: dict[str, int]) -> int:
    return counts.get("translated", 0) + counts.get("from_memory", 0)


# ---- diglot translate --memory
def test_a_second_run_asks_nothing_and_gives_the_same(diglot: Run, docs: Path, monkeypatch):
    first = translated(diglot, "one")
    no_engine(monkeypatch)
    second = translated(diglot, "two")
    assert first["translated"] > first["from_memory"] > 0           # documents of one run share it already
    assert second["from_memory"] == settled(first)
    assert "translated" not in second
    assert bytes_below("two") == bytes_below("one")


def test_after_an_edit_only_what_has_changed_is_asked(diglot: Run, docs: Path):
    first = translated(diglot, "one")
    (docs / "a.md").write_text(MARKDOWN + "\nA new paragraph that nobody has seen before.\n")
    assert translated(diglot, "two") == {**first, "translated": 1, "from_memory": settled(first)}


@pytest.mark.parametrize("change", [("--engine", "hostile"), ("--glossary", "terms.csv"), ("--to", "fr-CA"), ("--from", "de")])
def test_what_changes_the_answer_asks_again(diglot: Run, docs: Path, change):
    Path("terms.csv").write_text("title,titre\n")
    wish = {"--from": "en", "--to": "fr", "--engine": "pseudo", "--memory": "team.memory", "--report": "report.json"}
    for options in (wish, wish | dict([change])):
        diglot("translate", "docs/a.md", "-o", "a.md", "--force", *(word for option in options.items() for word in option))
        counts = json.loads(Path("report.json").read_text())["counts"]
        assert counts["translated"] == 4
        assert not counts["from_memory"]


def test_a_pool_of_processes_shares_one_memory(tmp_path: Path, docs: Path):
    for output in ("one", "two"):
        done = command("translate", "docs", "-o", output, "--from", "en", "--to", "fr", "--engine", "pseudo", "--memory",
                       "team.memory", "--jobs", "2", "--report", f"{output}.reports", cwd=tmp_path)
        assert done.code in (0, 1), done.err
    assert bytes_below(str(tmp_path / "two")) == bytes_below(str(tmp_path / "one"))
    reports = [json.loads(path.read_text())["counts"] for path in (tmp_path / "two.reports").rglob("*.json")]
    assert len(reports) == 3
    assert sum(counts["from_memory"] for counts in reports) > 5
    assert not sum(counts["translated"] for counts in reports)
    assert {name for name in files_below(tmp_path) if "memory" in name} == {"team.memory"}      # no log is left behind


def test_the_variable_names_the_memory_too(diglot: Run, docs: Path, monkeypatch):
    monkeypatch.setenv("DIGLOT_MEMORY", "named.memory")
    assert diglot("translate", "docs/a.md", "--to", "fr", "--engine", "pseudo").code == 0
    assert "4 units" in diglot("memory", "stats").text


def test_a_file_that_is_no_memory_is_refused_before_anything_is_written(diglot: Run, docs: Path, tmp_path: Path):
    Path("notes.txt").write_text("no memory, just a text that is long enough for nobody to mistake it\n" * 20)
    before = files_below(tmp_path)
    done = diglot("translate", "docs", "--to", "fr", "--engine", "pseudo", "--memory", "notes.txt")
    assert (done.code, done.err) == (2, "diglot: notes.txt is no translation memory; give another --memory.\n")
    assert files_below(tmp_path) == before


# ---- diglot memory
def test_tmx_of_one_engine_serves_another(diglot: Run, docs: Path, monkeypatch):
    first = translated(diglot, "one")
    done = diglot("memory", "export", "all.tmx", "--memory", "team.memory")
    assert done.code == 0
    assert f"all.tmx: {first['translated']} units" in done.err
    done = diglot("memory", "import", "all.tmx", "--memory", "new.memory")
    assert (done.code, done.err) == (
        0, f"all.tmx: {first['translated']} units kept in new.memory (en → fr {first['translated']})\n")
    no_engine(monkeypatch)
    second = translated(diglot, "two", engine="echo", memory="new.memory")
    assert second["from_memory"] == settled(first)
    assert bytes_below("two") == bytes_below("one")


def test_what_people_made_goes_before_the_engine(diglot: Run):
    Path("a.md").write_text(MARKDOWN)
    Path("client.tmx").write_text(TMX)
    done = diglot("memory", "import", "client.tmx", "--memory", "team.memory")
    assert (done.code, done.err.splitlines()) == (0, [
        "client.tmx: 2 units kept in team.memory (en-US → fr-FR 2)",
        "left out: 1 for tags that do not match, the first in line 6"])
    done = diglot("translate", "a.md", "-o", "-", "--from", "en", "--to", "fr", "--engine", "echo", "--memory", "team.memory")
    assert done.text.startswith("# Un bon titre\n\nUn [lien](https://example.org/a) dans un texte *simple*.\n\n- first")
    assert "en-US → fr-FR: 2 imported, used 2 times, last used 20" in diglot("memory", "stats", "--memory", "team.memory").text


def test_export_to_standard_output_is_the_same_file(diglot: Run, docs: Path):
    translated(diglot, "one")
    assert diglot("memory", "export", "all.tmx", "--memory", "team.memory", "--quiet").err == ""
    assert diglot("memory", "export", "-", "--memory", "team.memory").out == Path("all.tmx").read_bytes()
    with Path("all.tmx").open("rb") as file:
        assert {unit.target_language for unit in tmx.read(file, "", print)} == {"fr"}


def test_export_replaces_nothing_unasked(diglot: Run, docs: Path):
    translated(diglot, "one")
    Path("all.tmx").write_text("mine")
    done = diglot("memory", "export", "all.tmx", "--memory", "team.memory")
    assert (done.code, Path("all.tmx").read_text()) == (2, "mine")
    assert "--force" in done.err
    assert diglot("memory", "export", "all.tmx", "--memory", "team.memory", "--force").code == 0
    assert Path("all.tmx").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_an_export_is_as_private_as_its_memory(diglot: Run, docs: Path):
    translated(diglot, "one")
    diglot("memory", "export", "all.tmx", "--memory", "team.memory")
    assert Path("all.tmx").stat().st_mode & 0o777 == 0o600


def test_purge_forgets_what_was_not_used(diglot: Run, docs: Path):
    first = translated(diglot, "one")
    with closing(sqlite3.connect("team.memory")) as connection, connection:
        connection.execute("UPDATE units SET made = made - 40 * 86400")
        connection.execute("UPDATE uses SET last = last - 40 * 86400")
    assert diglot("translate", "docs/deep/page.html", "-o", "page.html", "--from", "en", "--to", "fr", "--engine", "pseudo",
                  "--memory", "team.memory").code == 0
    assert "0 units forgotten" in diglot("memory", "purge", "--unused-for", "41", "--memory", "team.memory").err
    done = diglot("memory", "purge", "--unused-for", "39.5", "--memory", "team.memory")
    assert done.err == f"team.memory: {first['translated'] - 2} units forgotten, 2 kept\n"


@pytest.mark.parametrize(("arguments", "code", "sentence"), [
    (("stats", "--memory", "none.memory"), 2, "There is no memory none.memory;"),
    (("export", "a.tmx", "--memory", "none.memory"), 2, "There is no memory none.memory;"),
    (("purge", "--unused-for", "1", "--memory", "none.memory"), 2, "There is no memory none.memory;"),
    (("stats",), 2, "Name the memory with --memory FILE."),
    (("purge", "--unused-for", "-1", "--memory", "none.memory"), 2, "--unused-for"),
    (("import", "none.tmx", "--memory", "new.memory"), 3, "The TMX file cannot be read: No such file or directory."),
    (("import", "page.html", "--memory", "new.memory"), 3, "The TMX file is damaged in line 2: "),
    (("import", "other.xml", "--memory", "new.memory"), 3, "This is no TMX file: it begins with <other>."),
    (("import", "cut.tmx", "--memory", "page.html"), 2, "page.html is no translation memory"),
])
def test_what_cannot_be_done_is_said_in_one_sentence(diglot: Run, arguments, code, sentence, monkeypatch):
    monkeypatch.delenv("DIGLOT_MEMORY", raising=False)
    Path("page.html").write_text(HTML * 10)
    Path("other.xml").write_text("<other/>")
    Path("cut.tmx").write_text(TMX[:-20])
    done = diglot("memory", *arguments)
    assert done.code == code
    assert done.err.startswith("diglot: ")
    assert sentence in done.err
    assert done.err.count("\n") == 1
    assert not {Path("new.memory"), Path("none.memory"), Path("a.tmx")} & set(Path().iterdir())


def test_what_stood_before_a_fault_is_kept(diglot: Run):
    Path("cut.tmx").write_text(TMX[:TMX.index("<tu><tuv", TMX.index("plain"))] + "<oops")
    done = diglot("memory", "import", "cut.tmx", "--memory", "team.memory")
    assert done.code == 3
    assert "damaged in line 6" in done.err
    assert done.err.endswith(" Kept of what stood before: 2 units.\n")
    assert "2 imported" in diglot("memory", "stats", "--memory", "team.memory").text


def test_a_file_without_units_is_a_warning(diglot: Run):
    Path("empty.tmx").write_text('<tmx version="1.4"><header srclang="en"/><body/></tmx>')
    done = diglot("memory", "import", "empty.tmx", "--memory", "team.memory")
    assert (done.code, done.err) == (1, "empty.tmx: 0 units kept in team.memory\n")


# ---- Python
@pytest.mark.parametrize("kind", ["path", "object", "volatile"])
def test_the_python_function_takes_a_memory(tmp_path: Path, kind, monkeypatch):
    path = tmp_path / "team.memory"
    memory = {"path": str(path), "object": api.SqliteMemory(path), "volatile": VolatileMemory()}[kind]
    first = api.translate(MARKDOWN.encode(), "fr", source="en", engine="pseudo", format="markdown", memory=memory)
    no_engine(monkeypatch)
    again = api.translate(MARKDOWN.encode(), "fr", source="en", engine="pseudo", format="markdown", memory=memory)
    assert again.output == first.output
    assert again.report.counts["from_memory"] == first.report.counts["translated"] > 0
    if kind == "object":
        memory.close()


def test_a_stream_takes_a_memory(monkeypatch):
    memory = VolatileMemory()
    api.translate(MARKDOWN.encode(), "fr", source="en", engine="pseudo", format="markdown", memory=memory)
    no_engine(monkeypatch)
    with api.stream(MARKDOWN.encode(), "fr", source="en", engine="pseudo", format="markdown", memory=memory) as segments:
        assert {segment.outcome.value for segment in segments} == {"from_memory"}
