"""The gateway as a process: what it holds in memory, what it does without a broker, how it ends."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

PATIENCE = 30.0
PROGRAM = """
import sys
from gateway.options import GatewayOptions
from gateway.serving import run
from pipeline.engines import ServerOptions
from workers import logs
from workers.deployment import Deployment
logs.configure("gateway")
folder, port = sys.argv[1:]
run(Deployment(database=f"sqlite:///{folder}/jobs.db", documents=f"{folder}/documents", broker="redis://127.0.0.1:1/0",
               engine="vllm", server=ServerOptions("http://127.0.0.1:1/v1")),
    GatewayOptions(port=int(port), grace=1))
"""


def free_port():
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """One for all tests, of which the last ends it: a process takes seconds to start."""
    folder, port = tmp_path_factory.mktemp("gateway"), free_port()
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), str(port)], stderr=subprocess.PIPE)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    client.get("/healthz")
                    break
                except httpx.TransportError:
                    assert process.poll() is None and time.monotonic() < deadline
                    time.sleep(0.05)
            yield process, client
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def peak(process):
    """Megabytes that a process has held at once."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells what a process holds")
def test_large_uploads_are_not_held_in_memory(gateway):
    process, client = gateway
    upload = {"files": {"file": ("a.md", b"words\n" * 10)}, "data": {"target_lang": "fr"}}
    first = client.post("/v1/translations", **upload)
    assert first.status_code == 202 and first.elapsed.total_seconds() < 4       # although there is no broker
    before = peak(process)
    upload["files"] = {"file": ("a.md", b"words and words\n" * (5 << 20))}
    answer = client.post("/v1/translations", **upload)
    assert answer.status_code == 202, answer.text
    assert peak(process) - before < 25
    assert client.get("/readyz").json() == {
        "status": "degraded", "parts": {"database": "ok", "documents": "ok", "broker": "down", "engine": "down"}}


def test_it_ends_in_good_order(gateway):
    process, client = gateway
    job = client.post("/v1/translations", files={"file": ("secretname.md", b"Unmistakable words")}, data={"target_lang": "fr"}).json()
    with client.stream("GET", job["links"]["events"]) as response:
        assert next(response.iter_lines()).startswith("id: ")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) in {0, -signal.SIGTERM}
    logged = process.stderr.read().decode()
    assert "secretname" not in logged and "Unmistakable" not in logged and "Traceback" not in logged
    for line in logged.splitlines():
        json.loads(line)
