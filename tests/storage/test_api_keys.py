"""What every store of API keys does: one suite, inherited for each database."""

import contextlib
import hmac
import time

import pytest
from sqlalchemy import select, text, update

from storage import api_keys
from storage.api_keys import KeyStore, Scope
from storage.errors import ApiKeyNotFound, BadKey, BadName, WrongState
from storage.schema import ApiKeyRow
from tests.storage.databases import OnDatabase, OnPostgres, OnSqlite

HOUR = 3600.0
WRONG = {
    "another last sign": lambda shown: shown[:-1] + ("A" if shown[-1] != "A" else "B"),
    "too short": lambda shown: shown[:-1], "too long": lambda shown: shown + "A", "a line": lambda shown: shown + "\n",
    "a space": lambda shown: " " + shown, "upper case": str.upper, "no beginning": lambda shown: shown[3:],
    "an unknown id": lambda shown: f"dg_{'0' * 16}{shown[19:]}", "another secret": lambda shown: shown[:20] + "A" * 43,
    "NUL": lambda shown: shown.replace("_", "\x00"), "nothing": lambda _: "", "a surrogate": lambda _: "\ud800",
    "very much": lambda _: "x" * 100_000,
}


class Store(OnDatabase):
    """The suite."""

    @pytest.fixture
    def store(self, database):
        return KeyStore(database)

    @pytest.fixture
    def made(self, store):
        return store.make("ann", "my laptop", [Scope.READ, Scope.TRANSLATE])

    def test_a_key_opens_what_it_was_made_for(self, store, made):
        key, shown = made
        found = store.check(shown)
        assert (found.id, found.tenant, found.name) == (key.id, "ann", "my laptop")
        assert found.scopes == {Scope.READ, Scope.TRANSLATE}
        assert (found.expires, found.revoked, found.used) == (None, None, None)
        assert shown.startswith(f"dg_{key.id}_") and len(shown.removeprefix(f"dg_{key.id}_")) == 43

    def test_secrets_are_kept_nowhere(self, database, store, made):
        key, shown = made
        secret = shown.removeprefix(f"dg_{key.id}_")
        with database.reading() as connection:
            (row,) = connection.execute(select(*ApiKeyRow.__table__.columns))
        assert secret.encode() not in repr(tuple(row)).encode()
        assert secret not in repr(key)

    def test_no_two_are_the_same(self, store):
        shown = {store.make("ann", "", [Scope.READ])[1] for _ in range(5)}
        assert len({one.split("_")[1] for one in shown}) == len({one[21:] for one in shown}) == 5

    @pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
    def test_anything_else_is_refused_in_the_same_words(self, store, made, change):
        with pytest.raises(BadKey) as refused:
            store.check(change(made[1]))
        assert str(refused.value) == "This is no valid API key."

    def test_what_is_over_is_refused_in_the_same_words(self, store):
        expired = store.make("ann", "", [Scope.READ], time.time() - 60)[1]
        revoked = store.make("ann", "", [Scope.READ])
        store.revoke(revoked[0].id)
        for shown in (expired, revoked[1]):
            with pytest.raises(BadKey, match=r"^This is no valid API key\.$"):
                store.check(shown)
        assert store.check(store.make("ann", "", [Scope.READ], time.time() + 60)[1])

    def test_whatever_is_shown_is_compared_once(self, store, made, monkeypatch):
        compared = []
        monkeypatch.setattr(api_keys.hmac, "compare_digest", lambda *two: compared.append(two) or two[0] == two[1])
        for shown in (made[1], f"dg_{'0' * 16}{made[1][19:]}", "nonsense"):
            with contextlib.suppress(BadKey):
                store.check(shown)
        assert [(len(one), len(two)) for one, two in compared] == [(32, 32)] * 3
        assert hmac.compare_digest(*compared[0]) and not hmac.compare_digest(*compared[1])

    def test_it_is_noted_once_a_minute_that_a_key_is_used(self, database, store, made):
        _key, shown = made
        store.check(shown)
        first = store.list()[0].used
        assert first == pytest.approx(time.time(), abs=5)
        assert store.check(shown).used == first == store.list()[0].used
        with database.writing() as connection:
            connection.execute(update(ApiKeyRow).values(used=first - 61))
        store.check(shown)
        assert store.list()[0].used >= first

    def test_it_is_not_noted_for_others(self, store, made):
        with pytest.raises(BadKey):
            store.check(made[1][:-1] + ("A" if made[1][-1] != "A" else "B"))
        assert store.list()[0].used is None

    def test_keys_are_listed(self, store, made):
        other, _ = store.make("bob", "\x00\ud800", [Scope.READ])
        assert store.list() == (made[0], other)
        assert store.list("bob") == (other,)
        assert store.list("eve") == ()

    def test_a_scope_of_another_version_allows_nothing(self, store, database):
        key, text = store.make("bob", "old", [Scope.READ])
        with database.writing() as connection:
            connection.execute(update(ApiKeyRow).where(ApiKeyRow.id == key.id).values(scopes=["admin", "read"]))
        assert store.check(text).scopes == {Scope.READ}
        assert [one.scopes for one in store.list("bob")] == [{Scope.READ}]

    def test_whether_there_is_any(self, store):
        assert not store.any()
        key, _ = store.make("ann", "", [Scope.READ])
        store.revoke(key.id)
        assert store.any()

    def test_revoked_twice_is_revoked_since_the_first_time(self, store, made):
        first = store.revoke(made[0].id)
        assert first.revoked == pytest.approx(time.time(), abs=5)
        assert store.revoke(made[0].id) == first

    @pytest.mark.parametrize("key", ["", "0" * 16, "\x00", "\ud800", "'"])
    def test_what_is_no_key_is_not_found(self, store, made, key):
        for ask in (store.revoke, store.rotate):
            with pytest.raises(ApiKeyNotFound):
                ask(key)

    def test_a_key_is_rotated(self, store, made):
        key, shown = made
        new, new_shown = store.rotate(key.id, HOUR)
        assert (new.tenant, new.name, new.scopes, new.expires) == (key.tenant, key.name, key.scopes, None)
        assert store.check(new_shown).id == new.id != key.id
        assert store.check(shown).expires == pytest.approx(time.time() + HOUR, abs=10)

    def test_without_overlap_the_old_one_ends_at_once(self, store, made):
        store.rotate(made[0].id, 0)
        with pytest.raises(BadKey):
            store.check(made[1])

    def test_a_rotated_key_lives_as_long_again(self, database, store):
        key, shown = store.make("ann", "", [Scope.READ], time.time() + 10 * HOUR)
        with database.writing() as connection:
            connection.execute(text("UPDATE api_key SET created = created - 7200, expires = expires - 7200"))
        new, _ = store.rotate(key.id, 100 * HOUR)
        assert new.expires == pytest.approx(time.time() + 10 * HOUR, abs=10)
        assert store.check(shown).expires == pytest.approx(time.time() + 8 * HOUR, abs=10)    # not longer than before

    def test_what_is_over_is_not_rotated(self, store, made):
        store.revoke(made[0].id)
        expired, _ = store.make("ann", "", [Scope.READ], 1.0)
        for key in (made[0].id, expired.id):
            with pytest.raises(WrongState):
                store.rotate(key)
        assert len(store.list()) == 2

    @pytest.mark.parametrize("tenant", ["", "Ann", "a b", "\x00"])
    def test_a_strange_tenant_is_refused(self, store, tenant):
        with pytest.raises(BadName):
            store.make(tenant, "", [Scope.READ])


class TestSqlite(OnSqlite, Store):
    pass


class TestPostgres(OnPostgres, Store):
    pass
