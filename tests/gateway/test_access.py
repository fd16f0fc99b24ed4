"""Who may ask for what: keys, tenants, scopes, hosts, origins, rates, quotas."""

import httpx
import pytest

from gateway.app import Hooks, create_app
from gateway.options import GatewayOptions
from parsers.errors import UsageError
from storage.api_keys import Scope
from tests.gateway.running import running
from tests.gateway.test_translations import problem

BOTH = (Scope.TRANSLATE, Scope.READ)


@pytest.fixture
def closed(services):
    return services(keys=True, webhooks=True)


def of(service, tenant, *scopes):
    """A client with a key."""
    _, key = service.stores.keys.make(tenant, "test", scopes or BOTH)
    return httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def upload(client, **headers):
    return client.post("/v1/translations", files={"file": ("a.md", b"Some words")}, headers=headers,
                       data={"target_lang": "fr", "source_lang": "en", "memory": "mine"})


def test_keys_open_and_close(closed):
    problem(closed.client.get("/v1/translations"), 401, "unauthenticated")
    made, key = closed.stores.keys.make("a", "test", BOTH)
    head = {"Authorization": f"bearer {key}"}
    assert closed.client.get("/v1/translations", headers=head).status_code == 200
    closed.stores.keys.revoke(made.id)
    problem(closed.client.get("/v1/translations", headers=head), 401, "unauthenticated")
    for path in ("/healthz", "/readyz", "/v1/openapi.json"):
        assert closed.client.get(path).status_code == 200


def test_scopes(closed):
    reader, writer = of(closed, "a", Scope.READ), of(closed, "a", Scope.TRANSLATE)
    problem(upload(reader), 403, "forbidden")
    assert upload(writer).status_code == 202
    problem(writer.get("/v1/translations"), 403, "forbidden")
    (job,) = reader.get("/v1/translations").json()["translations"]
    problem(reader.delete(job["links"]["self"]), 403, "forbidden")
    problem(of(closed, "a", Scope.TRANSLATE).get("/v1/translations"), 403, "forbidden")


def test_what_is_not_yours_is_not_there(closed):
    mine, other = of(closed, "a"), of(closed, "b")
    job = upload(mine, **{"Prefer": "wait=30", "Idempotency-Key": "k"}).json()
    assert job["state"] == "succeeded"
    assert mine.put("/v1/glossaries/terms", content=b"source,target\na,b\n", headers={"Content-Type": "text/csv"}).status_code == 200
    assert mine.put("/v1/webhooks/hook", json={"url": "https://example.com/x"}).status_code == 200
    assert mine.get("/v1/memories/mine").json()["units"] == 1
    unknown = "/v1/translations/" + job["id"][:-1] + ("0" if job["id"][-1] != "0" else "1")
    for method, tail in [("GET", ""), ("GET", "/result"), ("GET", "/report"), ("GET", "/segments"), ("GET", "/events"),
                         ("GET", "/deliveries"), ("GET", "?wait=5"), ("POST", ":cancel"), ("POST", ":retry"), ("DELETE", "")]:
        theirs = other.request(method, f"/v1/translations/{job['id']}{tail}")
        nobodys = other.request(method, f"{unknown}{tail}")
        problem(theirs, 404, "not-found")
        assert theirs.content == nobodys.content
        assert {k: v for k, v in theirs.headers.items() if k != "date"} == {k: v for k, v in nobodys.headers.items() if k != "date"}
    for path in ("/v1/glossaries/terms", "/v1/glossaries/terms/file", "/v1/glossaries/terms/versions", "/v1/memories/mine",
                 "/v1/memories/mine/tmx", "/v1/webhooks/hook"):
        problem(other.get(path), 404, "not-found")
        assert mine.get(path).status_code == 200
    for path in ("/v1/glossaries/terms", "/v1/memories/mine", "/v1/webhooks/hook"):
        problem(other.delete(path), 404, "not-found")
    for path, name in (("translations", "translations"), ("glossaries", "glossaries"), ("memories", "memories"), ("webhooks", "webhooks")):
        assert not other.get(f"/v1/{path}").json()[name]
        assert len(mine.get(f"/v1/{path}").json()[name]) == 1
    problem(other.post("/v1/translations", files={"file": ("a.md", b"Some words")}, data={"target_lang": "fr", "glossaries": "terms"}),
            422, "invalid-request")
    problem(other.post("/v1/translations", files={"file": ("a.md", b"Some words")}, data={"target_lang": "fr", "webhook": "hook"}),
            422, "invalid-request")
    again = upload(other, **{"Idempotency-Key": "k"})          # another tenant's key is another key
    assert again.status_code == 202 and again.json()["id"] != job["id"]
    other.get(again.json()["links"]["self"], params={"wait": 30})
    report = other.get(again.json()["links"]["report"]).json()
    assert report["counts"]["from_memory"] == 0


