"""A scripted server in a thread, for tests, or in a process of its own, for measurements."""

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from tests.servers.scripted.http import Connection
from tests.servers.scripted.service import Service, Settings

Result = TypeVar("Result")
WAIT_S = 10


class Listener:
    """A port of this machine on which a service can be had; it can go away for a while."""

    def __init__(self, loop: asyncio.AbstractEventLoop, service: Service, port: int = 0, host: str = "127.0.0.1") -> None:
        self.host, self.port = host, port
        self._loop = loop
        self._service = service
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        service.restart = self._restart

    async def open(self) -> None:
        """Listen, on the same port as before."""
        service = self._service
        self._server = await self._loop.create_server(
            lambda: Connection(service.handle, service.connections), self.host, self.port, reuse_address=True, backlog=2048)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse connections and break those there are."""
        if self._server is not None:
            self._server.close()
        for connection in list(self._service.connections):
            connection.reset()
        await asyncio.sleep(0)      # each connection hears of its end

    def _restart(self) -> None:
        task = self._loop.create_task(self._come_back())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come_back(self) -> None:
        await self.close()
        await asyncio.sleep(self._service.settings.schedule.restart_s)
        await self.open()


class ScriptedServer:
    """``with ScriptedServer(Settings(…)) as server:`` serves from a thread of this process."""

    def __init__(self, settings: Settings | None = None, host: str = "127.0.0.1") -> None:
        self.settings = settings or Settings()
        self._loop = asyncio.new_event_loop()
        self._service = Service(self._loop, self.settings)
        self._listener = Listener(self._loop, self._service, host=host)
        self._thread = threading.Thread(target=self._loop.run_forever, name="scripted server", daemon=True)

    def __enter__(self) -> Self:
        self._loop.run_until_complete(self._listener.open())
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._listener.close(), self._loop).result(WAIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def base_url(self) -> str:
        """Up to and with ``/v1``."""
        return f"http://{self._listener.host}:{self._listener.port}/v1"

    def stats(self) -> dict[str, Any]:
        """See `Service.stats`."""
        return self._in_loop(self._service.stats)

    def reset(self) -> None:
        """Count from nothing again."""
        self._in_loop(self._service.reset)

    def restart(self) -> None:
        """Go away and come back, as by `Fault.RESTART`."""
        self._in_loop(self._service.restart)

    def _in_loop(self, call: Callable[[], Result]) -> Result:
        """Call in the thread of the loop and wait for what it gives."""
        async def called() -> Result:
            return call()

        return asyncio.run_coroutine_threadsafe(called(), self._loop).result(WAIT_S)


@contextmanager
def process(*arguments: str, core: int | None = None) -> Iterator[str]:
    """The same in a process of its own, started with the arguments of ``python -m tests.servers.scripted``.

    Gives the base address, up to and with ``/v1``. With ``core``, it runs on that core of the processor alone.
    """
    command = [sys.executable, "-m", "tests.servers.scripted", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as running:
        try:
            if core is not None:
                os.sched_setaffinity(running.pid, {core})
            assert running.stdout is not None
            port = running.stdout.readline().strip()
            if not port:
                raise RuntimeError("The scripted server did not start; its own message stands above.")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            running.terminate()
