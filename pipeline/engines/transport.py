"""HTTP over kept connections; the only file that knows the client library.

The library was chosen by measurement: processor time for each request, pinned to one core, with 320
requests in flight (docs/decisions/0012-http-client.md).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

CONNECT = 10.0
"""Seconds for name, connection and TLS; a server that is there takes far less."""
LARGEST_ANSWER = 16 << 20
"""Bytes; a hundred times the longest completion."""


class Late(Exception):
    """No complete answer in the time given."""


class Broken(Exception):
    """No connection, or one that ended before the answer did."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response."""

    status: int
    body: bytes
    retry_after: str = ""


class Transport:
    """Exchanges with one server. Its connections belong to the event loop in which they were opened."""

    def __init__(self, headers: Mapping[str, str], most: int) -> None:
        self._headers = dict(headers)
        self._most = most
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def exchange(self, method: str, url: str, body: bytes | None, timeout: float) -> Answer:
        """One request and its whole response. ``timeout``: seconds for all of it.

        Cancelling it closes the connection, at which vLLM gives up the request. Redirects are not
        followed: a key must not travel. Raises Late or Broken.
        """
        limits = aiohttp.ClientTimeout(total=timeout, sock_connect=CONNECT)
        try:
            async with self._opened().request(method, url, data=body, timeout=limits,
                                              allow_redirects=False) as response:
                found = bytearray()
                while chunk := await response.content.readany():
                    found += chunk
                    if len(found) > LARGEST_ANSWER:
                        raise Broken("the answer is endless")
                return Answer(response.status, bytes(found), response.headers.get("Retry-After", ""))
        except aiohttp.ConnectionTimeoutError as error:
            raise Broken("no connection in time") from error
        except TimeoutError as error:
            raise Late from error
        except (aiohttp.ClientError, OSError) as error:
            raise Broken(_reason(error)) from error

    async def aclose(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            connector = aiohttp.TCPConnector(limit=self._most + 8, limit_per_host=0)    # and questions beside
            self._session = aiohttp.ClientSession(headers=self._headers, connector=connector, auto_decompress=True)
            self._loop = loop
        return self._session


def _reason(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientSSLError):
        return f"no TLS connection: {error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno                       # a name that is not found has none of the system's
        why = os.strerror(number) if number is not None and number > 0 else str(error.os_error.strerror)
        return f"no connection to {error.host}:{error.port}: {why}"
    return f"the connection broke: {type(error).__name__}"
