"""Makes the pictures of docs/pictures anew. With a FOLDER, the page at every width and in both schemes goes there too.
Needs what the tests need, and Chromium."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
DEMO = ROOT / "demo"
DOCUMENTS = ("report.docx", "page.html", "guide.md")
WIDTHS = (360, 768, 1280)
PATIENCE = 120.0
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
             "--disable-background-networking", "--disable-component-update", "--force-device-scale-factor=1"]


@contextmanager
def service() -> Iterator[str]:
    """`diglot serve` with an empty folder; gives its URL."""
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        process = subprocess.Popen([sys.executable, "-m", "diglot", "serve", "--data", folder, "--port", str(port)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
        url = f"http://127.0.0.1:{port}"
        try:
            eventually(lambda: ready(url))
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False


def eventually(true) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.2)


def translated(url: str) -> list[str]:
    """Have the demo translated; gives the jobs' ids, the newest first."""
    with httpx.Client(base_url=url, timeout=PATIENCE) as client:
        client.put("/v1/glossaries/stars", content=(DEMO / "terms.csv").read_bytes(), headers={"Content-Type": "text/csv"})
        for name in DOCUMENTS:
            client.post("/v1/translations", files={"file": (name, (DEMO / "en" / name).read_bytes())},
                        data={"target_lang": "pt-BR", "source_lang": "en", "glossaries": "stars"},
                        headers={"Prefer": "wait=60"}).raise_for_status()
        return [one["id"] for one in client.get("/v1/translations").json()["translations"]]


def page_shots(browser: Browser, url: str, jobs: list[str], folder: Path | None) -> None:
    """The page as the tests look at it, and the few pictures that are kept."""
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme, base_url=url)
            for name, path in (("list", "/"), ("job", f"/jobs/{jobs[0]}")):
                page.goto(path)
                kept = {("list", "light", 1280), ("job", "dark", 1280), ("list", "dark", 360)}
                if folder is not None:
                    page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
                if (name, scheme, width) in kept:
                    page.screenshot(path=PICTURES / f"page-{name}-{scheme}.png", full_page=name == "list")
            page.close()


def before_after(browser: Browser, url: str, jobs: list[str]) -> None:
    """The demo's web page, and its translation beside it."""
    source = (DEMO / "en" / "page.html").read_text()
    result = httpx.get(f"{url}/v1/translations/{jobs[1]}/result").text
    page = browser.new_page(viewport={"width": 1280, "height": 710})
    page.set_content("<style>body{margin:0;display:grid;grid-template-columns:1fr 1fr;gap:1px;background:#999}"
                     "iframe{border:0;width:100%;height:710px;background:#fff}</style><iframe></iframe><iframe></iframe>")
    for frame, text in zip(page.frames[1:], (source, result), strict=True):
        frame.set_content(text)
    page.screenshot(path=PICTURES / "before-after.png")
    page.close()


def terminal(browser: Browser) -> None:
    """`diglot --help` as a terminal shows it."""
    said = subprocess.run([sys.executable, "-m", "diglot", "--help"], capture_output=True, text=True, check=True, cwd=ROOT,
                          env={**os.environ, "COLUMNS": "92", "FORCE_COLOR": "1", "TERM": "xterm-256color"}).stdout
    console = Console(record=True, width=92, file=open(os.devnull, "w"))      # noqa: PTH123, SIM115
    console.print(Text.from_ansi("$ diglot --help\n" + said.rstrip()))
    body = console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
    page = browser.new_page(viewport={"width": 860, "height": 600})
    page.set_content("<meta charset=utf-8><style>body{margin:0;background:#1b1f23;color:#e6e6e6;display:inline-block}"
                     f"pre{{font:14px/1.35 'DejaVu Sans Mono',monospace;padding:24px 28px;margin:0}}</style>{body}")
    page.locator("body").screenshot(path=PICTURES / "help.png")
    page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="for the page at every width and in both schemes")
    folder = parser.parse_args().folder
    PICTURES.mkdir(exist_ok=True)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with service() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        jobs = translated(url)
        page_shots(browser, url, jobs, folder)
        before_after(browser, url, jobs)
        terminal(browser)
        browser.close()


if __name__ == "__main__":
    main()
