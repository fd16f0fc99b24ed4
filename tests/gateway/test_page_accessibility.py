"""axe-core finds nothing on any page, in either scheme, at any width; and nothing is cut off when it is narrow."""

import json
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from tests.gateway.browser import visit
from tests.gateway.running import running
from tests.gateway.test_page import Choosy, Steps

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text()
WIDTHS = (360, 768, 1280)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    """A service with a job in every state: succeeded, warnings, failed, cancelled, running, queued."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.gateway.running.engine_named", lambda _name: Choosy())
        with running(tmp_path_factory.mktemp("page")) as started:
            text = "\n\n".join(["This is broken, sadly.", *(f"Words, {n} of them." for n in range(150))]).encode()
            started.client.put("/v1/glossaries/stars", content=b"words,estrela\n", headers={"Content-Type": "text/csv"})
            found = {"succeeded": started.finished(), "warnings": started.finished(text, "a-long-name-without-any-place-to-break-it-at-all-in-it.md", glossaries="stars"),
                     "failed": started.finished(target="kk")}
            steps = Steps(started.workers)
            found["cancelled"] = started.submit().json()
            started.client.post(f"/v1/translations/{found['cancelled']['id']}:cancel")
            found["running"] = started.submit(text).json()
            steps.go(4)
            started.eventually(lambda: started.client.get(found["running"]["links"]["self"]).json()["progress"]["done"])
            found["queued"] = started.submit().json()
            yield started, {state: one["id"] for state, one in found.items()}


def check(page):
    """Run axe at every width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found = json.loads(page.evaluate("async () => JSON.stringify((await axe.run(document, {resultTypes: ['violations']})).violations.map("
                                         "one => [one.id, one.help, one.nodes.map(node => node.html + ' ' + node.failureSummary)]))"))
        assert not found, f"{page.url} at {width}: {json.dumps(found, indent=1, ensure_ascii=False)}"
        cut_off(page)


def cut_off(page):
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{page.url} scrolls sideways"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser, jobs, scheme):
    service, ids = jobs
    with visit(browser, service.url, color_scheme=scheme) as page:
        page.add_init_script(AXE)
        page.goto("/")
        expect(page.locator("#jobs > li")).to_have_count(6)
        for one in page.locator("summary").all():
            one.click()
        check(page)
        page.get_by_role("link", name="Delete").first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        check(page)
        for path in (f"/jobs/{ids['warnings']}", f"/jobs/{ids['warnings']}?only=warnings", f"/jobs/{ids['running']}", f"/jobs/{ids['failed']}",
                     f"/jobs/{ids['cancelled']}/delete", "/jobs/nothing"):
            page.goto(path)
            check(page)


def test_narrow_and_twice_as_large(browser, jobs):
    service, ids = jobs
    with visit(browser, service.url, viewport={"width": 320, "height": 600}) as page:
        for path in ("/", f"/jobs/{ids['warnings']}", f"/jobs/{ids['failed']}/delete"):
            page.goto(path)
            cut_off(page)
        page.set_viewport_size({"width": 640, "height": 900})               # 200 % of 1,280 is laid out as 640
        page.goto("/")
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        cut_off(page)


def test_the_login_and_empty_pages(browser, tmp_path):
    with running(tmp_path, keys=True) as service, visit(browser, service.url) as page:
        page.add_init_script(AXE)
        page.goto("/login")
        check(page)
        page.get_by_label("API key").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        check(page)
        page.get_by_label("API key").fill(service.stores.keys.make("a", "a", ["read"])[1])
        page.keyboard.press("Enter")
        expect(page.locator("#empty")).to_be_visible()
        check(page)


def test_motion_can_be_switched_off(browser, jobs):
    with visit(browser, jobs[0].url, reduced_motion="reduce") as page:
        page.goto("/")
        assert page.locator("#jobs progress").first.evaluate("one => getComputedStyle(one).animationName") == "none"
