"""Many documents over one model server."""

import fcntl
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from diglot.together import MOST_DOCUMENTS
from tests.diglot.conftest import HTML, MARKDOWN, ROOT, Done, Run, files_below
from tests.servers.scripted import Fault, Schedule, ScriptedServer, Settings, Speed

FAST = Speed(step_s=0.001)
MODEL = "hy-mt2-7b"


def documents(folder: Path, number: int = 30) -> set[str]:
    """Documents of different lengths and formats; gives their names."""
    folder.mkdir()
    for n in range(number):
        if n % 7 == 3:
            (folder / f"{n:02}.html").write_text(HTML.replace("plain", f"plain (number {n})"))
        else:
            body = "".join(f"Paragraph {m} of *document {n}* stands here, and says little.\n\n" for m in range(1 + n % 5))
            (folder / f"{n:02}.md").write_text(f"# Document {n}\n\n{body}")
    return files_below(folder)


def over(server: ScriptedServer, *more: str) -> tuple[str, ...]:
    return ("translate", "docs", "-o", "out", "--from", "en", "--to", "pt", "--engine", "vllm", "--base-url", server.base_url, *more)


def start(cwd: Path, *arguments: str, env: dict[str, str] | None = None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "diglot", *arguments], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}, start_new_session=True)


def unread(process: "subprocess.Popen[bytes]") -> int:
    """Bytes of its standard input that it has not taken."""
    assert process.stdin
    held = fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4)
    return int.from_bytes(held, sys.byteorder)


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_folder_over_one_server(diglot: Run) -> None:
    names = documents(Path("docs"))
    with ScriptedServer(Settings(Speed(step_s=0.01), model=MODEL)) as server:
        done = diglot(*over(server, "--report", "reports"))
        stats = server.stats()
    assert done.code == 0, done.err
    assert files_below(Path("out")) == names
    assert files_below(Path("reports")) == {f"{name}.json" for name in names}
    for name in names:
        assert Path("out", name).read_text() != Path("docs", name).read_text()
        assert diglot("check", f"docs/{name}", f"out/{name}").code == 0, name
    lines = done.err.splitlines()
    assert len(lines) == len(names) + 1
    assert {line.split(" → ")[0] for line in lines[:-1]} == {f"docs/{name}" for name in names}
    assert lines[-1].startswith("30 documents: ")
    assert stats["requests"]["/v1/models"] == 1                                     # one engine for all of them
    assert stats["most_running"] > 6                                                # more segments than any of them has


def test_a_short_document_is_written_while_a_long_one_is_under_way(diglot: Run) -> None:
    Path("docs").mkdir()
    Path("docs/a.md").write_text("A word and a word and a word. " * 20 + "\n")      # as many decoding steps as it has tokens
    Path("docs/b.md").write_text("Few words are in here.\n")
    with ScriptedServer(Settings(Speed(step_s=0.005), model=MODEL)) as server:
        done = diglot(*over(server))
    assert [line.split(" → ")[0] for line in done.err.splitlines()[:2]] == ["docs/b.md", "docs/a.md"], done.err


def test_more_documents_than_are_begun_at_once(diglot: Run) -> None:
    Path("docs").mkdir()
    for n in range(MOST_DOCUMENTS + 10):
        Path("docs", f"{n}.md").write_text(f"Here is the document {n} of many.\n")
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        done = diglot(*over(server, "--quiet"))
    assert (done.code, done.err) == (0, "")
    assert len(files_below(Path("out"))) == MOST_DOCUMENTS + 10


def test_a_damaged_document_stops_nothing_else(diglot: Run) -> None:
    names = documents(Path("docs"), 5)
    Path("docs/damaged.docx").write_bytes(b"PK\x03\x04 and then nothing")
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        done = diglot(*over(server))
    assert done.code == 3
    assert files_below(Path("out")) == names
    assert re.search(r"^diglot: docs/damaged\.docx: \S.*\.$", done.err, re.MULTILINE)
    assert "; 1 failed (" in done.err


def test_a_document_in_a_language_that_the_model_does_not_know(diglot: Run) -> None:
    names = documents(Path("docs"), 3)
    Path("docs/latin.md").write_text("Gallia est omnis divisa in partes tres, quarum unam incolunt Belgae, aliam Aquitani, "
                                     "tertiam qui ipsorum lingua Celtae, nostra Galli appellantur.\n")
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        done = diglot("translate", "docs", "-o", "out", "--to", "pt", "--engine", "vllm", "--base-url", server.base_url)
    assert done.code == 4
    assert files_below(Path("out")) == names
    assert "diglot: docs/latin.md: hy-mt2 does not know the language la; it knows zh, en, fr" in done.err


@pytest.mark.parametrize(("arguments", "said"), [
    (("--from", "en", "--to", "la"), "does not know the language la; it knows zh, en, fr"),
    (("--from", "en", "--to", "pt", "--to", "la"), "does not know the language la"),
    (("--from", "la", "--to", "en"), "does not know the language la"),
    (("--from", "en", "--to", "en-GB"), "Source and target are both en")])
def test_a_pair_that_the_model_does_not_know_is_refused_before_anything_is_sent(
        diglot: Run, arguments: tuple[str, ...], said: str) -> None:
    documents(Path("docs"), 3)
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        asked = ("translate", "docs", "-o", "out", "--engine", "vllm", "--base-url", server.base_url, *arguments)
        named = diglot(*asked, "--model", MODEL)
        assert server.stats()["segments"] <= (arguments.count("--to") > 1)          # its structured outputs are tried
        server.reset()
        unnamed = diglot(*asked)
        assert server.stats()["segments"] <= 1
    for one in (named, unnamed):
        assert (one.code, len(one.err.splitlines())) == (4, 1), one.err
        assert said in one.err
    assert not Path("out").exists()


