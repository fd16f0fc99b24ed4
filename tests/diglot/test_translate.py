"""`diglot translate`: where outputs go, what is refused, what is told."""

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from tests.diglot.conftest import HTML, MARKDOWN, Run, command, files_below
from tests.parsers.docx.making import W, members, p, package, r, xml_of


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "index.md").write_text(MARKDOWN)
    (folder / "deep" / "page.html").write_text(HTML)
    (folder / "deep" / "er" / "note.markdown").write_text("One *more* note, long enough to tell its language.\n")
    (folder / "deep" / "logo.svg").write_text("<svg/>")
    return folder


# ---- one file
def test_a_single_file_with_one_language_goes_exactly_to_the_output(diglot: Run, tmp_path: Path) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot("translate", "a.md", "-o", "made/out.md", "--to", "fr", "--engine", "pseudo")
    assert done.code == 0, done.err
    assert files_below(tmp_path) == {"a.md", "made/out.md"}
    out = Path("made/out.md").read_text()
    assert out != MARKDOWN
    assert "](https://example.org/a)" in out
    assert done.out == b""


def test_echo_gives_the_same_bytes(diglot: Run) -> None:
    Path("a.html").write_bytes(HTML.replace("\n", "\r\n").encode())
    assert diglot("translate", "a.html", "-o", "b.html", "--to", "fr", "--engine", "echo").code == 0
    assert Path("b.html").read_bytes() == Path("a.html").read_bytes()


@pytest.mark.parametrize(("output", "expected"), [
    ((), "a.pt-BR.md"), (("-o", "there"), "there/a.pt-BR.md"), (("-o", "new/"), "new/a.pt-BR.md"),
    (("-o", "new"), "new")])
def test_where_one_file_goes(diglot: Run, tmp_path: Path, output: tuple[str, ...], expected: str) -> None:
    Path("a.md").write_text(MARKDOWN)
    Path("there").mkdir()
    assert diglot("translate", "a.md", *output, "--to", "pt_br", "--engine", "echo").code == 0
    assert files_below(tmp_path) == {"a.md", expected}


def test_several_languages_name_each_output(diglot: Run, tmp_path: Path) -> None:
    Path("a.md").write_text(MARKDOWN)
    assert diglot("translate", "a.md", "-o", "out", "--to", "fr", "--to", "de", "--engine", "echo").code == 0
    assert files_below(tmp_path) == {"a.md", "out/a.fr.md", "out/a.de.md"}


def test_several_files_go_into_a_folder(diglot: Run, tmp_path: Path) -> None:
    Path("a.md").write_text(MARKDOWN)
    Path("b.html").write_text(HTML)
    done = diglot("translate", "a.md", "b.html", "-o", "out", "--to", "fr", "--engine", "echo", "--jobs", "1")
    assert done.code == 0
    assert files_below(tmp_path) == {"a.md", "b.html", "out/a.fr.md", "out/b.fr.html"}


# ---- standard streams
def test_standard_input_to_standard_output(diglot: Run, tmp_path: Path) -> None:
    done = diglot("translate", "-", "--to", "fr", "--engine", "echo", "--format", "markdown", stdin=MARKDOWN.encode())
    assert (done.code, done.out) == (0, MARKDOWN.encode())
    assert files_below(tmp_path) == set()


def test_standard_input_is_recognised_by_its_content(diglot: Run) -> None:
    assert diglot("translate", "-", "--to", "fr", "--engine", "echo", stdin=HTML.encode()).out == HTML.encode()


def test_a_file_to_standard_output(diglot: Run, tmp_path: Path) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot("translate", "a.md", "-o", "-", "--to", "fr", "--engine", "echo")
    assert done.out == MARKDOWN.encode()
    assert files_below(tmp_path) == {"a.md"}


# ---- formats
def test_a_file_of_another_name_is_known_by_its_content(diglot: Run) -> None:
    Path("page.dat").write_text(HTML)
    assert diglot("translate", "page.dat", "-o", "out.dat", "--to", "fr", "--engine", "pseudo").code == 0
    assert "<b>" in Path("out.dat").read_text()


def test_a_file_that_is_plainly_nothing_is_refused_with_the_way_out(diglot: Run, tmp_path: Path) -> None:
    Path("a.csv").write_text("name,price\nbread and butter for everybody,2\n")
    done = diglot("translate", "a.csv", "--to", "fr", "--engine", "echo")
    assert done.code == 3
    assert "--format markdown" in done.err
    assert files_below(tmp_path) == {"a.csv"}
    assert diglot("translate", "a.csv", "--to", "fr", "--engine", "echo", "--format", "markdown").code == 0


