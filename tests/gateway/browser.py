"""A real Chromium, and what it must never do on our pages: ask elsewhere, complain, run what a document says."""

import shutil
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update"]
PATIENCE = 30_000
"""Milliseconds."""

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium():
    """A browser. Skips the test where there is none."""
    if PROGRAM is None:
        pytest.skip("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def visit(browser, url, **options):
    """A window on a server, looked at all the time."""
    context = browser.new_context(base_url=url, accept_downloads=True, **options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    asked, said, asked_people = [], [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (asked_people.append(dialog.message), dialog.dismiss()))
    yield page
    assert page.evaluate("window.pwned") is None
    context.close()
    assert not asked_people
    assert not [one for one in asked if not one.startswith((url, "data:", "blob:"))]
    # An answer of 4xx is told of by Chromium too.
    assert not [one for one in said if not one.startswith("Failed to load resource")], said
