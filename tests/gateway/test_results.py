"""Results, reports, segments, progress: what is told of a job, and how."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.gateway.test_translations import GUIDE, problem

LONG = "".join(f"Paragraph {n} with **bold** words.\n\n" for n in range(30)).encode()


def test_results_are_files_to_be_saved(service):
    job = service.finished(b"<script>alert(1)</script><p>Some words</p>", "<page>\r\nX: y\u202e.html")
    answer = service.client.get(job["links"]["result"])
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "x" not in answer.headers
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("asked", "span"), [
    ("bytes=0-3", (0, 4)), ("bytes=2-", (2, None)), ("bytes=-5", (-5, None)), ("bytes=5-100000", (5, None)),
    ("bytes=-100000", (0, None))])
def test_parts_of_a_result(service, asked, span):
    job = service.finished(GUIDE)
    whole = service.client.get(job["links"]["result"])
    assert whole.headers["accept-ranges"] == "bytes"
    part = service.client.get(job["links"]["result"], headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole.content[slice(*span)]
    start = whole.content.index(part.content, len(whole.content) - len(part.content) if span[1] is None else 0)
    size = len(whole.content)
    assert part.headers["content-range"] == f"bytes {start}-{start + len(part.content) - 1}/{size}"
    stale = service.client.get(job["links"]["result"], headers={"Range": asked, "If-Range": '"other"'})
    assert stale.status_code == 200 and stale.content == whole.content


def test_parts_that_are_not_there(service):
    job = service.finished(GUIDE)
    size = len(service.client.get(job["links"]["result"]).content)
    answer = service.client.get(job["links"]["result"], headers={"Range": f"bytes={size}-"})
    problem(answer, 416, "range-not-satisfiable")
    assert answer.headers["content-range"] == f"bytes */{size}"
    for ignored in ("bytes=0-1,3-4", "lines=1-2", "bytes=5-2", "bytes=-", "bytes=" + "9" * 30 + "-"):
        assert service.client.get(job["links"]["result"], headers={"Range": ignored}).status_code == 200, ignored


def test_segments_a_page_at_a_time(service):
    job = service.finished(LONG)
    report = service.client.get(job["links"]["report"]).json()
    found, cursor = [], None
    while True:
        page = service.client.get(job["links"]["segments"], params={"limit": 7, **({"cursor": cursor} if cursor else {})}).json()
        found += page["segments"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [one["position"] for one in found] == list(range(30))
    assert [(one["source"], one["translation"], one["outcome"]) for one in found] == [
        (one["source"], one["translation"], one["outcome"]) for one in report["segments"]]
    for bad in ("x", "-1", "1" * 12, "\u0663"):
        problem(service.client.get(job["links"]["segments"], params={"cursor": bad}), 422, "invalid-request")


def test_a_report_is_read_once_for_many_pages(service, monkeypatch):
    job = service.finished(LONG)
    read, times = service.stores.documents.read, []
    monkeypatch.setattr(type(service.stores.documents), "read", lambda _, document: times.append(document) or read(document))
    for _ in range(3):
        assert len(service.client.get(job["links"]["segments"], params={"limit": 5}).json()["segments"]) == 5
        assert service.client.get(f"/jobs/{job['id']}").status_code == 200
    assert times == [f"{job['id']}.report"]


def test_segments_while_the_job_runs(service, monkeypatch):
    steps = threading.Semaphore(0)
    monkeypatch.setattr(service.workers, "_let", type("Steps", (), {"wait": staticmethod(steps.acquire), "set": staticmethod(lambda: steps.release(1_000))}))
    terms = service.client.put("/v1/glossaries/terms", content=b"source,target\nbold,bold\n", headers={"Content-Type": "text/csv"})
    assert terms.status_code == 200
    job = service.submit(b"".join(b"Paragraph %d with **bold** words and `code`.\n\n" % n for n in range(200)), glossaries="terms", keep="words").json()
    steps.release(2)                                        # it is prepared, and a part of it translated
    links = job["links"]
    service.eventually(lambda: service.client.get(links["self"]).json()["progress"]["done"] >= 64)
    running = service.client.get(links["segments"]).json()["segments"]
    assert {one["outcome"] for one in running} == {"translated", None}
    monkeypatch.setattr("gateway.sources.LARGEST", 10)
    large = service.client.get(links["segments"]).json()["segments"]
    assert {one["source"] for one in large} == {None} and "{1}" in large[0]["translation"]
    steps.release(1_000)
    service.client.get(links["self"], params={"wait": 30})
    ended = service.client.get(links["segments"]).json()["segments"]
    assert [one["source"] for one in running] == [one["source"] for one in ended] and "code" in ended[0]["source"]
    assert all(was == now for was, now in zip(running, ended, strict=True) if was["outcome"])


def test_etags(service):
    service.workers.hold()
    url = service.submit().headers["location"]
    first = service.client.get(url)
    same = service.client.get(url, headers={"If-None-Match": first.headers["etag"]})
    assert same.status_code == 304 and not same.content and same.headers["etag"] == first.headers["etag"]
    threading.Timer(0.3, service.workers.release).start()
    changed = service.client.get(url, params={"wait": 20}, headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200 and changed.headers["etag"] != first.headers["etag"]
    ended = service.client.get(url, params={"wait": 20})
    assert ended.json()["state"] == "succeeded"


def test_waiting_ends_in_time(service):
    service.workers.hold()
    url = service.submit().headers["location"]
    answer = service.client.get(url, params={"wait": 1})
    assert answer.json()["state"] == "queued"
    assert answer.elapsed.total_seconds() > 0.9
    problem(service.client.get(url, params={"wait": 61}), 422, "invalid-request")


def events(response):
    kind = None
    for line in response.iter_lines():
        if line.startswith("event: "):
            kind = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield kind, json.loads(line.removeprefix("data: "))


def test_progress_as_events(service):
    service.workers.hold()
    job = service.submit(LONG).json()
    heard = []
    with service.client.stream("GET", job["links"]["events"]) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        for kind, data in events(response):
            heard.append((kind, data["state"]))
            if len(heard) == 1:
                service.workers.release()
    assert heard[0] == ("progress", "queued")
    assert heard[-1] == ("end", "succeeded")
    assert [kind for kind, _ in heard].count("end") == 1
    with service.client.stream("GET", job["links"]["events"]) as response:      # of a job that has ended
        assert [kind for kind, _ in events(response)] == ["end"]


def test_listeners_that_leave_leave_nothing(service):
    service.workers.hold()
    job = service.submit().json()
    watcher = service.app.app.state.service.watcher
    for _ in range(3):
        with httpx.stream("GET", service.url + job["links"]["events"]) as response:
            heard = events(response)
            assert next(heard)[0] == "progress"
            assert len(watcher._watched) == 1
    service.eventually(lambda: not watcher._watched)
    with httpx.stream("GET", service.url + job["links"]["events"]) as response:     # ends when the job is erased
        heard = events(response)
        next(heard)
        service.client.delete(job["links"]["self"])
        assert not list(heard)
    assert not watcher._watched


def test_one_look_is_for_all_who_wait(service, monkeypatch):
    service.workers.hold()
    looks, watcher = [], service.app.app.state.service.watcher
    real = watcher._those
    monkeypatch.setattr(watcher, "_those", lambda ids: (looks.append(ids), real(ids))[1])
    urls = [service.submit().headers["location"] for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        answers = [pool.submit(service.client.get, url, params={"wait": 20}) for url in urls * 2]
        service.eventually(lambda: looks and len(looks[-1]) == 3)
        seen = len(looks)
        service.eventually(lambda: len(looks) > seen + 3)
        assert all(len(look) == 3 for look in looks[seen:])     # six wait for three jobs: one look for all
        service.workers.release()
        assert {answer.result().json()["state"] for answer in answers} == {"succeeded"}
    service.eventually(lambda: not watcher._watched)


def test_cancel(service):
    service.workers.hold()
    job = service.submit().json()
    for _ in range(2):
        answer = service.client.post(job["links"]["cancel"])
        assert answer.status_code == 202 and answer.json()["state"] == "cancelled"
    problem(service.client.get(job["links"]["result"]), 409, "no-result")
    problem(service.client.post(f"/v1/translations/{job['id']}:retry"), 409, "wrong-state")


def test_a_failed_job_tells_why_and_can_be_tried_again(service):
    job = service.finished(b"%PDF-1.4\n\x00\x01\x02" * 20, "guide.md", **{"class": "interactive"})
    assert job["state"] == "failed" and job["class"] == "interactive"
    assert job["error"]["type"] == "urn:diglot:problem:undecodable-document"
    assert "PDF" in job["error"]["detail"]
    problem(service.client.get(job["links"]["result"]), 409, "no-result")
    again = service.client.post(f"/v1/translations/{job['id']}:retry")
    assert again.status_code == 202 and again.json()["attempt"] == 2


def test_erasing_leaves_no_file_and_no_text(service):
    job = service.finished(b"# Unmistakable\n\nSome words.\n", "secretname.md")
    assert list(service.stores.documents.listed(job["id"]))
    assert service.client.delete(job["links"]["self"]).status_code == 204
    for link in ("self", "result", "report", "segments", "events"):
        problem(service.client.get(job["links"][link]), 404, "not-found")
    problem(service.client.delete(job["links"]["self"]), 404, "not-found")
    assert not list(service.stores.documents.listed())
    for path in service.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert b"nmistakabl" not in data and b"secretname" not in data, path


def test_expired(service):
    from sqlalchemy import update

    from storage.schema import JobRow
    job = service.finished()
    with service.stores.database.writing() as connection:
        connection.execute(update(JobRow).values(documents_until=0.0))
    from workers.sweeping import forget_expired
    assert forget_expired(service.stores) == 1
    for link in ("result", "report", "segments"):
        problem(service.client.get(job["links"][link]), 410, "expired")
    assert service.client.get(job["links"]["self"]).json()["erased"]


def test_lists(service):
    jobs = [service.finished()["id"] for _ in range(5)]
    first = service.client.get("/v1/translations", params={"limit": 3}).json()
    second = service.client.get("/v1/translations", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [job["id"] for job in first["translations"] + second["translations"]] == jobs[::-1]
    assert second["next_cursor"] is None
    assert len(service.client.get("/v1/translations", params={"state": ["succeeded", "warnings"]}).json()["translations"]) == 5
    assert not service.client.get("/v1/translations", params={"state": "running"}).json()["translations"]
    problem(service.client.get("/v1/translations", params={"state": "lost"}), 422, "invalid-request")
    problem(service.client.get("/v1/translations", params={"cursor": "\0"}), 422, "invalid-request")
