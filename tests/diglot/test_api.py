"""`import diglot`: a few functions."""

import subprocess
import sys
from pathlib import Path

import pytest

import diglot
from pipeline.engines.trial import PseudoEngine
from tests.diglot.conftest import HTML, MARKDOWN, ROOT


def test_translate_takes_bytes_paths_and_engines(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(MARKDOWN)
    seen: list[tuple[int, int]] = []
    by_name = diglot.translate(path, to="fr", source="en", engine="pseudo", progress=lambda *two: seen.append(two))
    by_engine = diglot.translate(MARKDOWN.encode(), to="fr", source="en", engine=PseudoEngine(), format="markdown")
    assert by_name.output == by_engine.output != MARKDOWN.encode()
    assert by_name.report.ok
    assert seen[-1] == (4, 4)


def test_a_format_is_found_by_content() -> None:
    assert diglot.segments(HTML.encode())[0].content == ("A page",)


def test_check_compares() -> None:
    done = diglot.translate(MARKDOWN.encode(), to="fr", source="en", engine="pseudo", format="markdown").output
    assert diglot.check(MARKDOWN.encode(), done, format="markdown").ok
    assert not diglot.check(MARKDOWN.encode(), b"# Titre\n", format="markdown").ok


def test_errors_are_one_tree(tmp_path: Path) -> None:
    for call in (lambda: diglot.translate(tmp_path / "missing.md", to="fr"),
                 lambda: diglot.translate(b"\0\1\2", to="fr"),
                 lambda: diglot.translate(b"# a", to="fr", engine="none"), lambda: diglot.translate(b"# a", to="?")):
        with pytest.raises(diglot.DiglotError):
            call()


def test_every_public_name_is_there() -> None:
    for name in diglot.__all__:
        assert getattr(diglot, name) is not None
    with pytest.raises(AttributeError):
        diglot.nonsense  # noqa: B018


def test_importing_costs_nothing() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import diglot; print('parsers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
