"""Translation memories of a service: any number for each tenant, in the database, shared by all its workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, distinct, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from pipeline.memory import Unit
from storage.database import Database, now
from storage.errors import MemoryNotFound
from storage.schema import MemoryRow
from storage.units import BatchedMemory, Row, Tally, rows_of, short, unit_of
from storage.vocabulary import named

PAGE = 500
"""Units that are read together."""
MOST_DELETED = 5000
"""Units of one transaction."""
MOMENT = 1e-6
"""Seconds between two units of one batch, so that they are read in the order in which they were put."""
UNIT = (MemoryRow.content, MemoryRow.source_language, MemoryRow.target_language, MemoryRow.origin, MemoryRow.imported)
UNITS = func.count(distinct(MemoryRow.unit_hash))
USES = func.sum(MemoryRow.uses)
LAST_USED = func.max(func.coalesce(MemoryRow.used, MemoryRow.made))


@dataclass(frozen=True, slots=True)
class StoredMemory:
    """What is known of a memory."""

    name: str
    units: int
    """Different ones: the same translation found under several keys counts once."""
    uses: int
    last_used: float
    """Seconds since 1970; what was never used counts from the day it was made."""


class MemoryStore:
    """The memories of all tenants. Each sees their own alone; a memory is there as soon as something is put into it.

    Every method raises StoreFault if the database cannot be read or written, and BadName for a name that none may have.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database, self._clock = database, clock

    def opened(self, tenant: str, name: str) -> SqlMemory:
        """The memory of this name, empty if there is none. It holds nothing open; `flush` it when you are done."""
        return SqlMemory(self._database, tenant, named(name), self._clock)

    def get(self, tenant: str, name: str) -> StoredMemory:
        """One memory. Raises MemoryNotFound."""
        found = self._counted(MemoryRow.tenant == tenant, MemoryRow.name == named(name))
        if not found:
            raise MemoryNotFound(f"There is no translation memory “{name}”.")
        return found[0]

    def list(self, tenant: str) -> tuple[StoredMemory, ...]:
        """All memories of a tenant, by name."""
        return self._counted(MemoryRow.tenant == tenant)

    def delete(self, tenant: str, name: str) -> None:
        """Forget a memory. What a job puts that is still running begins a new one. Raises MemoryNotFound."""
        own = MemoryRow.tenant == tenant, MemoryRow.name == named(name)
        some = delete(MemoryRow).where(*own, MemoryRow.key.in_(select(MemoryRow.key).where(*own).limit(MOST_DELETED)))
        self.get(tenant, name)
        deleted = MOST_DELETED
        while deleted == MOST_DELETED:      # in parts, so that whoever writes to SQLite does not wait for long
            with self._database.writing() as connection:
                deleted = connection.execute(some).rowcount
        self._database.shrink_log()

    def _counted(self, *which: ColumnElement[bool]) -> tuple[StoredMemory, ...]:
        query = select(MemoryRow.name, UNITS, USES, LAST_USED).where(*which).group_by(MemoryRow.name).order_by(
            MemoryRow.name)
        with self._database.reading() as connection:
            return tuple(StoredMemory(name, units, int(uses), used)
                         for name, units, uses, used in connection.execute(query))


class SqlMemory(BatchedMemory):
    """One memory; any number of processes may have it open, and see what others have written.

    Every method raises StoreFault if the database cannot be read or written; then nothing of the batch is lost, and
    the next try writes it.
    """

    def __init__(self, database: Database, tenant: str, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._database, self.tenant, self.name = database, tenant, name
        self._own = MemoryRow.tenant == tenant, MemoryRow.name == name
        self._made = 0.0

    def units(self) -> Iterator[Unit]:
        """Everything that is kept, each once, oldest first; what was imported comes last. Read a page at a time: no
        transaction is open while the reader is busy."""
        self.flush()
        place = MemoryRow.imported, MemoryRow.made, MemoryRow.key
        newer = aliased(MemoryRow)
        again = select(newer.key).where(        # the same unit under another key, with a later place
            newer.tenant == self.tenant, newer.name == self.name, newer.unit_hash == MemoryRow.unit_hash,
            tuple_(newer.made, newer.key) > tuple_(MemoryRow.made, MemoryRow.key)).exists()
        page = select(*UNIT, MemoryRow.made, MemoryRow.key).where(*self._own, ~again).order_by(*place).limit(PAGE)
        query = page
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query).all()
            for row in rows:
                yield unit_of(row[:len(UNIT)])
            if len(rows) < PAGE:
                return
            query = page.where(tuple_(*place) > tuple_(rows[-1].imported, rows[-1].made, rows[-1].key))

    def tallies(self) -> tuple[Tally, ...]:
        """How much is kept and used, for each pair of languages."""
        self.flush()
        groups = MemoryRow.source_language, MemoryRow.target_language, MemoryRow.imported
        query = select(*groups, UNITS, USES, LAST_USED).where(*self._own).group_by(*groups).order_by(*groups)
        with self._database.reading() as connection:
            return tuple(Tally(source, target, imported, units, int(uses), int(used))
                         for source, target, imported, units, uses, used in connection.execute(query))

    def _first(self, keys: Sequence[str]) -> tuple[str, Unit] | None:
        by_short = {short(key): key for key in reversed(keys)}
        with self._database.reading() as connection:
            found = {by_short[bytes(row.key)]: row for row in connection.execute(
                select(*UNIT, MemoryRow.key).where(*self._own, MemoryRow.key.in_(by_short)))}
        key = next((key for key in keys if key in found), None)
        return None if key is None else (key, unit_of(found[key][:len(UNIT)]))

    def _write(self, units: Mapping[str, Unit], uses: Mapping[str, int]) -> None:
        """Two transactions, each in the order of keys, so that no two workers wait for each other."""
        if units:
            with self._database.writing() as connection:
                start = max(connection.execute(select(now())).scalar_one(), self._made + MOMENT)
                rows = {short(key): self._values(key, row, start + place * MOMENT)
                        for place, (key, row) in enumerate(rows_of(units))}
                connection.execute(self._put(), [rows[key] for key in sorted(rows)])
            self._made = start + len(rows) * MOMENT
        if uses:
            used = sorted((short(key), often) for key, often in uses.items())
            with self._database.writing() as connection:
                connection.execute(
                    update(MemoryRow).where(*self._own, MemoryRow.key == bindparam("at")).values(
                        uses=MemoryRow.uses + bindparam("often"), used=now()),
                    [{"at": key, "often": often} for key, often in used])

    def _values(self, key: str, row: Row, made: float) -> dict[str, Any]:
        source_language, target_language, content, origin, imported = row
        told = "\0".join((source_language, target_language, str(int(imported)), content))
        return {"tenant": self.tenant, "name": self.name, "key": short(key),
                "unit_hash": blake2b(told.encode(), digest_size=16).digest(), "source_language": source_language,
                "target_language": target_language, "content": content, "origin": origin, "imported": imported,
                "made": made, "uses": 0}

    def _put(self) -> Any:
        put = (postgresql if self._database.postgres else sqlite).insert(MemoryRow)
        changed = ("unit_hash", "source_language", "target_language", "content", "origin", "imported", "made")
        return put.on_conflict_do_update(index_elements=("tenant", "name", "key"),
                                         set_={column: put.excluded[column] for column in changed})
