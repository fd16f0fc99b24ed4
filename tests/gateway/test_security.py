"""Attacks on the door: hostile documents, bodies, heads and names. Each is refused in a sentence and leaves nothing."""

import http.client
import io
import json
import socket
import tempfile
import zipfile

import pytest
import structlog

from gateway.names import attachment, display_name, result_name
from storage.api_keys import Scope
from tests.gateway.running import running
from tests.gateway.test_translations import PROBLEM, problem
from tests.parsers.docx.making import members, p, package, r

GOOD = package(members(p(r("Hello"))))
SECRET = "only-on-this-machine-5d1"


def with_part(text, name="word/document.xml"):
    return package({**members(p(r("Hello"))), name: text})


def overlapping():
    data = bytearray(GOOD)
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    data[second + 42:second + 46] = data[first + 42:first + 46]
    return bytes(data)


def twice():
    out = io.BytesIO(GOOD)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("WORD/document.xml", "<a/>")
    return out.getvalue()


def password():
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")


AT_THE_DOOR = {
    "overlapping": (overlapping, "unsafe-archive"), "twice": (twice, "unsafe-archive"),
    "parent": (lambda: with_part("<a/>", "../a.xml"), "unsafe-archive"),
    "absolute": (lambda: with_part("<a/>", "/word/a.xml"), "unsafe-archive"),
    "password": (password, "encrypted"), "truncated": (lambda: GOOD[:300], "damaged-document"),
    "text": (lambda: b"Hello", "damaged-document"), "nothing": (lambda: b"", "damaged-document"),
    "entity-types": (lambda: with_part('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
                                       "[Content_Types].xml"), "unsafe-archive"),
}
IN_THE_WORKS = {
    "bomb": lambda: with_part(" " * 20_000_000, "word/media/a.bin"),
    "bomb-xml": lambda: with_part("<a>" + " " * 20_000_000 + "</a>"),
    "doctype": lambda: with_part("<!DOCTYPE a><a/>"),
}


@pytest.mark.parametrize("attack", AT_THE_DOOR)
def test_hostile_packages_are_refused_at_the_door(service, attack):
    make, word = AT_THE_DOOR[attack]
    problem(service.submit(make(), "a.docx"), 422, word)
    problem(service.client.post("/v1/translations:estimate", files={"file": ("a.docx", make())}, data={"target_lang": "fr"}),
            422, word)
    assert not list(service.stores.documents.listed())
    assert not service.stores.jobs.list("local")


@pytest.mark.parametrize("attack", IN_THE_WORKS)
def test_hostile_packages_fail_in_the_works(service, attack):
    answer = service.submit(IN_THE_WORKS[attack](), "a.docx", headers={"Prefer": "wait=30"})
    if answer.status_code == 422:
        problem(answer, 422, "unsafe-archive")
        return
    job = answer.json()
    assert job["state"] == "failed"
    assert job["error"]["type"] in {"urn:diglot:problem:unsafe-archive", "urn:diglot:problem:too-large"}


@pytest.mark.parametrize("where", ["word/document.xml", "html", "tmx", "tbx"])
def test_files_of_this_machine_are_not_read(service, where, tmp_path):
    (tmp_path / "secret.txt").write_text(SECRET)
    xxe = f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret.txt">]>'
    if where == "tmx":
        answer = service.client.post("/v1/memories/m:import", headers={"Content-Type": "application/xml"},
                                     content=f'<?xml version="1.0"?>{xxe}<tmx version="1.4"><body><tu><tuv xml:lang="en"><seg>&e;</seg></tuv></tu></body></tmx>')
        assert answer.status_code == 422
    elif where == "tbx":
        answer = service.client.put("/v1/glossaries/g", headers={"Content-Type": "application/xml"},
                                    content=f'<?xml version="1.0"?>{xxe}<martif type="TBX"><text><body><termEntry><langSet xml:lang="en"><tig><term>&e;</term></tig></langSet><langSet xml:lang="fr"><tig><term>x</term></tig></langSet></termEntry></body></text></martif>')
        assert SECRET not in answer.text
        if answer.status_code == 200:
            assert SECRET not in service.client.get("/v1/glossaries/g/file").text
    else:
        data = f"{xxe}<p>Some words &e;</p>".encode() if where == "html" else with_part(f"{xxe}<a>&e;</a>")
        answer = service.submit(data, "a.html" if where == "html" else "a.docx", headers={"Prefer": "wait=30"})
        job = answer.json()
        if job.get("state") in {"succeeded", "warnings"}:
            assert SECRET not in service.client.get(job["links"]["result"]).text
    assert SECRET not in answer.text


