"""What every store of glossaries does: one suite, inherited for each database."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from parsers.errors import UsageError
from storage.errors import BadName, GlossaryNotFound
from storage.glossaries import GlossaryStore, TermList
from tests.storage.databases import OnDatabase, OnPostgres, OnSqlite

ONE = TermList("terms.csv", b"file,Datei\nfolder,Ordner\n")
TWO = TermList("terms.csv", b"file,Akte\n")
MANY = TermList("terms.tsv", "en\tde\tzh-TW\nfile\tDatei\t檔案\n".encode())
NAMES = ["", "A", "-a", ".a", "a/b", "ä", "a b", "a\n", "a\x00", "a" * 65, "\ud800"]


class Store(OnDatabase):
    """The suite."""

    @pytest.fixture
    def store(self, database):
        return GlossaryStore(database)

    def test_a_list_is_kept_as_it_came(self, store):
        kept = store.put("ann", "it", ONE)
        assert (kept.name, kept.version, kept.file_name, kept.size, kept.terms, kept.languages) == (
            "it", 1, "terms.csv", len(ONE.data), 2, ())
        assert kept.sha256 == hashlib.sha256(ONE.data).hexdigest()
        assert store.get("ann", "it") == kept
        assert store.data("ann", "it") == ONE.data
        many = store.put("ann", "it", MANY)
        assert (many.terms, many.languages) == (1, ("en", "de", "zh-TW"))

    def test_each_change_is_a_version(self, store):
        versions = [store.put("ann", "it", terms) for terms in (ONE, TWO, ONE)]
        assert [one.version for one in versions] == [1, 2, 3]
        assert store.get("ann", "it") == versions[2]
        assert store.get("ann", "it", 2) == versions[1]
        assert store.data("ann", "it", 2) == TWO.data
        assert store.versions("ann", "it") == tuple(reversed(versions))

    def test_the_newest_sent_again_is_no_new_version(self, store):
        store.put("ann", "it", ONE)
        second = store.put("ann", "it", TWO)
        assert store.put("ann", "it", TWO) == second
        assert len(store.versions("ann", "it")) == 2

    def test_the_same_bytes_of_another_kind_are_a_new_version(self, store):
        store.put("ann", "it", TermList("a.csv", b"a,b\tyes\n"))
        assert store.put("ann", "it", TermList("a.tsv", b"a,b\tyes\n")).version == 2

    def test_versions_made_at_once_are_different(self, store):
        lists = [TermList("a.csv", f"file,{number}\n".encode()) for number in range(8)]
        with ThreadPoolExecutor(4) as threads:
            made = list(threads.map(lambda terms: store.put("ann", "it", terms), lists))
        assert sorted(one.version for one in made) == list(range(1, 9))
        assert all(store.data("ann", "it", one.version) == terms.data for one, terms in zip(made, lists, strict=True))

    def test_the_same_list_at_once_is_one_version(self, store):
        with ThreadPoolExecutor(4) as threads:
            made = set(threads.map(lambda _: store.put("ann", "it", ONE), range(8)))
        assert len(made) == 1

    def test_files_come_in_the_order_of_their_names(self, store):
        for name, terms in (("it", ONE), ("it", TWO), ("law", MANY)):
            store.put("ann", name, terms)
        assert store.files("ann", ["law", "it", "it@1"]) == (MANY, TWO, ONE)
        assert store.files("ann", []) == ()

    def test_another_tenants_list_is_not_there(self, store):
        store.put("ann", "it", ONE)
        store.put("ann", "it", TWO)
        assert store.put("bob", "law", MANY).version == 1
        for ask in (store.get, store.data, store.versions, store.delete, lambda tenant, name: store.files(tenant, [name])):
            with pytest.raises(GlossaryNotFound):
                ask("bob", "it")
        assert [one.name for one in store.list("bob")] == ["law"]
        assert store.put("bob", "it", ONE).version == 1
        assert store.get("ann", "it").version == 2

    def test_the_newest_of_each_are_listed(self, store):
        for name, terms in (("law", MANY), ("it", ONE), ("it", TWO)):
            store.put("ann", name, terms)
        assert [(one.name, one.version) for one in store.list("ann")] == [("it", 2), ("law", 1)]
        assert store.list("bob") == ()

    def test_a_deleted_list_is_gone_with_its_versions(self, store):
        store.put("ann", "it", ONE)
        store.put("ann", "it", TWO)
        store.put("ann", "law", MANY)
        store.delete("ann", "it")
        with pytest.raises(GlossaryNotFound):
            store.get("ann", "it", 1)
        with pytest.raises(GlossaryNotFound):
            store.delete("ann", "it")
        assert [one.name for one in store.list("ann")] == ["law"]
        assert store.put("ann", "it", ONE).version == 1

    def test_what_was_never_there_is_not_found(self, store):
        store.put("ann", "it", ONE)
        for name in ("it@2", "it@0", "law"):
            with pytest.raises(GlossaryNotFound, match=name):
                store.files("ann", [name])

    @pytest.mark.parametrize("name", NAMES)
    def test_a_strange_name_is_refused(self, store, name):
        for ask in (store.get, store.versions, store.delete, lambda tenant, name: store.put(tenant, name, ONE)):
            with pytest.raises(BadName):
                ask("ann", name)

    @pytest.mark.parametrize("reference", ["it@", "it@x", "it@-1", "it@1.0", "it@²", "it@1@2", "it@9999999999", "@1"])
    def test_a_strange_version_is_refused(self, store, reference):
        with pytest.raises(BadName):
            store.files("ann", [reference])

    def test_what_is_no_list_is_not_kept(self, store):
        with pytest.raises(UsageError, match="has no target"):
            store.put("ann", "it", TermList("terms.csv", b"file\n"))
        assert store.list("ann") == ()

    @pytest.mark.parametrize("name", ["a\x00.csv", "\ud800.csv", "../../etc/passwd", "a" * 300 + ".tsv"])
    def test_any_file_name_comes_back(self, store, name):
        assert store.put("ann", "it", TermList(name, b"a,b\n" if name.endswith("csv") else b"a\tb\n")).file_name == name


class TestSqlite(OnSqlite, Store):
    def test_what_is_deleted_is_gone_from_the_disk(self, store, tmp_path):
        store.put("ann", "it", TermList("a.csv", b"sesame,Klabautermann\n"))
        store.delete("ann", "it")
        assert not any(b"Klabautermann" in path.read_bytes() for path in tmp_path.iterdir())


class TestPostgres(OnPostgres, Store):
    pass
