"""What the service costs beside the pipeline alone: segments a second through workers of 1, 2 and 4 processes.

    python benchmarks/scheduling.py [--documents 4] [--segments 2000] [--engine echo|embedded] [--processes 1,2,4]

Everything in one run, on the same documents, over SQLite, a folder and a Valkey of its own: first the pipeline in this
process, then a worker of each size, from the moment when the first document is handed over to the end of the last
one. Workers are warm: each process has done a document before. Processor seconds are of all processes of the worker.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pipeline.engines import engine_named
from pipeline.glossary import Termbase
from pipeline.translation import translate
from tests.workers.cluster import EN, PT, Cluster, guide, running
from workers.options import Options

TICKS = os.sysconf("SC_CLK_TCK")


def direct(documents: list[bytes], engine_name: str) -> tuple[float, float]:
    """Seconds, and processor seconds, of the pipeline alone."""
    engine = engine_named(engine_name)
    job = Options(format="markdown").job(EN, PT, Termbase())
    translate(guide(999, 20), job, engine)
    began, worked = time.monotonic(), time.process_time()
    for data in documents:
        translate(data, job, engine)
    return time.monotonic() - began, time.process_time() - worked


def served(documents: list[bytes], engine_name: str, processes: int) -> tuple[float, float]:
    """The same of a worker."""
    with tempfile.TemporaryDirectory() as folder, running(Path(folder), periods={}, processes=processes) as cluster:
        cluster.settings["engine"] = engine_name
        worker = cluster.worker()
        cluster.ended(*(cluster.submit(guide(900 + n, 70)) for n in range(2 * processes)), seconds=600)
        pids = [worker.process.pid, *worker.children()]
        began, worked = time.monotonic(), spent(pids)
        jobs = [cluster.submit(data) for data in documents]
        wait(cluster, jobs)
        return time.monotonic() - began, spent(pids) - worked


def wait(cluster: Cluster, jobs: list[str]) -> None:
    """Until all have ended, with few questions, because they cost what is measured."""
    for job in jobs:
        while not cluster.job(job).state.ended:
            time.sleep(0.2)


def spent(pids: list[int]) -> float:
    """Processor seconds of processes so far (proc(5): utime and stime)."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(one[11]) + int(one[12]) for one in fields) / TICKS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=4)
    parser.add_argument("--segments", type=int, default=2000)
    parser.add_argument("--engine", default="echo")
    parser.add_argument("--processes", default="1,2,4")
    given = parser.parse_args()
    documents = [guide(n, given.segments) for n in range(given.documents)]
    total = given.documents * given.segments
    seconds, worked = direct(documents, given.engine)
    print(f"pipeline alone: {total / seconds:.0f} segments/s, {worked:.1f} s of processor time")
    for processes in map(int, given.processes.split(",")):
        wall, spent_here = served(documents, given.engine, processes)
        print(f"worker of {processes}: {total / wall:.0f} segments/s ({seconds / wall:.2f} of the pipeline alone), "
              f"{spent_here:.1f} s of processor time ({spent_here / worked:.2f})", flush=True)


if __name__ == "__main__":
    main()
