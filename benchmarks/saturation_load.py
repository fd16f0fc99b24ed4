"""Two parts of `saturation`: a relay that records and counts what passes, and a bare load generator.

Neither uses an HTTP library. The relay stands before the server for both sides, so that it costs both the same.
"""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit


@dataclass(slots=True)
class Passed:
    """What went through a relay since it was last asked."""

    requests: int = 0
    """Requests for text; questions about the server are not counted."""
    failed: int = 0
    """Of these, answered by another status than 200."""
    prompt_tokens: int = 0
    answer_tokens: int = 0
    """As the server's ``usage`` says."""
    first: float = 0.0
    last: float = 0.0
    """Seconds of the first request and the last answer, by one clock."""
    bodies: list[str] = field(default_factory=list)

    @property
    def tokens_per_s(self) -> float:
        """Tokens of answers for each second between the first request and the last answer."""
        return self.answer_tokens / (self.last - self.first) if self.last > self.first else 0.0


@dataclass(slots=True)
class Message:
    """A request or a response."""

    head: bytes
    body: bytes

    @property
    def start(self) -> list[bytes]:
        """The three words of the first line."""
        return self.head[:self.head.find(b"\r\n")].split(b" ", 2)


async def received(reader: asyncio.StreamReader) -> Message:
    """One whole message with a Content-Length or in chunks. Raises IncompleteReadError at the end."""
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    if b"\r\ntransfer-encoding: chunked" in lower:
        parts = []
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append((await reader.readexactly(size + 2))[:-2])
        await reader.readuntil(b"\r\n")
        return framed(head, b"".join(parts))
    at = lower.find(b"\r\ncontent-length:")
    size = int(head[at + 17:head.find(b"\r\n", at + 2)]) if at >= 0 else 0
    return Message(head, await reader.readexactly(size) if size else b"")


def framed(head: bytes, body: bytes) -> Message:
    """A message with a new body, its headers set right."""
    lines = [line for line in head.rstrip().split(b"\r\n")
             if not line.lower().startswith((b"content-length:", b"transfer-encoding:"))]
    return Message(b"\r\n".join([*lines, b"content-length: %d" % len(body), b"", b""]), body)


class Relay:
    """Passes requests on to a server, one connection there for each connection here."""

    def __init__(self, upstream: SplitResult) -> None:
        self._upstream = upstream
        self._passed = Passed()
        self._salt = "0"

    async def serve(self) -> None:
        """Serve for ever; the first line of output is the port."""
        server = await asyncio.start_server(self._connection, "127.0.0.1", 0, limit=1 << 24, backlog=2048)
        sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
        sys.stdout.flush()
        await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while True:
                request = await received(reader)
                if request.start[1] == b"/_passed":
                    response = self._tell()
                else:
                    there = there or await self._connected()
                    response = await self._exchange(request, *there)
                writer.write(response.head + response.body)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            if there is not None:
                there[1].close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        secure = self._upstream.scheme == "https"
        port = self._upstream.port or (443 if secure else 80)
        return await asyncio.open_connection(self._upstream.hostname, port, ssl=secure or None, limit=1 << 24)

    def _tell(self) -> Message:
        """What has passed; then count anew, with another salt."""
        body = json.dumps(asdict(self._passed)).encode()
        self._passed = Passed()
        self._salt = str(time.monotonic())
        return framed(b"HTTP/1.1 200 OK", body)

    async def _exchange(self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Message:
        counted = request.start[1].endswith(b"/completions")
        passed = self._passed
        sent = self._salted(request) if counted else request
        if counted:
            passed.requests += 1
            passed.first = passed.first or time.monotonic()
            passed.bodies.append(request.body.decode())
        writer.write(sent.head + sent.body)
        response = await received(reader)
        if counted:
            passed.last = time.monotonic()
            if response.start[1] == b"200":
                usage = json.loads(response.body)["usage"]
                passed.prompt_tokens += usage["prompt_tokens"]
                passed.answer_tokens += usage["completion_tokens"]
            else:
                passed.failed += 1
        return response

    def _salted(self, request: Message) -> Message:
        """With vLLM's ``cache_salt``: a run finds nothing in the prefix cache that another run has left there."""
        salt = b'"cache_salt": "%s", ' % self._salt.encode()
        return framed(request.head, request.body.replace(b"{", b"{" + salt, 1))


@contextmanager
def relay(base_url: str) -> Iterator[str]:
    """A relay in a process of its own, before the server at ``base_url``; gives its own base URL."""
    command = [sys.executable, str(Path(__file__)), base_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}{urlsplit(base_url).path.rstrip('/')}"
        finally:
            process.terminate()


def passed(base_url: str) -> Passed:
    """What has gone through the relay since the last time."""
    parts = urlsplit(base_url)
    with urllib.request.urlopen(f"http://{parts.netloc}/_passed") as response:
        return Passed(**json.load(response))


async def load(base_url: str, bodies: list[str], concurrency: int, headers: dict[str, str]) -> None:
    """Send the bodies of chat requests, so many at once, and read the answers."""
    parts = urlsplit(base_url)
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = (f"POST {parts.path}/chat/completions HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            f"content-type: application/json\r\n{lines}").encode()
    left: Iterator[Any] = iter([framed(head, body.encode()) for body in bodies])

    async def worker() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1 << 24)
        for request in left:
            writer.write(request.head + request.body)
            await received(reader)
        writer.close()

    await asyncio.gather(*(worker() for _ in range(concurrency)))


if __name__ == "__main__":
    asyncio.run(Relay(urlsplit(sys.argv[1])).serve())
