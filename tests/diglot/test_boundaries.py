"""Whatever happens: no traceback unasked, no half-written file, the other documents go on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.diglot.conftest import MARKDOWN, ROOT, Done, command, files_below

HINDERED = (str(Path(__file__).with_name("hindered.py")),)


def hindered(engine: str, *arguments: str, cwd: Path) -> Done:
    return command("translate", *arguments, "--to", "fr", "--from", "en", "--engine", engine, cwd=cwd, program=HINDERED)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for name in "abcdef":
        (tmp_path / "in" / f"{name}.md").write_text(f"The text of {name}.\n" if name != "c" else "This is poison.\n")
    return tmp_path


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize(("engine", "code", "said"), [
    ("silent", 4, "The engine has stopped answering."),
    ("defective", 5, "This is a defect in Diglot (ZeroDivisionError)"),
    ("panicking", 5, "This is a defect in Diglot (PanicException)")])
def test_one_failure_stops_only_its_own_document(folder: Path, jobs: str, engine: str, code: int, said: str) -> None:
    done = hindered(engine, "in", "-o", "out", "--jobs", jobs, cwd=folder)
    assert done.code == code
    assert files_below(folder / "out") == {f"{name}.md" for name in "abdef"}
    assert f"diglot: in/c.md: {said}" in done.err
    assert "Traceback" not in done.err
    assert "secret" not in done.err


def test_a_process_that_is_killed_takes_nothing_with_it(folder: Path) -> None:
    done = hindered("deadly", "in", "-o", "out", "--jobs", "2", cwd=folder)
    assert done.code == 5, done.err
    assert files_below(folder / "out") == {f"{name}.md" for name in "abdef"}
    assert "in/c.md: The process that translated it was killed" in done.err


def test_a_defect_shows_where_it_arose_on_demand(folder: Path) -> None:
    done = command("--debug", "translate", "in/c.md", "--to", "fr", "--from", "en", "--engine", "defective", cwd=folder,
                   program=HINDERED)
    assert done.code == 5
    assert "ZeroDivisionError: secret" in done.err


def start(cwd: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    words = [sys.executable, *HINDERED, "translate", *arguments, "--to", "fr", "--from", "en", "--engine", "slow"]
    return subprocess.Popen(words, cwd=cwd, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)


@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_whole_files_only(tmp_path: Path, jobs: str, stop: signal.Signals) -> None:
    (tmp_path / "in").mkdir()
    text = "".join(f"Paragraph number {n} of the text.\n\n" for n in range(20))
    for n in range(4):
        (tmp_path / "in" / f"{n}.md").write_text(text)
    (tmp_path / "in" / "0.md").write_text("A short one.\n")
    process = start(tmp_path, "in", "-o", "out", "--jobs", jobs)
    deadline = time.monotonic() + 60
    while not (tmp_path / "out" / "0.md").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, stop) if stop is signal.SIGINT else process.send_signal(stop)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"diglot: Interrupted" in err
    assert files_below(tmp_path / "out") == {"0.md"}


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("".join(f"Paragraph number {n} of the text.\n\n" for n in range(5000)))
    done = subprocess.run(f"{sys.executable} -m diglot segments a.md | head -1; echo ${{PIPESTATUS[0]}}", cwd=tmp_path,
                          shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == "0"


def test_an_output_that_cannot_be_written_is_named(folder: Path) -> None:
    done = command("translate", "in/a.md", "--from", "en", "-o", f"out/{'y' * 300}.md", "--to", "fr", "--engine",
                   "echo", cwd=folder)
    assert done.code == 5
    assert done.err.startswith("diglot: in/a.md: File name too long: out/yyy")
    assert len(done.err.splitlines()) == 1


def test_a_terminal_without_letters_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(MARKDOWN.replace("plain", "日本"), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "diglot", "segments", "a.md"], cwd=tmp_path, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
                          timeout=60, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
