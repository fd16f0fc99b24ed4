"""Bodies that are no forms: a file, or a little JSON."""

from __future__ import annotations

import json
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from gateway.problems import INVALID, TOO_LARGE, UNSUPPORTED_MEDIA, Refused
from gateway.uploads import IN_MEMORY

MOST_JSON = 64 << 10


def media_type(request: Request, known: Mapping[str, str]) -> str:
    """What ``known`` says of the kind of a body. Raises Refused for another."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in known:
        raise Refused(UNSUPPORTED_MEDIA, f"Send it with one of these as its Content-Type: {', '.join(known)}.")
    return known[kind]


async def whole(request: Request, most: int) -> bytes:
    """The body in memory. Raises Refused if it has more than ``most`` bytes, or breaks off."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > most:
                raise Refused(TOO_LARGE, f"This has more than {most:,} bytes, the most that are taken.")
    except ClientDisconnect as error:
        raise Refused(INVALID, "The upload broke off.") from error
    return bytes(body)


@asynccontextmanager
async def spooled(request: Request) -> AsyncIterator[BinaryIO]:
    """The body as a file, which is gone at the end of the block. Raises Refused if it breaks off."""
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        try:
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
        except ClientDisconnect as error:
            raise Refused(INVALID, "The upload broke off.") from error
        file.seek(0)
        yield cast("BinaryIO", file)


async def json_object(request: Request, fields: Mapping[str, type],
                      perhaps: Mapping[str, type] = MappingProxyType({})) -> dict[str, Any]:
    """A JSON object with these fields, ``perhaps`` with others, and nothing else. Raises Refused."""
    media_type(request, {"application/json": ""})
    try:
        value = json.loads(await whole(request, MOST_JSON))
    except (ValueError, RecursionError) as error:
        raise Refused(INVALID, "The body is no JSON.") from error
    kinds = {**fields, **perhaps}
    if not isinstance(value, dict) or not fields.keys() <= value.keys() <= kinds.keys() or not all(
            isinstance(one, kinds[name]) for name, one in value.items()):
        also = f", perhaps {', '.join(perhaps)}" if perhaps else ""
        raise Refused(INVALID, f"The body is a JSON object with {', '.join(fields)}{also}, and nothing else.")
    return value
