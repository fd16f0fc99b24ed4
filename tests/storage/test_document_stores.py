"""What every document store does: one suite, inherited for each."""

import os
import signal
import stat
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from storage.documents import DocumentStore, FolderDocuments, document_id, job_of, opened
from storage.errors import BadDocumentId, BadStoreUrl, DocumentNotFound, StoreFault, StoreUnavailable
from storage.vocabulary import new_id

BIG = os.urandom(1 << 20) * 11
"""More than an object store takes in one request."""
AN_ID = "01936d5e-0a00-7abc-8def-0123456789ab"
"""Written here, not made: the processes that share the tests must give them the same names."""


class Store(ABC):
    """The suite."""

    @pytest.fixture
    @abstractmethod
    def store(self, tmp_path) -> DocumentStore:
        """An empty store."""

    @pytest.mark.parametrize("data", [b"", b"x", b"a\x00\xff\r\n", BIG], ids=["empty", "one", "binary", "big"])
    def test_what_was_put_is_read(self, store, data):
        document = document_id(new_id(), "source")
        stored = store.put(document, (data[at:at + 300_000] for at in range(0, len(data), 300_000)))
        assert (stored.sha256, stored.size) == (sha256(data).hexdigest(), len(data))
        assert store.read(document) == data
        assert b"".join(store.stream(document)) == data
        assert store.exists(document)
        assert [(kept.id, kept.size) for kept in store.listed()] == [(document, len(data))]

    @pytest.mark.parametrize(("start", "length", "part"), [
        (0, None, b"0123456789"), (3, None, b"3456789"), (3, 4, b"3456"), (8, 99, b"89"), (10, None, b""), (99, 1, b""),
        (4, 0, b"")])
    def test_a_part_is_read(self, store, start, length, part):
        document = document_id(new_id(), "source")
        store.put(document, [b"01234", b"56789"])
        assert b"".join(store.stream(document, start, length)) == part

    def test_what_is_not_there_is_not_found(self, store):
        document = document_id(new_id(), "source")
        assert not store.exists(document)
        for read in (store.read, store.stream):
            with pytest.raises(DocumentNotFound):
                read(document)
        store.delete(document)

    def test_what_is_deleted_is_gone(self, store):
        job = new_id()
        for kind in ("source", "result"):
            store.put(document_id(job, kind), [b"x"])
        store.delete(document_id(job, "source"))
        store.delete(document_id(job, "source"))
        assert not store.exists(document_id(job, "source"))
        assert [kept.id for kept in store.listed(job)] == [document_id(job, "result")]

    def test_documents_of_one_job_are_listed(self, store):
        jobs = [new_id() for _ in range(20)]
        before = time.time()
        for job in jobs:
            store.put(document_id(job, "source"), [b"abc"])
        store.put(document_id(jobs[7], "result-2"), [b"abcd"])
        assert {kept.id: kept.size for kept in store.listed(jobs[7])} == {f"{jobs[7]}.source": 3, f"{jobs[7]}.result-2": 4}
        every = list(store.listed())
        assert len(every) == 21 and {job_of(kept.id) for kept in every} == set(jobs)
        assert all(before - 2 < kept.modified < time.time() + 2 for kept in every)
        assert list(store.listed(new_id())) == []

    def test_the_last_one_stays(self, store):
        document = document_id(new_id(), "result")
        store.put(document, [b"first"])
        store.put(document, [b"2nd"])
        assert store.read(document) == b"2nd"

    @pytest.mark.parametrize("size", [10, len(BIG)])
    def test_an_upload_that_breaks_off_leaves_nothing(self, store, size):
        document = document_id(new_id(), "source")

        def pieces():
            for at in range(0, size, 1 << 20):
                yield BIG[at:at + (1 << 20)]
            raise KeyError("the client has gone")

        with pytest.raises(KeyError):
            store.put(document, pieces())
        assert not store.exists(document)
        store.put(document, [b"whole"])
        with pytest.raises(KeyError):
            store.put(document, pieces())
        assert store.read(document) == b"whole"
        assert len(list(store.listed())) == 1

    def test_many_write_at_once(self, store):
        document = document_id(new_id(), "result")
        values = [bytes([n]) * 100_000 for n in range(8)]
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda value: store.put(document, [value[:5], value[5:]]), values))
        assert store.read(document) in values

    @pytest.mark.parametrize("name", [
        "", "a.md", f"../{AN_ID}.source", AN_ID, f"{AN_ID}.", f"{AN_ID}.A", f"{AN_ID}./", f"{AN_ID}.x/../y",
        f"{AN_ID}.source\x00", f"{AN_ID}.source\n", f"{AN_ID}.x.part", f"{AN_ID.upper()}.source", f"{{{AN_ID}}}.source",
        "../x.source", "/etc/passwd", "*.source"])
    def test_only_ids_are_names(self, store, name):
        for use in (store.read, store.stream, store.exists, store.delete, lambda name: store.put(name, [b"x"])):
            with pytest.raises(BadDocumentId):
                use(name)
        with pytest.raises(BadDocumentId):
            list(store.listed(name.partition(".")[0] + "/"))

    def test_what_is_whole_is_not_tidied_away(self, store):
        document = document_id(new_id(), "source")
        store.put(document, [b"x"])
        store.tidy(0)
        assert store.exists(document)


