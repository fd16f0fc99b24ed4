"""The door: what every request passes before anything else is done with it, and every answer after."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.access import Access
from gateway.problems import TIMEOUT, TOO_LARGE, Refused, on_defect
from gateway.rates import Rate
from gateway.rendering import refusal
from parsers.errors import DiglotError

LINGER_SECONDS = 2.0
"""How long what still comes of a refused body is thrown away: a client that is cut off while it sends reads no
answer."""
IDLE_SECONDS = 30.0
"""How long a body may pause. Who sends nothing must not count among those who are at it."""
HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
           "Cross-Origin-Resource-Policy": "same-origin"}
"""On every answer, unless it says something else."""

log = structlog.get_logger(__name__)


Answered = Callable[[str, str, int, float], None]
"""Told of each answer: the method, the template of the path (never the path; empty if there is none), the status, and
the seconds that it took."""


@dataclass(frozen=True, slots=True)
class Door:
    """ASGI middleware, the outermost: access, rate and size are judged here; defects end here."""

    app: ASGIApp
    access: Access
    rate: Rate
    most_bytes: int
    answered: Answered

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection of the server."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        exchange = Exchange(scope, receive, send, self.most_bytes)
        try:
            await self._passed(scope, exchange)
        except Exception as error:      # the boundary of a request: a defect is told, and costs no other
            log.error("request_failed", method=scope["method"], route=_route(scope), exc_info=error)
            if exchange.status is None:
                await (await on_defect(Request(scope), error))(scope, exchange.receive, exchange.send)
        self.answered(scope["method"], _route(scope), exchange.status or 499, time.monotonic() - began)

    async def _passed(self, scope: Scope, exchange: Exchange) -> None:
        try:
            exchange.check_length()
            caller = await self.access.caller(scope["path"], scope["method"], exchange.headers)
            if caller is not None:
                scope.setdefault("state", {})["caller"] = caller
                await self.rate.count(caller.tenant)
        except DiglotError as error:
            await refusal(scope, error)(scope, exchange.receive, exchange.send)
            return
        await self.app(scope, exchange.receive, exchange.send)


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path_format", ""))


class Exchange:
    """A request whose body is counted, and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, most_bytes: int) -> None:
        self.headers = Headers(scope=scope)
        self.status: int | None = None
        self._receive, self._send = receive, send
        self._most, self._came = most_bytes, 0
        self._unread = self.headers.get("content-length", "0") != "0" or "transfer-encoding" in self.headers

    def check_length(self) -> None:
        """Raises Refused for a body that says it is too large. (The server refuses a length that is no number.)"""
        length = self.headers.get("content-length", "0")
        if length.isdecimal() and (len(length) > 18 or int(length) > self._most):
            raise self._too_large()

    async def receive(self) -> Message:
        """What comes next of the request. Raises Refused once it is too much, or if nothing comes."""
        try:
            async with asyncio.timeout(IDLE_SECONDS if self._unread else None):
                message = await self._receive()
        except TimeoutError as error:
            raise Refused(TIMEOUT, f"Nothing came for {IDLE_SECONDS:.0f} seconds.") from error
        if message["type"] == "http.request":
            self._came += len(message.get("body", b""))
            self._unread = message.get("more_body", False)
            if self._came > self._most:
                raise self._too_large()
        else:
            self._unread = False
        return message

    async def send(self, message: Message) -> None:
        """What goes next of the answer; if the body has not been read the connection ends behind it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._unread:
                headers["Connection"] = "close"
        elif self._unread and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)

    async def _linger(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                while self._unread:
                    message = await self._receive()
                    self._unread = message["type"] == "http.request" and message.get("more_body", False)

    def _too_large(self) -> Refused:
        return Refused(TOO_LARGE, f"The request has more than {self._most:,} bytes, the most that are taken.")
