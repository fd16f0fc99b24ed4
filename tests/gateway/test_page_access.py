"""Sessions of the page: who gets in, what a cookie may do and what not."""

import httpx
import pytest
from playwright.sync_api import expect

from storage.api_keys import Scope
from tests.gateway.browser import visit
from tests.gateway.running import running

BOTH = (Scope.TRANSLATE, Scope.READ)
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def closed(tmp_path):
    with running(tmp_path, keys=True) as service:
        yield service


def key_of(service, *scopes, tenant="a"):
    return service.stores.keys.make(tenant, "test", scopes or BOTH)[1]


def logged_in(service, *scopes, tenant="a"):
    """A client with a session."""
    client = httpx.Client(base_url=service.url, timeout=30)
    answer = client.post("/login", data={"key": key_of(service, *scopes, tenant=tenant)}, headers=HERE)
    assert answer.status_code == 303
    return client


def test_log_in_and_out(browser, closed):
    job = closed.client.post("/v1/translations", files={"file": ("a.md", b"Words")}, data={"target_lang": "fr"},
                             headers={"Authorization": f"Bearer {key_of(closed)}"}).json()
    with visit(browser, closed.url) as page:
        page.goto(f"/jobs/{job['id']}")
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        page.get_by_label("API key").fill("dg_nonsense")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_have_text("This is no valid API key.")
        expect(page.get_by_label("API key")).to_be_focused()
        page.get_by_label("API key").fill(key_of(closed))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="a.md")).to_be_visible()
        (cookie,) = page.context.cookies()
        assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["expires"] == -1
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("link", name="Diglot", exact=True).click()
        expect(page.locator("#jobs > li")).to_have_count(1)
        for made in closed.stores.keys.list():
            closed.stores.keys.revoke(made.id)
        page.get_by_role("link", name="Delete").click()                 # asked by htmx
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert not page.context.cookies()
        page.get_by_label("API key").fill(key_of(closed))
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        assert not page.context.cookies()


def test_nothing_is_shown_without_a_key(closed):
    for path in ("/", "/jobs/x", "/jobs/live", "/jobs/x/result", "/jobs/x/report", "/jobs/x/delete"):
        answer = closed.client.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
        assert closed.client.get(path, headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/login"
    assert closed.client.post("/jobs/x/delete").headers["location"] == "/login"
    assert closed.client.get("/login").status_code == 200


def test_a_cookie_is_no_key_of_the_api(closed):
    client = logged_in(closed)
    assert client.get("/").status_code == 200
    for path in ("/v1/translations", "/v1/glossaries", "/v1/languages"):
        assert client.get(path).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                                     {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=lambda one: "-".join(one.values()) or "nothing")
def test_other_sites_change_nothing(closed, headers):
    client = logged_in(closed)
    answer = client.post("/jobs", files={"file": ("a.md", b"Words")}, data={"target_lang": "fr"}, headers=headers)
    assert answer.status_code == 403
    assert answer.headers["content-type"].startswith("text/html")
    assert not closed.stores.jobs.list("a")


def test_tenants_and_scopes(closed):
    mine, other = logged_in(closed), logged_in(closed, tenant="b")
    reader, writer = logged_in(closed, Scope.READ), logged_in(closed, Scope.TRANSLATE)
    sent = {"files": {"file": ("a.md", b"Words")}, "data": {"target_lang": "fr"}, "headers": HERE}
    assert mine.post("/jobs", **sent).status_code == 303
    (job,) = closed.stores.jobs.list("a")
    assert other.get(f"/jobs/{job.id}").status_code == other.post(f"/jobs/{job.id}/delete", headers=HERE).status_code == 404
    assert "a.md" in reader.get("/").text and 'action="/jobs' not in reader.get("/").text
    assert reader.post(f"/jobs/{job.id}/delete", headers=HERE).status_code == 403
    assert writer.get("/").status_code == 403
    assert "There is no" not in mine.get(f"/jobs/{job.id}").text


def test_cookies_are_secure_where_the_browser_came_by_https(closed):
    data = {"key": key_of(closed), "next": "//evil.example"}
    host = closed.url.removeprefix("http://")
    answer = closed.client.post("/login", data=data, headers={"Origin": f"https://{host}"})
    assert "; Secure" in answer.headers["set-cookie"]
    assert answer.headers["location"] == "/"
    assert "Secure" not in closed.client.post("/login", data=data, headers=HERE).headers["set-cookie"]
    assert closed.client.post("/login", content=b"key=" + b"x" * 9000, headers=HERE).status_code == 413


def test_headers_and_files_of_pages(service):
    answer = service.client.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store" and answer.headers["referrer-policy"] == "same-origin"
    (style,) = [part for part in answer.text.split('"') if part.endswith("page.css")]
    file = service.client.get(style)
    assert "immutable" in file.headers["cache-control"]
    assert service.client.get(style, headers={"If-None-Match": file.headers["etag"]}).status_code == 304
    for path in ("/static/0/page.css", "/static/0/..%2fpages.py", "/jobs/nothing", "/jobs/x?after=-1"):
        found = service.client.get(path)
        assert found.status_code in {404, 422} and found.headers["content-type"].startswith(("text/html", "application/problem"))
    assert service.client.get("/login").headers["location"] == "/"


def test_languages_that_need_nothing_from_elsewhere_come_first(tmp_path):
    from gateway.app import Hooks
    from pipeline.engines import engine_named

    at_hand = engine_named("embedded").at_hand()
    assert {"en", "pt"} <= at_hand
    with running(tmp_path, hooks=Hooks(at_hand=at_hand)) as service:
        form = service.client.get("/").text.partition('id="target_lang"')[2]
    assert form.index("Ready on this server") < form.index("Brazilian Portuguese") < form.index("Fetched once from the internet") < form.index("French")
