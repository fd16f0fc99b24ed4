"""One vLLM server for all tests marked `vllm`: the one that DIGLOT_VLLM_URL names, or one started for them."""

import json
import os
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import installation
from tests.servers.unconstrained import PREFIX
from tests.servers.vllm import Endpoint, Server

URL = os.environ.get("DIGLOT_VLLM_URL", "").rstrip("/").removesuffix("/v1")
KEY = "key-of-the-tests"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark all tests of this folder as `vllm`, and as skipped where there is nothing to run them against."""
    reason = None if URL else nothing_to_start(config)
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker("vllm")
            if reason:
                item.add_marker(pytest.mark.skip(reason=f"no vLLM server: {reason}"))


def nothing_to_start(config: pytest.Config) -> str | None:
    """Why no server is started for these tests."""
    if "vllm" not in config.option.markexpr:
        return "make test-vllm starts one"
    if "PYTEST_XDIST_WORKER" in os.environ:
        return "each of several test processes would start one; run these tests with -n 0"
    if not installation.is_complete():
        return f"none is installed in {installation.HOME}; make test-vllm does it"
    return None


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    """A server started for these tests."""
    if not installation.is_complete():
        pytest.skip(f"besides the one at {URL}, no vLLM is installed that can be restarted; make test-vllm does it")
    server = Server(key=KEY)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Endpoint:
    """The server for tests that leave it running."""
    if not URL:
        own: Server = request.getfixturevalue("own_server")
        return own.endpoint
    key = os.environ.get("DIGLOT_API_KEY", "")
    listing = urllib.request.Request(f"{URL}/v1/models", headers={"Authorization": f"Bearer {key}"})
    with urllib.request.urlopen(listing, timeout=10) as answer:
        return Endpoint(URL, json.load(answer)["data"][0]["id"], key)


@pytest.fixture
def restartable_server(own_server: Server) -> Iterator[Server]:
    """A server that a test may stop, kill and start again at its port; it runs again after the test."""
    yield own_server
    if not own_server.endpoint.is_ready():
        own_server.start()


@pytest.fixture
def keyed_server(server: Endpoint) -> Endpoint:
    """The server, if it asks for a key."""
    if not server.key:
        pytest.skip(f"the server at {server.root} asks for no key; without DIGLOT_VLLM_URL, one that does is started")
    return server


@pytest.fixture
def unconstrained_server(server: Endpoint) -> Endpoint:
    """The server as if it had no structured outputs (tests/servers/unconstrained.py)."""
    below = replace(server, root=f"{server.root}{PREFIX}")
    if not below.is_ready():
        pytest.skip(f"the server at {server.root} was not started by make vllm-server, which adds {PREFIX}")
    return below
