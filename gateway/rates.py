"""How much one tenant may ask for: requests a minute, and jobs that are not finished."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.concurrency import run_in_threadpool

from gateway.options import GatewayOptions
from gateway.problems import OVER_CAPACITY, QUOTA, RATE, Refused
from storage.jobs import JobStore

BROKER_SECONDS = 1.0
"""How long a shared counter may take to answer. Without it each process counts for itself."""
PAUSE = 30.0
"""Seconds for which a broker that did not answer is left alone: no request shall wait for it."""
LATER = {"Retry-After": "30"}
"""Jobs take a while to end."""

log = structlog.get_logger(__name__)


class Rate:
    """Requests a minute of each tenant, counted in the broker where there is one, so that several gateways count
    together."""

    def __init__(self, a_minute: int, broker: str = "") -> None:
        self._limit: RateLimitItem | None = RateLimitItemPerMinute(a_minute) if a_minute else None
        self._again = 0.0
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        if broker:
            url = broker.replace("redis+socket://", "redis+unix://", 1)      # kombu's word, and that of limits
            storage = storage_from_string(url, wrap_exceptions=True, socket_timeout=BROKER_SECONDS,
                                          socket_connect_timeout=BROKER_SECONDS)
            assert isinstance(storage, Storage)
            self._shared = SlidingWindowCounterRateLimiter(storage)

    async def count(self, tenant: str) -> None:
        """One request more. Raises Refused."""
        if self._limit is not None and not await run_in_threadpool(self._hit, self._limit, tenant):
            raise Refused(RATE, f"More than {self._limit.amount} requests came within a minute.", {"Retry-After": "10"})

    def _hit(self, limit: RateLimitItem, tenant: str) -> bool:
        if self._shared is not None and time.monotonic() >= self._again:
            try:
                return self._shared.hit(limit, "gateway", tenant)
            except StorageError as error:
                self._again = time.monotonic() + PAUSE
                log.warning("broker_unreachable", error=type(error.storage_error).__name__)
        return self._own.hit(limit, "gateway", tenant)


class Admission:
    """Whether more jobs are taken in. Documents that are being uploaded count as the jobs that they become."""

    def __init__(self, jobs: JobStore, options: GatewayOptions) -> None:
        self._jobs, self._options = jobs, options
        self._coming: Counter[str] = Counter()
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def admitted(self, tenant: str, count: int = 1) -> AsyncIterator[None]:
        """A block in which so many jobs come in. Raises Refused for a tenant over their quota, and if there is too much
        to do in all."""
        if count:                           # counting takes longer the more there is to count
            async with self._one_at_a_time:
                await self._check(tenant, count)
                self._coming[tenant] += count
        try:
            yield
        finally:
            self._coming[tenant] -= count
            if not self._coming[tenant]:
                del self._coming[tenant]

    async def _check(self, tenant: str, count: int) -> None:
        now = await run_in_threadpool(self._jobs.unfinished, tenant)
        if now.own + self._coming[tenant] + count > self._options.unfinished_jobs:
            raise Refused(QUOTA, f"Only {self._options.unfinished_jobs} of your jobs may be unfinished; wait for some "
                          "to end.", LATER)
        if now.every + self._coming.total() + count > self._options.capacity:
            raise Refused(OVER_CAPACITY, "There is too much to do at the moment; try again later.", LATER)