# ---- folders
def test_a_folder_is_mirrored_under_its_own_names(diglot: Run, site: Path, tmp_path: Path) -> None:
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo", "--jobs", "1")
    assert done.code == 0
    assert files_below(tmp_path / "out") == {"index.md", "deep/page.html", "deep/er/note.markdown"}
    assert "1 other file skipped" in done.err


def test_other_files_are_copied_on_demand(diglot: Run, site: Path) -> None:
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "pseudo", "--jobs", "1",
                  "--unknown", "copy")
    assert files_below(Path("out")) == files_below(site)
    assert Path("out/deep/logo.svg").read_bytes() == b"<svg/>"
    assert "1 other file copied" in done.err


def test_several_languages_are_folders(diglot: Run, site: Path) -> None:
    diglot("translate", "docs", "-o", "out", "--to", "fr", "--to", "de", "--engine", "echo", "--jobs", "1")
    names = {"index.md", "deep/page.html", "deep/er/note.markdown"}
    assert files_below(Path("out")) == {f"{lang}/{name}" for lang in ("fr", "de") for name in names}


def test_a_folder_without_output_gets_a_neighbour(diglot: Run, site: Path, tmp_path: Path) -> None:
    diglot("translate", "docs/", "--to", "fr", "--engine", "echo", "--jobs", "1")
    assert (tmp_path / "docs.fr" / "index.md").is_file()


def test_the_output_inside_the_input_is_not_translated_again(diglot: Run, site: Path) -> None:
    for _ in range(2):
        done = diglot("translate", "docs", "-o", "docs/fr", "--to", "fr", "--engine", "echo", "--jobs", "1", "--force")
        assert done.code == 0
    assert files_below(site / "fr") == {"index.md", "deep/page.html", "deep/er/note.markdown"}


def test_processes_give_the_same_bytes_as_one(diglot: Run, site: Path, tmp_path: Path) -> None:
    diglot("translate", "docs", "-o", "one", "--to", "fr", "--engine", "pseudo", "--jobs", "1")
    done = command("translate", "docs", "-o", "two", "--to", "fr", "--engine", "pseudo", "--jobs", "2", cwd=tmp_path)
    assert done.code == 0, done.err
    assert "3 documents: " in done.err
    for name in files_below(Path("one")):
        assert (Path("two") / name).read_bytes() == (Path("one") / name).read_bytes()


def test_a_circle_of_links_ends(diglot: Run, site: Path) -> None:
    (site / "deep" / "again").symlink_to(site, target_is_directory=True)
    assert diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo", "--jobs", "1").code == 0
    assert files_below(Path("out")) == {"index.md", "deep/page.html", "deep/er/note.markdown"}


def test_a_name_that_is_no_text_is_no_trouble(diglot: Run, tmp_path: Path) -> None:
    Path("docs").mkdir()
    name = os.fsdecode(b"caf\xe9.md")
    Path("docs", name).write_text(MARKDOWN)
    Path("docs", os.fsdecode(b"bad\xff.html")).write_bytes(b"%PDF-1.7\n%%EOF")
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo", "--jobs", "1", "--report", "r")
    assert os.fsencode(name) in os.listdir(b"out")
    assert "caf\N{REPLACEMENT CHARACTER}.md" in done.err


# ---- nothing is lost
def test_an_output_that_is_there_is_kept_without_force(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN)
    Path("b.md").write_text("precious")
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "echo")
    assert done.code == 2
    assert "--force" in done.err
    assert Path("b.md").read_text() == "precious"
    assert diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "echo", "--force").code == 0
    assert Path("b.md").read_text() == MARKDOWN


def test_a_folder_is_refused_whole_if_one_output_is_there(diglot: Run, site: Path) -> None:
    Path("out/deep").mkdir(parents=True)
    Path("out/deep/page.html").write_text("precious")
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo")
    assert done.code == 2
    assert files_below(Path("out")) == {"deep/page.html"}


@pytest.mark.parametrize("arguments", [
    ("a.md", "-o", "a.md"), ("a.md", "-o", "./x/../a.md"), ("a.md", "-o", "link.md"), ("docs", "-o", "docs"),
    ("sub", "-o", "docs/../sub"), ("a.md", "sub/a.md", "-o", "out"), ("a.md", "a.md", "-o", "out"),
    ("-", "a.md"), ("-", "-"),
    ("docs", "-o", "-"), ("a.md", "docs", "-o", "a.md"), ("docs", "--format", "html"), ("a.md", "-o", "a.md/x.md"),
    ("a.md", "-o", "x.md", "--report", "x.md"), ("a.md", "-o", "x.md", "--report", "a.md")])
