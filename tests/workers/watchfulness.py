"""What must hold while a service is disturbed: watched from outside, and judged at the end."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from pipeline.engines import ServerOptions, engine_named
from pipeline.glossary import Termbase
from pipeline.translation import translate
from storage.errors import StoreFault
from storage.vocabulary import State
from tests.servers.scripted import ScriptedServer
from tests.workers.cluster import EN, PT, Cluster
from workers.options import Options


def undisturbed(data: bytes, base_url: str) -> bytes:
    """What the command line makes of a document."""
    engine = engine_named("vllm", ServerOptions(base_url, "scripted", "generic"))
    return translate(data, Options(format="markdown").job(EN, PT, Termbase()), engine).output


@dataclass
class Lost:
    """Work that a fault has cost."""

    segments: int
    """Asked of the engine and not kept when the fault came."""
    running: int
    """Of them, being generated just then."""


@dataclass
class Watch:
    """Counts what is asked twice, and sees that no job's progress goes back."""

    cluster: Cluster
    server: ScriptedServer
    jobs: Sequence[str]
    kept_before: int = 0
    """Segments of other jobs that are kept."""
    lost: list[Lost] = field(default_factory=list)
    backward: list[str] = field(default_factory=list)
    longest_pause: float = 0.0
    """Seconds, the longest time in which nothing was settled although something was left."""
    repeated_at_end: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        done: Counter[str] = Counter()
        last: dict[str, float] = {}
        while not self._ended.wait(0.1):
            for job in self.jobs:
                try:
                    now = self.cluster.job(job)
                except StoreFault:
                    continue
                if now.progress.done < done[job]:
                    self.backward.append(f"{job}: {done[job]} → {now.progress.done}")
                if now.progress.done > done[job]:
                    last[job] = time.monotonic()
                done[job] = now.progress.done
                if now.state.ended:
                    last.pop(job, None)
            if last:
                self.longest_pause = max(self.longest_pause, time.monotonic() - max(last.values()))

    def note(self) -> None:
        """A fault has just come, and nobody works: count what it has cost, once the server has read what was sent."""
        first = stats = self.server.stats()
        while True:
            time.sleep(0.2)
            before, stats = stats, self.server.stats()
            if stats["requests"] == before["requests"] and not stats["running"] + stats["waiting"]:
                break
        others = sum(one.segments for one in self.lost)
        self.lost.append(Lost(self.repeated - others, first["running"] + first["waiting"]))

    @property
    def repeated(self) -> int:
        """Segments that the engine was asked for, and whose answers are not kept. Each process asks for one more,
        to see what the server can do, after it has asked for its models."""
        stats = self.server.stats()
        return stats["segments"] - stats["requests"].get("/v1/models", 0) - self.cluster.translated() \
            + self.kept_before

    def judge(self, documents: Sequence[bytes]) -> None:
        """All jobs have ended as if nothing had happened."""
        repeated = self.repeated_at_end = self.repeated
        for job in map(self.cluster.job, self.jobs):
            assert job.state is State.SUCCEEDED, (job, self.cluster.told([job]))
        for job, data in zip(self.jobs, documents, strict=True):
            assert self.cluster.result(job) == undisturbed(data, self.server.base_url)
        assert not self.backward
        assert repeated <= sum(one.segments for one in self.lost), (repeated, self.lost)
