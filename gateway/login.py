"""Logging in to the page with an API key, and out."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gateway import sessions
from gateway.bodies import whole
from gateway.rendering import PageRoute, page
from gateway.service import Service, ServiceOf
from storage.errors import BadKey
from storage.vocabulary import is_id

router = APIRouter(route_class=PageRoute, include_in_schema=False)

MOST_BYTES = 4 << 10
"""Of the form: nobody has shown a key yet."""


@router.get(sessions.LOGIN)
async def ask(request: Request, service: ServiceOf, following: Annotated[str, Query(alias="next")] = "") -> Response:
    """The form for a key, if one is needed."""
    made = await run_in_threadpool(service.stores.keys.any)
    if not made and not service.options.needs_keys(made=False):
        return RedirectResponse("/", 303)
    return page(request, "login.html", following=_own(following), problem="", made=made)


@router.post(sessions.LOGIN)
async def login(request: Request, service: ServiceOf) -> Response:
    """Begin a session with a key that is valid."""
    said = parse_qs((await whole(request, MOST_BYTES)).decode("utf-8", "replace"))
    key, following = (said.get(name, [""])[0].strip() for name in ("key", "next"))
    try:
        await run_in_threadpool(service.stores.keys.check, key)
    except BadKey:
        return await _again(request, service, following)
    return sessions.begin(request, RedirectResponse(_own(following), 303, {"Cache-Control": "no-store"}), key)


async def _again(request: Request, service: Service, following: str) -> Response:
    made = await run_in_threadpool(service.stores.keys.any)
    return page(request, "login.html", 401, following=_own(following), problem="This is no valid API key.", made=made)


@router.post(sessions.LOGOUT)
async def logout() -> Response:
    """End the session."""
    return sessions.end(RedirectResponse(sessions.LOGIN, 303, {"Cache-Control": "no-store"}))


def _own(following: str) -> str:
    """Where to go after logging in: only to a page of this server."""
    start, _, job = following.rpartition("/")
    return following if start == "/jobs" and is_id(job) else "/"