def test_what_would_lose_data_or_makes_no_sense(diglot: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    for name in ("docs", "sub", "x"):
        Path(name).mkdir()
    for name in ("a.md", "sub/a.md", "docs/a.md"):
        Path(name).write_text(MARKDOWN)
    Path("link.md").symlink_to("a.md")
    before = files_below(tmp_path)
    done = diglot("translate", *arguments, "--to", "fr", "--engine", "pseudo", "--force")
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert files_below(tmp_path) == before
    assert Path("a.md").read_text() == MARKDOWN


@pytest.mark.parametrize("arguments", [
    ("missing.md", "--to", "fr"), ("a.md", "--to", "not a language"), ("a.md",), ("a.md", "--to", "fr", "--from", "??"),
    ("a.md", "--to", "fr", "--to", "FR"), ("a.md", "--to", "fr", "--engine", "none"),
    ("a.md", "--to", "fr", "--nonsense"),
    ("a.md", "--to", "fr", "--unknown", "burn"), ("a.md", "--to", "fr", "--format", "pdf"),
    ("a.md", "--to", "fr", "--no-mask", "nothing"), ("a.md", "--to", "fr", "--jobs", "0"),
    ("a.md", "--to", "fr", "--keep-file", "missing.txt"), ("a.md", "--to", "fr", "--glossary", "missing.csv"),
    ("--to", "fr")])
def test_bad_usage_is_one_sentence_and_code_2(diglot: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot("translate", *arguments)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert done.err.startswith("diglot: ")
    assert files_below(tmp_path) == {"a.md"}


def test_a_private_document_stays_private(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN)
    Path("a.md").chmod(0o600)
    diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "echo")
    assert stat.S_IMODE(Path("b.md").stat().st_mode) == 0o600


# ---- what is told
def test_the_report_of_one_document_is_a_file(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN)
    diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--from", "en", "--engine", "pseudo", "--report", "r.json")
    report = json.loads(Path("r.json").read_text())
    assert (report["source"], report["output"], report["ok"]) == ("a.md", "b.md", True)
    assert sum(report["counts"].values()) == len(report["segments"]) == 4


def test_reports_of_a_folder_mirror_it(diglot: Run, site: Path) -> None:
    diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo", "--report", "reports", "--jobs", "1")
    assert files_below(Path("reports")) == {"index.md.json", "deep/page.html.json", "deep/er/note.markdown.json"}


def test_a_dry_run_counts_and_writes_nothing(diglot: Run, site: Path, tmp_path: Path) -> None:
    before = files_below(tmp_path)
    done = diglot("translate", "docs", "--to", "fr", "--to", "de", "--from", "en", "--dry-run")
    assert done.code == 0
    assert files_below(tmp_path) == before
    assert "4 segments" in done.text
    assert "6 documents: 14 segments" in done.text
    assert "tokens" in done.text


def test_the_closing_line_counts(diglot: Run) -> None:
    Path("a.md").write_text("Same text.\n\nSame text.\n\nOther text.\n")
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--from", "en", "--engine", "pseudo")
    assert done.err.startswith("b.md: 2 translated, 1 repeated (")


def test_quiet_is_silent(diglot: Run, site: Path) -> None:
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "echo", "--quiet", "--jobs", "1")
    assert (done.code, done.out, done.err) == (0, b"", "")


def test_terms_stay_as_they_are(diglot: Run) -> None:
    Path("a.md").write_text("We like the towns of Blue Harbour and Green Hill very much.\n")
    Path("names.txt").write_text("# places\nGreen Hill\n", encoding="utf-8-sig")
    diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "pseudo", "--keep", "Blue Harbour",
           "--keep-file", "names.txt")
    assert "Blue Harbour" in Path("b.md").read_text()
    assert "Green Hill" in Path("b.md").read_text()


def test_a_kind_of_mask_can_be_switched_off(diglot: Run) -> None:
    Path("a.md").write_text("Write a letter to someone@example.org before noon.\n")
    diglot("translate", "a.md", "-o", "masked.md", "--to", "fr", "--engine", "pseudo")
    diglot("translate", "a.md", "-o", "bare.md", "--to", "fr", "--engine", "pseudo", "--no-mask", "email")
    assert "someone@example.org" in Path("masked.md").read_text()
    assert "someone@example.org" not in Path("bare.md").read_text()


def test_a_front_matter_key_of_ones_own(diglot: Run) -> None:
    Path("a.md").write_text("---\nmotto: Plain words\nlayout: Plain words\n---\n\nSome text of a page.\n")
    diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "pseudo", "--front-matter-key", "motto")
    text = Path("b.md").read_text()
    assert "motto: Plain words" not in text
    assert "layout: Plain words" in text


