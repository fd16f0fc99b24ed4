"""Readiness: what is down is named; without database or documents nothing is taken in, without the rest jobs wait."""

import shutil
import socket
import time
from contextlib import ExitStack

from gateway.app import Hooks
from gateway.engine_health import EngineHealth
from pipeline.engines import ServerOptions
from tests.gateway.running import running
from tests.gateway.test_translations import problem
from tests.servers.scripted import ScriptedServer

OK = {"database": "ok", "documents": "ok"}


def ready(service, status=200):
    answer = service.client.get("/readyz")
    assert answer.status_code == status and answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_all_is_well(service):
    assert ready(service) == {"status": "ready", "parts": OK}


def test_without_a_broker_jobs_are_taken_in_and_wait(tmp_path):
    down = []
    with running(tmp_path, hooks=Hooks(helpful={"broker": lambda: not down})) as service:
        assert ready(service) == {"status": "ready", "parts": {**OK, "broker": "ok"}}
        down.append(1)
        assert ready(service) == {"status": "degraded", "parts": {**OK, "broker": "down"}}
        assert service.submit().status_code == 202


def test_without_a_database_nothing_is_taken_in(tmp_path):
    with running(tmp_path) as service:
        service.stores.database._engine.dispose()
        (tmp_path / "jobs.db").write_bytes(b"no database")
        for beside in tmp_path.glob("jobs.db-*"):
            beside.unlink()
        assert ready(service, 503) == {"status": "unready", "parts": {**OK, "database": "down"}}
        problem(service.client.get("/v1/translations"), 503, "unavailable")
        assert service.client.get("/healthz").status_code == 200


def test_without_its_documents_nothing_is_taken_in(tmp_path):
    with running(tmp_path) as service:
        shutil.rmtree(tmp_path / "documents")
        (tmp_path / "documents").write_bytes(b"no folder")
        assert ready(service, 503) == {"status": "unready", "parts": {**OK, "documents": "down"}}
        problem(service.submit(), 503, "unavailable")


def test_a_model_server_that_goes_is_named(tmp_path):
    with ExitStack() as going, ScriptedServer() as other:
        server = going.enter_context(ScriptedServer())
        checks = {"engine": EngineHealth(ServerOptions(server.base_url), every=0),
                  "other": EngineHealth(ServerOptions(other.base_url), every=0)}
        with running(tmp_path, hooks=Hooks(helpful=checks)) as service:
            assert ready(service) == {"status": "ready", "parts": {**OK, "engine": "ok", "other": "ok"}}
            going.close()
            assert ready(service) == {"status": "degraded", "parts": {**OK, "engine": "down", "other": "ok"}}
            assert service.submit().status_code == 202


def test_a_model_server_is_not_asked_each_time():
    with ScriptedServer() as server:
        check = EngineHealth(ServerOptions(server.base_url))
        assert check()
    assert check()                                          # for ten seconds


def test_a_model_server_that_says_nothing_is_not_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        check = EngineHealth(ServerOptions(f"http://127.0.0.1:{silent.getsockname()[1]}/v1"), patience=0.2)
        began = time.monotonic()
        assert not check()
        assert not check()                                  # nor asked again
        assert time.monotonic() - began < 5
