"""Short texts: translated while the client waits, by the same workers, and gone then."""

import pytest

from pipeline.engines import UnsupportedPair, engine_named
from tests.gateway.running import running
from tests.gateway.test_translations import problem


def ask(service, text="Some **bold** words.", target="pt-BR", **more):
    return service.client.post("/v1/text", json={"text": text, "target_lang": target, "source_lang": "en", **more})


def nothing_is_left(service):
    kept = [path for path in service.folder.rglob("*") if path.is_file() and b"nmistakabl" in path.read_bytes()]
    return not (service.stores.jobs.list("local") or list(service.stores.documents.listed()) or kept)


def test_a_text(service):
    answer = ask(service, "Some **bold**, Unmistakable words.\n", options={"keep": ["Unmistakable"]})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"translation", "source_lang", "warnings"}
    assert body["source_lang"] == "en" and body["warnings"] == []
    assert "**" in body["translation"] and "Unmistakable" in body["translation"] and "words" not in body["translation"]
    assert nothing_is_left(service)


def test_what_was_missed_is_told(service):
    service.client.put("/v1/glossaries/terms", content=b"source,target\nwords,palavras\n", headers={"Content-Type": "text/csv"})
    (warning,) = ask(service, options={"glossaries": ["terms"]}).json()["warnings"]
    assert "palavras" in warning


@pytest.mark.parametrize(("body", "word"), [
    ({"text": " "}, "5,000"), ({"text": "a" * 5_001}, "5,000"), ({"target_lang": "english!"}, "english!"), ({"source_lang": "1"}, "1"), ({"source_lang": ""}, "language"),
    ({"options": {"speed": 1}}, "speed"), ({"options": {"format": "docx"}}, "format"), ({"options": {"glossaries": ["none"]}}, "none"),
    ({"class": "batch"}, "options"), ({"text": 1}, "text"), ({"options": []}, "options")], ids=range(11))
def test_texts_that_make_no_sense(service, body, word):
    assert word in problem(ask(service, **body), 422, "invalid-request")["detail"]
    assert nothing_is_left(service)


def test_half_a_character_is_none(service):
    answer = service.client.post("/v1/text", content=b'{"text": "a\\ud800", "target_lang": "fr"}', headers={"Content-Type": "application/json"})
    assert "surrogate" in problem(answer, 422, "invalid-request")["detail"]


def test_five_thousand_characters_are_taken_in_whatever_script(service):
    answer = ask(service, "😀 " * 2_500)
    assert answer.status_code == 200, answer.text


def test_without_workers_the_client_is_told_to_come_again(service, monkeypatch):
    monkeypatch.setattr("gateway.snippets.PATIENCE", 0.2)
    service.workers.hold()
    answer = ask(service, "Unmistakable words")
    assert "seconds" in problem(answer, 503, "unavailable")["detail"] and int(answer.headers["retry-after"]) > 0
    assert nothing_is_left(service)
    service.workers.finish()
    assert nothing_is_left(service)


def test_languages_that_the_engine_does_not_know(tmp_path, monkeypatch):
    class Choosy:
        def __getattr__(self, name):
            return getattr(engine_named("pseudo"), name)

        async def prepare(self, source, target):
            raise UnsupportedPair("This engine knows no such language.")

    monkeypatch.setattr("tests.gateway.running.engine_named", lambda _name: Choosy())
    with running(tmp_path) as service:
        assert problem(ask(service), 422, "unsupported-languages")["detail"] == "This engine knows no such language."
        assert nothing_is_left(service)
