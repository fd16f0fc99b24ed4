"""What people see on standard error: errors, progress, a closing line."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from diglot.errands import Errand
from diglot.exits import shown

if TYPE_CHECKING:
    from diglot.work import Finished

OUTCOMES = (("translated", "translated"), ("from_memory", "from memory"), ("repeated", "repeated"),
            ("protected", "left as they are"), ("kept_source", "kept in the source language"))
"""Outcome → how people are told, in this order."""

REASONS = 3
"""How many reasons a closing line names."""


class Console(Protocol):
    """Where a command tells how it goes."""

    def line(self, text: str) -> None:
        """A line to stay, progress or not."""

    def segments(self, errand: Errand, done: int, total: int) -> None:
        """So many segments of a document are done."""

    def finished(self, finished: Finished) -> None:
        """A document is done with."""

    def close(self) -> None:
        """Nothing more comes."""


def say(text: str) -> None:
    """A line on standard error."""
    sys.stderr.write(" ".join(text.split("\n")) + "\n")
    sys.stderr.flush()


def leave_pipe() -> None:
    """The reader of standard output has left: let nothing be flushed into its pipe, now or when Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class PlainConsole:
    """For logs and pipes: a line for each document, where there are several."""

    def __init__(self, errands: int, *, quiet: bool) -> None:
        self._tells = errands > 1 and not quiet

    def line(self, text: str) -> None:
        """A line to stay."""
        say(text)

    def segments(self, errand: Errand, done: int, total: int) -> None:
        """A log is no place for a count that moves."""

    def finished(self, finished: Finished) -> None:
        """One line: what, where to, how."""
        if self._tells and finished.error is None:
            output = "standard output" if finished.errand.output is None else shown(finished.errand.output)
            say(f"{finished.errand.shown} → {output}: {counted(finished.counts, finished.kept)}")

    def close(self) -> None:
        """Nothing was opened."""


class BarConsole:
    """For terminals: a bar with counts and the time left."""

    def __init__(self, errands: int) -> None:
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._alone = errands == 1
        unit = "segments" if self._alone else f"of {errands} documents"
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]} " + unit),
            TextColumn("{task.fields[extra]}"), TimeRemainingColumn(compact=True), TextColumn("left"),
            console=Terminal(stderr=True, highlight=False), transient=True, redirect_stdout=False)
        self._task = self._bar.add_task("Translating", total=None if self._alone else errands, count="0", extra="")
        self._shares: dict[Errand, float] = {}
        self._done = 0
        self._segments = 0
        self._bar.start()

    def line(self, text: str) -> None:
        """A line above the bar."""
        self._bar.console.print(" ".join(text.split("\n")), markup=False, soft_wrap=True)

    def segments(self, errand: Errand, done: int, total: int) -> None:
        """Move the bar by this document's share."""
        if self._alone:
            self._bar.update(self._task, total=total, completed=done, count=f"{done}/{total}")
            return
        self._shares[errand] = done / total if total else 0.0
        self._bar.update(self._task, completed=self._done + sum(self._shares.values()))

    def finished(self, finished: Finished) -> None:
        """One document more."""
        self._shares.pop(finished.errand, None)
        self._done += 1
        self._segments += sum(finished.counts.values())
        if not self._alone:
            self._bar.update(self._task, completed=self._done + sum(self._shares.values()), count=str(self._done),
                             extra=f"{self._segments:,} segments")

    def close(self) -> None:
        """Take the bar away."""
        self._bar.stop()


def console_for(errands: int, *, quiet: bool, streams: bool = False) -> Console:
    """A bar on a terminal, lines elsewhere, and where segments are shown on the same terminal."""
    if quiet or not sys.stderr.isatty() or (streams and sys.stdout.isatty()):
        return PlainConsole(errands, quiet=quiet)
    return BarConsole(errands)


def counted(counts: dict[str, int], kept: dict[str, int]) -> str:
    """``42 translated, 3 repeated, 1 kept in the source language (codes)``."""
    parts = [f"{counts[key]:,} {name}" for key, name in OUTCOMES if counts.get(key)]
    if kept and parts:
        often = sorted(kept, key=lambda reason: (-kept[reason], reason))
        parts[-1] += f" ({', '.join(often[:REASONS])}{', …' if len(often) > REASONS else ''})"
    return ", ".join(parts) or "nothing to translate"


def summary(all_finished: Iterable[Finished], copied: int, skipped: int, left_out: int, seconds: float) -> str:
    """The closing line of a command over several documents, with the time that it took."""
    counts: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    done = refused = 0
    for finished in all_finished:
        counts.update(finished.counts)
        kept.update(finished.kept)
        done, refused = done + (finished.error is None), refused + (finished.error is not None)
    parts = [f"{many(done, 'document')}: {counted(dict(counts), dict(kept))}"] if done else ["No document translated"]
    if refused:
        parts.append(f"{refused} failed")
    if copied:
        parts.append(f"{many(copied, 'other file')} copied")
    if skipped:
        parts.append(f"{many(skipped, 'other file')} skipped (--unknown copy copies them)")
    if left_out:
        parts.append(f"{many(left_out, 'folder')} of tools left out")
    return f"{'; '.join(parts)} ({seconds:.1f} s)."


def many(number: int, noun: str) -> str:
    """``1 document``, ``2 documents``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
