"""A worker for tests: the real one, with shorter periods, and with an end where a test names one.

    python -m tests.workers.entry SETTINGS.json

At a named point, reached for the n-th time in this process, it ends as by kill -9.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path

from diglot.settings import settings
from storage.documents import FolderDocuments
from storage.vocabulary import Periods
from storage.work import WorkStore
from workers import logs, steps, sweeping, tasks, worker
from workers.messages import CeleryMessenger

POINTS = {
    "claimed": (WorkStore, "claim", "after"), "before planned": (WorkStore, "planned", "before"),
    "after planned": (WorkStore, "planned", "after"), "before checkpoint": (WorkStore, "checkpoint", "before"),
    "after checkpoint": (WorkStore, "checkpoint", "after"), "before finish_chunk": (WorkStore, "finish_chunk", "before"),
    "after finish_chunk": (WorkStore, "finish_chunk", "after"), "before put": (FolderDocuments, "put", "before"),
    "after put": (FolderDocuments, "put", "after"), "before finish": (WorkStore, "finish", "before"),
    "after finish": (WorkStore, "finish", "after"), "before send": (CeleryMessenger, "send", "before"),
    "after send": (CeleryMessenger, "send", "after"),
}
"""Name → where it is: between any two writes of a job's life."""


def die_at(point: str, time: int) -> None:
    """End when a point is reached for the so-many-th time."""
    owner, name, when = POINTS[point]
    real, times = getattr(owner, name), count(1)

    def reached() -> None:
        if next(times) == time:
            os.kill(os.getpid(), signal.SIGKILL)

    def method(*args, **kwargs):
        if when == "before":
            reached()
        given = real(*args, **kwargs)
        if when == "after" and not (name == "claim" and given is None):
            reached()
        return given

    setattr(owner, name, method)


def die_over(job: str) -> None:
    """End whenever a certain job is taken up."""
    real = WorkStore.claim

    def claim(self, work, owner):
        lease = real(self, work, owner)
        if lease is not None and work.job == job:
            os.kill(os.getpid(), signal.SIGKILL)
        return lease

    WorkStore.claim = claim


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    sweeping.EVERY = given.get("sweep", sweeping.EVERY)
    tasks.GRACE = given.get("grace", tasks.GRACE)
    steps.HEARTBEAT = given.get("heartbeat", steps.HEARTBEAT)
    if given.get("die_at"):
        die_at(given["die_at"], given.get("die_time", 1))
    if given.get("die_over"):
        die_over(given["die_over"])
    chosen = settings(given["settings"])
    deployment = chosen.deployment
    if "lease" in given:
        deployment = replace(deployment, periods=Periods(lease=given["lease"], resend=given["resend"]))
    logs.configure("worker")
    sys.exit(worker.run(deployment, chosen.processes, str(chosen.task_folder) if chosen.task_folder else None))


if __name__ == "__main__":
    main()
