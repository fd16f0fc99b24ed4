"""Places that are none: empty words, pipes, second names of an input, folders without a document."""

from pathlib import Path

import pytest

from tests.diglot.conftest import MARKDOWN, Run, files_below

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
