"""`diglot serve` with metrics: one port tells of all its processes, and the log of no text."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.workers.test_metrics import fetched, free_port

ROOT = Path(__file__).parents[2]
TEXT = "# Whistleblowers\n\nThey live at Elm Street.\n"
BOUNDARY = "a-boundary"


def upload(port: int) -> dict:
    parts = {"file": f'; filename="whistleblower.md"\r\n\r\n{TEXT}', "target_lang": "\r\n\r\npt-BR", "source_lang": "\r\n\r\nen"}
    body = "".join(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n' for name, rest in parts.items())
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/translations", data=f"{body}--{BOUNDARY}--\r\n".encode(),
                                     headers={"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def awaited(what, seconds: float = 90.0):
    """What this gives as soon as it gives anything."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("nothing came in time")


def test_one_port_tells_of_gateway_worker_and_stores(tmp_path):
    port, metrics_port = free_port(), free_port()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DIGLOT_")}
    command = [sys.executable, "-m", "diglot", "serve", "--data", tmp_path / "data", "--engine", "echo", "--processes", "1",
               "--port", str(port), "--metrics-port", str(metrics_port)]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(command, cwd=ROOT, stderr=log, stdout=log, stdin=subprocess.DEVNULL,
                                   env={**plain, "XDG_CONFIG_HOME": str(tmp_path), "DIGLOT_LOG_LEVEL": "debug"})
        try:
            awaited(lambda: fetched(metrics_port))
            assert awaited(lambda: upload(port))["id"]
            done = ("diglot_step_seconds_count", ("result", "done"), ("stage", "assembling"))
            awaited(lambda: fetched(metrics_port).get(done))
            found = fetched(metrics_port)
        finally:
            running.terminate()
            running.wait(60)
    assert found["diglot_segments_total", ("outcome", "translated")] + found["diglot_segments_total", ("outcome", "protected")] == 2
    assert found["diglot_uploads_total", ("format", "markdown")] == 1
    assert found["diglot_uploaded_bytes_total",] == len(TEXT)
    assert found["diglot_http_requests_total", ("method", "POST"), ("route", "/v1/translations"), ("status", "202")] == 1
    assert found["diglot_ended_jobs", ("state", "succeeded")] + found.get(("diglot_ended_jobs", ("state", "warnings")), 0) == 1
    assert found["diglot_database_up",] == found["diglot_broker_up",] == 1
    told = (tmp_path / "log").read_text()
    assert '"process": "worker"' in told or '"process": "gateway"' in told
    assert "histleblower" not in told and "Elm" not in told
