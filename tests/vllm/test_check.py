"""`diglot engines --check` against a real server: for each mistake the right sentence and exit code."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.diglot.conftest import ROOT, Done
from tests.servers.vllm import Endpoint, free_port


def check(server: Endpoint, *more: str, cwd: Path) -> Done:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DIGLOT_")}
    key = {"DIGLOT_API_KEY": server.key} if server.key else {}
    done = subprocess.run([sys.executable, "-m", "diglot", "engines", "--check", "--base-url", server.base_url, *more], cwd=cwd,
                          env={**plain, **key, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=300, check=False)
    return Done(done.returncode, done.stdout, done.stderr.decode())


def refused(done: Done, said: str) -> None:
    assert (done.code, done.text) == (4, ""), done.err
    assert len(done.err.splitlines()) == 1
    assert said in done.err


def test_a_fit_server(server: Endpoint, tmp_path: Path) -> None:
    done = check(server, "--profile", "generic", cwd=tmp_path)
    assert done.code == 0, done.err
    assert done.text.endswith("The server is fit for use.\n")
    for row in (f"server              {server.base_url} (version ", f"model               {server.model}\n",
                "structured outputs  yes\n", "priorities          taken", "counts tokens       yes\n",
                "tells its queue     yes\n"):
        assert row in done.text
    assert all(line.startswith("note: The model reads") for line in done.err.splitlines())


def test_a_name_that_tells_no_profile_is_noted(server: Endpoint, tmp_path: Path) -> None:
    if "mt" in server.model.lower():
        pytest.skip(f"the name {server.model} tells a profile")
    done = check(server, "--model", server.model, cwd=tmp_path)
    assert done.code == 0
    assert f"note: The name {server.model} tells no profile" in done.err


def test_a_wrong_model(server: Endpoint, tmp_path: Path) -> None:
    refused(check(server, "--model", "nope", cwd=tmp_path), f"does not serve “nope”; it serves {server.model}")


def test_a_wrong_key(keyed_server: Endpoint, tmp_path: Path) -> None:
    refused(check(replace(keyed_server, key="wrong"), cwd=tmp_path), "does not take this API key; set the right one in DIGLOT_API_KEY.")


def test_no_key(keyed_server: Endpoint, tmp_path: Path) -> None:
    refused(check(replace(keyed_server, key=""), cwd=tmp_path), "asks for an API key; set it in DIGLOT_API_KEY.")


def test_a_dead_port(tmp_path: Path) -> None:
    dead = Endpoint(f"http://127.0.0.1:{free_port()}")
    refused(check(dead, cwd=tmp_path), f"No model server can be reached at {dead.base_url}")


def test_a_base_url_without_v1(server: Endpoint, tmp_path: Path) -> None:
    done = check(server, "--base-url", server.root, cwd=tmp_path)
    refused(done, f"(it answers 404: Not Found); perhaps it is {server.base_url}.")


def test_a_server_without_structured_outputs(unconstrained_server: Endpoint, tmp_path: Path) -> None:
    done = check(unconstrained_server, "--profile", "generic", cwd=tmp_path)
    assert done.code == 1
    assert "structured outputs  no\n" in done.text
    assert "warning: The server ignores structured outputs" in done.err
