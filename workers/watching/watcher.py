"""The watcher itself: look, claim, hand over, wait, deliver; and never die of a full disk or a lost network."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from parsers.errors import UsageError
from storage.errors import DocumentNotFound, JobNotFound, StoreError, StoreFault, StoreUnavailable
from storage.jobs import MOST_LISTED
from storage.vocabulary import UNFINISHED, Job, Problem, State
from workers.intake import Intake
from workers.watching.claims import Claim, Claims, Reached
from workers.watching.delivery import Delivery, Failure
from workers.watching.handing import Handing, Refused, StillWritten, changed
from workers.watching.places import IN, WORK, inside, opened, prepare
from workers.watching.profiles import Profiles
from workers.watching.sightings import DONE, Found, Look, Sightings, look

SLOWER = 1.5
"""Factor of the pause after each look that found nothing."""
GONE = Problem("job-gone", "Somebody has erased the job of this file.")
CANCELLED = Problem("cancelled", "Somebody has cancelled the job of this file.")
UNKNOWN = Problem("unknown-profile", "The profile of this folder is not in the settings any more.")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchOptions:
    """How a folder is watched. Times are seconds."""

    tenant: str = "local"
    """Whose jobs these are."""
    interval: float = 2.0
    idle_interval: float = 10.0
    """Up to this the pause grows while nothing happens."""
    scans: int = 3
    """Looks in which a file must be the same …"""
    quiet: float = 5.0
    """… and for at least so long. 15 where clients of a network file system keep what they write for long."""
    patience: float = 600.0
    """For a file that is empty, or lacks its end."""
    most_unfinished: int = 1000
    """Jobs of the tenant with which no more files are claimed."""
    most_bytes: int = 100 << 20
    """Of a document: as many as the gateway takes unless it is told otherwise."""
    edition: str = ""
    """Who translates, in words; the same document is translated once by each."""


class Watcher:
    """Watches one folder. Any number of them may watch the same one, on this and other hosts."""

    def __init__(self, root: Path, intake: Intake, profiles: Profiles,
                 options: WatchOptions | None = None, *, clock: Callable[[], float] = time.monotonic,
                 reached: Reached = lambda _: None) -> None:
        """Raises UsageError for a folder or a profile that cannot be used. ``reached`` is told of each step."""
        prepare(root)
        profiles.check()
        self._root, self._stores, self._profiles = root, intake.stores, profiles
        self._options, self._clock, self._reached = options or WatchOptions(), clock, reached
        self._claims = Claims(root / WORK, reached)
        self._handing = Handing(intake, self._options.tenant, self._options.edition, self._options.most_bytes)
        self._delivery = Delivery(intake.stores.documents, reached)
        self._sightings = Sightings(self._options.scans, self._options.quiet, self._options.patience)
        self._troubles = _Troubles()
        self._told: set[str] = set()

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop. What is under way then is gone on with at the next start, by whichever watcher."""
        pause = self._options.interval
        log.info("watch_started")
        try:
            while not stop.is_set():
                busy = self.step(stop)
                pause = self._options.interval if busy else min(pause * SLOWER, self._options.idle_interval)
                stop.wait(pause)
        finally:
            self.close()
            log.info("watch_ended")

    def close(self) -> None:
        """Leave the claims to other watchers."""
        self._claims.close()

    def step(self, stop: threading.Event | None = None) -> bool:
        """One round; gives whether anything is under way. What time may heal is told in the log, once, not raised."""
        stopping = stop or threading.Event()
        with self._surviving("folder"), opened(self._root) as root, self._surviving("claims"):
            self._claims.hold()
            if inherited := self._claims.take_over():
                log.info("watch_took_over", count=inherited)
            self._go_on(root, stopping)
            self._look(root, stopping)
        troubled = self._troubles.end_round()
        return bool(self._claims.held() or len(self._sightings) or troubled)

    # ---- files that are claimed ----------------------------------------------------------------------
    def _go_on(self, root: int, stopping: threading.Event) -> None:
        """Bring each claim as far as it goes now."""
        with self._surviving("store"):
            waiting = any(claim.handed for claim in self._claims.held())
            unfinished = set(self._unfinished()) if waiting else set()
            for claim in self._claims.held():
                if stopping.is_set():
                    return
                with self._surviving("claim", claim):
                    self._advance(claim, root, unfinished)

    def _advance(self, claim: Claim, root: int, unfinished: set[str]) -> None:
        if claim.ready.is_dir():
            self._deliver(claim, root)
        elif claim.handed is None:
            self._hand_over(claim, root)
        elif unfinished.isdisjoint(claim.handed.jobs.values()):
            self._conclude(claim, root)

    def _hand_over(self, claim: Claim, root: int) -> None:
        profile = self._profiles.of(claim.folder)
        if profile is None:
            self._fail(claim, root, UNKNOWN)
            return
        try:
            handed = self._handing.hand_over(claim, profile)
        except Refused as error:
            self._fail(claim, root, error.problem)
            return
        except StillWritten:
            return
        self._reached("handed-over")
        claim.keep(handed)
        self._reached("jobs-kept")
        for job in handed.jobs.values():
            log.info("watch_handed_over", job=job)

    def _fail(self, claim: Claim, root: int, problem: Problem) -> None:
        self._delivery.stage(claim, root, {}, (Failure(problem),))
        self._deliver(claim, root)

    def _conclude(self, claim: Claim, root: int) -> None:
        """All jobs of a claim have ended."""
        assert claim.handed is not None
        if changed(claim):
            claim.forget_jobs()
            return
        done, failures = {}, []
        for language, job in claim.handed.jobs.items():
            found = self._ended(job)
            if isinstance(found, Problem):
                failures.append(Failure(found, job, language))
            else:
                done[language] = found
        try:
            self._delivery.stage(claim, root, done, failures)
        except DocumentNotFound:                            # kept no more: this watcher was away for too long
            claim.forget_jobs()
            return
        self._deliver(claim, root)

    def _ended(self, job: str) -> Job | Problem:
        try:
            found = self._stores.jobs.get(self._options.tenant, job)
        except JobNotFound:
            return GONE
        if found.state is State.CANCELLED:
            return CANCELLED
        return found.problem or found

    def _deliver(self, claim: Claim, root: int) -> None:
        well = self._delivery.deliver(claim, root)
        self._claims.drop(claim)
        jobs = claim.handed.jobs.values() if claim.handed else ()
        log.info("watch_delivered" if well else "watch_failed", job=next(iter(jobs), None))

    def _unfinished(self) -> Iterator[str]:
        """Jobs of the tenant that have not ended."""
        last = None
        while page := self._stores.jobs.list(self._options.tenant, UNFINISHED, last, MOST_LISTED):
            yield from (job.id for job in page)
            last = page[-1].id

    # ---- files that arrive ---------------------------------------------------------------------------
    def _look(self, root: int, stopping: threading.Event) -> None:
        with inside(root, (IN,)) as into:
            seen = look(into)
        self._tell_unreadable(seen)
        known = {folder: self._known(folder) for folder in {found.folder[:1] for found in seen.files}}
        seen.files = [found for found in seen.files if known[found.folder[:1]]]
        now = self._clock()
        self._sightings.update(seen, now)
        for folder, name in self._sightings.stray(now):
            with suppress(FileNotFoundError):
                _unmark(root, folder, name)
        room = self._room()
        for found in self._sightings.ready(root, seen.done, now):
            if stopping.is_set() or room <= 0:
                return
            claim = None
            with self._surviving("file"):                   # one that cannot be moved is in nobody's way
                claim = self._take(root, found, marked=found.key in seen.done)
                room -= 1
            if claim is not None:
                with self._surviving("claim", claim, StoreFault):
                    self._hand_over(claim, root)

    def _take(self, root: int, found: Found, *, marked: bool) -> Claim | None:
        if marked:                                          # first: it must not mislead about the next of this name
            with suppress(FileNotFoundError):
                _unmark(root, *found.key)
        claim = self._claims.take(root, found)
        self._sightings.forget(found)
        return claim

    def _room(self) -> int:
        """How many files may be claimed now."""
        unsent = sum(claim.handed is None for claim in self._claims.held())
        if not len(self._sightings):
            return 0
        with self._surviving("store"):
            taken = self._stores.jobs.unfinished(self._options.tenant).own
            return max(0, self._options.most_unfinished - taken - unsent)
        return 0

    def _known(self, folder: tuple[str, ...]) -> bool:
        """Whether a profile takes the files of a folder in ``in/``; else they stay where they are."""
        profile = self._profiles.of(folder)
        if profile is None:
            self._tell("watch_folder_without_profile" if folder else "watch_file_without_profile")
        return profile is not None

    def _tell_unreadable(self, seen: Look) -> None:
        if seen.unreadable:
            self._tell("watch_folder_unreadable", count=len(seen.unreadable), error=type(seen.unreadable[0]).__name__)
        else:
            self._told.discard("watch_folder_unreadable")

    def _tell(self, event: str, **values: object) -> None:
        """Once."""
        if event not in self._told:
            self._told.add(event)
            log.warning(event, **values)

    @contextmanager
    def _surviving(self, what: str, claim: Claim | None = None,
                   all_meet: type[StoreFault] = StoreUnavailable) -> Iterator[None]:
        """Let what is wrong with disks, networks, stores and settings wait for the next round. What ``all_meet``, not
        this claim alone, goes through."""
        try:
            yield
        except (OSError, StoreError, UsageError) as error:
            if claim is not None and not claim.path.is_dir():
                self._claims.drop(claim)                    # another watcher has taken it over
                return
            if claim is not None and isinstance(error, all_meet):
                raise
            self._troubles.meet(what, error)


@dataclass(slots=True)
class _Troubles:
    """What keeps the watcher from its work: each is told when it begins and when it ends."""

    before: set[tuple[str, str, int | None]] = field(default_factory=set)
    now: set[tuple[str, str, int | None]] = field(default_factory=set)

    def meet(self, what: str, error: Exception) -> None:
        """It happened in this round."""
        trouble = (what, type(error).__name__, getattr(error, "errno", None))
        if trouble not in self.before | self.now:
            log.warning("watch_trouble", what=what, error=trouble[1], status=trouble[2])
        self.now.add(trouble)

    def end_round(self) -> bool:
        """Whether there was any."""
        for what, error, _ in self.before - self.now:
            log.info("watch_recovered", what=what, error=error)
        self.before, self.now = self.now, set()
        return bool(self.before)


def _unmark(root: int, folder: tuple[str, ...], name: str) -> None:
    with inside(root, (IN, *folder)) as descriptor:
        os.unlink(name + DONE, dir_fd=descriptor)
