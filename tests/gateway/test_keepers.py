"""What tenants keep beside jobs: glossaries, memories; and what the service can do."""

import pytest

from parsers import FORMATS
from pipeline.languages import LANGUAGES
from tests.gateway.test_translations import GUIDE, problem

CSV = {"Content-Type": "text/csv; charset=utf-8"}
TMX = b"""<?xml version="1.0"?><tmx version="1.4"><header creationtool="x" creationtoolversion="1" segtype="sentence" o-tmf="x"
adminlang="en" srclang="en" datatype="plaintext"/><body>
<tu><tuv xml:lang="en"><seg>Some words</seg></tuv><tuv xml:lang="fr"><seg>Quelques mots</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Alone</seg></tuv></tu></body></tmx>"""


def test_glossaries(service):
    put = service.client.put("/v1/glossaries/terms", content=b"source,target\nguide,manual\n", headers=CSV)
    assert put.status_code == 200 and put.json()["version"] == 1 and put.json()["terms"] == 1
    service.client.put("/v1/glossaries/terms", content=b"source\ttarget\nguide\tguia\nword\tmot\n", headers={"Content-Type": "text/tab-separated-values"})
    assert [one["version"] for one in service.client.get("/v1/glossaries/terms/versions").json()["glossaries"]] == [2, 1]
    assert service.client.get("/v1/glossaries/terms", params={"version": 1}).json()["terms"] == 1
    file = service.client.get("/v1/glossaries/terms/file", params={"version": 1})
    assert file.content == b"source,target\nguide,manual\n" and "terms.csv" in file.headers["content-disposition"]
    assert [one["name"] for one in service.client.get("/v1/glossaries").json()["glossaries"]] == ["terms"]
    job = service.finished(b"The guide is here.\n", target="fr", glossaries="terms@1")
    report = service.client.get(job["links"]["report"]).json()
    assert [use["target"] for use in report["glossary"]] == ["manual"]
    assert service.client.delete("/v1/glossaries/terms").status_code == 204
    problem(service.client.get("/v1/glossaries/terms"), 404, "not-found")


@pytest.mark.parametrize(("name", "body", "head", "status"), [
    ("terms", b"a,b,c\n,,\n", CSV, 422), ("terms", b"\xff\x00\xfe", CSV, 422), ("Terms", b"a,b\n", CSV, 422), ("terms", b"a,b\n", {}, 415),
    ("terms", b"<a/>", {"Content-Type": "application/xml"}, 422), ("terms", b"a,b\n" * 5_000_000, CSV, 413)], ids=range(6))
def test_glossaries_that_are_none(service, name, body, head, status):
    assert service.client.put(f"/v1/glossaries/{name}", content=body, headers=head).status_code == status
    assert not service.client.get("/v1/glossaries").json()["glossaries"]


def test_memories(service):
    taken = service.client.post("/v1/memories/mine:import", content=TMX, headers={"Content-Type": "application/x-tmx+xml"})
    assert taken.status_code == 200 and taken.json()["units"] == 1
    assert service.client.get("/v1/memories").json()["memories"][0]["units"] == 1
    job = service.finished(b"Some words\n", target="fr", memory="mine")
    assert service.client.get(job["links"]["result"]).content == b"Quelques mots\n"
    assert job["progress"]["from_memory"] == 1
    out = service.client.get("/v1/memories/mine/tmx")
    assert b"Quelques mots" in out.content and "mine.tmx" in out.headers["content-disposition"]
    assert service.client.post("/v1/memories/again:import", content=out.content, headers={"Content-Type": "text/xml"}).json()["units"] == 1
    assert service.client.delete("/v1/memories/mine").status_code == 204
    problem(service.client.get("/v1/memories/mine/tmx"), 404, "not-found")
    problem(service.client.delete("/v1/memories/mine"), 404, "not-found")


def test_memories_that_are_none(service):
    for body in (b"", b"no XML", b"<a/>", TMX[:-20]):
        answer = service.client.post("/v1/memories/mine:import", content=body, headers={"Content-Type": "text/xml"})
        assert answer.status_code == 422, body
    problem(service.client.post("/v1/memories/mine:import", content=TMX), 415, "unsupported-media-type")


def test_what_the_service_can_do(service):
    assert [one["tag"] for one in service.client.get("/v1/languages").json()["languages"]] == [one.tag for one in LANGUAGES]
    assert [one["name"] for one in service.client.get("/v1/formats").json()["formats"]] == [one.name for one in FORMATS]


def test_estimates(service):
    answer = service.client.post("/v1/translations:estimate", files={"file": ("guide", GUIDE)}, data={"target_lang": "fr", "keep": "Some"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["segments"] == 4 and answer.json()["repeats"] == 1 and answer.json()["source_lang"] == "en"
    assert not service.stores.jobs.list("local") and not list(service.stores.documents.listed())
    problem(service.client.post("/v1/translations:estimate", files={"file": ("a.bin", b"\x7fELF\0")}, data={"target_lang": "fr"}), 415,
            "unsupported-format")
    for name in ("y*", ""):
        problem(service.client.post("/v1/translations:estimate", files={"file": ("guide", GUIDE)},
                                    data={"target_lang": "fr", "webhook": name}), 422, "invalid-request")
