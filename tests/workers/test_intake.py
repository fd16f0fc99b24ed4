"""What every door hands over: kept with its job, or not at all."""

import pytest

from parsers.locales import Locale
from storage.database import opened
from storage.documents import document_id
from storage.documents import opened as documents_at
from storage.errors import GlossaryNotFound, StoreUnavailable, WebhookNotFound
from storage.glossaries import TermList
from storage.vocabulary import Periods
from workers.deployment import Stores
from workers.intake import Asked, Intake, terms_kind
from workers.options import Options

ONE, TWO = TermList("terms.csv", b"file,Datei\n"), TermList("terms.csv", b"file,Akte\n")


class Told:
    def __init__(self):
        self.work = []

    def send(self, work):
        self.work.extend(work)


@pytest.fixture
def intake(tmp_path):
    database = opened(f"sqlite:///{tmp_path}/service.db")
    yield Intake(Stores.on(database, documents_at(str(tmp_path / "documents")), Periods()), Told())
    database.close()


def asked(**changes) -> Asked:
    return Asked("a.md", Locale.parse("de"), Locale.parse("en"), **changes)


def test_a_job_keeps_its_own_copies_of_term_lists(intake):
    glossaries = intake.stores.glossaries
    glossaries.put("ann", "it", ONE)
    glossaries.put("ann", "it", TWO)
    own = TermList("own.tsv", b"folder\tOrdner\n")
    job = intake.submit("ann", asked(options=Options(glossaries=("it@1", "it")), terms=(own,)), [b"Text."]).job
    glossaries.delete("ann", "it")
    assert job.options["terms"] == ["terms.csv", "terms.csv", "own.tsv"]
    assert [intake.stores.documents.read(document_id(job.id, terms_kind(n))) for n in range(3)] == [
        ONE.data, TWO.data, own.data]


def test_the_webhook_hears_of_the_end(intake):
    intake.stores.webhooks.put("ann", "crm", "https://example.org/hook")
    job = intake.submit("ann", asked(webhook="crm"), [b"Text."]).job
    assert job.webhook == "crm"
    intake.stores.jobs.cancel("ann", job.id)
    assert [one.job for one in intake.stores.deliveries.claim_due("sender")] == [job.id]


def test_a_job_whose_answer_was_lost_has_its_document(intake, monkeypatch):
    create = intake.stores.jobs.create

    def unanswered(*given):
        create(*given)
        raise StoreUnavailable("The database does not answer.")

    monkeypatch.setattr(intake.stores.jobs, "create", unanswered)
    with pytest.raises(StoreUnavailable):
        intake.submit("ann", asked(), [b"Text."], "a key")
    monkeypatch.undo()
    [job] = intake.stores.jobs.list("ann")
    again = intake.submit("ann", asked(), [b"Text."], "a key")
    assert (again.job.id, again.fresh) == (job.id, False)
    assert intake.stores.documents.read(document_id(job.id, "source")) == b"Text."


@pytest.mark.parametrize(("changes", "error"), [
    ({"options": Options(glossaries=("it@3",))}, GlossaryNotFound), ({"webhook": "crm"}, WebhookNotFound)],
    ids=["glossary", "webhook"])
def test_what_another_tenant_has_is_not_there_and_nothing_is_kept(intake, changes, error):
    for terms in (ONE, TWO, ONE):
        intake.stores.glossaries.put("bob", "it", terms)
    intake.stores.webhooks.put("bob", "crm", "https://example.org/hook")
    with pytest.raises(error):
        intake.submit("ann", asked(**changes), [b"Text."])
    assert intake.stores.jobs.list("ann") == () and intake.messenger.work == [] and list(intake.stores.documents.listed()) == []
