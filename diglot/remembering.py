"""`diglot memory`: bring units in, write them out, count them, forget them."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from diglot import __version__
from diglot.console import many, say
from diglot.errands import STANDARD
from diglot.exits import Exit, shown
from diglot.outputs import exists_already, mode_of, refuse_special, written
from parsers.errors import DamagedDocument, DocumentError
from pipeline.memory import kept_keys
from storage import tmx
from storage.memory import SqliteMemory
from storage.units import Tally

LARGE = 8 << 20
"""Bytes of a file from which on a bar shows how far it is read."""
STEP = 500
"""Units between two moves of that bar."""


def bring_in(source: Path, memory: Path, *, quiet: bool) -> Exit:
    """Put the units of a TMX file into a memory, which is made if it is not there.

    Raises DocumentError if the file cannot be read (what stood before the fault is kept), UsageError
    and MemoryFault for the memory.
    """
    pairs: Counter[str] = Counter()
    left_out: dict[str, list[int]] = {}
    with _opened(source) as file, _bar(source, quiet=quiet) as move:
        units = tmx.read(file, source.name, lambda line, reason: left_out.setdefault(reason, []).append(line))
        first = next(units, None)                           # what is no TMX makes no memory
        with closing(SqliteMemory(memory)) as store:
            try:
                for number, unit in enumerate(chain((first,) if first else (), units)):
                    for key in kept_keys(unit):
                        store.put(key, unit)
                    pairs[f"{unit.source_language} → {unit.target_language}"] += 1
                    if number % STEP == 0:
                        move(file.tell())
            except DamagedDocument as error:
                raise DamagedDocument(f"{error} Kept of what stood before: {many(pairs.total(), 'unit')}.") from error
    if not quiet:
        _tell_import(source, memory, pairs, left_out)
    return Exit.OK if pairs else Exit.WARNINGS


def write_out(output: str, memory: Path, *, replace: bool, quiet: bool) -> Exit:
    """Write a memory as TMX to a file or to standard output. Raises UsageError, MemoryFault, OSError."""
    with closing(SqliteMemory(memory, must_exist=True)) as store:
        if output == STANDARD:
            tmx.write(sys.stdout.buffer, store.units(), __version__)
            return Exit.OK
        path = Path(output)
        refuse_special(path, "name")
        if path.exists() and not replace:
            raise exists_already(path, "name")
        with written(path, replace=replace, mode=mode_of(memory)) as file:
            count = tmx.write(file, store.units(), __version__)
    if not quiet:
        say(f"{shown(path)}: {many(count, 'unit')}")
    return Exit.OK


def stats(memory: Path) -> Exit:
    """Show what a memory keeps and how often it was used. Raises UsageError, MemoryFault."""
    with closing(SqliteMemory(memory, must_exist=True)) as store:
        tallies = store.tallies()
    total = sum(tally.units for tally in tallies)
    lines = [f"{shown(memory)}: {many(total, 'unit')}, {memory.stat().st_size / 1000:,.0f} kB", *map(_line, tallies)]
    sys.stdout.write("\n".join(lines) + "\n")
    return Exit.OK


def purge(memory: Path, days: float, *, quiet: bool) -> Exit:
    """Forget what was not used for so many days. Raises UsageError, MemoryFault."""
    with closing(SqliteMemory(memory, must_exist=True)) as store:
        before = sum(tally.units for tally in store.tallies())
        store.purge(days)
        after = sum(tally.units for tally in store.tallies())
    if not quiet:
        say(f"{shown(memory)}: {many(before - after, 'unit')} forgotten, {after:,} kept")
    return Exit.OK


def _line(tally: Tally) -> str:
    day = datetime.fromtimestamp(tally.last_used, UTC).date()
    return (f"  {tally.source_language} → {tally.target_language}: {tally.units:,} "
            f"{'imported' if tally.imported else 'made by engines'}, used {many(tally.uses, 'time')}, "
            f"{'last used' if tally.uses else 'kept since'} {day}")


def _tell_import(source: Path, memory: Path, pairs: Counter[str], left_out: dict[str, list[int]]) -> None:
    listed = ", ".join(f"{pair} {count:,}" for pair, count in pairs.most_common())
    say(f"{shown(source)}: {many(pairs.total(), 'unit')} kept in {shown(memory)}{f' ({listed})' if listed else ''}")
    for reason, lines in left_out.items():
        say(f"left out: {len(lines):,} for {reason}, the first in line {lines[0]:,}")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise DocumentError(f"The TMX file cannot be read: {error.strerror or error}.") from error


@contextmanager
def _bar(path: Path, *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """What to call with the bytes that are read; it shows nothing where there is no terminal."""
    if quiet or not sys.stderr.isatty() or path.stat().st_size < LARGE:
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading", total=path.stat().st_size)
        yield lambda done: progress.update(task, completed=done)
