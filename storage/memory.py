"""A translation memory in one SQLite file, for any number of threads and processes at once."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from parsers.errors import DiglotError, UsageError
from pipeline.memory import Unit
from storage.units import BATCH, BatchedMemory, Tally, rows_of, short, unit_of

PATIENCE = 30.0
"""Seconds to wait for other writers. † Eight at once waited 2.3 s at worst."""
DAY = 86_400

APPLICATION = 0x4469676C
"""``Digl``: how SQLite's header says whose file this is (PRAGMA application_id)."""
SCHEMAS = (("""
    CREATE TABLE units (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, key BLOB NOT NULL,
        source_language TEXT NOT NULL, target_language TEXT NOT NULL, content TEXT NOT NULL,
        origin TEXT NOT NULL, imported INTEGER NOT NULL, made INTEGER NOT NULL,
        UNIQUE (tenant, key))""", """
    CREATE TABLE uses (unit INTEGER PRIMARY KEY, often INTEGER NOT NULL, last INTEGER NOT NULL)"""),)
"""Each leads from one version of the file (PRAGMA user_version) to the next. Times are seconds since 1970.
Uses have a table of their own because they change: to count one there writes a few bytes, not a unit."""

PUT = """
    INSERT INTO units (tenant, key, source_language, target_language, content, origin, imported, made)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (tenant, key) DO UPDATE SET
        source_language = excluded.source_language, target_language = excluded.target_language,
        content = excluded.content, origin = excluded.origin, imported = excluded.imported, made = excluded.made"""
GET = "SELECT content, source_language, target_language, origin, imported FROM units WHERE tenant = ? AND key = ?"
USE = """
    INSERT INTO uses SELECT id, ?, ? FROM units WHERE tenant = ? AND key = ?
    ON CONFLICT (unit) DO UPDATE SET often = often + excluded.often, last = excluded.last"""
ALL = """
    SELECT content, source_language, target_language, max(origin), imported FROM units WHERE tenant = ?
    GROUP BY source_language, target_language, content, imported ORDER BY imported, max(made), max(id)"""
TALLY = """
    SELECT source_language, target_language, imported, count(DISTINCT content), ifnull(sum(often), 0),
        max(max(made, ifnull(last, 0)))
    FROM units LEFT JOIN uses ON unit = id WHERE tenant = ?
    GROUP BY source_language, target_language, imported ORDER BY source_language, target_language, imported"""
PURGE = """
    DELETE FROM units WHERE tenant = ?1 AND made <= ?2
    AND NOT EXISTS (SELECT 1 FROM uses WHERE unit = id AND last > ?2)"""
PURGE_USES = "DELETE FROM uses WHERE unit NOT IN (SELECT id FROM units)"


class ForeignMemory(UsageError):
    """The file is no memory, or one of a newer Diglot."""


class MemoryFault(DiglotError):
    """The memory cannot be read or written: a full disk, a lock, a damaged file."""


class SqliteMemory(BatchedMemory):
    """The memory in a file, made if it is not there. Close it.

    Every method raises MemoryFault if the file cannot be read or written; then nothing of the batch is lost, and the
    next try writes it.
    """

    def __init__(self, path: str | Path, tenant: str = "", *, must_exist: bool = False,
                 clock: Callable[[], float] = time.time) -> None:
        """Open a memory. Only units of this ``tenant`` are seen. Raises ForeignMemory, MemoryFault."""
        super().__init__(clock)
        self.path, self.tenant = Path(path), tenant
        with self._told():
            self._connection = _opened(self.path, must_exist=must_exist)

    def close(self) -> None:
        """Write what waits, and give the file back."""
        with self._told():
            try:
                self.flush()
            finally:
                self._connection.close()

    def units(self) -> Iterator[Unit]:
        """Everything that is kept, each once, oldest first; what was imported comes last."""
        self.flush()
        with self._told():
            rows = self._connection.execute(ALL, (self.tenant,))
        while True:
            with self._told():
                some = rows.fetchmany(BATCH)
            if not some:
                return
            yield from map(unit_of, some)

    def tallies(self) -> tuple[Tally, ...]:
        """How much is kept and used, for each pair of languages."""
        self.flush()
        with self._told():
            rows = self._connection.execute(TALLY, (self.tenant,)).fetchall()
        return tuple(Tally(source, target, bool(imported), *numbers) for source, target, imported, *numbers in rows)

    def purge(self, unused_for: float) -> None:
        """Forget what was not used for so many days, and give its space back, so that its text is gone from the
        file too (from the log beside it, when nobody else reads)."""
        self.flush()
        with self._told():
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(PURGE, (self.tenant, int(self._clock() - unused_for * DAY)))
                self._connection.execute(PURGE_USES)
            self._connection.execute("VACUUM")
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _first(self, keys: Sequence[str]) -> tuple[str, Unit] | None:
        for key in keys:
            row = self._connection.execute(GET, (self.tenant, short(key))).fetchone()
            if row is not None:
                return key, unit_of(row)
        return None

    def _write(self, units: Mapping[str, Unit], uses: Mapping[str, int]) -> None:
        now = int(self._clock())
        with self._connection:                              # rolls back if anything fails
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(PUT, [(self.tenant, short(key), *row, now) for key, row in rows_of(units)])
            self._connection.executemany(USE, [(often, now, self.tenant, short(key)) for key, often in uses.items()])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """One thread at a time; errors of SQLite and of the system in a sentence."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise _fault(self.path, error) from error
            except OSError as error:
                raise MemoryFault(f"The memory {self.path.name} cannot be opened: {error.strerror}.") from error


def _opened(path: Path, *, must_exist: bool) -> sqlite3.Connection:
    """A connection to a memory of this version."""
    if must_exist and not path.exists():
        raise ForeignMemory(f"There is no memory {path}; diglot memory import makes one, and so does diglot translate.")
    if path.exists() and not path.is_file():
        raise ForeignMemory(f"{path} is no file; give another --memory.")
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it holds the text of documents: for its owner alone
    connection = sqlite3.connect(path, PATIENCE, isolation_level=None, check_same_thread=False)
    try:
        if _version(connection, path) < len(SCHEMAS):
            connection.execute("PRAGMA journal_mode = WAL")
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for statements in SCHEMAS[_version(connection, path):]:     # another process may have been faster
                    for statement in statements:
                        connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {len(SCHEMAS)}")
        connection.execute("PRAGMA synchronous = NORMAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Of the schema; 0 for an empty file. Raises ForeignMemory."""
    try:
        (application,), (version,), (tables,) = (connection.execute(question).fetchone() for question in (
            "PRAGMA application_id", "PRAGMA user_version", "SELECT count(*) FROM sqlite_master"))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise ForeignMemory(f"{path} is no translation memory; give another --memory.") from error
        raise
    if application != APPLICATION and (tables or application or version):
        raise ForeignMemory(f"{path} is a database of another program, no translation memory; give another --memory.")
    if version > len(SCHEMAS):
        raise ForeignMemory(f"The memory {path} was made by a newer Diglot; use that one, or give another --memory.")
    return int(version)


def _fault(path: Path, error: sqlite3.Error) -> MemoryFault:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF     # the primary code of an extended one
    reason = {
        sqlite3.SQLITE_BUSY: "another process is writing to it; try again",
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "it may not be written",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a copy, or begin a new one",
    }.get(code, str(error))
    return MemoryFault(f"The memory {path.name} cannot be used: {reason}.")
