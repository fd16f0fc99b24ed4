"""Tells webhooks of jobs that ended, as the Standard Webhooks specification says."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import aiohttp
import structlog
from standardwebhooks import Webhook
from starlette.concurrency import run_in_threadpool

from gateway.addresses import Private, PublicResolver, checked_url
from gateway.problems import as_bytes
from gateway.resources import moment, path_of
from parsers.errors import UsageError
from storage.deliveries import DeliveryStore, Sending
from storage.errors import LeaseLost, StoreFault

EVERY = 1.0
"""Seconds between two looks for what is due."""
AT_ONCE = 20
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
"""The specification suggests 15 to 30 s; a lease is 45 s."""
MOST_ANSWER = 4 << 10
"""Bytes of an answer that are read, before the connection is closed."""
LONGEST_WAIT = 86_400.0

log = structlog.get_logger(__name__)


class Sender:
    """Sends what is due. Any number of processes may: each delivery is one's at a time."""

    def __init__(self, deliveries: DeliveryStore, *, private: bool = False, tls: ssl.SSLContext | None = None) -> None:
        """``private`` lets it connect to addresses that are not public, ``tls`` says whom to trust there: for tests."""
        self._deliveries, self._private = deliveries, private
        self._tls: ssl.SSLContext | bool = tls or True
        self._owner = f"{socket.gethostname()[:60]}:{os.getpid()}:{os.urandom(4).hex()}"

    async def run(self) -> None:
        """Send until this is cancelled. What is under way then is sent again by whoever sends next."""
        async with self._session() as session:
            while True:
                try:
                    sent = await self._send_due(session)
                except StoreFault as error:
                    log.warning("store_unavailable", error=type(error).__name__)
                    sent = 0
                if not sent:
                    await asyncio.sleep(EVERY)

    async def once(self) -> int:
        """Send what is due now. Gives the number of attempts. Raises StoreFault."""
        async with self._session() as session:
            return await self._send_due(session)

    def _session(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=PublicResolver(private=self._private), ssl=self._tls, use_dns_cache=False, force_close=True,
            limit=AT_ONCE)
        return aiohttp.ClientSession(connector=connector, timeout=TIMEOUT, trust_env=False, auto_decompress=False,
                                     cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": "Diglot"})

    async def _send_due(self, session: aiohttp.ClientSession) -> int:
        due: Sequence[Sending] = await run_in_threadpool(self._deliveries.claim_due, self._owner, AT_ONCE)
        await asyncio.gather(*(self._send(session, one) for one in due))
        return len(due)

    async def _send(self, session: aiohttp.ClientSession, sending: Sending) -> None:
        try:
            status, wait = await self._posted(session, sending)
        except Private:
            await self._told(self._deliveries.failed, sending, "The URL leads to an address that is not public.")
        except (UsageError, aiohttp.ClientError, OSError, ValueError) as error:
            private = any(isinstance(one, Private) for one in (error.__cause__, error.__context__))
            problem = "The URL leads to an address that is not public." if private else _sentence(error)
            await self._told(self._deliveries.failed, sending, problem)
        else:
            if 200 <= status < 300:
                await self._told(self._deliveries.succeeded, sending, status)
            elif status == 410:
                await self._told(self._deliveries.gone, sending, status)
            else:
                await self._told(self._deliveries.failed, sending, f"The receiver answered {status}.", status, wait)

    async def _posted(self, session: aiohttp.ClientSession, sending: Sending) -> tuple[int, float]:
        """The status of the answer, and for how long it asks to be left alone."""
        if not self._private:
            checked_url(sending.url)
        now = datetime.now(UTC)
        body = _body(sending)
        headers = {"Content-Type": "application/json", "webhook-id": sending.id,
                   "webhook-timestamp": str(int(now.timestamp())),
                   "webhook-signature": Webhook(sending.secret).sign(sending.id, now, body.decode())}
        async with session.post(sending.url, data=body, headers=headers, allow_redirects=False) as answer:
            with suppress(aiohttp.ClientError):             # the status has come: that is the answer
                await answer.content.read(MOST_ANSWER)
            return answer.status, _seconds(answer.headers.get("Retry-After", ""))

    @staticmethod
    async def _told(how: Callable[..., None], sending: Sending, *what: object) -> None:
        try:
            await run_in_threadpool(how, sending, *what)
        except LeaseLost:
            log.info("delivery_lost", delivery=sending.id)


def _body(sending: Sending) -> bytes:
    created = moment(sending.created)
    assert created is not None
    return as_bytes({"type": sending.event, "timestamp": created.isoformat().replace("+00:00", "Z"),
                     "data": {"id": sending.job, "state": sending.event.rpartition(".")[2],
                              "links": {"self": path_of(sending.job)}}})


def _sentence(error: Exception) -> str:
    if isinstance(error, UsageError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "The receiver did not answer in time."
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "The receiver's certificate is not valid, or TLS failed."
    return "The receiver cannot be reached."


def _seconds(retry_after: str) -> float:
    return min(float(retry_after), LONGEST_WAIT) if retry_after.isascii() and retry_after.isdecimal() else 0.0
