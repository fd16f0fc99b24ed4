"""`diglot serve` as people start it: every door gives the same bytes, it ends in good order, and after a kill it goes on."""

import gc
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from celery import Celery

from diglot.supervision import BROKER_URL
from storage.database import opened
from storage.jobs import JobStore
from storage.vocabulary import State
from tests.parsers.docx.making import members, p, package, r
from tests.servers.scripted import ScriptedServer, Settings, Speed
from tests.workers.cluster import TENANT, guide

DIGLOT = (sys.executable, "-m", "diglot")
ROOT = Path(__file__).parents[1]
PATIENCE = 120
"""Seconds for what takes a few on a quiet machine."""
DOCUMENTS = {
    "guide.md": b"# The harbour\n\nThe ferry leaves at **nine** in the morning.\n\n- Buy a [ticket](https://example.org/t) first.\n\n"
                b"```sh\nferry --now\n```\n",
    "page.html": b'<!doctype html><html lang="en"><title>Weather</title><h1>Weather today</h1>'
                 b'<p title="More">It rains in the <em>north</em> of the country.</p><script>var rain = 1;</script></html>',
    "report.docx": package(members(p(r("The meeting begins at "), r("ten o'clock", "b"), r(".")) + p(r("Nobody was late.")))),
}


class Served:
    """A `diglot serve` in a session of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.data, self.temporary = folder, folder / "data", folder / "t"
        self.temporary.mkdir(exist_ok=True)
        self.log = folder / f"log-{time.monotonic_ns()}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                (*DIGLOT, "serve", "--data", str(self.data), "--port", "0", "--processes", "1", *options),
                cwd=folder, env=environment(self.temporary), start_new_session=True, stdout=log, stderr=log)
        found = self.until(lambda: re.search(r"Diglot is at (\S+)/ ", self.log.read_text()))
        self.address = found[1]

    def until(self, condition, seconds: float = PATIENCE):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        return found

    def processes(self) -> list[int]:
        """All that are in its session, itself among them, by proc_pid_stat(5)."""
        found = []
        for place in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, _, session = place.read_text().rpartition(") ")[2].split()[:4]
            except OSError:                                 # has just ended
                continue
            if int(session) == self.process.pid and state != "Z":
                found.append(int(place.parent.name))
        return found

    def close(self) -> None:
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def environment(temporary: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGLOT_")}
    return {**kept, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}


@pytest.fixture
def serve(tmp_path):
    """Starts as many as wanted in one folder."""
    started = []

    def start(*options: str) -> Served:
        started.append(Served(tmp_path, *options))
        return started[-1]

    yield start
    for one in started:
        one.close()


def run(folder: Path, *line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*DIGLOT, *line), check=False, cwd=folder, env=environment(folder), capture_output=True, text=True,
                          timeout=PATIENCE)


# ---- the doors ----------------------------------------------------------------------------------------
def by_command_line(folder: Path, *options: str) -> dict[str, bytes]:
    done = run(folder, "translate", "documents", "-o", "translated", "--from", "en", "--to", "pt-BR", *options)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (folder / "translated").iterdir()}


def by_http(served: Served) -> dict[str, bytes]:
    results = {}
    for name, data in DOCUMENTS.items():
        asked = httpx.post(f"{served.address}/v1/translations", files={"file": (name, data)}, timeout=PATIENCE,
                           data={"source_lang": "en", "target_lang": "pt-BR"})
        assert asked.status_code == 202, asked.text
        place = f"{served.address}{asked.headers['location']}"
        served.until(lambda place=place: httpx.get(f"{place}?wait=10", timeout=60).json()["state"] == "succeeded")
        results[name] = httpx.get(f"{place}/result").raise_for_status().content
    return results


def by_folder(served: Served) -> dict[str, bytes]:
    into, out = served.folder / "watched" / "in" / "pt-BR", served.folder / "watched" / "out" / "pt-BR"
    served.until(into.parent.exists)
    into.mkdir()
    for name, data in DOCUMENTS.items():
        (into / f"{name}.part").write_bytes(data)
        (into / f"{name}.part").rename(into / name)
    places = {name: out / name.replace(".", ".pt-BR.") for name in DOCUMENTS}
    return {name: served.until(lambda path=path: path.exists() and path.read_bytes()) for name, path in places.items()}


def by_task(served: Served) -> dict[str, bytes]:
    note = served.data / BROKER_URL
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    broker = note.read_text().strip()
    app = Celery(broker=broker, backend=broker, set_as_current=False)

    def ask(task: str, **arguments):
        return app.send_task(f"diglot.{task}", kwargs=arguments, queue="api").get(timeout=PATIENCE)

    results = {}
    for name, data in DOCUMENTS.items():
        (served.folder / "tasks" / name).write_bytes(data)
        job = ask("translate_document", path=name, source="en", to="pt-BR")
        served.until(lambda job=job: ask("job", job=job)["state"] == "succeeded")
        results[name] = Path(ask("save_result", job=job, path=f"of-{name}")).read_bytes()
    gc.collect()                                            # answers tell the broker at their end, as long as there is one
    app.close()
    return results


def test_doors(serve, tmp_path):
    """Every door gives the bytes of the command line; then it ends, and leaves nothing behind."""
    for folder in ("documents", "tasks", "watched"):
        (tmp_path / folder).mkdir()
    for name, data in DOCUMENTS.items():
        (tmp_path / "documents" / name).write_bytes(data)
    (tmp_path / "diglot.toml").write_text('[watch]\nfolder = "watched"\nfrom = "en"\n')
    served = serve("--engine", "embedded", "--task-folder", "tasks")
    expected = by_command_line(tmp_path, "--engine", "embedded")
    assert sorted(expected) == sorted(DOCUMENTS) and all(expected[name] != data for name, data in DOCUMENTS.items())
    assert by_http(served) == expected
    assert by_folder(served) == expected
    assert by_task(served) == expected
    refused_meanwhile(served)
    served.process.terminate()
    assert served.process.wait(30) == 0
    assert served.processes() == []
    assert list(served.temporary.iterdir()) == []
    assert not (served.data / BROKER_URL).exists()
    assert not re.search("Traceback|Interrupted", served.log.read_text())


def refused_meanwhile(served: Served) -> None:
    """A second one in the same data folder, and one at the same port."""
    port = served.address.rpartition(":")[2]
    for options, words in ((("--data", "data", "--port", "0"), "A diglot serve runs already"),
                           (("--data", "other", "--port", port), f"port {port}: Address already in use")):
        done = run(served.folder, "serve", *options)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
        assert words in done.stderr
    shutil.rmtree(served.folder / "other")


def engine_at(server: ScriptedServer) -> tuple[str, ...]:
    return ("--engine", "vllm", "--base-url", server.base_url, "--model", "scripted", "--profile", "generic")


def test_a_kill(serve, tmp_path):
    """Whoever kills the parent ends all, and the next start goes on where the job was."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "guide.md").write_bytes(guide(3, 120))
    with ScriptedServer(Settings(Speed(16, 0.05))) as server:
        first = serve(*engine_at(server))
        asked = httpx.post(f"{first.address}/v1/translations", files={"file": ("guide.md", guide(3, 120))},
                           data={"source_lang": "en", "target_lang": "pt-BR"}, timeout=PATIENCE).json()
        database = opened(f"sqlite:///{first.data}/jobs.db")
        jobs = JobStore(database)
        first.until(lambda: jobs.get(TENANT, asked["id"]).progress.done > 20)
        os.kill(first.process.pid, signal.SIGKILL)
        first.process.wait()
        first.until(lambda: not first.processes(), 60)
        assert list(first.temporary.iterdir()) == []
        left = jobs.get(TENANT, asked["id"])
        assert left.state is State.RUNNING
        second = serve(*engine_at(server))
        second.until(lambda: jobs.get(TENANT, asked["id"]).state.ended)
        result = httpx.get(f"{second.address}/v1/translations/{asked['id']}/result").raise_for_status().content
        assert server.stats()["segments"] < 1.5 * left.progress.segments
        database.close()
    with ScriptedServer(Settings(Speed(step_s=0.001))) as server:
        assert by_command_line(tmp_path, *engine_at(server)) == {"guide.md": result}
