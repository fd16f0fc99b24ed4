"""The page in a real Chromium: documents in, progress, downloads, previews; with the mouse, the keyboard, and without JavaScript."""

import re
import threading

import pytest
from playwright.sync_api import expect

from pipeline.engines import RequestFailed, UnsupportedPair, engine_named
from tests.gateway.browser import visit
from tests.gateway.running import running

GUIDE = {"name": "guide.md", "mimeType": "text/markdown", "buffer": b"# Guide\n\nSome words.\n"}
PAGE = {"name": "page.html", "mimeType": "text/html", "buffer": b"<p>Some other words.</p>\n"}
PDF = {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n"}
PSEUDO = engine_named("pseudo")


@pytest.fixture
def service(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.gateway.running.engine_named", lambda _name: Choosy())
    with running(tmp_path) as started:
        yield started


@pytest.fixture
def page(browser, service):
    with visit(browser, service.url) as opened:
        opened.goto("/")
        yield opened


class Steps:
    """Lets the workers do one piece of work after the other."""

    def __init__(self, workers):
        self._allowed = threading.Semaphore(0)
        workers._let = self

    def wait(self):
        self._allowed.acquire()

    def set(self):
        self.go(1000)

    def go(self, count=1):
        self._allowed.release(count)


class Choosy:
    """An engine that cannot do what is called broken, and Kazakh only when asked again."""

    asked = False

    def __getattr__(self, name):
        return getattr(PSEUDO, name)

    async def prepare(self, source, target):
        if target.tag == "kk" and not self.asked:
            self.asked = True
            raise UnsupportedPair("There is no model for Kazakh.")

    async def translate(self, request):
        if "broken" in "".join(item for item in request.content if isinstance(item, str)):
            raise RequestFailed("the model gave up")
        return await PSEUDO.translate(request)


def upload(page, *files, target="pt-BR", source="en"):
    page.get_by_label("Documents", exact=True).set_input_files(list(files))
    page.get_by_label("From").select_option(source)
    page.get_by_label("Into").select_option(target)
    page.get_by_role("button", name="Translate").click()


def row(page, name):
    return page.locator("#jobs > li").filter(has=page.get_by_role("link", name=name, exact=True))


def open_job(page, service, data, name="guide.md", **fields):
    job = service.finished(data, name, **fields)
    page.goto(f"/jobs/{job['id']}")
    return job


def test_several_documents_with_live_progress_to_the_download(page, service):
    steps = Steps(service.workers)
    long = {**GUIDE, "name": "long.md", "buffer": "\n\n".join(f"Paragraph number {n} of many." for n in range(150)).encode()}
    upload(page, long)
    expect(page.locator("#said")).to_have_text("The document has come in.")
    expect(page.locator("#chosen li")).to_have_count(0)
    expect(row(page, "long.md").locator(".state")).to_have_text("Waiting")
    expect(row(page, "long.md").get_by_role("progressbar")).to_have_count(0)
    steps.go(2)
    expect(row(page, "long.md")).to_contain_text("64 of 150 segments")
    expect(row(page, "long.md").get_by_role("progressbar")).to_have_attribute("value", "64")
    upload(page, GUIDE, PAGE)
    expect(page.locator("#said")).to_have_text("2 documents have come in.")
    steps.go(1000)
    for name in ("long.md", "guide.md", "page.html"):
        expect(row(page, name).locator(".state")).to_have_text("Finished")
    expect(page.locator("#news")).to_contain_text("finished")
    expect(page.locator("#live")).not_to_have_attribute("hx-get", "/jobs/live")       # nobody asks any more
    with page.expect_download() as got:
        row(page, "long.md").get_by_role("link", name="Download").click()
    assert got.value.suggested_filename == "long.pt-BR.md"
    (job,) = [one for one in service.client.get("/v1/translations").json()["translations"] if one["name"] == "long.md"]
    assert got.value.path().read_bytes() == service.client.get(job["links"]["result"]).content


def test_dropped_files_are_added_to_those_chosen(page, service):
    service.client.put("/v1/glossaries/stars", content=b"word,estrela\n", headers={"Content-Type": "text/csv"})
    page.reload()
    page.get_by_label("Documents", exact=True).set_input_files([GUIDE])
    dropped = page.evaluate_handle("""() => {
        const held = new DataTransfer();
        held.items.add(new File(["<p>Words</p>"], "drop.html", {type: "text/html"}));
        return held;
    }""")
    for event in ("dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": dropped})
    expect(page.locator("#chosen li")).to_have_text(["guide.md 1 kB", "drop.html 1 kB"])
    page.get_by_label("Into").select_option("fr")
    page.get_by_text("More languages at once").click()
    page.get_by_role("checkbox", name="German", exact=True).check()
    page.get_by_label("Glossary", exact=True).select_option("stars")
    page.get_by_role("button", name="Translate").click()
    expect(page.locator("#jobs > li")).to_have_count(4)
    expect(page.locator("#jobs .state")).to_have_text(["Finished"] * 4)
    jobs = service.client.get("/v1/translations").json()["translations"]
    assert {(one["name"], one["target_lang"], *one["options"]["glossaries"]) for one in jobs} == {
        (name, target, "stars") for name in ("guide.md", "drop.html") for target in ("fr", "de")}


def test_a_document_that_is_refused_costs_no_other(page):
    upload(page, PDF, GUIDE)
    expect(page.locator("#said .problem")).to_have_text("scan.pdf: This is a PDF; Diglot translates Markdown, HTML and Word (.docx).")
    expect(page.locator("#said .done")).to_have_text("The document has come in.")
    expect(row(page, "guide.md").locator(".state")).to_have_text("Finished")
    expect(page.locator("#jobs > li")).to_have_count(1)
    page.evaluate("document.getElementById('target_lang').append(new Option('x', 'not a language'))")
    upload(page, GUIDE, target="not a language")
    expect(page.locator("#said")).to_contain_text("“not a language” is not a language code")
    expect(page.locator("#chosen li")).to_have_count(1)                               # nothing was read: it can be sent again


def test_a_glossary_of_ones_own_is_for_these_documents_alone(page, service):
    page.get_by_text("Options", exact=True).click()
    own = page.get_by_label("A glossary of your own")
    own.set_input_files([{"name": "own.csv", "mimeType": "text/csv", "buffer": b"no target\n"}])
    upload(page, GUIDE, PAGE)
    expect(page.locator("#said .problem")).to_have_count(1)
    expect(page.locator("#said")).to_contain_text("The glossary “own.csv” cannot be used")
    own.set_input_files([{"name": "own.csv", "mimeType": "text/csv", "buffer": b"words,palavras\n"}])
    page.get_by_role("button", name="Translate").click()
    expect(page.locator("#jobs .state")).to_have_text([re.compile("^Finished")] * 2)
    for job in service.client.get("/v1/translations").json()["translations"]:
        report = service.client.get(job["links"]["report"]).json()
        assert [(term["source"], term["target"]) for term in report["glossary"]] == [("words", "palavras")]
    assert service.client.get("/v1/glossaries").json()["glossaries"] == []


def test_too_much_at_once_is_told_before_it_is_sent(page):
    page.evaluate("document.getElementById('upload').dataset.mostBytes = 70000")
    upload(page, {**GUIDE, "buffer": b"words " * 20_000})
    expect(page.locator("#said")).to_contain_text("at most 0.1 MB can be sent at once")
    expect(page.locator("#jobs > li")).to_have_count(0)


def test_preview_with_warnings_beside_the_segments(page, service):
    service.client.put("/v1/glossaries/stars", content=b"word,estrela\n", headers={"Content-Type": "text/csv"})
    text = "\n\n".join(["# Title", "This is broken, sadly.", *(f"A fine word number {n}." for n in range(120))])
    open_job(page, service, text.encode(), glossaries="stars")
    expect(page.locator("#job .state")).to_have_text("Finished with warnings")
    expect(page.locator("#segments > .message")).to_contain_text("The glossary says “estrela” for “word”")
    broken = page.locator("#line-2")
    expect(broken).to_contain_text("Not translated")
    expect(broken.locator(".remark").first).to_contain_text("the model gave up")
    assert broken.locator("[lang=en]").inner_text() == broken.locator("[lang=pt-BR]").inner_text() == "This is broken, sadly."
    expect(page.locator(".line")).to_have_count(100)
    page.get_by_role("link", name="Show more segments").click()
    expect(page.locator(".line")).to_have_count(122)
    expect(page.locator("#line-101")).to_be_focused()
    expect(page.locator("#more")).to_have_count(0)
    page.get_by_role("link", name="With warnings").click()
    expect(page.get_by_role("link", name="With warnings")).to_have_attribute("aria-current", "true")
    numbers = page.locator(".line").evaluate_all("lines => lines.map(one => one.value)")
    assert 2 in numbers and 1 not in numbers
    with page.expect_download() as got:
        page.get_by_role("link", name="Report").click()
    assert got.value.suggested_filename == "guide.pt-BR.md.report.json"


def test_a_job_page_keeps_itself_up_to_date(page, service):
    steps = Steps(service.workers)
    upload(page, GUIDE)
    row(page, "guide.md").get_by_role("link", name="guide.md", exact=True).click()
    expect(page.locator("#job .state")).to_have_text("Waiting")
    steps.go(1000)
    expect(page.locator("#job .state")).to_have_text("Finished")
    expect(page.locator("#news")).to_have_text("guide.md in Brazilian Portuguese: finished.")
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/")
    expect(page.locator("#jobs > li")).to_have_count(0)


def test_a_failed_job_says_why_and_can_be_tried_again(page, service):
    upload(page, {**GUIDE, "name": "bad.docx", "buffer": b"PK\x03\x04 nothing of the kind"})
    expect(page.locator("#said .problem")).to_contain_text("bad.docx: ")
    upload(page, GUIDE, target="kk")
    expect(row(page, "guide.md")).to_contain_text("There is no model for Kazakh.")
    row(page, "guide.md").get_by_role("button", name="Try again").click()
    expect(row(page, "guide.md").locator(".state")).to_have_text("Finished")
    expect(row(page, "guide.md").get_by_role("link", name="guide.md", exact=True)).to_be_focused()


def test_by_keyboard_alone(page, service):
    steps = Steps(service.workers)
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    press("Enter")
    press("Tab")
    expect(page.get_by_label("Documents", exact=True)).to_be_focused()
    page.get_by_label("Documents", exact=True).set_input_files([GUIDE])               # the dialog is the system's
    press("Tab")
    press("Tab")
    expect(page.get_by_label("Into")).to_be_focused()
    page.keyboard.type("French")
    for _ in range(3):
        press("Tab")
    expect(page.get_by_role("button", name="Translate")).to_be_focused()
    press("Enter")
    expect(row(page, "guide.md")).to_contain_text("French")
    press("Tab")
    press("Tab")
    expect(row(page, "guide.md").get_by_role("button", name="Cancel")).to_be_focused()
    press("Enter")
    expect(row(page, "guide.md").locator(".state")).to_have_text("Cancelled")
    expect(page.locator("#news")).to_have_text("guide.md: cancelled.")
    expect(row(page, "guide.md").get_by_role("link", name="guide.md", exact=True)).to_be_focused()
    press("Tab")
    press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(row(page, "guide.md").get_by_role("link", name="Delete")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("button", name="Keep")).to_be_focused()
    press("Shift+Tab")
    press("Enter")
    expect(page.locator("#jobs > li")).to_have_count(0)
    expect(page.locator("#news")).to_have_text("guide.md in French: deleted.")
    expect(page.get_by_role("heading", name="Translations")).to_be_focused()
    steps.go(1000)


def test_without_javascript(browser, service):
    steps = Steps(service.workers)
    with visit(browser, service.url, java_script_enabled=False) as page:
        page.goto("/")
        upload(page, PDF, GUIDE, target="fr")
        expect(page.locator("#said .problem")).to_contain_text("scan.pdf: This is a PDF")
        expect(page.get_by_label("Into")).to_have_value("fr")
        expect(row(page, "guide.md").locator(".state")).to_have_text("Waiting")
        upload(page, PAGE)
        expect(page.locator("#jobs > li")).to_have_count(2)
        row(page, "page.html").get_by_role("button", name="Cancel").click()
        expect(page.locator("#job .state")).to_have_text("Cancelled")
        page.get_by_role("link", name="All translations").click()
        steps.go(1000)
        service.eventually(lambda: service.client.get("/v1/translations?state=succeeded").json()["translations"])
        page.get_by_role("link", name="Refresh").click()
        expect(row(page, "guide.md").locator(".state")).to_have_text("Finished")
        row(page, "page.html").get_by_role("link", name="Delete").click()
        page.get_by_role("button", name="Delete").click()
        expect(page.locator("#jobs > li")).to_have_count(1)
        row(page, "guide.md").get_by_role("link", name="guide.md", exact=True).click()
        expect(page.locator(".line")).to_have_count(2)


HOSTILE = "<img src=x onerror='window.pwned=1'><script>window.pwned=1</script>\"' {{7*7}} <a href=\"javascript:window.pwned=1\" hx-get=\"//evil.example\">x"


def test_names_and_texts_are_only_text(page, service):
    name = HOSTILE.replace("/", "∕") + ".md"
    upload(page, {**GUIDE, "name": name, "buffer": f"# Title\n\n`x` {HOSTILE} words\n\n<b onclick=window.pwned=1>bold</b>\n".encode()})
    expect(page.locator("#jobs .state")).to_have_text(["Finished"])
    link = page.locator("#jobs h3 a")
    assert "onerror='window.pwned=1'" in link.inner_text() and "{{7*7}}" in link.inner_text()
    link.click()
    expect(page.locator("#job h1")).to_contain_text("onerror='window.pwned=1'")
    expect(page.locator(".line").first).to_be_visible()
    assert page.locator("main img, main script, main [onclick], main [hx-get^='//'], main a[href^='javascript:']").count() == 0
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("{{7*7}}")
    assert page.locator("dialog img, dialog script").count() == 0
    answer = page.request.get("/")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert page.locator("[style], style, script:not([src])").count() == 0


def test_texts_from_right_to_left(page, service):
    open_job(page, service, "# שלום עולם\n\nמילים אחדות בעברית.\n".encode(), "שלום.md", source_lang="he", target="ar")
    source = page.locator("#line-1 [lang=he]")
    expect(source).to_have_text("שלום עולם")
    assert source.evaluate("one => getComputedStyle(one).direction") == "rtl"
    assert page.locator("#job h1").evaluate("one => getComputedStyle(one).direction") == "rtl"
    expect(page.locator("#line-1 [lang=ar]")).to_have_count(1)
