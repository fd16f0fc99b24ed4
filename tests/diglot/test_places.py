"""Places that are none: empty words, pipes, second names of an input, folders without a document."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from diglot.outputs import write
from parsers.errors import UsageError
from tests.diglot.conftest import MARKDOWN, ROOT, Run, command, files_below

PLAIN = ("--to", "fr", "--from", "en", "--engine", "pseudo")


# ---- empty words, as of a shell variable that is not set
@pytest.mark.parametrize("words", [
    ("translate", ""), ("translate", "a.md", ""), ("translate", "a.md", "-o", ""), ("translate", "a.md", "--output="),
    ("translate", "a.md", "--report", ""), ("translate", "a.md", "--glossary", ""), ("translate", "a.md", "--memory", ""),
    ("translate", "a.md", "--config", ""), ("translate", "a.md", "--keep-file", ""), ("translate", "a.md", "--keep", ""),
    ("translate", "a.md", "--front-matter-key", "")])
def test_an_empty_word_is_never_the_current_folder(diglot: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot(*words, *PLAIN)
    assert (done.code, done.out) == (2, b"")
    option = next((word.rstrip("=") for word in words if word.startswith("-")), "INPUT")
    assert option in done.err
    assert done.err.endswith("it is empty. See diglot translate --help.\n")
    assert len(done.err.splitlines()) == 1
    assert files_below(tmp_path) == {"a.md"}
    assert not tmp_path.with_name(f"{tmp_path.name}.fr").exists()


@pytest.mark.parametrize("words", [
    ("check", "", "a.md"), ("check", "a.md", ""), ("segments", ""), ("memory", "import", "", "--memory", "m"),
    ("memory", "export", "", "--memory", "m"), ("memory", "stats", "--memory", ""), ("watch", ""), ("serve", "--data", ""),
    ("worker", "--task-folder", ""), ("jobs", "list", "--data", ""), ("profile-eval", "--set", "")])
def test_no_command_takes_an_empty_word_for_a_path(diglot: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot(*words)
    assert done.code == 2
    assert "it is empty." in done.err
    assert files_below(tmp_path) == {"a.md"}


# ---- outputs that are no files
@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A named pipe, beside a document a.md."""
    (tmp_path / "a.md").write_text(MARKDOWN)
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("words", [
    ("a.md", "-o", "pipe"), ("a.md", "-o", "link"), ("a.md", "-o", "b.md", "--report", "pipe"), ("a.md", "-o", "pipe/b.md"),
    ("a.md", "a.md", "-o", "pipe"), ("a.md", "-o", "b.md", "--report", "pipe/"), ("a.md", "-o", "b.md", "--memory", "pipe"),
    ("-", "-o", "pipe"), ("docs", "-o", "out")])
def test_a_pipe_is_never_replaced(diglot: Run, tmp_path: Path, pipe: Path, words: tuple[str, ...],
                                  force: tuple[str, ...]) -> None:
    (tmp_path / "link").symlink_to("pipe")
    for folder in ("docs", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "docs" / "page.md").write_text(MARKDOWN)
    os.mkfifo(tmp_path / "out" / "page.md")
    before = files_below(tmp_path)
    done = diglot("translate", *words, *force, *PLAIN, stdin=MARKDOWN.encode())
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert "--force" not in done.err
    assert pipe.is_fifo()
    assert (tmp_path / "out" / "page.md").is_fifo()
    assert files_below(tmp_path) == before


def test_an_export_does_not_replace_a_pipe(diglot: Run, pipe: Path) -> None:
    assert diglot("translate", "a.md", "--memory", "team.memory", *PLAIN).code == 0
    done = diglot("memory", "export", "pipe", "--memory", "team.memory", "--force")
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert pipe.is_fifo()


def test_a_pipe_that_has_come_meanwhile_is_not_replaced_either(pipe: Path) -> None:
    with pytest.raises(UsageError, match="pipe or a device"):
        write(pipe, b"text", replace=True)
    assert pipe.is_fifo()
    assert sorted(os.listdir(pipe.parent)) == ["a.md", "pipe"]


# ---- inputs that are no files
@pytest.mark.parametrize("words", [
    ("translate", "pipe", *PLAIN), ("translate", "a.md", "pipe", "-o", "out", *PLAIN),
    ("translate", "pipe", "--dry-run", *PLAIN), ("segments", "pipe"), ("check", "a.md", "pipe")])
