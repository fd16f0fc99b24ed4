"""Documents in, jobs and documents out, over a real connection."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.preview import preview
from gateway.problems import INVALID, Refused
from parsers.locales import Locale
from pipeline.engines import engine_named
from pipeline.translation import Job, translate
from storage.errors import StoreUnavailable
from tests.gateway.running import PATIENCE
from tests.parsers.docx.making import members, p, package, r

PROBLEM = "application/problem+json"
GUIDE = b"# Guide\n\nSome **bold** words and `code`.\n\n- an item\n- an item\n"
SOURCES = {
    "markdown": ("guide.md", GUIDE),
    "html": ("page.html", b"<html lang='en'><p>Some <b>bold</b> words</p></html>"),
    "docx": ("report.docx", package(members(p(r("Some "), r("bold", "b"), r(" words"))))),
}


def problem(answer, status, word):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    body = answer.json()
    assert body["type"] == f"urn:diglot:problem:{word}"
    assert body["status"] == status
    return body


@pytest.mark.parametrize("format", SOURCES)
def test_upload_wait_and_fetch(service, format):
    name, data = SOURCES[format]
    answer = service.submit(data, name)
    assert answer.status_code == 202
    job = answer.json()
    assert answer.headers["location"] == job["links"]["self"] == f"/v1/translations/{job['id']}"
    assert int(answer.headers["retry-after"]) > 0
    ended = service.client.get(answer.headers["location"], params={"wait": 30}).json()
    assert ended["state"] == "succeeded"
    assert ended["progress"]["done"] == ended["progress"]["segments"] > 0
    assert ended["finished_at"] > ended["created_at"]
    result = service.client.get(ended["links"]["result"])
    expected = translate(data, Job(format, Locale.parse("pt-BR"), Locale.parse("en")), engine_named("pseudo"))
    assert result.content == expected.output
    stem, _, suffix = name.rpartition(".")
    assert f'filename="{stem}.pt-BR.{suffix}"' in result.headers["content-disposition"]
    report = service.client.get(ended["links"]["report"]).json()
    assert report["segments"] == expected.report.as_json()["segments"]


def test_a_job_is_told_though_nobody_can_look_for_its_end(service, monkeypatch):
    """An answer without it would have the document sent again."""
    def unavailable(_):
        raise StoreUnavailable("The database does not answer.")

    service.workers.hold()
    monkeypatch.setattr(service.app.app.state.service.watcher, "_those", unavailable)
    answer = service.submit(headers={"Prefer": "wait=10"})
    assert answer.status_code == 202, answer.text
    assert [job.id for job in service.stores.jobs.list("local")] == [answer.json()["id"]]


def test_documents_in_memory_are_in_nobodys_way(service, monkeypatch):
    """Forty threads answer all requests; whoever waits for a turn must hold none."""
    may_end = threading.Event()

    def slow(*_):
        may_end.wait(PATIENCE)
        raise Refused(INVALID, "It was only a test.")

    monkeypatch.setattr("gateway.catalogue._estimate", slow)
    form = {"files": {"file": ("a.md", b"Text.")}, "data": {"target_lang": "fr"}}
    with ThreadPoolExecutor(60) as pool:
        asked = [pool.submit(httpx.post, f"{service.url}/v1/translations:estimate", timeout=2 * PATIENCE, **form)
                 for _ in range(60)]
        try:
            time.sleep(1)                                   # all of them wait, or will
            assert service.client.get("/v1/translations").status_code == 200
        finally:
            may_end.set()
        assert {one.result().status_code for one in asked} == {422}


def test_waiting_for_the_end(service):
    answer = service.submit(headers={"Prefer": "respond-async, wait=30"})
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=30"
    assert answer.json()["state"] == "succeeded"


def test_not_ready(service):
    service.workers.hold()
    job = service.submit(headers={"Prefer": "wait=1"})
    assert job.status_code == 202 and job.json()["state"] == "queued"
    links = job.json()["links"]
    problem(service.client.get(links["result"]), 409, "not-ready")
    problem(service.client.get(links["report"]), 409, "not-ready")
    assert service.client.get(links["segments"]).json() == {"segments": [], "next_cursor": None}


def test_several_languages_are_several_jobs(service):
    answer = service.submit(target=["fr", "de"], headers={"Prefer": "wait=30"})
    assert answer.status_code == 200, answer.text
    jobs = answer.json()["translations"]
    assert [job["target_lang"] for job in jobs] == ["fr", "de"]
    assert {job["state"] for job in jobs} == {"succeeded"}


@pytest.mark.parametrize(("fields", "word"), [
    ({"speed": "high"}, "speed"), ({"options": "{"}, "JSON"), ({"options": "[]"}, "object"),
    ({"options": '{"speed": 1}'}, "speed"), ({"options": '{"keep": ["a"]}', "keep": "b"}, "twice"),
    ({"class": "urgent"}, "urgent"), ({"target_lang": "english!"}, "english!"), ({"source_lang": "1"}, "1"),
    ({"target_lang": ["fr", "fr"]}, "once"), ({"format": "pdf"}, "pdf"), ({"no_mask": "everything"}, "everything"),
    ({"numbering": "perhaps"}, "numbering"), ({"pin_headings": "yes"}, "pin_headings"), ({"class": ["batch", "batch"]}, "once"), ({"glossaries": "none"}, "none"),
    ({"options": "[" * 50_000}, "JSON"), ({"options": '{"keep": "a"}'}, "keep")], ids=str)
def test_what_makes_no_sense_is_said(service, fields, word):
    answer = service.client.post("/v1/translations", files={"file": ("a.md", b"Words")},
                                 data={"target_lang": "fr", **fields})
    assert word in problem(answer, 422, "invalid-request")["detail"]
    assert not service.stores.jobs.list("local")
    assert not list(service.stores.documents.listed())


def test_links_that_die_are_noted_beside_the_translation(service):
    job = service.finished(b"# Guide\n\n[Up](#guide) and other words.\n")
    assert job["state"] == "succeeded"
    report = service.client.get(job["links"]["report"]).json()
    assert report["dead_links"] == ["guide"]
    note, = preview(report).notes
    assert note.startswith("Links within the document to #guide lead nowhere")
    assert not preview({name: value for name, value in report.items() if name != "notes"}).notes    # an older report


def test_headings_are_pinned(service):
    job = service.finished(b"# Guide\n\n[Up](#guide) and other words.\n", pin_headings="attribute")
    result = service.client.get(job["links"]["result"]).content
    assert b" {#guide}\n\n" in result
    report = service.client.get(job["links"]["report"]).json()
    assert report["untouched"]
    assert report["dead_links"] == []


def test_options_are_obeyed_in_either_form(service):
    data = b"# Guide\n\nDiglot and other words.\n"
    for fields in ({"keep": ["Diglot", "words"], "consistency": "false"},
                   {"options": json.dumps({"keep": ["Diglot", "words"], "consistency": False})}):
        job = service.finished(data, **fields)
        assert job["options"] == {"format": "markdown", "keep": ["Diglot", "words"], "consistency": False}
        assert b"Diglot" in service.client.get(job["links"]["result"]).content


def test_fields_may_stand_behind_the_file(service):
    body = (b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\nSome words\r\n'
            b'--x\r\nContent-Disposition: form-data; name="target_lang"\r\n\r\nfr\r\n--x--\r\n')
    answer = service.client.post("/v1/translations", content=body,
                                 headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.status_code == 202, answer.text


def test_unknown_formats(service):
    problem(service.submit(b"\x7fELF\x00\x01", "program"), 415, "unsupported-format")
    problem(service.client.post("/v1/translations", content=b"Words", headers={"Content-Type": "text/plain"}), 415,
            "unsupported-media-type")
    assert not list(service.stores.documents.listed())


def test_the_same_key_gives_the_same_job(service):
    first = service.submit(headers={"Idempotency-Key": "k"}).json()
    assert service.submit(headers={"Idempotency-Key": "k"}).json()["id"] == first["id"]
    assert service.submit(headers={"Idempotency-Key": "other"}).json()["id"] != first["id"]
    for other in ({"data": b"Other words"}, {"target": "fr"}, {"name": "other.md"}, {"keep": "a"}):
        problem(service.submit(headers={"Idempotency-Key": "k"}, **other), 422, "idempotency")
    several = service.submit(target=["fr", "de"], headers={"Idempotency-Key": "s"}).json()["translations"]
    again = service.submit(target=["fr", "de"], headers={"Idempotency-Key": "s"}).json()["translations"]
    assert [job["id"] for job in several] == [job["id"] for job in again]
    problem(service.submit(target=["de", "fr"], headers={"Idempotency-Key": "s"}), 422, "idempotency")


def test_twenty_at_once_with_one_key_are_one_job(service):
    service.workers.hold()

    def ask(_):
        return service.client.post("/v1/translations", files={"file": ("a.md", b"Some words")},
                                   data={"target_lang": "fr"}, headers={"Idempotency-Key": "race"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(service.stores.jobs.list("local")) == 1
    assert len(list(service.stores.documents.listed())) == 1