# ---- bodies ------------------------------------------------------------------------------------------
class Spools:
    """Counts the files that uploads are spooled to."""

    def __init__(self, monkeypatch):
        self.opened = 0
        real = tempfile.SpooledTemporaryFile

        def counted(*given, **named):
            self.opened += 1
            return real(*given, **named)

        monkeypatch.setattr(tempfile, "SpooledTemporaryFile", counted)


def raw(service, head, *pieces, then=b""):
    """Send bytes as they are; gives the status and body of the answer."""
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head)
        try:
            for piece in pieces:
                connection.sendall(piece)
            connection.sendall(then)
        except (BrokenPipeError, ConnectionResetError):
            pass                                        # the server has answered and closed
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read(), answer


def head(service, *lines, path="/v1/translations", method="POST"):
    host = service.url.removeprefix("http://")
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode()


FORM = "Content-Type: multipart/form-data; boundary=x"


def test_a_length_over_the_limit_is_refused_before_the_body(tmp_path, monkeypatch):
    with running(tmp_path, most_bytes=100_000) as service:
        spools = Spools(monkeypatch)
        for length in (100_001, 10**12, 10**17):
            status, body, answer = raw(service, head(service, FORM, f"Content-Length: {length}"))
            assert status == 413 and json.loads(body)["type"].endswith(":too-large")
            assert answer.getheader("connection") == "close"
        assert not spools.opened


def test_a_body_without_a_length_is_cut_off(tmp_path, monkeypatch):
    with running(tmp_path, most_bytes=100_000) as service:
        start = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.md"\r\n\r\n'
        pieces = [b"%x\r\n%s\r\n" % (len(start), start)] + [b"2710\r\n" + b"a" * 10_000 + b"\r\n"] * 200
        status, body, _ = raw(service, head(service, FORM, "Transfer-Encoding: chunked"), *pieces)
        assert status == 413 and json.loads(body)["type"].endswith(":too-large")
        assert not list(service.stores.documents.listed())


def test_an_upload_that_pauses_is_given_up(service, monkeypatch):
    monkeypatch.setattr("gateway.door.IDLE_SECONDS", 0.3)
    monkeypatch.setattr("gateway.door.LINGER_SECONDS", 0.3)
    status, body, _ = raw(service, head(service, FORM, "Content-Length: 90000"), b"--x\r\n")
    assert status == 408 and json.loads(body)["type"].endswith(":request-timeout")
    assert not service.app.app.state.service.admission._coming


def test_an_upload_that_breaks_off_leaves_nothing(service):
    host, port = service.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(head(service, FORM, "Content-Length: 90000") + UPLOAD)
    service.eventually(lambda: not service.app.app.state.service.admission._coming)
    assert not list(service.stores.documents.listed()) and not service.stores.jobs.list("local")


def test_without_a_key_no_body_is_looked_at(tmp_path, monkeypatch):
    with running(tmp_path, keys=True) as service:
        spools = Spools(monkeypatch)
        parsed = []
        monkeypatch.setattr("gateway.translations.received", parsed.append)
        for key in ("", "Authorization: Bearer dg_0123456789abcdef_" + "a" * 43, "Authorization: Basic eDp5",
                    "Authorization: Bearer " + "\xe9" * 40):
            lines = [FORM, "Content-Length: 90000000", *([key] if key else [])]
            status, body, _ = raw(service, head(service, *lines), b"a" * 100_000)
            assert status == 401 and json.loads(body)["type"].endswith(":unauthenticated")
        answer = service.client.post("/v1/translations", files={"file": ("a.md", b"a" * 3_000_000)}, data={"target_lang": "fr"})
        problem(answer, 401, "unauthenticated")         # a client that sends it all first reads the answer too
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert not spools.opened and not parsed


def part(name, value=b"x", extra=b""):
    return b'--x\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (name, extra, value)


UPLOAD = part(b"file", b"Some words", b'; filename="a.md"')
BAD_FORMS = {
    "no end": UPLOAD + part(b"target_lang", b"fr"), "no form": b"Some words", "nothing": b"", "no file": part(b"target_lang", b"fr") + b"--x--\r\n",
    "two files": UPLOAD + UPLOAD + part(b"target_lang", b"fr") + b"--x--\r\n",
    "no name": b'--x\r\nContent-Disposition: form-data\r\n\r\nfr\r\n--x--\r\n', "no head": b"--x\r\n\r\nfr\r\n--x--\r\n",
    "many": UPLOAD + part(b"keep") * 600 + part(b"target_lang", b"fr") + b"--x--\r\n",
    "long": UPLOAD + part(b"keep", b"x" * 100_000) + part(b"target_lang", b"fr") + b"--x--\r\n",
    "long name": UPLOAD + part(b"x" * 5_000) + b"--x--\r\n",
    "no text": UPLOAD + part(b"target_lang", b"\xff\xfe") + b"--x--\r\n",
    "no text name": UPLOAD + part(b"\xff") + b"--x--\r\n",
    "nul": UPLOAD + part(b"target_lang", b"f\0r") + b"--x--\r\n", "surrogate": UPLOAD + part(b"target_lang", b"\xed\xa0\x80") + b"--x--\r\n",
    "heads": b"--x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", "long head": b"--x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "number": UPLOAD + part(b"target_lang", b"fr") + part(b"options", b'{"numbering": ' + b"9" * 5_000 + b"}") + b"--x--\r\n",
    "surrogate in JSON": UPLOAD + part(b"target_lang", b"fr") + part(b"options", b'{"memory": "\\ud800"}') + b"--x--\r\n",
    "nul in JSON": UPLOAD + part(b"target_lang", b"fr") + part(b"options", b'{"glossaries": ["\\u0000"]}') + b"--x--\r\n",
    "NaN": UPLOAD + part(b"target_lang", b"fr") + part(b"options", b'{"numbering": NaN}') + b"--x--\r\n",
}


