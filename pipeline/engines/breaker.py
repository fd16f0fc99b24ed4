"""Waiting for a server that has gone, and not pressing one that fails.

While the breaker is open nobody asks and no request loses a try: one prober looks whether the server
is there again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from enum import Enum, auto

from pipeline.engines import EngineError

RECENT = 10.0
"""Seconds of outcomes that are looked at."""
ENOUGH = 10
"""Outcomes in that time without which no share means anything."""
OPENS_AT = 0.5
"""Share of failures that opens the breaker."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between two looks at a server that has gone; doubled each time."""

Healthy = Callable[[], Awaitable[bool]]


class State(Enum):
    """Of the breaker."""

    CLOSED = auto()
    """Everybody may ask."""
    OPEN = auto()
    """Nobody may; the server is looked at."""
    TRIAL = auto()
    """The server seems well: one request is let through to see."""
    LOST = auto()
    """Patience is at its end."""


class Breaker:
    """Opens when the server has gone or mostly fails; closes when a request succeeds again."""

    def __init__(self, healthy: Healthy, patience: float) -> None:
        self._healthy = healthy
        self._patience = patience
        self._recent: deque[tuple[float, bool]] = deque()
        self._state = State.CLOSED
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._pause = FIRST_PAUSE
        self._since = 0.0
        self._tried = False

    async def passed(self) -> bool:
        """Returns when the server may be asked; True for a trial: say `returned` when it is over, however it ends.

        Raises EngineError if the server stays away too long, and from then on until `reset`.
        """
        while self._state is not State.CLOSED:
            if self._state is State.LOST:
                raise EngineError(f"The model server has not answered for {self._patience:g} seconds; "
                                  "look after it and run the command again.")
            if self._state is State.TRIAL and not self._tried:
                self._tried = True
                return True
            await self._news.wait()
        return False

    def returned(self, *, trial: bool) -> None:
        """A request is over. A trial that has shown nothing, cancelled or put off, leaves its turn to another."""
        if trial and self._state is State.TRIAL:
            self._tried = False
            self._wake()

    def reset(self) -> None:
        """The server has been asked by other ways, and is there."""
        self._stop_looking()
        self._recent.clear()
        self._pause = FIRST_PAUSE
        self._become(State.CLOSED)

    def succeeded(self) -> None:
        """The server has answered."""
        self._note(ok=True)
        if self._state is not State.LOST:
            self._pause = FIRST_PAUSE
            self._become(State.CLOSED)

    def failed(self) -> bool:
        """The server is there and has failed a request. True if that counts as a try of the request's."""
        self._note(ok=False)
        failures = sum(not ok for _, ok in self._recent)
        if self._state is State.CLOSED and (len(self._recent) < ENOUGH or failures < OPENS_AT * len(self._recent)):
            return True
        self._begin()
        return False

    async def gone(self) -> bool:
        """After a connection was refused or broken: has the server gone? Then the breaker is open, and
        what was asked does not count as tried."""
        if self._state is State.CLOSED and await self._healthy():
            return False
        self._begin()
        return True

    async def aclose(self) -> None:
        """Stop looking."""
        self._stop_looking()

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    def _note(self, *, ok: bool) -> None:
        now = time.monotonic()
        self._recent.append((now, ok))
        while self._recent[0][0] < now - RECENT:
            self._recent.popleft()

    def _begin(self) -> None:
        if self._state is State.CLOSED:
            self._since = time.monotonic()
        if self._state in (State.CLOSED, State.TRIAL):
            self._recent.clear()
            self._become(State.OPEN)
            self._looking = asyncio.get_running_loop().create_task(self._look())

    def _become(self, state: State) -> None:
        if self._state is not state:
            self._state, self._tried = state, False
            self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    async def _look(self) -> None:
        while self._state is State.OPEN:
            left = self._since + self._patience - time.monotonic()
            await asyncio.sleep(max(0.0, min(self._pause, left)))
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            if left <= 0:
                self._become(State.LOST)
            elif self._state is State.OPEN and await self._healthy():
                self._become(State.TRIAL)
