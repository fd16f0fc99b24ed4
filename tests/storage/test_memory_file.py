"""The memory as a file: other processes, ends of every kind, counts of use, files that are none."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage.memory import APPLICATION, DAY, SCHEMAS, ForeignMemory, MemoryFault, SqliteMemory
from storage.units import BATCH, LONGEST_HELD
from tests.storage.test_memory_stores import UNIT

ROOT = Path(__file__).parents[2]


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "team.memory"


def unit(n: int):
    return replace(UNIT, source=(f"{n} ",), target=(f"{n}",))


def kept(path: Path) -> int:
    """How many units another process would find."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM units").fetchone()[0]


# ---- batches
def test_a_batch_is_written_when_it_is_full(path):
    memory = SqliteMemory(path, clock=Clock())
    for n in range(BATCH - 1):
        memory.put(str(n), unit(n))
    assert kept(path) == 0
    memory.put("last", unit(BATCH))
    assert kept(path) == BATCH
    memory.close()


def test_a_batch_is_written_when_it_is_old(path):
    clock = Clock()
    memory = SqliteMemory(path, clock=clock)
    memory.put("a", unit(1))
    clock.now += LONGEST_HELD + 1
    memory.put("b", unit(2))
    assert kept(path) == 2
    memory.close()


@pytest.mark.parametrize("end", ["flush", "close"])
def test_nothing_is_lost_at_an_end(path, end):
    memory = SqliteMemory(path)
    memory.put("a", UNIT)
    getattr(memory, end)()
    assert kept(path) == 1


def test_a_killed_process_loses_its_last_batch_at_most(path):
    script = ("import os, signal, sys\nfrom storage.memory import SqliteMemory\n"
              "from tests.storage.test_memory_file import unit\nmemory = SqliteMemory(sys.argv[1])\n"
              f"for n in range({3 * BATCH} + 7): memory.put(str(n), unit(n))\n"
              "os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([sys.executable, "-c", script, path], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with closing(SqliteMemory(path)) as memory:
        held = list(memory.units())
    assert len(held) >= 2 * BATCH + 7
    assert held == [unit(n) for n in range(len(held))]


def test_what_cannot_be_written_waits(path, monkeypatch):
    monkeypatch.setattr("storage.memory.PATIENCE", 0.01)
    memory = SqliteMemory(path)
    memory.put("a", UNIT)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(MemoryFault, match="another process is writing to it"):
            memory.flush()
        other.execute("ROLLBACK")
    memory.close()
    assert kept(path) == 1


# ---- several at once
def test_others_see_what_is_written(path):
    with closing(SqliteMemory(path)) as one, closing(SqliteMemory(path)) as two:
        assert two.get(["a"]) is None
        one.put("a", UNIT)
        one.flush()
        assert two.get(["a"]) == UNIT


def test_several_processes_make_and_fill_one_file(path):
    script = ("import sys\nfrom storage.memory import SqliteMemory\n"
              "from tests.storage.test_memory_file import unit\nmemory = SqliteMemory(sys.argv[1])\n"
              f"for n in range({2 * BATCH}):\n"
              "    memory.put(f'{sys.argv[2]}-{n}', unit(n))\n    memory.put('shared', unit(n))\n    memory.get(['shared'])\n"
              "memory.close()")
    others = [subprocess.Popen([sys.executable, "-c", script, path, str(n)], cwd=ROOT) for n in range(3)]
    assert [other.wait(120) for other in others] == [0, 0, 0]
    assert kept(path) == 3 * 2 * BATCH + 1
    with closing(SqliteMemory(path)) as memory:
        assert len(list(memory.units())) == 2 * BATCH


# ---- uses
def test_uses_are_counted(path):
    clock = Clock()
    with closing(SqliteMemory(path, clock=clock)) as memory:
        for n in range(3):
            memory.put(str(n), unit(n))
        memory.put("other key", unit(0))
        memory.put("imported", replace(UNIT, imported=True))
        memory.flush()
        clock.now += 10
        for key in ("0", "0", "other key", "1", "nothing"):
            memory.get([key])
        made, people = memory.tallies()
        assert (made.source_language, made.target_language, made.units, made.uses) == ("en", "de", 3, 4)
        assert made.last_used == clock.now
        assert (people.imported, people.units, people.uses, people.last_used) == (True, 1, 0, clock.now - 10)


def test_what_was_not_used_is_forgotten(path):
    clock = Clock()
    with closing(SqliteMemory(path, clock=clock)) as memory, closing(SqliteMemory(path, "other", clock=clock)) as other:
        for store in (memory, other):
            for n in range(4):
                store.put(str(n), unit(n))
            store.flush()
        clock.now += 30 * DAY
        memory.get(["1"])
        memory.put("4", unit(4))
        memory.purge(31)
        assert len(list(memory.units())) == 5
        memory.purge(30)
        assert list(memory.units()) == [unit(1), unit(4)]
        assert memory.get(["1"]) == unit(1)
        assert len(list(other.units())) == 4
        memory.purge(0)
        assert list(memory.units()) == []


def test_what_was_forgotten_is_gone_from_the_file(path):
    clock = Clock()
    with closing(SqliteMemory(path, clock=clock)) as memory:
        memory.put("a", replace(UNIT, target=("the secret word",), source=("x",)))
        memory.flush()
        memory.purge(0)
    assert all(b"secret" not in file.read_bytes() for file in path.parent.iterdir())


def test_uses_of_the_forgotten_do_not_count_for_others(path):
    clock = Clock()
    with closing(SqliteMemory(path, clock=clock)) as memory:
        memory.put("a", unit(1))
        memory.get(["a"])
        memory.purge(0)
        memory.put("b", unit(2))
        assert memory.tallies()[0].uses == 0


# ---- files
def test_the_file_is_for_its_owner_alone(path):
    SqliteMemory(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_folders_above_are_made(tmp_path):
    SqliteMemory(tmp_path / "a" / "b" / "m").close()
    assert (tmp_path / "a" / "b" / "m").is_file()


def test_an_empty_file_becomes_a_memory(path):
    path.touch()
    with closing(SqliteMemory(path)) as memory:
        memory.put("a", UNIT)
    assert kept(path) == 1


def test_a_text_is_no_memory(path):
    path.write_text("source,target\n" * 100)
    with pytest.raises(ForeignMemory, match=r"team\.memory is no translation memory"):
        SqliteMemory(path)
    assert path.read_text() == "source,target\n" * 100


def test_a_database_of_others_is_left_alone(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    with pytest.raises(ForeignMemory, match="of another program"):
        SqliteMemory(path)
    assert path.read_bytes() == before


def test_a_memory_of_a_newer_diglot_is_left_alone(path):
    SqliteMemory(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(SCHEMAS) + 1}")
    with pytest.raises(ForeignMemory, match="newer Diglot"):
        SqliteMemory(path)


def test_the_file_says_whose_it_is(path):
    SqliteMemory(path).close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_memory_that_must_be_there(path):
    with pytest.raises(ForeignMemory, match="There is no memory"):
        SqliteMemory(path, must_exist=True)
    assert not path.exists()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_no_memory(path, make):
    make(path)
    with pytest.raises(ForeignMemory, match="is no file"):
        SqliteMemory(path)
    assert not path.is_file()


def test_a_damaged_file_is_told(path):
    with closing(SqliteMemory(path)) as memory:
        for n in range(BATCH):
            memory.put(str(n), unit(n))
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)
    with closing(SqliteMemory(path)) as memory, pytest.raises(MemoryFault, match="it is damaged"):
        memory.get(["0"])
