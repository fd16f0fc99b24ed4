"""`diglot watch`: its settings, and the command itself on a machine where nothing else runs."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from diglot.settings import settings
from diglot.watch_settings import read
from parsers.errors import UsageError
from storage.vocabulary import ServiceClass

TABLE = """
[watch]
folder = "translate"
from = "en"
quiet = 15
keep = ["Diglot"]
[watch.profiles.press]
to = ["pt-BR", "de"]
glossary = "terms.csv"
class = "background"
inflect = true
"""


def test_the_table_of_the_settings(tmp_path):
    (tmp_path / "diglot.toml").write_text(TABLE)
    watch = read(settings({}, tmp_path / "diglot.toml").watch, "1 echo")
    assert watch.folder == tmp_path / "translate"
    assert (watch.options.quiet, watch.options.edition) == (15, "1 echo")
    press = watch.profiles.of(("press", "sub"))
    assert [target.tag for target in press.targets] == ["pt-BR", "de"]
    assert press.glossary_files == (tmp_path / "terms.csv",)
    assert press.service is ServiceClass.BACKGROUND and press.options.inflect
    french = watch.profiles.of(("fr",))
    assert [target.tag for target in french.targets] == ["fr"] and french.source.tag == "en"
    assert french.options.keep == ("Diglot",)
    assert watch.profiles.of(()) is watch.profiles.of(("no language",)) is None


@pytest.mark.parametrize(("table", "said"), [
    ({}, "Name the folder"),
    ({"folder": "x", "quiet": "long"}, "quiet"),
    ({"folder": "x", "colour": "red"}, "colour"),
    ({"folder": "x", "to": 3}, "to"),
    ({"folder": "x", "profiles": {"press": {"to": "??"}}}, r"\[watch.profiles.press\].*language code"),
    ({"folder": "x", "profiles": {"press": "fr"}}, "tables"),
    ({"folder": "x", "profiles": {"press": {"class": "first"}}}, "interactive"),
])
def test_what_makes_no_sense_is_told(table, said):
    with pytest.raises(UsageError, match=said):
        read(table, "")


def test_a_folder_is_watched_by_one_command(tmp_path):
    folder = tmp_path / "translate"
    (folder / "in/pt-BR").mkdir(parents=True)
    (folder / "in/pt-BR/guide.md").write_text("# Guide\n")
    (folder / "in/pt-BR/guide.md.done").touch()
    taken = socket.create_server(("127.0.0.1", 0))          # it needs no port
    running = subprocess.Popen(
        [sys.executable, "-m", "diglot", "watch", str(folder), "--engine", "echo", "--from", "en", "--data",
         str(tmp_path / "data"), "--processes", "1"], stderr=subprocess.PIPE,
        env={**os.environ, "HOME": str(tmp_path), "DIGLOT_PORT": str(taken.getsockname()[1])})
    try:
        assert appears(folder / "out/pt-BR/guide.pt-BR.md").read_text() == "# Guide\n"
        day = appears(folder / "processed", lambda path: list(path.glob("*/pt-BR/guide.md")))
        assert day.is_dir()
    finally:
        running.send_signal(signal.SIGINT)
        said = running.communicate(timeout=60)[1].decode()
        taken.close()
    assert running.returncode == 0, said
    assert "Watching" in said and "guide" not in said.replace(str(folder), "")
    assert not list((folder / ".work").iterdir())


def test_a_folder_that_cannot_be_watched_is_told(tmp_path):
    (tmp_path / "file").touch()
    ended = subprocess.run([sys.executable, "-m", "diglot", "watch", str(tmp_path / "file"), "--engine", "echo"],
                           check=False, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert ended.stderr.startswith("diglot: The watched folder cannot be used") and "Traceback" not in ended.stderr


def appears(path: Path, when=Path.is_file) -> Path:
    deadline = time.monotonic() + 60
    while not (path.exists() and when(path)):
        assert time.monotonic() < deadline, path
        time.sleep(0.1)
    return path