def test_labels_of_numbered_lists_are_translated_if_asked(diglot: Run) -> None:
    Path("a.docx").write_bytes(package(members(p(r("Some text of a page.")), {
        "numbering.xml": ("numbering", f'<w:numbering xmlns:w="{W}"><w:lvlText w:val="Chapter %1"/></w:numbering>')})))
    diglot("translate", "a.docx", "-o", "b.docx", "--to", "fr", "--engine", "pseudo")
    assert 'w:val="Chapter %1"' in xml_of(Path("b.docx").read_bytes(), "word/numbering.xml")
    done = diglot("translate", "a.docx", "-o", "c.docx", "--to", "fr", "--engine", "pseudo", "--numbering",
                  "--report", "c.json")
    label = xml_of(Path("c.docx").read_bytes(), "word/numbering.xml")
    assert "Chapter" not in label
    assert "%1" in label
    assert done.code == 0
    assert json.loads(Path("c.json").read_text())["untouched"]


LINKED = "# Contents\n\n- [Set up](#set-up)\n\n## Set up\n\nSome text of a page.\n"


def test_a_link_to_a_heading_that_dies_is_noted_and_no_failure(diglot: Run) -> None:
    Path("a.md").write_text(LINKED)
    Path("docs").mkdir()
    Path("docs/a.md").write_text(LINKED)
    Path("docs/b.md").write_text("# Some words\n")
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "pseudo", "--report", "r.json")
    assert done.code == 0
    assert "note: links within the document to #set-up lead nowhere" in done.err
    report = json.loads(Path("r.json").read_text())
    assert report["dead_links"] == ["set-up"]
    assert len(report["notes"]) == 1
    several = diglot("translate", "docs", "-o", "out", "--to", "fr", "--engine", "pseudo")
    assert several.code == 0
    assert "note: links in 1 document lead nowhere" in several.err


def test_pinned_headings_keep_links_alive(diglot: Run) -> None:
    Path("a.md").write_text(LINKED)
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "pseudo", "--pin-headings", "tag",
                  "--report", "r.json")
    assert done.code == 0
    assert "note:" not in done.err
    assert '\n## <a id="set-up"></a>[' in Path("b.md").read_text()
    report = json.loads(Path("r.json").read_text())
    assert report["untouched"]
    assert report["hashes"]["source"] == hashlib.sha256(LINKED.encode()).hexdigest()
    assert diglot("check", "a.md", "b.md", "--pin-headings", "tag").code == 0
    assert diglot("check", "a.md", "b.md").code == 1


def test_headings_are_pinned_in_a_way_that_there_is(diglot: Run) -> None:
    Path("a.md").write_text(LINKED)
    done = diglot("translate", "a.md", "--to", "fr", "--engine", "pseudo", "--pin-headings", "yes")
    assert done.code == 2
    assert "--pin-headings takes tag or attribute, not “yes”." in done.err


def test_a_glossary_is_used_and_its_misses_are_warnings(diglot: Run) -> None:
    Path("a.md").write_text("The sundial is old.\n")
    Path("terms.csv").write_text("sundial,cadran solaire\n")
    done = diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--from", "en", "--engine", "pseudo",
                  "--glossary", "terms.csv", "--report", "r.json")
    assert done.code == 1
    assert "sundial" in done.err
    assert json.loads(Path("r.json").read_text())["glossary"][0]["misses"] == 1


def test_a_document_in_the_target_language_already_is_written_as_it_is_and_told(diglot: Run) -> None:
    text = "# Manual\n\nEste documento já está em português e não precisa ser traduzido para ninguém.\n"
    Path("site").mkdir()
    Path("site/manual.md").write_text(text)
    done = diglot("translate", "site", "--to", "pt-BR", "-o", "out")
    assert done.code == 1
    assert Path("out/manual.md").read_text() == text
    assert "judged to be in pt already" in done.err
    assert diglot("translate", "site", "--from", "pt", "--to", "pt-BR", "-o", "other").code == 4


def test_a_report_that_is_there_is_kept_without_force(diglot: Run) -> None:
    Path("guide.md").write_text("# A title\n")
    Path("report.json").write_text("{}")
    done = diglot("translate", "guide.md", "--to", "fr", "--engine", "pseudo", "--report", "report.json")
    assert done.code == 2
    assert "report.json is there already; give --force to replace it, or another --report." in done.err
    assert not Path("guide.fr.md").exists()


def test_a_paragraph_in_a_third_language_is_named_and_not_garbled(diglot: Run) -> None:
    french = "Ce paragraphe est en français, et personne ne le traduit en une autre langue aujourd'hui."
    Path("guide.md").write_text(f"This paragraph is in English and will be translated now.\n\n{french}\n")
    done = diglot("translate", "guide.md", "--from", "en", "--to", "pt-BR")
    assert done.code == 1
    assert french in Path("guide.pt-BR.md").read_text()
    assert "this is in French" in done.err
