"""Translation memories that several workers share: one suite, inherited for each database.

What they do like every memory is in `test_memory_stores`.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import event, text

from storage import shared_memory, tmx
from storage.errors import BadName, MemoryNotFound, StoreFault
from storage.shared_memory import PAGE, MemoryStore
from storage.units import BATCH, LONGEST_HELD
from tests.storage.databases import OnDatabase, OnPostgres, OnSqlite
from tests.storage.test_glossary_stores import NAMES
from tests.storage.test_memory_stores import UNIT


def unit(number: int, **changes):
    return replace(UNIT, source=(f"source {number}",), target=(f"target {number}",), **changes)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Store(OnDatabase):
    """The suite."""

    @pytest.fixture
    def store(self, database):
        return MemoryStore(database)

    @contextmanager
    def broken(self, database):
        """While its table is missing."""
        with database.writing() as connection:
            connection.execute(text("ALTER TABLE memory RENAME TO away"))
        yield
        with database.writing() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO memory"))

    def test_others_see_what_is_written(self, store):
        one, two = store.opened("ann", "it"), store.opened("ann", "it")
        assert two.get(["a"]) is None
        one.put("a", UNIT)
        assert two.get(["a"]) is None
        one.flush()
        assert two.get(["a"]) == UNIT
        one.put("a", unit(1))
        one.flush()
        assert two.get(["a"]) == unit(1)

    def test_a_full_batch_is_written(self, store):
        one = store.opened("ann", "it")
        for number in range(BATCH - 1):
            one.put(str(number), unit(number))
        assert store.list("ann") == ()
        one.put("last", unit(BATCH))
        assert store.get("ann", "it").units == BATCH

    def test_nothing_waits_for_long(self, database):
        clock = Clock()
        store = MemoryStore(database, clock)
        one = store.opened("ann", "it")
        one.put("a", unit(1))
        clock.now += LONGEST_HELD + 0.1
        one.put("b", unit(2))
        assert store.get("ann", "it").units == 2

    def test_what_cannot_be_written_waits(self, database, store):
        one = store.opened("ann", "it")
        for number in range(BATCH - 1):
            one.put(str(number), unit(number))
        with self.broken(database):
            with pytest.raises(StoreFault):
                one.put("last", unit(BATCH))
            with pytest.raises(StoreFault):
                one.get(["other"])
        one.flush()
        assert store.get("ann", "it").units == BATCH
        assert store.opened("ann", "it").get(["last"]) == unit(BATCH)

    def test_uses_that_cannot_be_written_wait_too(self, database, store):
        one = store.opened("ann", "it")
        one.put("a", UNIT)
        one.flush()
        one.get(["a"])
        with self.broken(database), pytest.raises(StoreFault):
            one.flush()
        one.flush()
        assert store.get("ann", "it").uses == 1

    def test_all_keys_are_asked_for_at_once(self, database, store):
        one = store.opened("ann", "it")
        one.put("8", UNIT)
        one.flush()
        asked = []
        event.listen(database._engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
        assert one.get([str(number) for number in range(10)]) == UNIT
        assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1

    def test_memories_are_apart(self, store):
        for tenant, name, number in (("ann", "it", 1), ("ann", "law", 2), ("bob", "it", 3)):
            one = store.opened(tenant, name)
            one.put("k", unit(number))
            one.put(f"k{number}", unit(number))
            one.get(["k"])
            one.flush()
        for tenant, name, number in (("ann", "it", 1), ("ann", "law", 2), ("bob", "it", 3)):
            one = store.opened(tenant, name)
            assert one.get(["k"]) == unit(number)
            assert [one.get([f"k{other}"]) for other in (1, 2, 3) if other != number] == [None, None]
            assert list(one.units()) == [unit(number)]
        assert [(one.name, one.units, one.uses) for one in store.list("ann")] == [("it", 1, 2), ("law", 1, 2)]
        store.delete("ann", "it")
        assert [one.name for one in store.list("ann")] == ["law"]
        assert list(store.opened("bob", "it").units()) == [unit(3)]

    def test_a_large_memory_is_deleted_in_parts(self, store, monkeypatch):
        monkeypatch.setattr(shared_memory, "MOST_DELETED", 3)
        one, other = store.opened("ann", "it"), store.opened("ann", "law")
        for number in range(8):
            one.put(str(number), unit(number))
            other.put(str(number), unit(number))
        one.flush()
        other.flush()
        store.delete("ann", "it")
        assert list(one.units()) == [] and store.get("ann", "law").units == 8

    def test_uses_are_counted(self, store):
        one = store.opened("ann", "it")
        for number, keys in ((1, ("a", "a2")), (2, ("b",)), (3, ("c",))):
            for key in keys:
                one.put(key, unit(number, imported=number == 3))
        for key in ("a", "a", "a2", "b", "nothing"):
            one.get([key])
        engines, people = one.tallies()
        assert (engines.source_language, engines.target_language, engines.imported) == ("en", "de", False)
        assert (engines.units, engines.uses) == (2, 4)
        assert (people.imported, people.units, people.uses) == (True, 1, 0)
        assert engines.last_used >= people.last_used > 1.7e9
        told = store.get("ann", "it")
        assert (told.units, told.uses) == (3, 4)

    def test_a_unit_in_place_of_another_keeps_the_uses(self, store):
        one = store.opened("ann", "it")
        one.put("a", unit(1))
        one.get(["a"])
        one.flush()
        one.put("a", unit(2))
        one.flush()
        assert (store.get("ann", "it").units, store.get("ann", "it").uses) == (1, 1)

    def test_what_is_not_there_is_not_found(self, store):
        store.opened("ann", "it").flush()
        for ask in (store.get, store.delete):
            with pytest.raises(MemoryNotFound):
                ask("ann", "it")

    @pytest.mark.parametrize("name", NAMES)
    def test_a_strange_name_is_refused(self, store, name):
        for ask in (store.opened, store.get, store.delete):
            with pytest.raises(BadName):
                ask("ann", name)

    def test_it_is_read_in_pages_and_while_it_is_written(self, store):
        one = store.opened("ann", "it")
        many = [unit(number, imported=number % 2 == 0) for number in range(2 * PAGE + 3)]
        for number, each in enumerate(many):
            one.put(f"first {number}", each)
            one.put(f"again {number}", each)
        reading = one.units()
        first = next(reading)
        store.opened("ann", "other").put("x", UNIT)
        one.put("late", unit(-1))
        one.flush()
        expected = [each for each in many if not each.imported] + [each for each in many if each.imported]
        assert [each for each in (first, *reading) if each != unit(-1)] == expected

    def test_it_goes_out_and_comes_in_as_tmx(self, store):
        one, two = store.opened("ann", "it"), store.opened("bob", "it")
        for number in range(3):
            one.put(str(number), unit(number))
        file = io.BytesIO()
        assert tmx.write(file, one.units(), "0") == 3
        file.seek(0)
        for number, each in enumerate(tmx.read(file, "it.tmx", lambda *told: pytest.fail(str(told)))):
            two.put(str(number), each)
        two.flush()
        assert [(each.source, each.target, each.imported) for each in two.units()] == [
            (unit(number).source, unit(number).target, True) for number in range(3)]

    def test_workers_that_write_the_same_keys_do_not_wait_for_each_other(self, store):
        """Each in another order: without an order of their own two of them would be in one another's way."""
        def work(worker: int) -> None:
            one = store.opened("ann", "it")
            for turn in range(4):
                keys = range(60) if (worker + turn) % 2 else range(59, -1, -1)
                for number in keys:
                    one.put(str(number), unit(number))
                for number in keys:
                    one.get([str(number)])
                one.flush()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, range(4)))
        told = store.get("ann", "it")
        assert (told.units, told.uses) == (60, 4 * 4 * 60)


class TestSqlite(OnSqlite, Store):
    def test_what_is_deleted_is_gone_from_the_disk(self, store, tmp_path):
        one = store.opened("ann", "it")
        one.put("a", replace(UNIT, target=("Klabautermann",)))
        one.flush()
        store.delete("ann", "it")
        assert not any(b"Klabautermann" in path.read_bytes() for path in tmp_path.iterdir())


class TestPostgres(OnPostgres, Store):
    pass
