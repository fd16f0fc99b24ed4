"""Term lists that a tenant keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.access import Reader, Writer
from gateway.bodies import media_type, whole
from gateway.names import attachment
from gateway.problems import problems
from gateway.resources import Json, Resource, dumped, moment
from gateway.results import SAFE_HEADERS
from gateway.schemas import NAMED, binary
from gateway.service import ServiceOf
from storage.glossaries import Glossary, TermList

router = APIRouter(prefix="/v1/glossaries", tags=["glossaries"])

SUFFIXES = {"text/csv": ".csv", "text/tab-separated-values": ".tsv", "application/x-tbx+xml": ".tbx",
            "application/xml": ".tbx", "text/xml": ".tbx"}
LARGEST = 16 << 20
"""Bytes: some 200,000 terms."""

Name = Annotated[str, Path(pattern=NAMED)]
Version = Annotated[int | None, Query(ge=1, le=999_999_999)]


class GlossaryView(Resource):
    """One version of a glossary."""

    name: str
    version: int
    terms: int
    languages: list[str]
    """Of a list for many languages; empty for one that fits whatever pair is asked."""
    size: int
    sha256: str
    created_at: datetime


class Glossaries(Resource):
    """Several."""

    glossaries: list[GlossaryView]


def _view(one: Glossary) -> GlossaryView:
    created = moment(one.created)
    assert created is not None
    return GlossaryView(name=one.name, version=one.version, terms=one.terms, languages=list(one.languages),
                        size=one.size, sha256=one.sha256, created_at=created)


@router.get("", response_model=Glossaries, responses=problems())
async def index(caller: Reader, service: ServiceOf) -> Response:
    """The newest version of each."""
    found = await run_in_threadpool(service.stores.glossaries.list, caller.tenant)
    return Json(dumped(Glossaries(glossaries=[_view(one) for one in found])))


@router.put("/{name}", response_model=GlossaryView, openapi_extra=binary(*SUFFIXES), responses=problems(408, 413, 415))
async def put(name: Name, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Keep a term list, CSV, TSV or TBX, as the newest version of this name."""
    suffix = media_type(request, SUFFIXES)
    terms = TermList(f"{name}{suffix}", await whole(request, LARGEST))
    return Json(dumped(_view(await run_in_threadpool(service.stores.glossaries.put, caller.tenant, name, terms))))


@router.get("/{name}", response_model=GlossaryView, responses=problems(404))
async def show(name: Name, caller: Reader, service: ServiceOf, version: Version = None) -> Response:
    """The newest version, or the one that is named."""
    return Json(dumped(_view(await run_in_threadpool(service.stores.glossaries.get, caller.tenant, name, version))))


@router.get("/{name}/versions", response_model=Glossaries, responses=problems(404))
async def versions(name: Name, caller: Reader, service: ServiceOf) -> Response:
    """All versions, the newest first."""
    found = await run_in_threadpool(service.stores.glossaries.versions, caller.tenant, name)
    return Json(dumped(Glossaries(glossaries=[_view(one) for one in found])))


@router.get("/{name}/file", response_class=Response,
            responses={200: {"description": "The list.", "content": {
                one: {"schema": {"type": "string", "format": "binary"}} for one in SUFFIXES}}, **problems(404)})
async def file(name: Name, caller: Reader, service: ServiceOf, version: Version = None) -> Response:
    """The list as it was sent."""
    one = await run_in_threadpool(service.stores.glossaries.get, caller.tenant, name, version)
    data = await run_in_threadpool(service.stores.glossaries.data, caller.tenant, name, one.version)
    kind = next(kind for kind, suffix in SUFFIXES.items() if one.file_name.endswith(suffix))
    return Response(data, headers={**SAFE_HEADERS, "Content-Disposition": attachment(one.file_name)}, media_type=kind)


@router.delete("/{name}", status_code=204, response_class=Response, responses=problems(404))
async def delete(name: Name, caller: Writer, service: ServiceOf) -> Response:
    """Forget a glossary with all its versions."""
    await run_in_threadpool(service.stores.glossaries.delete, caller.tenant, name)
    return Response(status_code=204)
