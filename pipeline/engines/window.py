"""How many requests a server is given at once: enough to fill it, and no more.

The window opens while the server keeps up and closes when it says that it has too much. A server
that tells how many requests wait in its queue (vLLM's ``vllm:num_requests_waiting``) is kept with a
few waiting: latency alone misleads, since it depends on the length of the answers.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FIRST = 32
"""Requests at the start: a common size of a small server, and little to queue on any."""
BLIND_MOST = 64
"""Requests at most for a server that says nothing of its queue."""
ROUND = 256
"""So many arrivals are sorted with the longest first: the last to end are short ones then."""
KNOWN = 0.9
"""Share of the requests in flight that must run before the window opens further."""
CUT = 0.7
"""What is left of the window when the server refuses for load."""
CUT_PAUSE = 1.0
"""Seconds between two cuts: refusals of one moment are one sign."""


class Window:
    """A gate with an adaptive number of places. Waiters go by priority, then in rounds of arrival,
    longest first within a round."""

    def __init__(self, most: int) -> None:
        self.limit = float(min(FIRST, most))
        self.in_flight = 0
        self._most = most
        self.settled = False
        """The server has had something to queue: it is full."""
        self._told = False
        self._full = False
        self._arrivals = 0
        self._waiting: list[tuple[int, int, int, int, asyncio.Future[None]]] = []
        self._room = asyncio.Event()
        self._room.set()
        self._last_cut = 0.0

    @property
    def opening(self) -> bool:
        """More is wanted than may be sent, and the server is not full yet."""
        return bool(self._waiting) and not self.settled

    @asynccontextmanager
    async def place(self, length: int, priority: int = 0) -> AsyncIterator[None]:
        """Hold one of the places; ``length`` is the expected length of the answer, in any unit."""
        await self._enter(length, priority)
        try:
            yield
        finally:
            self.in_flight -= 1
            self._admit()

    async def hunger(self) -> None:
        """Returns when fewer wait than would fill all places twice."""
        await self._room.wait()

    def succeeded(self) -> None:
        """An answer has come. A full window grows by one, until the server's own queue guides it."""
        if self._full and not self._told:
            self.limit = min(self.limit + 1, self._most, max(BLIND_MOST, FIRST))

    def overloaded(self) -> None:
        """The server has refused a request for load, or has not answered in time."""
        now = time.monotonic()
        if now - self._last_cut >= CUT_PAUSE:
            self._last_cut = now
            self.limit = max(1.0, min(self.limit, self.in_flight) * CUT)

    def told(self, running: int, waiting: int) -> None:
        """The server has said how many requests it works on and how many wait in its queue.

        A few should wait (a quarter of those that run, up to a half), so that no place of the server's is
        ever free; more are better kept here, where they can still be ordered. A server tells once in each
        step: the window opens only when what was sent before shows.
        """
        self._told = True
        self.settled = waiting > 0
        if waiting > max(2, running // 2):
            self.limit = max(1.0, min(self.limit, running + running // 4 + 1))
        elif (self._full or self._waiting) and waiting <= running // 16 and running >= KNOWN * self.in_flight:
            self.limit = min(self._most, self.limit * 2 if waiting == 0 else self.limit + max(1, running // 16))
        self._full = False
        self._admit()

    async def _enter(self, length: int, priority: int) -> None:
        if self.in_flight < self.limit and not self._waiting:
            self.in_flight += 1
            return
        self._full = True
        ticket: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrivals += 1
        heapq.heappush(self._waiting, (priority, self._arrivals // ROUND, -length, self._arrivals, ticket))
        self._note_room()
        try:
            await ticket
        except asyncio.CancelledError:
            if ticket.done() and not ticket.cancelled():    # it was let in at the same moment
                self.in_flight -= 1
                self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self.in_flight < self.limit:
            ticket = heapq.heappop(self._waiting)[-1]
            if not ticket.done():
                ticket.set_result(None)
                self.in_flight += 1
        self._note_room()

    def _note_room(self) -> None:
        if len(self._waiting) < 2 * self.limit:
            self._room.set()
        else:
            self._room.clear()
