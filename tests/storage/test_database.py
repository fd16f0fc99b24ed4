"""Databases are made, brought to this version, and refused with one sentence."""

import stat

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from storage.database import engine_for, opened
from storage.errors import BadStoreUrl, ForeignDatabase, StoreFault, StoreUnavailable
from storage.jobs import JobStore
from storage.schema import Base


@pytest.fixture(params=["sqlite", "postgres"])
def url(request, tmp_path):
    return f"sqlite:///{tmp_path}/jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")


def test_models_and_migrations_agree(url):
    opened(url).close()
    engine = engine_for(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_a_database_is_opened_again(url):
    for _ in range(2):
        database = opened(url)
        assert JobStore(database).list("ann") == ()
        database.close()


def test_a_database_of_a_newer_diglot_is_refused(url):
    opened(url).close()
    engine = engine_for(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(ForeignDatabase, match="newer Diglot"):
        opened(url)


def test_what_fails_is_rolled_back(url):
    database = opened(url)

    def fail() -> None:
        with database.writing() as connection:
            connection.execute(text("INSERT INTO idempotency VALUES ('t', 'k', 'h', 'j', 1)"))
            connection.execute(text("SELECT * FROM nothing_like_this"))

    with pytest.raises(StoreFault):
        fail()
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM idempotency")).scalar_one() == 0
    database.close()


def test_an_sqlite_file_is_its_owners_alone(tmp_path):
    database = opened(f"sqlite:///{tmp_path}/a folder/new/jobs.db")
    files = list((tmp_path / "a folder" / "new").iterdir())
    assert {path.name for path in files} >= {"jobs.db", "jobs.db-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    database.close()


def test_sqlite_is_set_up(tmp_path):
    database = opened(f"sqlite:///{tmp_path}/jobs.db")
    with database.reading() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                 for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")}
    assert found == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "secure_delete": 1, "busy_timeout": 30_000}
    database.close()


def test_a_file_that_is_no_database_is_told(tmp_path):
    (tmp_path / "a.db").write_bytes(b"This is a letter. " * 500)
    with pytest.raises(StoreFault, match="the file is no database"):
        opened(f"sqlite:///{tmp_path}/a.db")


def test_a_path_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreFault):
        opened(f"sqlite:///{tmp_path}/file/jobs.db")


def test_a_server_that_is_not_there_is_told():
    with pytest.raises(StoreUnavailable):
        opened("postgresql://nobody@127.0.0.1:9/x")


def test_connections_that_were_cut_are_made_again(postgres_url):
    database = opened(postgres_url)
    jobs = JobStore(database)
    assert jobs.list("ann") == ()
    with psycopg.connect(postgres_url, autocommit=True) as other:
        cut = other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = "
                            "current_database()").fetchall()
    assert cut
    assert jobs.list("ann") == ()
    database.close()


def test_a_server_that_goes_in_the_middle_is_told(postgres_url):
    database = opened(postgres_url)

    def write() -> None:
        with database.writing() as connection:
            with psycopg.connect(postgres_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()])
            connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        write()
    database.close()


def test_postgres_waits_for_no_frozen_worker(postgres_url):
    database = opened(postgres_url)
    with database.reading() as connection:
        found = [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in
                 ("idle_in_transaction_session_timeout", "lock_timeout", "transaction_isolation")]
    assert found == ["20s", "20s", "read committed"]
    database.close()


@pytest.mark.parametrize("url", ["", "jobs.db", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_other_urls_are_refused(url):
    with pytest.raises(BadStoreUrl):
        opened(url)
