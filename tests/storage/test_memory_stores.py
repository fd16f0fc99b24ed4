"""What every store of a translation memory does: one suite, inherited for each."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from parsers.document import Code, CodeKind
from pipeline.memory import Unit, VolatileMemory
from storage.memory import SqliteMemory
from storage.shared_memory import MemoryStore
from storage.units import BATCH
from tests.storage.databases import OnDatabase, OnPostgres, OnSqlite

BOLD = Code(1, CodeKind.OPEN, "**", "strong"), Code(1, CodeKind.CLOSE, "**", "strong")
CALL = Code(2, CodeKind.STANDALONE, "`foo()`", "code", "foo()")
UNIT = Unit(("Call ", BOLD[0], CALL, BOLD[1], " now"), (BOLD[0], CALL, BOLD[1], " jetzt 调用"), "en", "de", "test/1")


class Store(ABC):
    """The suite."""

    @pytest.fixture
    @abstractmethod
    def memory(self, tmp_path: Path) -> Iterator:
        """An empty store."""

    def test_what_was_put_is_found(self, memory):
        memory.put("a", UNIT)
        assert memory.get(["a"]) == UNIT

    def test_what_was_put_is_found_after_it_is_written(self, memory):
        memory.put("a", UNIT)
        memory.flush()
        assert memory.get(["a"]) == UNIT

    def test_what_was_never_put_is_not_found(self, memory):
        memory.put("a", UNIT)
        assert memory.get(["b"]) is None
        assert memory.get([]) is None

    def test_the_first_key_that_is_known_wins(self, memory):
        one, two = replace(UNIT, origin="one"), replace(UNIT, origin="two")
        memory.put("1", one)
        memory.flush()
        memory.put("2", two)
        assert memory.get(["0", "2", "1"]) == two
        assert memory.get(["0", "1", "2"]) == one

    @pytest.mark.parametrize("written", [True, False])
    def test_the_last_unit_under_a_key_stays(self, memory, written):
        memory.put("a", UNIT)
        if written:
            memory.flush()
        memory.put("a", replace(UNIT, target=("anders",), source=("other",), imported=True))
        memory.flush()
        assert memory.get(["a"]).target == ("anders",)
        assert len(list(memory.units())) == 1

    @pytest.mark.parametrize("text", ["a\nb\t c ", "\x0b\x00", "\ud800 alone", "𝔘𝔫𝔦", "a" * 100_000, '"\\'])
    def test_any_text_comes_back(self, memory, text):
        unit = replace(UNIT, source=(text, CALL), target=(CALL, text))
        memory.put("k", unit)
        memory.flush()
        assert memory.get(["k"]) == unit
        assert list(memory.units()) == [unit]

    def test_all_units_come_once_imported_ones_last(self, memory):
        made = [replace(UNIT, source=(f"{n} ",), target=(f"{n}",)) for n in range(3)]
        people = replace(made[1], target=("besser",), imported=True)
        for key, unit in (("x", people), ("x2", people), ("a", made[0]), ("b", made[1]), ("b2", made[1]), ("c", made[2])):
            memory.put(key, unit)
        assert list(memory.units()) == [*made, people]

    def test_more_than_a_batch(self, memory):
        units = [replace(UNIT, source=(str(n),), target=(str(n),)) for n in range(2 * BATCH + 3)]
        for n, unit in enumerate(units):
            memory.put(str(n), unit)
        assert all(memory.get([str(n)]) == unit for n, unit in enumerate(units))
        assert list(memory.units()) == units

    def test_many_threads_at_once(self, memory):
        def work(thread: int) -> bool:
            for n in range(300):
                memory.put(f"{thread}-{n}", UNIT)
                memory.put("shared", UNIT)
                if memory.get([f"{thread}-{n}"]) != UNIT or memory.get(["shared"]) != UNIT:
                    return False
            return True

        with ThreadPoolExecutor(4) as threads:
            assert all(threads.map(work, range(4)))
        assert all(memory.get([f"{thread}-{n}"]) for thread in range(4) for n in range(300))


class TestVolatile(Store):
    @pytest.fixture
    def memory(self, tmp_path):
        return VolatileMemory()


class TestSqlite(Store):
    @pytest.fixture
    def memory(self, tmp_path):
        memory = SqliteMemory(tmp_path / "m.memory")
        yield memory
        memory.close()


class TestTenant(Store):
    """One of several in a file: it sees nothing of the others."""

    @pytest.fixture
    def memory(self, tmp_path):
        other, memory = SqliteMemory(tmp_path / "m.memory", "other"), SqliteMemory(tmp_path / "m.memory", "own")
        for key in ("a", "b", "shared", "0"):
            other.put(key, replace(UNIT, target=("of others",)))
        other.close()
        yield memory
        memory.close()


class OfAService(OnDatabase, Store):
    """A memory in the database of a service, among those of the same tenant and of others."""

    @pytest.fixture
    def memory(self, database):
        store = MemoryStore(database)
        for tenant, name in (("other", "own"), ("ann", "other")):
            other = store.opened(tenant, name)
            for key in ("a", "b", "shared", "0"):
                other.put(key, replace(UNIT, target=("of others",)))
            other.flush()
        return store.opened("ann", "own")


class TestServiceSqlite(OnSqlite, OfAService):
    pass


class TestServicePostgres(OnPostgres, OfAService):
    pass