def test_a_pipe_is_not_waited_for(tmp_path: Path, pipe: Path, words: tuple[str, ...]) -> None:
    done = command(*words, cwd=tmp_path)
    assert (done.code, done.err) == (2, "diglot: pipe is a pipe or a device, no document; - is standard input.\n")


def test_a_pipe_in_a_folder_is_no_document_of_it(diglot: Run, tmp_path: Path, pipe: Path) -> None:
    os.renames(pipe, tmp_path / "docs" / "pipe.md")
    (tmp_path / "docs" / "b.md").write_text(MARKDOWN)
    assert diglot("translate", "docs", "-o", "out", "--jobs", "1", *PLAIN).code == 0
    assert files_below(tmp_path / "out") == {"b.md"}


def test_standard_input_that_does_not_end_can_be_left(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "diglot", "translate", "-", "--format", "markdown", *PLAIN]
    waiting = subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**os.environ, "PYTHONPATH": str(ROOT)})
    with waiting:
        assert waiting.stdin is not None
        waiting.stdin.write(b"Some text")
        waiting.stdin.flush()
        deadline = time.monotonic() + 60
        while struct.unpack("i", fcntl.ioctl(waiting.stdin, termios.FIONREAD, bytes(4)))[0] and time.monotonic() < deadline:
            time.sleep(0.1)                                 # until the text is taken and more is waited for
        waiting.terminate()
        assert waiting.wait(20) == 130
        assert waiting.stderr is not None
        assert waiting.stderr.read().startswith(b"diglot: Interrupted")


# ---- other names of an input
@pytest.mark.parametrize("words", [
    ("a.md", "-o", "hard.md"), ("a.md", "-o", "x/hard.md"), ("a.md", "b.md", "-o", "x"), ("a.md", "-o", "c.md", "--report", "hard.md"),
    ("docs", "-o", "x", "--unknown", "copy")])
def test_a_second_name_of_an_input_is_that_input(diglot: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    for folder in ("docs", "x"):
        Path(folder).mkdir()
    for name in ("a.md", "b.md", "docs/page.md", "docs/logo.svg"):
        Path(name).write_text(MARKDOWN)
    for name, other in (("hard.md", "a.md"), ("x/hard.md", "a.md"), ("x/a.fr.md", "b.md"), ("x/logo.svg", "docs/logo.svg")):
        Path(name).hardlink_to(other)
    before = files_below(tmp_path)
    done = diglot("translate", *words, "--force", *PLAIN)
    assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    assert "is an input and is never overwritten" in done.err
    assert files_below(tmp_path) == before
    assert all(Path(name).read_text() == MARKDOWN for name in before)


def test_a_report_takes_no_place_of_a_copy(diglot: Run) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text(MARKDOWN)
    Path("docs/a.md.json").write_text("{}")
    done = diglot("translate", "docs", "-o", "out", "--report", "out/", "--unknown", "copy", *PLAIN)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "would take the place of a document" in done.err
    assert not Path("out").exists()


# ---- folders without a document
@pytest.mark.parametrize("words", [(), ("--dry-run",), ("-o", "out", "--report", "reports"), ("--quiet",)])
def test_a_folder_without_a_document_is_no_success(diglot: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    Path("docs/.git").mkdir(parents=True)
    Path("docs/logo.svg").write_text("<svg/>")
    done = diglot("translate", "docs", *words, *PLAIN)
    assert (done.code, done.out) == (2, b"")
    assert done.err == "diglot: There is no document in docs; diglot formats lists the names that are known.\n"
    assert files_below(tmp_path) == {"docs/logo.svg"}


def test_several_folders_without_a_document_are_named(diglot: Run) -> None:
    Path("a").mkdir()
    Path("b").mkdir()
    done = diglot("translate", "a", "b", "-o", "out", *PLAIN)
    assert done.code == 2
    assert "There is no document in a or b;" in done.err


def test_other_files_are_copied_without_a_document_and_the_code_tells(diglot: Run) -> None:
    Path("docs").mkdir()
    Path("docs/logo.svg").write_text("<svg/>")
    done = diglot("translate", "docs", "-o", "out", "--unknown", "copy", *PLAIN)
    assert done.code == 1
    assert done.err.startswith("No document translated; 1 other file copied (")
    assert Path("out/logo.svg").read_text() == "<svg/>"
