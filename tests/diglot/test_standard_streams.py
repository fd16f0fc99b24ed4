"""Standard streams: what goes to them, and that they may be closed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.diglot.conftest import MARKDOWN, ROOT, Done, Run, files_below

PLAIN = "--to fr --from en --engine echo"
OUTPUT = "diglot: Standard output is closed.\n"


def shell(line: str, cwd: Path) -> Done:
    """Run a line of a shell with the word ``diglot`` in it. What it says on closed streams is lost, as it should be."""
    program = f"{sys.executable} -P -m diglot"
    done = subprocess.run(["/bin/sh", "-c", line.replace("diglot", program, 1)], cwd=cwd, capture_output=True, timeout=60,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, stdin=subprocess.DEVNULL)
    return Done(done.returncode, done.stdout, done.stderr.decode())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(MARKDOWN)
    return tmp_path


# ---- closed streams
@pytest.mark.parametrize(("line", "code", "err"), [
    (f"diglot translate a.md -o - {PLAIN} >&-", 2, OUTPUT),
    (f"diglot translate a.md -o x.md --report - {PLAIN} >&-", 2, OUTPUT),
    (f"diglot translate a.md -o x.md --stream {PLAIN} >&-", 2, OUTPUT),
    (f"diglot translate a.md --dry-run {PLAIN} >&-", 2, OUTPUT),
    ("diglot segments a.md >&-", 2, OUTPUT),
    ("diglot keys make --tenant a --name b --data data >&-", 2, OUTPUT),      # else nobody would ever see it
    ("diglot formats >&-", 2, OUTPUT),
    (f"diglot translate - {PLAIN} --format markdown <&-", 2, "diglot: Standard input is closed.\n"),
    (f"diglot translate - {PLAIN} --dry-run <&-", 2, "diglot: standard input: Standard input is closed.\n"),
    ("diglot segments - <&-", 2, "diglot: Standard input is closed.\n"),
    (f"diglot translate none.md {PLAIN} 2>&-", 2, ""),
    ("diglot nonsense 2>&-", 2, ""),
    (f"diglot translate none.md {PLAIN} <&- >&- 2>&-", 2, ""),
    ("diglot segments a.md >&- 2>&-", 2, "")])
def test_a_stream_that_is_needed_and_closed_is_one_sentence(folder: Path, line: str, code: int, err: str) -> None:
    done = shell(line, folder)
    assert (done.code, done.err) == (code, err)
    assert files_below(folder) == {"a.md", "b.md"}


@pytest.mark.parametrize("closed", [">&-", "<&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("words", "made"), [
    ("a.md -o x.md --memory m", {"x.md", "m"}), ("a.md b.md -o out --jobs 2", {"out/a.fr.md", "out/b.fr.md"})])
def test_a_stream_that_is_not_needed_may_be_closed(folder: Path, closed: str, words: str, made: set[str]) -> None:
    done = shell(f"diglot translate {words} {PLAIN} {closed}", folder)
    assert (done.code, done.out) == (0, b"")
    assert files_below(folder) == {"a.md", "b.md", *made}
    assert all((folder / name).read_text() == MARKDOWN for name in made if name.endswith(".md"))


def test_help_with_closed_output_is_no_defect(folder: Path) -> None:
    assert "defect" not in shell("diglot --help >&-", folder).err


# ---- the report
def test_the_report_goes_to_standard_output(diglot: Run, folder: Path) -> None:
    done = diglot("translate", "a.md", "-o", "x.md", "--report", "-", *PLAIN.split())
    assert done.code == 0
    report = json.loads(done.text)
    assert (report["source"], report["output"]) == ("a.md", "x.md")
    assert files_below(folder) == {"a.md", "b.md", "x.md"}


@pytest.mark.parametrize(("words", "sentence"), [
    (("a.md", "-o", "-"), "the document goes there"), (("-",), "the document goes there"),
    (("a.md", "-o", "x.md", "--stream"), "--stream shows segments there"),
    (("a.md", "b.md", "-o", "out"), "takes the report of one document"),
    (("a.md", "--to", "de"), "takes the report of one document")])
def test_standard_output_takes_one_thing(diglot: Run, folder: Path, words: tuple[str, ...], sentence: str) -> None:
    done = diglot("translate", *words, "--report", "-", *PLAIN.split(), stdin=MARKDOWN.encode())
    assert (done.code, done.out, len(done.err.splitlines())) == (2, b"", 1)
    assert sentence in done.err
    assert files_below(folder) == {"a.md", "b.md"}


def test_a_file_may_still_be_named_like_that(diglot: Run, folder: Path) -> None:
    assert diglot("translate", "a.md", "-o", "x.md", "--report", "./-", *PLAIN.split()).code == 0
    assert json.loads((folder / "-").read_text())["output"] == "x.md"
