"""How fast a processor core is from one moment to the next: on machines that are shared, half as fast a second later.

The measure is the processor time of a plain loop, in milliseconds for a million turns: what it waits for the core does
not count, what others do to the core's caches, clock and threads does.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

TURNS = 10_000
EVERY_S = 0.5
"""Between two looks. Each takes three times `TURNS`, half a per cent of the core."""
BOUNDS = (50.0, 60.0, 70.0, 80.0)


class Moment(NamedTuple):
    """What was seen at once."""

    at: float
    """Seconds of the counter's own clock."""
    count: int
    pace: float
    """Milliseconds for a million turns."""


def pace(core: int, turns: int = 1_000_000) -> float:
    """Milliseconds of processor time that this core takes for a million turns of a loop; the least of three.

    The calling thread is tied to the core for that long.
    """
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return min(_loop(turns) for _ in range(3)) * 1e9 / turns
    finally:
        os.sched_setaffinity(0, before)


def _loop(turns: int) -> float:
    started, total = time.thread_time(), 0
    for number in range(turns):
        total += number * number
    return time.thread_time() - started


class Watch(threading.Thread):
    """Looks at a core and at a counter until it is stopped. ``read`` gives seconds and a count."""

    def __init__(self, core: int, read: Callable[[], tuple[float, int]]) -> None:
        super().__init__(daemon=True)
        self._core, self._read = core, read
        self._over = threading.Event()
        self.moments: list[Moment] = []

    def run(self) -> None:
        """Look, and wait; what the counter costs is paid by other cores."""
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {self._core} or {self._core})
        while not self._over.wait(EVERY_S):
            self.moments.append(Moment(*self._read(), pace(self._core, TURNS)))

    def stop(self) -> list[Moment]:
        """The moments, in order."""
        self._over.set()
        self.join()
        return self.moments


def by_pace(moments: Sequence[Moment], since: float, until: float) -> list[tuple[str, float, float]]:
    """(pace in words, seconds, count a second) of the stretches between two times, by the slower of their two ends."""
    names = [f"under {BOUNDS[0]:.0f} ms", *(f"{a:.0f} to {b:.0f} ms" for a, b in pairwise(BOUNDS)),
             f"over {BOUNDS[-1]:.0f} ms"]
    seconds, counts = [0.0] * len(names), [0] * len(names)
    for one, other in pairwise(moments):
        if since <= one.at < other.at <= until:
            rank = sum(max(one.pace, other.pace) >= bound for bound in BOUNDS)
            seconds[rank] += other.at - one.at
            counts[rank] += other.count - one.count
    return [(name, spent, count / spent) for name, spent, count in zip(names, seconds, counts, strict=True) if spent]
