"""A service on a folder, whose workers are in the test's hand, and a watcher whose time passes when the test says so."""

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path

from parsers.locales import Locale
from pipeline.engines import engine_named
from storage.vocabulary import Periods, Work
from workers.deployment import Deployment, Stores
from workers.intake import Intake
from workers.steps import Steps
from workers.watching.profiles import Profile, Profiles
from workers.watching.watcher import Watcher, WatchOptions

GUIDE = b"# Guide\n\nSome **bold** words about a thing.\n"
PT = Locale.parse("pt-BR")


class Collecting:
    """A messenger that keeps what it should send."""

    def __init__(self) -> None:
        self.works: list[Work] = []

    def send(self, work: Iterable[Work]) -> None:
        self.works += work


class Desk:
    def __init__(self, folder: Path, *, database: str = "", profiles: Profiles | None = None,
                 reached: Callable[[str], None] = lambda _: None, real_time: bool = False, **options) -> None:
        self.root, self.reached, self.options = folder / "watched", reached, options
        self.real_time = real_time
        self.profiles = profiles or Profiles(base=Profile(source=Locale.parse("en")))
        self._open = ExitStack()
        self.stores = self._open.enter_context(Stores.opened(Deployment(
            database=database or f"sqlite:///{folder}/jobs.db", documents=str(folder / "documents"), broker="",
            periods=Periods(resend=0.0))))           # what a killed process should have sent is sent again at once
        self.messenger = Collecting()
        self.intake = Intake(self.stores, self.messenger)
        self.time = 1000.0
        self.watcher = self.another_watcher()

    def another_watcher(self) -> Watcher:
        made = Watcher(self.root, self.intake, self.profiles, WatchOptions(**self.options),
                       clock=time.monotonic if self.real_time else lambda: self.time, reached=self.reached)
        self._open.callback(made.close)
        return made

    def close(self) -> None:
        self._open.close()

    def drop(self, name: str | bytes, data: bytes = GUIDE, folder: str = "pt-BR") -> Path:
        """Put a file there as a copying program does that renames at the end."""
        place = self.root / "in" / folder / os.fsdecode(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.parent / ".arriving.part"
        part.write_bytes(data)
        part.rename(place)
        return place

    def rounds(self, count: int = 1, watcher: Watcher | None = None, seconds: float = 2.0) -> bool:
        busy = False
        for _ in range(count):
            self.time += seconds
            busy = (watcher or self.watcher).step()
        return busy

    def work(self) -> None:
        """Let the workers do what is to be done."""
        asyncio.run(self._work())

    async def _work(self) -> None:
        steps = Steps(self.stores.work, self.stores.documents, engine_named("pseudo"))
        while self.messenger.works:
            self.messenger.works += await steps.perform(self.messenger.works.pop(), "worker")

    def settle(self) -> None:
        """Until nothing is under way."""
        for _ in range(1000):
            busy = self.rounds()
            if not self.messenger.works:
                self.messenger.works += self.stores.sweep.run().send
            self.work()
            if not busy and not self.messenger.works:
                return
        raise AssertionError("The watcher never comes to rest.")

    def files(self, under: str) -> list[str]:
        """Relative to the folder, sorted."""
        top = self.root / under
        return sorted(str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir() or path.is_symlink())

    def processed(self) -> list[str]:
        """Without the day."""
        return [name.partition("/")[2] for name in self.files("processed")]

    def jobs(self) -> tuple:
        return self.stores.jobs.list("local", limit=1000)

    def left(self) -> list[str]:
        """Claims that are on the disk."""
        return [name for name in self.files(".work") if not name.endswith("/lock")]
