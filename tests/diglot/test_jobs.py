"""`diglot jobs` and `diglot keys` on real databases: what they show is what there is, what they do is done."""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from diglot.exits import Exit
from pipeline.report import Outcome
from storage import database, marks
from storage.api_keys import KeyStore, Scope
from storage.documents import FolderDocuments, document_id
from storage.errors import BadKey, JobNotFound
from storage.jobs import JobStore
from storage.vocabulary import JobSegment, NewJob, Problem, SegmentResult, ServiceClass, State, Work, new_id
from storage.work import WorkStore
from tests.diglot.conftest import Run
from tests.storage.conftest import postgres_cluster, postgres_url  # noqa: F401 - fixtures


@dataclass
class Service:
    """Stores with jobs in them, beside the command."""

    kept: database.Database
    documents: FolderDocuments

    @property
    def jobs(self) -> JobStore:
        return JobStore(self.kept)

    @property
    def work(self) -> WorkStore:
        return WorkStore(self.kept)

    def job(self, name: str = "guide.md", tenant: str = "local", service: ServiceClass = ServiceClass.BATCH) -> Work:
        new = NewJob(tenant, name, "en", "pt-BR", "", 10, service, {"format": "markdown"})
        self.documents.put(document_id(new.id, "source"), (b"secret text",))
        return self.jobs.create(new).work

    def running(self, **about) -> str:
        """A job that is half done."""
        first = self.work.claim(self.job(**about), "w")
        chunk, _ = self.work.planned(first, [JobSegment(at, "", at // 2) for at in range(4)])
        lease = self.work.claim(chunk, "w")
        self.work.checkpoint(lease, {at: SegmentResult(Outcome.TRANSLATED, "texto") for at in range(2)})
        return first.job

    def failed(self, **about) -> str:
        lease = self.work.claim(self.job(**about), "w")
        self.work.fail(lease, Problem("damaged-document", "The document is not a Word document."))
        return lease.job

    def finished_ago(self, job: str, days: float) -> None:
        with self.kept.writing() as connection:
            connection.exec_driver_sql(f"UPDATE job SET finished = finished - {days * 86400} WHERE id = '{job}'")

    def state(self, job: str) -> State:
        return self.work.job(job).state


@pytest.fixture(params=["sqlite", "postgres"])
def service(request, diglot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The settings are in the environment, as in a container."""
    url = f"sqlite:///{tmp_path}/jobs.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    monkeypatch.setenv("DIGLOT_DATABASE", url)
    monkeypatch.setenv("DIGLOT_DOCUMENTS", str(tmp_path / "documents"))
    kept = database.opened(url)
    yield Service(kept, FolderDocuments(tmp_path / "documents"))
    kept.close()


def listed(diglot: Run, *options: str) -> list[dict]:
    done = diglot("jobs", "list", "--json", *options)
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.text.splitlines()]


def test_jobs_are_listed_in_a_table(diglot: Run, service: Service):
    failed, running = service.failed(tenant="acme", name="a\nname\x1b[31m.docx"), service.running()
    queued = service.job(service=ServiceClass.INTERACTIVE).job
    done = diglot("jobs", "list")
    assert done.code == 0 and done.err == ""
    _heads, *rows = [line.split("  ") for line in done.text.splitlines()]
    assert [row[0] for row in rows] == [queued, running, failed]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells[0][1:5] == ["queued", "–", "en → pt-BR", "interactive"]
    assert cells[1][1:3] == ["running", "50 %"]
    assert cells[2][1] == "failed" and cells[2][-2:] == ["acme", "a\ufffdname\ufffd[31m.docx"]


def test_jobs_are_listed_for_programs(diglot: Run, service: Service):
    failed, running = service.failed(tenant="acme"), service.running()
    both = listed(diglot)
    assert [job["id"] for job in both] == [running, failed]
    assert both[0]["progress"] == {"segments": 4, "done": 2, "translated": 2, "from_memory": 0, "repeated": 0,
                                   "protected": 0, "kept_source": 0}
    assert both[1]["error"] == {"type": "damaged-document", "detail": "The document is not a Word document."}
    assert [job["id"] for job in listed(diglot, "--state", "failed", "--state", "queued")] == [failed]
    assert [job["id"] for job in listed(diglot, "--tenant", "acme")] == [failed]
    assert [job["id"] for job in listed(diglot, "--limit", "1")] == [running]
    assert len(listed(diglot, "--limit", "0")) == 2


def test_a_job_is_shown(diglot: Run, service: Service):
    job = service.failed()
    text = diglot("jobs", "show", job).text
    assert f"id           {job}\n" in text
    assert "error        The document is not a Word document. (damaged-document)\n" in text
    assert json.loads(diglot("jobs", "show", job, "--json").text)["options"] == {"format": "markdown"}
    half = diglot("jobs", "show", service.running()).text
    assert "translated   2\n" in half and "segments     4\n" in half


@pytest.mark.parametrize("job", ["0195f3a0-7c3e-7d6a-8f00-0123456789ab", "no id", "../../etc/passwd", "-1\0"])
def test_a_job_that_is_not_there_is_told(diglot: Run, service: Service, job: str):
    done = diglot("jobs", "show", "--", job)
    assert done.code == Exit.USAGE
    assert done.err.startswith("diglot: There is no such job") and done.err.count("\n") == 1 and not done.out


def test_failed_jobs_are_tried_again_and_others_are_named(diglot: Run, service: Service):
    failed, running = service.failed(tenant="acme"), service.running()
    done = diglot("jobs", "retry", failed, running, new_id())
    assert done.code == Exit.USAGE
    first, second, third = done.err.splitlines()
    assert first == f"{failed}: goes on, attempt 2"
    assert second == f"{running}: Only a failed job can be tried again; this one is running."
    assert third.endswith("There is no such job any more.")
    assert service.state(failed) is State.QUEUED


def test_workers_are_told_of_what_is_tried_again(diglot: Run, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from tests.servers import valkey
    from workers.messages import CeleryMessenger, celery_app

    with valkey.running(tmp_path / "valkey") as broker:
        url = f"redis://127.0.0.1:{broker.port}/0"
        assert diglot("jobs", "retry", service.failed(), "--broker", url).code == 0
        assert sum(CeleryMessenger(celery_app(url)).waiting().values()) == 1


def test_jobs_are_cancelled(diglot: Run, service: Service):
    running, failed = service.running(tenant="acme"), service.failed()
    done = diglot("jobs", "cancel", running, failed)
    assert done.code == 0
    assert done.err == f"{running}: cancelled\n{failed}: failed\n"
    assert service.state(running) is State.CANCELLED


def test_old_jobs_are_purged_with_their_documents(diglot: Run, service: Service):
    old, young, running = service.failed(), service.failed(), service.running()
    service.finished_ago(old, 8)
    marks.leave(service.kept, service.documents)
    orphan = document_id(new_id(), "result")
    service.documents.put(orphan, (b"secret text",))
    path = next(Path(service.documents.folder).glob(f"*/{orphan}"))
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    done = diglot("jobs", "purge", "--older-than", "7")
    assert done.code == 0 and done.err == "1 job forgotten, 1 document of no job removed\n"
    with pytest.raises(JobNotFound):
        service.work.job(old)
    assert {kept.id for kept in service.documents.listed()} == {document_id(job, "source") for job in (young, running)}
    assert diglot("jobs", "purge", "--older-than", "0").err == "1 job forgotten, 0 documents of no job removed\n"
    assert [job["id"] for job in listed(diglot)] == [running]


def test_documents_of_another_database_are_not_purged(diglot: Run, service: Service, tmp_path: Path):
    """--database names one, and the documents are still those of the other."""
    marks.leave(service.kept, service.documents)
    job = service.running()
    path = next(Path(service.documents.folder).glob(f"*/{job}.source"))
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    database.opened(f"sqlite:///{tmp_path}/other.db").close()
    done = diglot("jobs", "purge", "--older-than", "0", "--database", f"sqlite:///{tmp_path}/other.db")
    assert done.code == 0 and "not searched" in done.err
    assert path.exists()


def test_a_key_is_made_listed_and_revoked(diglot: Run, service: Service):
    keys = KeyStore(service.kept)
    done = diglot("keys", "make", "--tenant", "acme", "--name", "web site", "--expires-in", "90")
    assert done.code == 0
    key = keys.check(done.text.strip())
    assert (key.tenant, key.name, key.scopes) == ("acme", "web site", {Scope.TRANSLATE, Scope.READ})
    assert 89 < (key.expires - key.created) / 86400 < 91
    assert done.err == f"Key {key.id} of acme. Keep it now: it cannot be shown again.\n"
    secret = done.text.strip().split("_", 2)[2]
    table, lines = diglot("keys", "list"), diglot("keys", "list", "--json", "--tenant", "acme")
    assert key.id in table.text and secret not in table.text + lines.text
    assert json.loads(lines.text)["scopes"] == ["read", "translate"]
    assert diglot("keys", "list", "--json", "--tenant", "other").text == ""
    other = diglot("keys", "rotate", key.id, "--overlap", "0").text.strip()
    assert keys.check(other).tenant == "acme"
    with pytest.raises(BadKey):
        keys.check(done.text.strip())
    revoked = diglot("keys", "revoke", keys.check(other).id, "nothing")
    assert revoked.code == Exit.USAGE and "nothing: There is no such API key." in revoked.err
    with pytest.raises(BadKey):
        keys.check(other)
    assert "revoked" in diglot("keys", "list").text


@pytest.mark.parametrize(("arguments", "message"), [
    (["jobs", "list"], "There is no database of a service; name it with --database URL, or its folder with --data DIR."),
    (["jobs", "list", "--state", "lost"], "There is no state “lost”; there are queued, running, succeeded, warnings, failed, cancelled."),
    (["jobs", "list", "--database", "mysql://host/x"], "Jobs cannot be kept in a database of the kind mysql"),
    (["jobs", "list", "--database", "::"], "The database's URL cannot be read"),
    (["keys", "make", "--tenant", "t", "--name", "n", "--scope", "all"], "There is no scope “all”; there are translate, read."),
    (["keys", "make", "--tenant", "Not One", "--name", "n"], "A name is 1 to 64 lower-case letters"),
])
def test_what_makes_no_sense_is_told_in_a_sentence(diglot: Run, tmp_path: Path, arguments, message):
    done = diglot(*arguments, "--data", tmp_path / "data")
    assert done.code == Exit.USAGE and message in done.err and done.err.count("\n") == 1
    if arguments[0] == "jobs":
        assert not (tmp_path / "data").exists()             # looking makes nothing