@pytest.mark.parametrize("more", [(), ("--model", "other")])
def test_a_server_that_is_of_no_use_is_one_error(diglot: Run, more: tuple[str, ...]) -> None:
    documents(Path("docs"))
    with ScriptedServer(Settings(FAST, model=MODEL, api_key="" if more else "right")) as server:
        done = diglot(*over(server, *more))
    assert (done.code, len(done.err.splitlines())) == (4, 1), done.err
    assert not Path("out").exists()


def test_a_server_that_goes_for_good_ends_the_command_once(diglot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    documents(Path("docs"))
    Path("docs/00.md").write_text("A first one.\n")
    monkeypatch.setenv("DIGLOT_PATIENCE", "0.5")
    schedule = Schedule(by_prompt=[("Document 20", Fault.RESTART, 1)], restart_s=3600)
    with ScriptedServer(Settings(FAST, schedule, model=MODEL)) as server:
        done = diglot(*over(server))
    assert done.code == 4
    lines = done.err.splitlines()
    failed = [line for line in lines if line.startswith("diglot: docs/")]
    assert len(failed) == 1, lines
    assert "The model server has not answered for" in failed[0]
    more = re.search(r"^diglot: (\d+) other documents failed for the same reason\.$", done.err, re.MULTILINE)
    assert more
    assert f"{int(more[1]) + 1} failed (" in lines[-1]
    assert len(files_below(Path("out")) if Path("out").exists() else ()) == 30 - int(more[1]) - 1
    assert not [name for name in files_below(Path()) if name.endswith(".part")]


def test_a_server_that_comes_back_is_waited_for(diglot: Run) -> None:
    names = documents(Path("docs"))
    schedule = Schedule(by_prompt=[("Document 20", Fault.RESTART, 1)], restart_s=0.5)
    with ScriptedServer(Settings(FAST, schedule, model=MODEL)) as server:
        done = diglot(*over(server))
    assert done.code == 0, done.err
    assert files_below(Path("out")) == names


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_takes_leave_of_the_server(tmp_path: Path, stop: signal.Signals) -> None:
    documents(tmp_path / "docs")
    (tmp_path / "docs" / "00.md").write_text("A first one, and a short one.\n")
    schedule = Schedule(by_prompt=[("Paragraph 0", Fault.HANG, -1)])
    with ScriptedServer(Settings(FAST, schedule, model=MODEL)) as server:
        process = start(tmp_path, *over(server))
        until(lambda: (tmp_path / "out" / "00.md").exists() and server.stats()["faults"].get("hang", 0) > 3)
        process.send_signal(stop)
        _, err = process.communicate(timeout=30)
        until(lambda: server.stats()["left"] >= server.stats()["faults"]["hang"])
    assert process.returncode == 130
    assert err.decode().splitlines()[-1] == "diglot: Interrupted; what is finished stays, and nothing is half-written."
    assert b"Traceback" not in err
    assert b"Unclosed" not in err
    written = files_below(tmp_path / "out")
    assert "00.md" in written
    assert not [name for name in written if name.endswith(".part")]


def test_an_interruption_while_standard_input_is_waited_for(tmp_path: Path) -> None:
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        process = subprocess.Popen([sys.executable, "-m", "diglot", "translate", "-", "--format", "markdown", "--to", "pt",
                                    "--engine", "vllm", "--base-url", server.base_url], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
                                   env={**os.environ, "PYTHONPATH": str(ROOT)})
        assert process.stdin
        process.stdin.write(b"Something to")
        process.stdin.flush()
        until(lambda: not unread(process))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode().splitlines() == ["diglot: Interrupted; what is finished stays, and nothing is half-written."]


def test_progress_on_a_terminal(tmp_path: Path) -> None:
    documents(tmp_path / "docs")
    screen, end = pty.openpty()
    with ScriptedServer(Settings(Speed(step_s=0.02), model=MODEL)) as server:
        process = subprocess.Popen([sys.executable, "-m", "diglot", *over(server)], cwd=tmp_path, stderr=end,
                                   env={**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "120"})
        os.close(end)
        shown = b""
        with suppress(OSError), os.fdopen(screen, "rb", buffering=0) as terminal:   # EIO: the other end is closed
            while part := terminal.read(65536):
                shown += part
        assert process.wait(60) == 0
    counts = [int(count) for count in re.findall(rb"(\d+) of 30 documents", shown)]
    assert counts == sorted(counts)
    assert 0 < counts[-1] <= 30
    assert re.search(rb"30 documents: \d+ translated", shown)
    assert b"Traceback" not in shown


def test_standard_input_is_translated(diglot: Run) -> None:
    with ScriptedServer(Settings(FAST, model=MODEL)) as server:
        done = diglot("translate", "-", "--format", "markdown", "--from", "en", "--to", "pt", "--engine", "vllm", "--base-url",
                      server.base_url, stdin=MARKDOWN.encode())
    assert done.code == 0, done.err
    assert "](https://example.org/a)" in done.text
    assert done.text != MARKDOWN


def test_a_single_document_over_the_default_address(diglot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but --engine vllm: where `vllm serve` listens."""
    Path("a.md").write_text(MARKDOWN)
    done: Done = diglot("translate", "a.md", "--to", "pt", "--engine", "vllm")
    if "No model server can be reached" not in done.err:
        pytest.skip("something listens at port 8000 of this machine")
    assert done.code == 4
    assert "No model server can be reached at http://127.0.0.1:8000/v1 (no connection to 127.0.0.1:8000" in done.err
