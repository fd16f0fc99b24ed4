"""HTTP/1.1 with little CPU: what a model server needs of it and no more."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 411: "Length Required",
           429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}


@dataclass(slots=True)
class Call:
    """One request as it came."""

    connection: "Connection"
    method: str
    path: str
    """Without the query."""
    head: bytes
    """Request line and headers."""
    body: bytes
    gone: Callable[[], None] | None = None
    """Called if the client leaves before the answer."""

    def header(self, name: str) -> str:
        """A header's value, or nothing."""
        return _header(self.head, name.encode())

    def answer(self, body: bytes, status: int = 200, kind: str = "application/json", extra: str = "") -> None:
        """Send a whole answer and take the next request of the connection."""
        self.connection.send(framed(body, status, kind, extra))
        self.connection.finish()

    def answer_json(self, content: object, status: int = 200, extra: str = "") -> None:
        """The same for what is to be written as JSON."""
        self.answer(json.dumps(content).encode(), status, extra=extra)


def framed(body: bytes, status: int = 200, kind: str = "application/json", extra: str = "") -> bytes:
    """Status line, headers and body."""
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One client's connection: requests are taken one after the other."""

    def __init__(self, handle: Callable[[Call], None], known: set["Connection"]) -> None:
        self._handle = handle
        self._known = known
        self._held = b""
        self._call: Call | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._known.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._known.discard(self)
        self._transport = None
        if self._call is not None and self._call.gone is not None:
            self._call.gone()

    def data_received(self, data: bytes) -> None:
        self._held += data
        if self._call is None:
            self._next()

    def send(self, data: bytes) -> None:
        """Bytes to the client, if it is still there."""
        if self._transport is not None:
            self._transport.write(data)

    def finish(self) -> None:
        """The answer has been sent."""
        self._call = None
        if self._held:
            self._next()

    def reset(self) -> None:
        """Break the connection off."""
        if self._transport is not None:
            self._transport.abort()

    def _next(self) -> None:
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._held[:end]
        until = end + 4 + int(_header(head, b"content-length") or 0)
        if len(self._held) < until:
            return
        method, path, _ = head[:head.find(b"\r\n")].decode("latin-1").split(" ", 2)
        call = Call(self, method, path.partition("?")[0], head, self._held[end + 4:until])
        self._held = self._held[until:]
        self._call = call
        if _header(head, b"transfer-encoding"):
            self.send(framed(b"{}", 411, extra="connection: close\r\n"))
            if self._transport is not None:
                self._transport.close()
            return
        self._handle(call)


def _header(head: bytes, name: bytes) -> str:
    at = head.lower().find(b"\r\n" + name + b":")
    if at < 0:
        return ""
    start = at + len(name) + 3
    end = head.find(b"\r\n", start)
    return head[start:end if end >= 0 else len(head)].decode("latin-1").strip()
