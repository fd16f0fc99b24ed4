"""What other processes do in tests of stores. Each takes a URL, because connections are not shared."""

import time
from multiprocessing.connection import Connection
from typing import Any

from pipeline.report import Outcome
from storage.database import opened
from storage.errors import LeaseLost
from storage.vocabulary import Lease, Periods, SegmentResult, Work
from storage.work import WorkStore

OURS = SegmentResult(Outcome.TRANSLATED, "ours")
THEIRS = SegmentResult(Outcome.TRANSLATED, "theirs")


def open_it(url: str, barrier: Any) -> None:
    barrier.wait()
    opened(url).close()


def claim_all(url: str, barrier: Any, works: tuple[Work, ...], name: str, answer: Connection) -> None:
    store = WorkStore(opened(url))
    barrier.wait()
    answer.send([lease for work in works if (lease := store.claim(work, name))])


def finish_each(url: str, barrier: Any, leases: list[Lease], answer: Connection) -> None:
    """Finish one chunk of each job, all at the same moments as the others."""
    store = WorkStore(opened(url))
    given = []
    for lease in leases:
        barrier.wait()
        given.append(store.finish_chunk(lease))
    answer.send([work for work in given if work])


def write_when_told(url: str, work: Work, told: Connection) -> None:
    """Take work with a lease that has run out, and write once the other side says so."""
    store = WorkStore(opened(url), Periods(lease=-1))
    lease = store.claim(work, "zombie")
    assert lease
    told.send(lease)
    told.recv()
    try:
        store.checkpoint(lease, {0: THEIRS})
        told.send("wrote")
    except LeaseLost:
        told.send("lost")


class Slow(dict[int, SegmentResult]):
    """Results whose reader is stopped in the middle of writing them."""

    def __init__(self, values: dict[int, SegmentResult], told: Connection) -> None:
        super().__init__(values)
        self.told = told

    def items(self) -> Any:
        self.told.send("in the middle")
        time.sleep(600)
        return super().items()


def die_in_the_middle(url: str, work: Work, told: Connection) -> None:
    """Checkpoint two segments, and begin with two more."""
    store = WorkStore(opened(url), Periods(lease=0.5))
    lease = store.claim(work, "victim")
    assert lease
    store.checkpoint(lease, {0: OURS, 1: OURS})
    store.checkpoint(lease, Slow({2: OURS, 3: OURS}, told))
