"""Segments as they come: `diglot translate --stream` and `diglot.stream`."""

import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import diglot as api
from tests.diglot.conftest import HTML, MARKDOWN, ROOT, Run, files_below
from tests.servers.scripted import ScriptedServer, Settings, Speed

LONG = "A word and a word and a word. " * 20
MODEL = "hy-mt2-7b"


def lines(text: str) -> dict[str, list[dict[str, Any]]]:
    """The lines of each document."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in map(json.loads, text.splitlines()):
        found[line["document"]].append(line)
    return found


def test_each_segment_is_a_line_beside_the_output(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN + "\nFirst item.\n\nFirst item.\n")
    done = diglot("translate", "a.md", "--to", "fr", "--from", "en", "--engine", "pseudo", "--stream")
    assert done.code == 0, done.err
    assert done.err.startswith("a.fr.md: ")
    shown = lines(done.text)["a.md"]
    assert [line["id"] for line in shown] == [f"s{n}" for n in range(6)]
    assert [line["outcome"] for line in shown] == ["translated"] * 5 + ["repeated"]
    assert {line["target_language"] for line in shown} == {"fr"}
    assert shown[1]["source"] == "Some plain text with a link."
    assert all(line["translation"] != line["source"] for line in shown)
    diglot("translate", "a.md", "--to", "fr", "--from", "en", "--engine", "pseudo", "-o", "b.md", "--report", "r.json")
    assert Path("a.fr.md").read_bytes() == Path("b.md").read_bytes()
    reported = json.loads(Path("r.json").read_text())["segments"]
    assert [{key: line[key] for key in reported[0]} for line in shown] == reported


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_documents_and_languages_are_told_apart(diglot: Run, jobs: str) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text(MARKDOWN)
    Path("docs/b.html").write_text(HTML)
    done = diglot("translate", "docs", "-o", "out", "--to", "fr", "--to", "de", "--from", "en", "--engine", "pseudo", "--stream",
                  "--jobs", jobs, "--quiet")
    assert (done.code, done.err) == (0, "")
    for document, number in (("docs/a.md", 4), ("docs/b.html", 2)):
        for language in ("fr", "de"):
            ids = [line["id"] for line in lines(done.text)[document] if line["target_language"] == language]
            assert ids == [f"s{n}" for n in range(number)]
    assert files_below(Path("out")) == {"fr/a.md", "fr/b.html", "de/a.md", "de/b.html"}


def test_over_a_model_server(diglot: Run) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text(f"{LONG}\n\n{MARKDOWN}")
    Path("docs/b.md").write_text("Few words are in here.\n")
    with ScriptedServer(Settings(Speed(step_s=0.002), model=MODEL)) as server:
        done = diglot("translate", "docs", "-o", "out", "--from", "en", "--to", "pt", "--engine", "vllm",
                      "--base-url", server.base_url, "--stream")
    assert done.code == 0, done.err
    assert json.loads(done.text.splitlines()[0])["document"] == "docs/b.md"
    assert [line["id"] for line in lines(done.text)["docs/a.md"]] == [f"s{n}" for n in range(5)]


@pytest.mark.parametrize("arguments", [("a.md", "-o", "-"), ("-", "--format", "markdown")])
def test_standard_output_takes_one_thing(diglot: Run, arguments: tuple[str, ...]) -> None:
    Path("a.md").write_text(MARKDOWN)
    done = diglot("translate", *arguments, "--to", "fr", "--engine", "pseudo", "--stream")
    assert (done.code, done.out) == (2, b"")
    assert done.err == "diglot: --stream shows segments on standard output; give the document another place with -o.\n"


def test_a_reader_that_leaves_does_not_stop_the_work(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("".join(f"Paragraph number {n} of the text.\n\n" for n in range(3000)))
    words = f"{sys.executable} -m diglot translate a.md -o b.md --to fr --from en --engine pseudo --stream"
    done = subprocess.run(f"{words} | head -1; echo ${{PIPESTATUS[0]}}", cwd=tmp_path, shell=True, executable="/bin/bash",
                          capture_output=True, text=True, timeout=120, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    first, code = done.stdout.splitlines()
    assert json.loads(first)["id"] == "s0"
    assert code == "0"
    assert done.stderr.startswith("b.md: 3,000 translated")
    assert (tmp_path / "b.md").exists()


# ---- from Python
def test_the_function_gives_segments_and_then_the_result() -> None:
    data = f"{LONG}\n\n{MARKDOWN}".encode()
    counts: list[tuple[int, int]] = []
    with ScriptedServer(Settings(Speed(step_s=0.005), model=MODEL)) as server:
        stream = api.stream(data, to="pt", source="en", format="markdown", engine="vllm",
                            server=api.ServerOptions(server.base_url), progress=lambda *two: counts.append(two))
        first = next(stream)
        assert first.segment.id == "s0"
        assert counts[-1] >= (4, 5)                         # the others were ready before the first, which is long
        assert [one.segment.id for one in stream] == ["s1", "s2", "s3", "s4"]
        assert stream.result.report.ok
        assert b"](https://example.org/a)" in stream.result.output


def test_leaving_early_takes_leave_of_the_server() -> None:
    data = "".join(f"Paragraph number {n} stands here. {LONG}\n\n" for n in range(20)).encode()
    with ScriptedServer(Settings(Speed(step_s=0.005), model=MODEL)) as server:
        options = api.ServerOptions(server.base_url)
        with api.stream(b"Few words.\n\n" + data, to="pt", source="en", format="markdown", engine="vllm", server=options) as stream:
            next(stream)
        deadline = time.monotonic() + 20            # it hears of each connection's end a moment later
        while (stats := server.stats())["running"] + stats["waiting"] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert stats["left"] > 0
        assert stats["running"] == stats["waiting"] == 0


def test_errors_of_the_stream() -> None:
    with pytest.raises(api.UsageError):
        api.stream(b"# a", to="?")
    gone = api.ServerOptions("http://127.0.0.1:9/v1")
    with pytest.raises(api.EngineError, match="No model server can be reached"):
        next(api.stream(b"# A title", to="pt", source="en", format="markdown", engine="vllm", server=gone))
