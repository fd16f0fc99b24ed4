"""The command line as a function: arguments in, exit code and both streams out."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from diglot.cli import main

ROOT = Path(__file__).parents[2]

MARKDOWN = "# A good title\n\nSome *plain* text with a [link](https://example.org/a).\n\n- first item\n- second item\n"
HTML = ("<!DOCTYPE html>\n<html lang=en><head><title>A page</title></head>"
        "<body><p>Some <b>plain</b> text.</p></body></html>\n")


@dataclass(frozen=True)
class Done:
    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Run = Callable[..., Done]


@pytest.fixture
def diglot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in an empty folder, in this process, without the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DIGLOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", os.fspath(tmp_path / ".config"))
    before = signal.getsignal(signal.SIGTERM)

    def run(*arguments: str | Path, stdin: bytes = b"") -> Done:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            with pytest.raises(SystemExit) as left:
                main([str(argument) for argument in arguments])
        assert isinstance(left.value.code, int)
        return Done(left.value.code, out.buffer.getvalue(), err.buffer.getvalue().decode())

    yield run
    signal.signal(signal.SIGTERM, before)


def command(*arguments: str | Path, cwd: Path, program: tuple[str, ...] = ("-m", "diglot"), stdin: bytes = b"") -> Done:
    """Run a command in a process of its own."""
    done = subprocess.run([sys.executable, *program, *map(str, arguments)], cwd=cwd, input=stdin, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False)
    return Done(done.returncode, done.stdout, done.stderr.decode())


def files_below(folder: Path) -> set[str]:
    """Every file, hidden ones too, relative to the folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
