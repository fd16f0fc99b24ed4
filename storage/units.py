"""Units of a translation memory: as rows, and in batches on their way to where they are kept."""

from __future__ import annotations

import hashlib
import json
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import takewhile
from threading import RLock
from typing import Any

from parsers.document import codes, dump, load
from pipeline.memory import Unit

BATCH = 256
"""Units, and counts of use, that are written together: what a killed process loses at most."""
LONGEST_HELD = 2.0
"""Seconds after which a batch is written with the next unit, full or not."""
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

Row = tuple[str, str, str, str, bool]
"""Source language, target language, content, origin, and whether it was imported."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What a memory keeps between two languages."""

    source_language: str
    target_language: str
    imported: bool
    units: int
    """Different ones: the same translation found under several keys counts once."""
    uses: int
    last_used: int
    """Seconds since 1970; what was never used counts from the day it was made."""


class BatchedMemory(ABC):
    """A memory that writes many units at once; see `pipeline.memory.Memory`.

    What is put is seen at once by this object, and by others when its batch is written: after `BATCH` units, with the
    first unit after `LONGEST_HELD`, and at `flush`. If it cannot be written nothing of the batch is lost, and the next
    try writes it.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = RLock()
        self._waiting: dict[str, Unit] = {}
        self._uses: Counter[str] = Counter()
        self._since = 0.0

    def get(self, keys: Sequence[str]) -> Unit | None:
        """What is kept under the first of these keys that is known. Counts as a use of it."""
        with self._told():
            ahead = list(takewhile(lambda key: key not in self._waiting, keys))
            found = self._first(ahead) if ahead else None
            if found is None and len(ahead) < len(keys):
                key = keys[len(ahead)]
                found = key, self._waiting[key]
            if found is None:
                return None
            key, unit = found
            self._uses[key] += 1
            self._write_if_due()
            return unit

    def put(self, key: str, unit: Unit) -> None:
        """Keep a translation, in place of what was under this key."""
        with self._lock:
            self._waiting[key] = unit
            self._write_if_due()

    def flush(self) -> None:
        """Write what waits."""
        with self._told():
            if self._waiting or self._uses:
                self._write(self._waiting, self._uses)
                self._waiting.clear()
                self._uses.clear()

    def _write_if_due(self) -> None:
        now = self._clock()
        if len(self._waiting) + len(self._uses) == 1:
            self._since = now
        if len(self._waiting) >= BATCH or len(self._uses) >= BATCH or now - self._since > LONGEST_HELD:
            self.flush()

    def _told(self) -> AbstractContextManager[Any]:
        """One thread at a time; and, where that must be done here, errors of what keeps the units in a sentence."""
        return self._lock

    @abstractmethod
    def _first(self, keys: Sequence[str]) -> tuple[str, Unit] | None:
        """The first of these keys that something is written under, with the unit."""

    @abstractmethod
    def _write(self, units: Mapping[str, Unit], uses: Mapping[str, int]) -> None:
        """Write all of this, or raise; then it is asked for again, with what has come meanwhile."""


def short(key: str) -> bytes:
    """A key as it is kept; 128 bits are enough that no two of 10⁹ are ever the same."""
    return hashlib.blake2b(key.encode(), digest_size=16).digest()


def rows_of(units: Mapping[str, Unit]) -> Iterator[tuple[str, Row]]:
    """Each key with its unit's row; a unit that stands under several keys is written out once."""
    rows: dict[int, Row] = {}
    for key, unit in units.items():
        if id(unit) not in rows:
            rows[id(unit)] = row_of(unit)
        yield key, rows[id(unit)]


def row_of(unit: Unit) -> Row:
    """A unit as it is kept: its content is JSON, with numbers for the Codes of the target."""
    number = {code: n for n, code in enumerate(codes(unit.source))}
    values = dump(unit.source), [item if isinstance(item, str) else number[item] for item in unit.target]
    text = ENCODER.encode(values)
    return unit.source_language, unit.target_language, text if _encodes(text) else json.dumps(values), unit.origin, \
        unit.imported


def unit_of(row: Sequence[Any]) -> Unit:
    """The unit of content, source language, target language, origin, imported."""
    text, source_language, target_language, origin, imported = row
    values, target = json.loads(text)
    source = load(values)
    own = codes(source)
    return Unit(source, tuple(own[item] if isinstance(item, int) else item for item in target),
                source_language, target_language, origin, bool(imported))


def _encodes(text: str) -> bool:
    """No database takes a lone surrogate, which a source may well hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
