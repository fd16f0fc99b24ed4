"""A real vLLM server on the CPU with a small model: `python -m tests.servers.vllm install|start|stop|status`.

Its translations are poor; its protocol, scheduling, structured outputs, metrics and errors are those of a server on a GPU.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from tests.servers import installation
from tests.servers.installation import HOME, MODEL, PYTHON, VLLM, CannotInstall

NAME = "smollm2"
"""What the served model calls itself."""
PORT = 8411
READY_SECONDS = 600
"""40 s on two idle cores, 3 minutes on two that are fully busy."""
CANNOT_INSTALL = 69
"""The exit code when this machine cannot have the server: EX_UNAVAILABLE of sysexits.h."""



def precision() -> str:
    """The type of numbers that this processor is quickest with.

    Without instructions for bfloat16 it emulates them: measured on a processor with AVX2 alone, 27 tokens/s
    instead of 132.
    """
    known = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace") if Path("/proc/cpuinfo").exists() else ""
    return "bfloat16" if {"avx512_bf16", "amx_bf16"} & set(known.split()) else "float32"


FLAGS = (
    *("--model", str(MODEL), "--served-model-name", NAME),
    *("--max-model-len", "2048", "--max-num-seqs", "32", "--scheduling-policy", "priority"),
    # Compiling the model takes longer than all tests together.
    *("--dtype", precision(), "--enforce-eager"),
    *("--middleware", "tests.servers.unconstrained.Unconstrained"),
)

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB: 46,592 tokens of this model in bfloat16, half as many in float32
    "VLLM_NO_USAGE_STATS": "1",
    "PYTHONPATH": str(Path(__file__).parents[2]),  # for `--middleware tests.servers.…`
}
# OpenMP is left to vLLM: it binds a thread to each core but the last, so that of two cores the tests have one.


class ServerFailed(Exception):
    """The server ended, or was not ready in time; the text says where its log is."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is and how it wants to be asked."""

    root: str
    """The address of `/health`, `/metrics` and `/tokenize`."""
    model: str = NAME
    key: str = field(default="", repr=False)
    """What it takes as a bearer token for `/v1`; empty if it asks for none."""

    @property
    def base_url(self) -> str:
        """The address of the OpenAI-compatible part."""
        return f"{self.root}/v1"

    def is_ready(self) -> bool:
        """Whether `/health` answers 200."""
        try:
            with urllib.request.urlopen(f"{self.root}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


class Server:
    """vLLM on one port of this machine, with the processes that it starts; it can be started again when it has ended."""

    def __init__(self, port: int = 0, *, key: str = "", flags: Sequence[str] = ()) -> None:
        """`port` 0 takes a free one; `flags` come after `FLAGS`, so that the last word is theirs."""
        self.port = port or free_port()
        self.endpoint = Endpoint(f"http://127.0.0.1:{self.port}", key=key)
        self.flags = ("--host", "127.0.0.1", "--port", str(self.port), *FLAGS, *flags)
        if key:
            self.flags += ("--api-key", key)
        self.log = HOME / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it answers; raises ServerFailed."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [PYTHON, "-P", "-m", "vllm.entrypoints.openai.api_server", *self.flags],
                cwd=HOME,
                env=os.environ | ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.endpoint.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise ServerFailed(f"vLLM did not start; its log is {self.log} and ends:\n{last_lines(self.log)}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End it as an operator would (SIGTERM)."""
        if self.process is not None:
            end_group(self.process.pid, self.port)
            self.process.wait()
            self.log.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL)."""
        if self.process is not None:
            signal_group(self.process.pid, signal.SIGKILL)
            self.process.wait()


def end_group(pid: int, port: int) -> None:
    """Ask the process to end, give it 10 s until nothing listens at its port, and take away what is left of it."""
    signal_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    signal_group(pid, signal.SIGKILL)


def signal_group(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def last_lines(log: Path, count: int = 15) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


# The command line. A server that it starts is known to later commands by a file with its process id.

app = typer.Typer(help=__doc__, add_completion=False)
Port = Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.")]


def process_file(port: int) -> Path:
    return HOME / f"server-{port}.pid"


@app.command("install")
def install_command() -> None:
    """Install what a server needs, unless that was done before."""
    try:
        installation.install(typer.echo)
    except CannotInstall as problem:
        typer.echo(problem, err=True)
        raise typer.Exit(CANNOT_INSTALL) from None
    typer.echo(f"vLLM {VLLM} and a small model are in {HOME}.")


@app.command("start")
def start_command(
    port: Port = PORT, flags: Annotated[list[str] | None, typer.Argument(help="Flags for vLLM, after `--`.")] = None
) -> None:
    """Start a server in the background and wait until it answers."""
    if not installation.is_complete():
        typer.echo("vLLM is not installed yet: make vllm-server does both.", err=True)
        raise typer.Exit(1)
    server = Server(port, flags=flags or ())
    if listens(server.port):
        typer.echo(f"Port {server.port} is taken: make vllm-stop, or make vllm-server VLLM_PORT=another.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Starting vLLM at {server.endpoint.root}: this takes 40 seconds, or minutes on a busy machine …")
    began = time.monotonic()
    try:
        server.start()
    except ServerFailed as problem:
        typer.echo(problem, err=True)
        raise typer.Exit(1) from None
    assert server.process is not None
    process_file(server.port).write_text(str(server.process.pid), encoding="utf-8")
    typer.echo(f"Ready after {time.monotonic() - began:.0f} s. Its log is {server.log}.")
    base_url = server.endpoint.base_url
    typer.echo(f"Use it:   diglot translate --engine vllm --base-url {base_url} --model {NAME} --profile generic …")
    typer.echo(f"Stop it:  make vllm-stop{'' if server.port == PORT else f' VLLM_PORT={server.port}'}")


@app.command("stop")
def stop_command(port: Port = PORT) -> None:
    """Stop the server that `start` has started at this port."""
    known = process_file(port)
    if not known.exists():
        typer.echo(f"No server was started at port {port}.")
        return
    pid = int(known.read_text(encoding="utf-8"))
    if is_server(pid):
        end_group(pid, port)
    known.unlink()
    typer.echo(f"The server at port {port} is stopped.")


@app.command("status")
def status_command() -> None:
    """Say what is installed and which servers run."""
    typer.echo(f"vLLM {VLLM} is {'' if installation.is_complete() else 'not '}installed in {HOME}.")
    for known in sorted(HOME.glob("server-*.pid")):
        port = int(known.stem.removeprefix("server-"))
        if is_server(int(known.read_text(encoding="utf-8"))):
            endpoint = Server(port).endpoint
            typer.echo(f"{endpoint.base_url} {'is ready' if endpoint.is_ready() else 'does not answer'}.")


def is_server(pid: int) -> bool:
    """Whether this process is one of ours still: ids are used again."""
    try:
        return str(MODEL).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


if __name__ == "__main__":
    app()