@pytest.mark.parametrize("case", BAD_FORMS)
def test_forms_that_are_none(service, case):
    answer = service.client.post("/v1/translations", content=BAD_FORMS[case],
                                 headers={"Content-Type": "multipart/form-data; boundary=x"})
    problem(answer, 422, "invalid-request")
    assert not list(service.stores.documents.listed())


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x", "",
                                  "multipart/form-data; boundary=" + "x" * 300])
def test_kinds_of_bodies_that_are_no_forms(service, kind):
    answer = service.client.post("/v1/translations", content=UPLOAD, headers={"Content-Type": kind})
    assert answer.status_code in {415, 422} and answer.headers["content-type"] == PROBLEM


def test_surrogates_in_options_do_no_harm(service):
    job = service.finished(options=json.dumps({"keep": ["\ud800", "a\0b"]}))
    assert job["options"]["keep"] == ["\ud800", "a\0b"]
    assert service.client.get("/v1/translations").json()["translations"][0]["options"] == job["options"]


@pytest.mark.parametrize("case", range(6))
def test_odd_addresses_are_no_defects(service, case):
    path, query = [("/v1/translations/%00", ""), ("/v1/translations/%ff%fe", ""), ("/v1/translations/..%2f..%2fetc", ""),
                   ("/v1/translations", "state=%ff"), ("/v1/translations", "limit=" + "9" * 400),
                   ("/v1/glossaries/%00", "version=" + "9" * 30)][case]
    answer = service.client.get(f"{path}?{query}")
    assert answer.status_code in {404, 422} and answer.headers["content-type"] == PROBLEM


def test_errors_of_the_framework_are_problems(service):
    problem(service.client.get("/nowhere"), 404, "not-found")
    answer = service.client.put("/v1/translations")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, POST"
    assert service.client.request("TRACE", "/v1/translations/x").headers["allow"] == "DELETE, GET"


def test_defects_are_told_and_nothing_else(service, monkeypatch):
    def broken(*_):
        raise RuntimeError("text of a document")

    monkeypatch.setattr(type(service.stores.jobs), "list", broken)
    with structlog.testing.capture_logs() as logged:
        body = problem(service.client.get("/v1/translations"), 500, "internal")
        service.eventually(lambda: logged)
    assert "document" not in json.dumps(body)
    assert {"event": "request_failed", "method": "GET", "route": "/v1/translations"}.items() <= logged[0].items()
    assert service.client.get("/healthz").json() == {"status": "ok"}


# ---- names -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("sent", "kept"), [
    ("../../etc/passwd", "passwd"), ("C:\\docs\\guide.md", "guide.md"), ("a\r\nX: y.md", "aX: y.md"), ("", "document"),
    ("a\u202egnp.md", "agnp.md"), ("..", "document"), ("\0", "document"), ("a" * 400 + ".md", "a" * 180 + ".md"),
    ("文書.md", "文書.md"), ("a\ud800.md", "a.md")], ids=ascii)
def test_names_are_made_harmless(sent, kept):
    assert display_name(sent) == kept


@pytest.mark.parametrize("name", ['"; filename=evil.exe; x="', "a\r\nSet-Cookie: x=y", "é\u202e文.md", "%0d%0a", "a\ud800b"], ids=ascii)
def test_no_name_gets_out_of_its_header(name):
    value = attachment(name)
    assert value.isascii() and value.isprintable() and value.count('"') == 2
    assert value.startswith("attachment; ") and ";" not in value.removeprefix("attachment; ").replace("; filename*=", "")


def test_names_of_results():
    assert result_name("guide.md", "pt-BR", "markdown") == "guide.pt-BR.md"
    assert result_name("notes", "fr", "html") == "notes.fr.html"
    assert result_name("a.b", "fr", "docx") == "a.b.fr.docx"


def test_scopes_exist():
    assert {scope.value for scope in Scope} == {"translate", "read"}
