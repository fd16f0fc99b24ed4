"""What each worker's main process does beside its pool: the sweep, and forgetting what is kept no longer."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from itertools import islice

import structlog

from storage.documents import job_of
from storage.errors import StoreFault
from storage.marks import alone, shared
from storage.sweep import MOST_AT_ONCE
from storage.vocabulary import ServiceClass
from workers.deployment import Deployment, Stores
from workers.messages import CeleryMessenger
from workers.metrics import sweep_ended

EVERY = 10.0
"""Seconds between two sweeps."""
LONG_QUEUE = 500
"""Messages in a queue from which on nothing is sent again to it: what waits there needs no second message."""
FORGET_EVERY = 60.0
"""Seconds between two looks for what is kept no longer."""
ORPHAN_AGE = 3600.0
"""Seconds after which a document without a job, or a half-written one, is thought left behind."""
ORPHANS_EVERY = 3600.0
ORPHANS_AT_ONCE = 100
FORGETTING = 3.0
"""Seconds of a sweep that forgetting may take: what is late is for the next one, and work is not to wait for it."""

UNDIVIDED = threading.Lock()
"""Held while this process must not be forked. SQLite, and others, hold locks of their own for moments; in a child that
is forked in such a moment nobody ever gives them back, and no connection may be carried into one. † Without this, one
in some hundred processes that took the place of others in a pool hung at its first look into the database."""
os.register_at_fork(before=UNDIVIDED.acquire, after_in_parent=UNDIVIDED.release, after_in_child=UNDIVIDED.release)

log = structlog.get_logger(__name__)


class Sweeper(threading.Thread):
    """Sweeps until it is told to stop. In any number of processes at once.

    A defect in it ends the whole process, in good order: a worker that does not sweep is started anew.
    """

    def __init__(self, deployment: Deployment, messenger: CeleryMessenger, worker: str) -> None:
        """``worker`` names the worker whose processes are looked after."""
        super().__init__(name="sweeper", daemon=True)
        self._deployment, self._messenger, self._worker = deployment, messenger, worker
        self._ended = threading.Event()
        self._forgotten = self._searched = 0.0

    def stop(self) -> None:
        """Let it end, and wait for that a while."""
        self._ended.set()
        self.join(EVERY)

    def run(self) -> None:
        """Sweep, again and again; a store that does not answer is asked again."""
        try:
            while not self._ended.wait(EVERY):
                with UNDIVIDED:
                    try:
                        with Stores.opened(self._deployment) as stores:
                            self.sweep(stores)
                    except StoreFault as error:
                        log.warning("store_unavailable", error=type(error).__name__)
        finally:
            if not self._ended.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    def sweep(self, stores: Stores) -> None:
        """Once. Raises StoreFault."""
        for owner in stores.sweep.holders(self._worker):
            if not _lives(int(owner.rpartition(":")[2])):
                log.warning("process_ended", count=stores.sweep.ended(owner))
        waiting = self._messenger.waiting()
        limits = {service: MOST_AT_ONCE if waiting is not None and waiting[service] < LONG_QUEUE else 0
                  for service in ServiceClass}
        swept = stores.sweep.run(limits)
        self._messenger.send(swept.send)
        sweep_ended(swept)
        if swept.send or swept.quarantined or swept.freed:
            log.info("swept", sent=len(swept.send), freed=swept.freed, quarantined=len(swept.quarantined))
        now = time.monotonic()
        if now - self._forgotten >= FORGET_EVERY:
            forget_expired(stores, FORGETTING)
            if not stores.retention.expired(1):
                self._forgotten = now
        if now - self._searched >= ORPHANS_EVERY:
            self._searched = now
            if forget_orphans(stores, FORGETTING) is None and shared(stores.documents):
                log.warning("documents_not_searched", what="shared_store")


def _lives(process: int) -> bool:
    """Whether there is a process of this number."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def forget_expired(stores: Stores, seconds: float = math.inf) -> int:
    """Erase documents, and rows, whose time is over; about so many seconds long. Gives the number of jobs. Raises
    StoreFault."""
    count, deadline = 0, time.monotonic() + seconds
    while time.monotonic() < deadline and (jobs := stores.retention.expired()):
        for job in jobs:
            for kept in list(stores.documents.listed(job)):
                stores.documents.delete(kept.id)
        stores.retention.erased(jobs)
        count += len(jobs)
    return count


def forget_orphans(stores: Stores, seconds: float = math.inf) -> int | None:
    """Delete old documents of no job, and what interrupted writes left; about so many seconds long. Gives their number;
    None, and nothing is done, where another database may have documents. Raises StoreFault."""
    if not alone(stores.database, stores.documents):
        return None
    count, deadline = 0, time.monotonic() + seconds
    old = (kept for kept in stores.documents.listed() if time.time() - kept.modified >= ORPHAN_AGE)
    while time.monotonic() < deadline and (some := list(islice(old, ORPHANS_AT_ONCE))):
        unknown = stores.retention.unknown({job_of(kept.id) for kept in some})
        orphans = [kept for kept in some if job_of(kept.id) in unknown]
        for kept in orphans:
            stores.documents.delete(kept.id)
        count += len(orphans)
    stores.documents.tidy(ORPHAN_AGE)
    return count
