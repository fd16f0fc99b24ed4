"""Lets one vLLM server appear a second time, as a server that knows nothing of structured outputs."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

PREFIX = "/unconstrained"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Unconstrained:
    """ASGI middleware: below `/unconstrained`, the field `structured_outputs` is dropped.

    vLLM has no option to switch structured outputs off. Servers that do not have them ignore the field, as the protocol
    has it for fields unknown; this does the same.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, changed if it came below the prefix."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(f"{PREFIX}/"):
            await self.app(scope, receive, send)
            return
        below = path.removeprefix(PREFIX)
        first = {"type": "http.request", "body": without_constraint(await whole_body(receive)), "more_body": False}
        pending = [first]

        async def replay() -> MutableMapping[str, Any]:
            return pending.pop() if pending else await receive()

        await self.app({**scope, "path": below, "raw_path": below.encode()}, replay, send)


async def whole_body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def without_constraint(body: bytes) -> bytes:
    if not body:
        return body
    request = json.loads(body)
    request.pop("structured_outputs", None)
    return json.dumps(request).encode()
