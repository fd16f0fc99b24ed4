"""Who asks: judged by a request's head, before a byte of its body is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from gateway import sessions
from gateway.options import GatewayOptions
from gateway.problems import FORBIDDEN, MISDIRECTED, UNAUTHENTICATED, Refused
from storage.api_keys import KeyStore, Scope
from storage.errors import BadKey

LOCAL = "local"
"""The tenant of whoever asks without a key, where that is allowed."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OPEN_PATHS = frozenset({"/healthz", "/readyz", "/v1/openapi.json"})
"""What needs no key and tells nothing of anybody."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request."""

    tenant: str
    scopes: frozenset[Scope]
    """What the key allows."""


@dataclass(frozen=True, slots=True)
class Access:
    """Decides whether a request is looked at, and whose it is."""

    options: GatewayOptions
    keys: KeyStore

    async def caller(self, path: str, method: str, headers: Headers) -> Caller | None:
        """Whose request this is; None for what is open to all. Raises Refused, BadKey, StoreFault."""
        self._check_host(headers)
        if method not in SAFE:
            self._check_origin(headers)
        if path in OPEN_PATHS or sessions.is_open(path):
            return None
        given = headers.getlist("authorization") or sessions.authorization(path, method, headers)
        if given:
            return await self._of_key(given)
        if self.options.needs_keys(made=await run_in_threadpool(self.keys.any)):
            raise Refused(UNAUTHENTICATED, "Send an API key: “Authorization: Bearer dg_…”.")
        if "forwarded" in headers or "x-forwarded-for" in headers:
            raise Refused(UNAUTHENTICATED, "Behind a proxy the server needs API keys.")
        return Caller(LOCAL, frozenset(Scope))

    async def _of_key(self, given: list[str]) -> Caller:
        scheme, _, key = given[0].partition(" ")
        if len(given) > 1 or scheme.lower() != "bearer":
            raise BadKey("This is no valid API key.")
        found = await run_in_threadpool(self.keys.check, key.strip())
        return Caller(found.tenant, found.scopes)

    def _check_host(self, headers: Headers) -> None:
        known, named = self.options.hosts, headers.getlist("host")
        if known and (len(named) != 1 or _host(named[0]) not in known):
            raise Refused(MISDIRECTED, "This server does not answer under that name.")

    @staticmethod
    def _check_origin(headers: Headers) -> None:
        """Pages of other sites may not let a browser do anything here."""
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in {"same-origin", "none"}:
            raise Refused(FORBIDDEN, "Pages of other sites may not do this.")
        if site is None and origin is not None and _netloc(origin) != headers.get("host"):
            raise Refused(FORBIDDEN, "Pages of other sites may not do this.")


def _host(value: str) -> str:
    """A ``Host`` without its port."""
    if value.startswith("["):
        return value[1:].partition("]")[0].lower()
    return value.partition(":")[0].lower()


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None


def current(request: Request) -> Caller:
    """The caller of a request that has passed the door."""
    caller = request.scope["state"]["caller"]
    assert isinstance(caller, Caller)
    return caller


def allowing(scope: Scope) -> Callable[[Request], Caller]:
    """A dependency: the caller, if the key has this scope. Raises Refused."""
    def checked(request: Request) -> Caller:
        caller = current(request)
        if scope not in caller.scopes:
            raise Refused(FORBIDDEN, f"This key does not allow to {scope.value}.")
        return caller

    return checked


Reader = Annotated[Caller, Depends(allowing(Scope.READ))]
"""A parameter of a route that only looks: who asks."""
Writer = Annotated[Caller, Depends(allowing(Scope.TRANSLATE))]
"""A parameter of a route that makes, changes or deletes something: who asks."""
