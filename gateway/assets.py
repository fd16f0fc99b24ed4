"""What pages need beside their text: style, scripts, a picture. Their addresses change with their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.problems import NOT_FOUND, Refused
from gateway.sessions import STATIC

MEDIA_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    name: str
    data: bytes
    media_type: str
    digest: str
    """Of the content, and part of the address."""

    @property
    def url(self) -> str:
        """Where it is, as long as it is the same."""
        return f"{STATIC}{self.digest}/{self.name}"


def _read() -> dict[str, Asset]:
    found = {}
    for entry in files("gateway").joinpath("static").iterdir():
        kind = MEDIA_TYPES.get("." + entry.name.rpartition(".")[2])
        if kind is not None:
            data = entry.read_bytes()
            found[entry.name] = Asset(entry.name, data, kind, hashlib.sha256(data).hexdigest()[:16])
    return found


ASSETS = _read()


def url(name: str) -> str:
    """The address of a file."""
    return ASSETS[name].url


@router.get(STATIC + "{digest}/{name}")
async def asset(digest: str, name: str, request: Request) -> Response:
    """A file of the page; browsers need not ask for it again."""
    found = ASSETS.get(name)
    if found is None or found.digest != digest:
        raise Refused(NOT_FOUND, "There is nothing at this address.")
    headers = {"ETag": f'"{digest}"', "Cache-Control": "public, max-age=31536000, immutable"}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    return Response(found.data, 200, headers, found.media_type)
