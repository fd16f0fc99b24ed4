"""Errors as RFC 9457 has them: one table says what each becomes. Types are stable; the rest is for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from parsers import errors as documents
from parsers.errors import DiglotError
from pipeline.engines import EngineError
from storage import errors as stores

MEDIA_TYPE = "application/problem+json"
PREFIX = "urn:diglot:problem:"
RETRY_SECONDS = 5
"""After which something that does not answer may be asked again."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem."""

    status: int
    word: str
    """Ends its type: ``urn:diglot:problem:<word>``."""
    title: str


class Refused(DiglotError):
    """A request is refused by the gateway itself."""

    def __init__(self, kind: Kind, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.kind, self.headers = kind, dict(headers or {})


UNAUTHENTICATED = Kind(401, "unauthenticated", "An API key is needed")
FORBIDDEN = Kind(403, "forbidden", "This is not allowed")
NOT_FOUND = Kind(404, "not-found", "There is no such thing")
TIMEOUT = Kind(408, "request-timeout", "The request did not come to its end")
NOT_READY = Kind(409, "not-ready", "The result is not ready")
NO_RESULT = Kind(409, "no-result", "The job has no result")
EXPIRED = Kind(410, "expired", "The documents of this job have been erased")
TOO_LARGE = Kind(413, "too-large", "The document is too large")
UNSUPPORTED_FORMAT = Kind(415, "unsupported-format", "The format is not supported")
UNSUPPORTED_MEDIA = Kind(415, "unsupported-media-type", "The body is of another kind than expected")
RANGE = Kind(416, "range-not-satisfiable", "The range is outside the document")
INVALID = Kind(422, "invalid-request", "The request makes no sense")
MISDIRECTED = Kind(421, "misdirected-request", "The request is for another server")
RATE = Kind(429, "rate-limit", "Too many requests")
QUOTA = Kind(429, "quota", "Too many unfinished jobs")
INTERNAL = Kind(500, "internal", "The server has a defect")
UNAVAILABLE = Kind(503, "unavailable", "The service cannot answer at the moment")
OVER_CAPACITY = Kind(503, "over-capacity", "The service has too much to do")

KINDS: tuple[tuple[type[DiglotError], Kind], ...] = (
    (documents.UnknownFormat, UNSUPPORTED_FORMAT),
    (documents.EncryptedDocument, Kind(422, "encrypted", "The document is protected by a password")),
    (documents.UnsafeDocument, Kind(422, "unsafe-archive", "The document is built to harm its reader")),
    (documents.TooLarge, TOO_LARGE),
    (documents.DamagedDocument, Kind(422, "damaged-document", "The document is damaged")),
    (documents.UndecodableText, Kind(422, "undecodable-document", "The document is no text")),
    (documents.DocumentError, Kind(422, "unreadable-document", "The document cannot be read")),
    (stores.KeyReused, Kind(422, "idempotency", "The idempotency key was used for another request")),
    (stores.NotKept, NOT_FOUND),
    (stores.WrongState, Kind(409, "wrong-state", "The job is where this cannot be done to it")),
    (stores.BadKey, UNAUTHENTICATED),
    (stores.StoreError, UNAVAILABLE),
    (EngineError, UNAVAILABLE),
    (documents.UsageError, INVALID),
)
"""The first that fits is meant. What no request can cause is not here, and becomes `INTERNAL`."""

BY_STATUS = {one.status: one for one in (UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, TOO_LARGE, UNSUPPORTED_MEDIA, RANGE,
                                         INVALID, INTERNAL, UNAVAILABLE)}


class Problem(BaseModel):
    """The body of every answer that is an error (RFC 9457)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(pattern=f"^{PREFIX}[a-z-]+$", examples=[f"{PREFIX}unsupported-format"])
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    errors: list[str] | None = Field(None, description="Each thing that is wrong with the request.")


def answer(kind: Kind, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    """A problem as a response."""
    body = {"type": PREFIX + kind.word, "title": kind.title, "status": kind.status, "detail": detail, **more}
    sent = dict(headers or {})
    if kind.status in {429, 503}:
        sent.setdefault("Retry-After", str(RETRY_SECONDS))
    if kind.status == 401:
        sent.setdefault("WWW-Authenticate", "Bearer")
    return Response(as_bytes(body), kind.status, {"Cache-Control": "no-store", **sent}, MEDIA_TYPE)


def as_bytes(value: Any) -> bytes:
    """JSON as UTF-8. What no encoding has, lone surrogates, is escaped."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace")


def kind_of(error: DiglotError) -> Kind:
    """What an error becomes."""
    if isinstance(error, Refused):
        return error.kind
    return next((kind for of, kind in KINDS if isinstance(error, of)), INTERNAL)


async def on_error(_request: Request, error: Exception) -> Response:
    """Answers for the tree of `parsers.errors`."""
    assert isinstance(error, DiglotError)
    return answer(kind_of(error), str(error), error.headers if isinstance(error, Refused) else None)


async def on_invalid(_request: Request, error: Exception) -> Response:
    """Answers for parameters that do not fit their description. What was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    found = [f"{'.'.join(map(str, one['loc'][1:])) or one['loc'][0]}: {one['msg']}" for one in error.errors()]
    return answer(INVALID, f"{found[0]}.", errors=found)


async def on_http(request: Request, error: Exception) -> Response:
    """Answers for the errors of the framework."""
    assert isinstance(error, HTTPException)
    title = HTTPStatus(error.status_code).phrase
    kind = BY_STATUS.get(error.status_code) or Kind(error.status_code, title.lower().replace(" ", "-"), title)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_methods(request)))
    detail = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    return answer(kind, detail.get(error.status_code, f"{error.detail}."), headers)


async def on_defect(_request: Request, _error: Exception) -> Response:
    """Answers for what should not happen; of the error itself nothing is told."""
    return answer(INTERNAL, "Something went wrong that should not; it has been logged.")


def _methods(request: Request) -> set[str]:
    """All that an address takes; the framework names those of one route only."""
    found = [route for route in request.app.state.routes if route.matches(request.scope)[0] is not Match.NONE]
    return {method for route in found for method in route.methods}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route: problems of these statuses, and of those that any request may get."""
    return {status: {"description": HTTPStatus(status).phrase,
                     "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
            for status in sorted({*statuses, 401, 403, 421, 422, 429, 500, 503})}
