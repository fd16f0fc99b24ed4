"""Term lists that tenants keep, each with its versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.glossary_files import parsed
from storage.database import Database, now
from storage.errors import BadName, GlossaryNotFound
from storage.schema import GlossaryRow
from storage.vocabulary import named


@dataclass(frozen=True, slots=True)
class TermList:
    """A glossary as a file."""

    name: str
    """With its suffix, which tells CSV, TSV and TBX apart."""
    data: bytes


@dataclass(frozen=True, slots=True)
class Glossary:
    """What is known of one version of a stored glossary."""

    name: str
    version: int
    """1, 2, 3…"""
    file_name: str
    """With its suffix; for display, never part of a path."""
    sha256: str
    size: int
    """Bytes."""
    terms: int
    """Entries, or concepts of a list for many languages."""
    languages: tuple[str, ...]
    """Of a list for many; empty for one that fits whatever pair is asked."""
    created: float
    """Seconds since 1970 by the database's clock."""


MOST_DIGITS = 9
"""Of a version: what a 32-bit column holds."""
ABOUT = tuple(column for column in GlossaryRow.__table__.columns if column.name not in {"tenant", "data"})


class GlossaryStore:
    """Glossaries in a database. A tenant sees their own alone; a version never changes.

    Every method raises StoreFault if the database cannot be read or written, BadName for a name that none may have,
    and, but for `put` and `list`, GlossaryNotFound.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, tenant: str, name: str, terms: TermList) -> Glossary:
        """Keep a term list as the newest version of this name; the newest itself, sent again, makes no new one.

        Raises UsageError, and keeps nothing, for a list that cannot be read.
        """
        values = {"tenant": tenant, "name": named(name), "file_name": terms.name, "data": terms.data,
                  "sha256": hashlib.sha256(terms.data).hexdigest(), "size": len(terms.data)}
        read = parsed(terms.name, terms.data)
        values |= {"terms": len(read.entries) or len(read.concepts), "languages": list(read.languages)}
        put = (postgresql if self._database.postgres else sqlite).insert(GlossaryRow).on_conflict_do_nothing()
        with self._database.writing() as connection:
            while True:
                newest = _newest(connection, tenant, name)
                if newest is not None and (newest.sha256, newest.file_name) == (values["sha256"], terms.name):
                    return _glossary(newest)
                version = newest.version + 1 if newest is not None else 1
                # Somebody else may take this version at the same time; Postgres waits for them, and says so.
                row = connection.execute(put.values(**values, version=version, created=now()).returning(*ABOUT)).first()
                if row is not None:
                    return _glossary(row)

    def get(self, tenant: str, name: str, version: int | None = None) -> Glossary:
        """One version, or the newest."""
        with self._database.reading() as connection:
            return _glossary(_found(connection, tenant, name, version))

    def data(self, tenant: str, name: str, version: int | None = None) -> bytes:
        """The file, as it was put."""
        with self._database.reading() as connection:
            return bytes(_found(connection, tenant, name, version, GlossaryRow.data).data)

    def files(self, tenant: str, names: Iterable[str]) -> tuple[TermList, ...]:
        """The term lists of these names, in their order: ``name`` for the newest version, ``name@3`` for one."""
        asked = [_reference(name) for name in names]
        with self._database.reading() as connection:
            found = [_found(connection, tenant, *one, GlossaryRow.file_name, GlossaryRow.data) for one in asked]
            return tuple(TermList(row.file_name, bytes(row.data)) for row in found)

    def list(self, tenant: str) -> tuple[Glossary, ...]:
        """The newest version of each, by name."""
        newest = select(GlossaryRow.name, func.max(GlossaryRow.version).label("version")).where(
            GlossaryRow.tenant == tenant).group_by(GlossaryRow.name).subquery()
        query = select(*ABOUT).join(newest, (GlossaryRow.name == newest.c.name)
                                    & (GlossaryRow.version == newest.c.version)).where(GlossaryRow.tenant == tenant)
        with self._database.reading() as connection:
            return tuple(map(_glossary, connection.execute(query.order_by(GlossaryRow.name))))

    def versions(self, tenant: str, name: str) -> tuple[Glossary, ...]:
        """All versions of one, the newest first."""
        query = select(*ABOUT).where(*_called(tenant, name)).order_by(GlossaryRow.version.desc())
        with self._database.reading() as connection:
            found = tuple(map(_glossary, connection.execute(query)))
        if not found:
            raise _not_found(name)
        return found

    def delete(self, tenant: str, name: str) -> None:
        """Forget a glossary with all its versions. Jobs that were asked for keep their own copies until they end."""
        with self._database.writing() as connection:
            if not connection.execute(delete(GlossaryRow).where(*_called(tenant, name))).rowcount:
                raise _not_found(name)
        self._database.shrink_log()


def _called(tenant: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return GlossaryRow.tenant == tenant, GlossaryRow.name == named(name)


def _newest(connection: Connection, tenant: str, name: str) -> Row[Any] | None:
    return connection.execute(select(*ABOUT).where(*_called(tenant, name))
                              .order_by(GlossaryRow.version.desc()).limit(1)).first()


def _found(connection: Connection, tenant: str, name: str, version: int | None, *columns: Any) -> Row[Any]:
    query = select(*(columns or ABOUT)).where(*_called(tenant, name)).order_by(GlossaryRow.version.desc()).limit(1)
    if version is not None:
        query = query.where(GlossaryRow.version == version)
    row = connection.execute(query).first()
    if row is None:
        raise _not_found(name if version is None else f"{name}@{version}")
    return row


def _glossary(row: Row[Any]) -> Glossary:
    return Glossary(row.name, row.version, row.file_name, row.sha256, row.size, row.terms, tuple(row.languages),
                    row.created)


def _reference(text: str) -> tuple[str, int | None]:
    """What ``name`` or ``name@version`` names."""
    name, at, version = text.partition("@")
    if not at:
        return named(name), None
    if not (version.isascii() and version.isdigit() and len(version) <= MOST_DIGITS):
        raise BadName("A version of a glossary is named by its number, as in name@3.")
    return named(name), int(version)


def _not_found(name: str) -> GlossaryNotFound:
    return GlossaryNotFound(f"There is no glossary “{name}”.")