def test_an_open_server_answers_this_machine_alone(service):
    assert service.client.get("/v1/translations").status_code == 200
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil.example"):
        problem(service.client.get("/v1/translations", headers={"Host": host}), 421, "misdirected-request")
    for host in ("localhost", "LOCALHOST:8600", "[::1]:1", "127.0.0.1"):
        assert service.client.get("/v1/translations", headers={"Host": host}).status_code == 200
    for name in ("X-Forwarded-For", "Forwarded"):
        problem(service.client.get("/v1/translations", headers={name: "for=192.0.2.1"}), 401, "unauthenticated")
    service.stores.keys.make("a", "first", BOTH)            # from now on keys are needed
    problem(service.client.get("/v1/translations"), 401, "unauthenticated")


@pytest.mark.parametrize(("headers", "refused"), [
    ({"Origin": "https://evil.example"}, True), ({"Origin": "null"}, True), ({"Origin": "http://["}, True),
    ({"Sec-Fetch-Site": "cross-site"}, True), ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"}, True),
    ({"Sec-Fetch-Site": "same-origin"}, False), ({"Sec-Fetch-Site": "none"}, False), ({}, False)], ids=str)
def test_pages_of_other_sites_may_do_nothing(service, headers, refused):
    answer = service.submit(headers=headers)
    if refused:
        problem(answer, 403, "forbidden")
        assert not service.stores.jobs.list("local")
    else:
        assert answer.status_code == 202
        own = service.submit(headers={"Origin": service.url})
        assert own.status_code == 202
    assert "access-control-allow-origin" not in service.client.get("/v1/translations", headers=headers).headers


@pytest.mark.parametrize("options", [
    {"host": "0.0.0.0", "keys": False}, {"host": "192.0.2.1", "keys": False}, {"public_hosts": ("a.example",), "keys": False},
    {"host": "example.com", "keys": False}], ids=str)
def test_no_server_starts_that_is_open_to_all(service, options):
    with pytest.raises(UsageError, match="keys"):
        create_app(service.stores, None, GatewayOptions(**options), Hooks())


@pytest.mark.parametrize("options", [{"host": "0.0.0.0"}, {"public_hosts": ("a.example",)}, {"keys": True}], ids=str)
def test_keys_are_needed_where_others_can_reach_the_server(options):
    assert GatewayOptions(**options).needs_keys(made=False)
    assert not GatewayOptions().needs_keys(made=False)
    assert GatewayOptions().needs_keys(made=True)


def test_rates(tmp_path):
    with running(tmp_path, keys=True, rate=5) as service:
        one, other = of(service, "a"), of(service, "b")
        answers = [one.get("/v1/languages") for _ in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 3
        problem(answers[-1], 429, "rate-limit")
        assert int(answers[-1].headers["retry-after"]) > 0
        assert other.get("/v1/languages").status_code == 200


def test_quotas(tmp_path):
    with running(tmp_path, keys=True, unfinished_jobs=2, capacity=3) as service:
        service.workers.hold()
        one, other = of(service, "a"), of(service, "b")
        first = upload(one)
        assert [first.status_code, upload(one).status_code] == [202, 202]
        refused = upload(one)
        problem(refused, 429, "quota")
        assert int(refused.headers["retry-after"]) > 0
        assert upload(other).status_code == 202
        refused = upload(other)
        problem(refused, 503, "over-capacity")
        assert int(refused.headers["retry-after"]) > 0
        one.post(first.json()["links"]["cancel"])
        several = other.post("/v1/translations", files={"file": ("a.md", b"Some words")}, data={"target_lang": ["fr", "de"]})
        problem(several, 429, "quota")
        assert upload(other).status_code == 202


def test_answers_are_counted_by_their_route(tmp_path):
    counted = []
    with running(tmp_path, hooks=Hooks(answered=lambda *given: counted.append(given[:3]))) as service:
        service.client.get("/v1/translations/secret")
        service.client.get("/nowhere/secret")
        service.client.get("/healthz")
    assert counted == [("GET", "/v1/translations/{id}", 404), ("GET", "", 404), ("GET", "/healthz", 200)]
