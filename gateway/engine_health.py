"""Whether the model server answers that does the work of an engine."""

from __future__ import annotations

import asyncio
import threading
import time

from pipeline.engines import ServerOptions
from pipeline.engines.server import Server

EVERY = 10.0
"""Seconds for which an answer counts, whoever asks: health is asked for by anybody."""
PATIENCE = 2.0
"""Seconds that a server may take to say that it is well."""


class EngineHealth:
    """A check for `gateway.health.Checks`. Threads may share it."""

    def __init__(self, options: ServerOptions, every: float = EVERY, patience: float = PATIENCE) -> None:
        self._options, self._every, self._patience = options, every, patience
        self._well, self._again = False, 0.0
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        """As the server said when it was asked last, now if that is long ago. Raises UsageError for a base URL that is
        none."""
        with self._lock:
            if time.monotonic() >= self._again:
                self._well = asyncio.run(self._asked())
                self._again = time.monotonic() + self._every
            return self._well

    async def _asked(self) -> bool:
        server = Server(self._options)
        try:
            async with asyncio.timeout(self._patience):
                return await server.healthy()
        except TimeoutError:
            return False
        finally:
            await server.aclose()
