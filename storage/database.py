"""The database of the service: SQLite in one file, or Postgres; brought to this version when it is opened."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Double, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from storage.errors import BadStoreUrl, ForeignDatabase, StoreError, StoreFault, StoreUnavailable

PATIENCE = 30.0
"""Seconds to wait for other writers of an SQLite file. † Eight at once waited 2.3 s at worst."""
WAY_OUT = "give sqlite:///file or postgresql://host/name."
SHORT_PATIENCE = 0.5
"""Seconds to wait for readers of an SQLite file where nothing depends on it."""
MIGRATION_LOCK = 0x4469676C
"""``Digl``: Postgres' advisory lock for one migration at a time."""
POSTGRES_SETTINGS = " ".join(f"-c {name}={value}" for name, value in {
    # A worker that is frozen or cut off in the middle of a transaction must not hold its locks until it is back.
    "idle_in_transaction_session_timeout": "20s",
    "tcp_user_timeout": "20s", "tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 2,
    "lock_timeout": "20s",
}.items())

PATIENCE_WITH_POSTGRES = {
    # A host that is cut off must notice; without these it waits a quarter of an hour for an answer that never comes.
    "connect_timeout": 5, "tcp_user_timeout": 20_000, "keepalives_idle": 10, "keepalives_interval": 5,
    "keepalives_count": 2,
}


class _Now(FunctionElement[float]):
    """The time of the database, at this statement."""

    type = Double()
    inherit_cache = True


@compiles(_Now, "sqlite")
def _sqlite_now(_element: _Now, _compiler: SQLCompiler, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"     # unixepoch('subsec') needs SQLite 3.42


@compiles(_Now, "postgresql")
def _postgres_now(_element: _Now, _compiler: SQLCompiler, **_: Any) -> str:
    # now() is the time of the transaction: too early for a statement that has waited for a lock.
    return "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"


def now() -> _Now:
    """Seconds since 1970 by the database's clock, as an expression."""
    return _Now()


class Database:
    """Connections to one database. Every transaction raises StoreFault if it cannot be done.

    Open it after a fork: connections are not to be shared between processes. Threads may share it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.postgres = engine.dialect.name == "postgresql"

    @cached_property
    def identity(self) -> str:
        """What tells this database from others. Raises StoreFault."""
        with self.reading() as connection:
            return str(connection.execute(text("SELECT id FROM identity")).scalar_one())

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads; in SQLite it waits for no writer."""
        with told(), self._engine.connect() as connection:
            yield connection.execution_options(reading=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end, or rolled back if anything is raised."""
        with told(), self._engine.begin() as connection:
            yield connection

    def shrink_log(self) -> None:
        """Write SQLite's log into the file, so that what was erased is gone from the disk too. If somebody reads or
        writes for long just then, a part of it stays until the next time."""
        if self.postgres:
            return
        with told():
            connection = self._engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(f"PRAGMA busy_timeout = {SHORT_PATIENCE * 1000:.0f}")    # others wait meanwhile
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
            finally:
                connection.close()

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


def opened(url: str) -> Database:
    """The database at ``sqlite:///file`` or ``postgresql://…``, made or brought to this version if need be.

    Any number of processes may open it at once: one migrates, the others wait. Raises BadStoreUrl, ForeignDatabase,
    StoreFault.
    """
    engine = engine_for(url)
    try:
        with told():
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return Database(engine)


def is_there(url: str) -> bool:
    """False for an SQLite file that opening would make; the databases of servers are never made."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return True                                         # opening tells what is wrong
    return parsed.get_backend_name() != "sqlite" or Path(parsed.database or "").is_file()


def engine_for(url: str) -> Engine:
    """Connections as the stores need them, to a database that may still be empty. Raises BadStoreUrl, StoreFault."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise BadStoreUrl(f"The database's URL cannot be read; {WAY_OUT}") from error
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return _postgres(parsed.set(drivername="postgresql+psycopg"))
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _sqlite(parsed)
    raise BadStoreUrl(f"Jobs cannot be kept in a database of the kind {parsed.drivername}; {WAY_OUT}")


def _postgres(url: URL) -> Engine:
    # hide_parameters: errors are logged, and parameters are the text of documents.
    return create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True, hide_parameters=True,
                         connect_args={"options": POSTGRES_SETTINGS, **PATIENCE_WITH_POSTGRES})


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))      # it holds the text of documents
    except OSError as error:
        raise StoreFault(f"The database {path.name} cannot be opened: {error.strerror}.") from error
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": PATIENCE})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """A new connection to an SQLite file."""
    connection.isolation_level = None       # transactions are begun by `_begin`, not by the module
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")     # what is erased is overwritten
    deadline = time.monotonic() + PATIENCE
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:   # another process does the same: this lock is not waited for
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes then may fail halfway; one that takes the lock first waits for it.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def migrate(engine: Engine) -> None:
    """Bring the database to this version. Raises ForeignDatabase."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.connect().execution_options(reading=True) as connection:
        if MigrationContext.configure(connection).get_current_revision() == head:
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = '60s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise ForeignDatabase("The database was made by a newer Diglot; use that, or another database.") from error


@contextmanager
def told() -> Iterator[None]:
    """Errors of the database in a sentence. What is raised by the store itself goes through."""
    try:
        yield
    except StoreError:
        raise
    except PoolTimeout as error:
        raise StoreUnavailable("The database has no connection free; try again.") from error
    except DBAPIError as error:
        raise _fault(error) from error
    except SQLAlchemyError as error:
        raise StoreFault(f"The database cannot be used: {type(error).__name__}.") from error
    except sqlite3.Error as error:
        raise _sqlite_fault(error) from error


def _fault(error: DBAPIError) -> StoreFault:
    if isinstance(error.orig, sqlite3.Error):
        return _sqlite_fault(error.orig)
    state = getattr(error.orig, "sqlstate", None)       # PostgreSQL, appendix A: error codes
    if error.connection_invalidated or state is None or state[:2] in {"08", "57", "25", "40", "55"}:
        return StoreUnavailable("The database does not answer, or is busy; try again.")
    if state[:2] in {"53", "58"}:
        return StoreFault("The database's machine has no disk, memory or connection left.")
    if state[:2] in {"28", "3D"}:
        return StoreFault("The database refuses this user, or there is no database of this name.")
    return StoreFault(f"The database cannot do this (SQLSTATE {state}).")


def _sqlite_fault(error: sqlite3.Error) -> StoreFault:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF     # the primary code of an extended one
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreUnavailable("Another process is writing to the database; try again.")
    reason = {
        sqlite3.SQLITE_FULL: "the disk is full",
        sqlite3.SQLITE_READONLY: "it may not be written",
        sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
        sqlite3.SQLITE_CORRUPT: "it is damaged; restore it from a copy, or begin a new one",
        sqlite3.SQLITE_NOTADB: "the file is no database",
    }.get(code, type(error).__name__)
    return StoreFault(f"The database cannot be used: {reason}.")
