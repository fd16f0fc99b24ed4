"""What people are told."""

import io
from pathlib import Path

import pytest

from diglot.console import BarConsole, PlainConsole, console_for, counted, many, summary
from diglot.errands import Errand
from diglot.exits import Exit
from diglot.work import Finished
from parsers.locales import Locale

ONE = Errand(Path("a.md"), Path("b.md"), Locale.parse("fr"), Path("b.md"))
DONE = Finished(ONE, Exit.WARNINGS, counts={"translated": 42, "repeated": 3, "kept_source": 2}, kept={"codes": 2})


def test_counts_read_as_a_sentence() -> None:
    assert counted(DONE.counts, DONE.kept) == "42 translated, 3 repeated, 2 kept in the source language (codes)"
    assert counted({}, {}) == "nothing to translate"
    assert many(1, "document") == "1 document"


def test_a_summary_adds_up() -> None:
    failed = Finished(ONE, Exit.DOCUMENT, "Damaged.")
    assert summary([DONE, DONE, failed], 2, 1, 1, 83.25) == (
        "2 documents: 84 translated, 6 repeated, 4 kept in the source language (codes); 1 failed; "
        "2 other files copied; 1 other file skipped (--unknown copy copies them); 1 folder of tools left out (83.2 s).")


def test_no_terminal_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", io.StringIO())
    assert isinstance(console_for(3, quiet=False), PlainConsole)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("errands", "shown"), [(1, "7/10 segments"), (4, "1 of 4 documents")])
def test_a_terminal_gets_a_bar_with_counts(monkeypatch: pytest.MonkeyPatch, errands: int, shown: str) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    bar = console_for(errands, quiet=False)
    assert isinstance(bar, BarConsole)
    bar.segments(ONE, 7, 10)
    bar.line("diglot: [b.md]: a sentence")
    if errands > 1:
        bar.finished(DONE)
    bar._bar.refresh()
    bar.close()
    assert shown in screen.getvalue()
    assert "diglot: [b.md]: a sentence" in screen.getvalue()
