"""Continuous batching as a GPU server does it, in the time of the event loop.

A decode step takes the same time however many sequences run and gives each of them one token. A sequence
that waits gets a slot when a step begins; its prompt makes that step longer. Only ends of steps cost CPU.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the model is. As it stands: 20,000 tokens a second, 500 answers of 40 tokens."""

    slots: int = 256
    """Sequences that run at once (``--max-num-seqs``)."""
    step_s: float = 0.0128
    """Seconds of one decode step."""
    prefill_s: float = 0.0
    """Seconds that a step grows by for each token of a prompt that starts in it."""
    by_priority: bool = True
    """Waiting sequences start by priority, lower first; otherwise in the order they came."""

    @property
    def tokens_per_s(self) -> float:
        """What all slots give together."""
        return self.slots / self.step_s


class Sequence:
    """One prompt with its answer under way."""

    __slots__ = ("answer_tokens", "done", "dropped", "place", "priority", "prompt_tokens")

    def __init__(self, prompt_tokens: int, answer_tokens: int, priority: int, done: Callable[[], None]) -> None:
        self.prompt_tokens = prompt_tokens
        self.answer_tokens = max(1, answer_tokens)
        self.priority = priority
        self.done = done
        self.place = 0
        self.dropped = False


@dataclass(slots=True)
class Mark:
    """What had been done at a moment."""

    at: float = 0.0
    tokens: int = 0
    prefill: float = 0.0


@dataclass(slots=True)
class Account:
    """What the batch has done since it was last reset."""

    tokens: int = 0
    prefill: float = 0.0
    most_running: int = 0
    first_arrival: Mark | None = None
    first_full: Mark | None = None
    arrivals: deque[Mark] = field(default_factory=deque)
    """The last ones, as many as there are slots."""
    last_token: Mark = field(default_factory=Mark)

    def mark(self, at: float) -> Mark:
        return Mark(at, self.tokens, self.prefill)


class Batch:
    """Sequences that wait and run. Every method is called from the event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, speed: Speed) -> None:
        self.speed = speed
        self.running = 0
        self.waiting = 0
        self.account = Account()
        self._loop = loop
        self._places = 0
        self._step = 0
        self._step_ends = 0.0
        self._active = False
        self._queue: list[tuple[int, int, Sequence]] = []
        self._ends: list[tuple[int, int, Sequence]] = []

    def submit(self, sequence: Sequence) -> None:
        """Put a sequence into the queue."""
        now = self._loop.time()
        self._places += 1
        sequence.place = self._places
        rank = sequence.priority if self.speed.by_priority else 0
        heapq.heappush(self._queue, (rank, self._places, sequence))
        self.waiting += 1
        arrivals = self.account.arrivals
        arrivals.append(self.account.mark(now))
        if len(arrivals) > self.speed.slots:
            arrivals.popleft()
        self.account.first_arrival = self.account.first_arrival or arrivals[-1]
        if not self._active:
            self._active = True
            self._begin(now)

    def drop(self, sequence: Sequence) -> None:
        """Forget a sequence whose client has gone; its slot is free at once."""
        if sequence.dropped or not sequence.place:
            return
        sequence.dropped = True
        if sequence.place > 0:
            self.waiting -= 1
        else:
            self.running -= 1

    def busy(self) -> dict[str, float]:
        """Tokens produced ÷ tokens that a full server would have produced, prefill time left out.

        ``whole`` is from the first arrival to the last token, ``steady`` from the moment when all slots were taken
        for the first time until fewer arrivals are left than there are slots, which nobody could fill with them:
        without the filling and the draining that every run has.
        """
        account = self.account
        return {"whole": self._share(account.first_arrival, account.last_token),
                "steady": self._share(account.first_full, account.arrivals[0]) if account.arrivals else 0.0}

    def steady(self) -> tuple[float, float]:
        """When the steady part began and ended, by the loop's clock; nothing before it was full."""
        account = self.account
        since = account.first_full.at if account.first_full else 0.0
        return since, max(since, account.arrivals[0].at if account.arrivals else 0.0)

    def filled_after(self) -> float | None:
        """Seconds from the first arrival until all slots were taken."""
        account = self.account
        return account.first_full.at - account.first_arrival.at if account.first_full and account.first_arrival else None

    def _share(self, since: Mark | None, until: Mark) -> float:
        if since is None or until.at <= since.at:
            return 0.0
        possible = (until.at - since.at - (until.prefill - since.prefill)) * self.speed.tokens_per_s
        return (until.tokens - since.tokens) / possible if possible > 0 else 0.0

    def _begin(self, now: float) -> None:
        prompts = 0
        while self._queue and self.running < self.speed.slots:
            sequence = heapq.heappop(self._queue)[2]
            if sequence.dropped:
                continue
            self.waiting -= 1
            self.running += 1
            prompts += sequence.prompt_tokens
            heapq.heappush(self._ends, (self._step + sequence.answer_tokens, sequence.place, sequence))
            sequence.place = -1
        if not self.running:
            self._active = False
            return
        self.account.most_running = max(self.account.most_running, self.running)
        prefill = prompts * self.speed.prefill_s
        self.account.prefill += prefill
        if self.running == self.speed.slots and self.account.first_full is None:
            self.account.first_full = self.account.mark(now)
        self._step_ends = now + self.speed.step_s + prefill
        self._loop.call_at(self._step_ends, self._tick)

    def _tick(self) -> None:
        """End the step. A GPU does not wait for this process: the next step began when this one was due."""
        self._step += 1
        self.account.tokens += self.running
        self.account.last_token = self.account.mark(self._step_ends)
        while self._ends and self._ends[0][0] <= self._step:
            sequence = heapq.heappop(self._ends)[2]
            if not sequence.dropped:
                self.running -= 1
                sequence.place = 0
                sequence.done()
        self._begin(self._step_ends)