class TestFolder(Store):
    @pytest.fixture
    def store(self, tmp_path):
        return opened(str(tmp_path / "documents"))

    def test_only_its_owner_reads(self, store, tmp_path):
        store.put(document_id(new_id(), "source"), [b"x"])
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "documents").rglob("*") if path.is_file()}
        folders = {stat.S_IMODE(path.stat().st_mode) for path in [store.folder, *store.folder.iterdir()]}
        assert (modes, folders) == ({0o600}, {0o700})

    def test_what_a_killed_process_leaves_is_tidied_away(self, store):
        document = document_id(new_id(), "source")
        script = "import os, sys; from storage.documents import FolderDocuments as F\n" \
            "def pieces():\n yield b'x'\n os.kill(os.getpid(), 9)\nF(sys.argv[1]).put(sys.argv[2], pieces())"
        done = subprocess.run([sys.executable, "-c", script, str(store.folder), document], check=False)
        assert done.returncode == -signal.SIGKILL
        parts = list(store.folder.rglob("*.part"))
        assert len(parts) == 1
        assert not store.exists(document) and list(store.listed()) == []
        store.tidy(3600)
        assert parts[0].exists()            # somebody may be writing it
        store.tidy(0)
        assert not parts[0].exists()

    def test_a_full_disk_is_told_and_leaves_nothing(self, store):
        # A limit on the size of files is refused by the same calls as a full disk.
        script = "import resource, sys; from storage.documents import FolderDocuments as F\n" \
            "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\nF(sys.argv[1]).put(sys.argv[2], [b'x' * 4000] * 2)"
        done = subprocess.run([sys.executable, "-c", script, str(store.folder), document_id(new_id(), "source")],
                              check=False, capture_output=True, text=True)
        assert "StoreFault: The documents' folder cannot be used: File too large." in done.stderr
        assert [path for path in store.folder.rglob("*") if path.is_file()] == []

    def test_a_folder_that_cannot_be_made_is_told(self, tmp_path):
        (tmp_path / "file").write_text("x")
        with pytest.raises(StoreFault):
            FolderDocuments(tmp_path / "file" / "documents")


class TestS3(Store):
    @pytest.fixture
    def store(self, s3_endpoint, monkeypatch):
        import boto3

        for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1",
                            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": s3_endpoint}.items():
            monkeypatch.setenv(name, value)
        bucket = f"b{new_id()}"
        client = boto3.client("s3")
        client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="other", Body=b"")             # somebody else's
        client.put_object(Bucket=bucket, Key="diglot/readme.txt", Body=b"")
        return opened(f"s3://{bucket}/diglot")

    def test_an_upload_that_breaks_off_leaves_no_parts(self, store):
        import boto3

        def pieces():
            yield BIG
            yield BIG
            raise KeyError("the client has gone")

        with pytest.raises(KeyError):
            store.put(document_id(new_id(), "source"), pieces())
        client = boto3.client("s3")
        bucket = max(client.list_buckets()["Buckets"], key=lambda bucket: bucket["CreationDate"])["Name"]
        assert "Uploads" not in client.list_multipart_uploads(Bucket=bucket)

    def test_a_bucket_that_is_not_there_is_told(self, store):
        with pytest.raises((StoreFault, DocumentNotFound)):
            opened("s3://no-such-bucket/x").put(document_id(new_id(), "source"), [b"x"])

    def test_a_server_that_is_not_there_is_told(self, store, monkeypatch):
        from storage import s3

        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setattr(s3, "TRIES", 1)
        with pytest.raises(StoreUnavailable):
            opened("s3://bucket/x").read(document_id(new_id(), "source"))


def test_stores_are_opened_by_url(tmp_path):
    store = opened(f"file://{tmp_path}/with%20space")
    assert isinstance(store, FolderDocuments) and store.folder == Path(tmp_path, "with space")


@pytest.mark.parametrize("url", ["http://x/y", "s3:///x", "file://host/x", "gs://a/b"])
def test_other_urls_are_refused(url):
    with pytest.raises(BadStoreUrl):
        opened(url)
