"""Translation memories that a tenant keeps; TMX in and out."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Annotated, BinaryIO, cast

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from gateway.access import Reader, Writer
from gateway.bodies import media_type, spooled
from gateway.names import attachment
from gateway.paths import PART
from gateway.problems import problems
from gateway.resources import Json, Resource, dumped, moment
from gateway.results import SAFE_HEADERS
from gateway.schemas import NAMED, binary
from gateway.service import Service, ServiceOf
from gateway.uploads import IN_MEMORY, PIECE
from parsers.errors import DamagedDocument
from pipeline.memory import kept_keys
from storage import tmx
from storage.shared_memory import StoredMemory

router = APIRouter(prefix="/v1/memories", tags=["memories"])

TMX = {"application/x-tmx+xml": "", "application/xml": "", "text/xml": ""}

Name = Annotated[str, Path(pattern=NAMED)]


class MemoryView(Resource):
    """A translation memory."""

    name: str
    units: int
    uses: int
    last_used_at: datetime


class Memories(Resource):
    """All of a tenant."""

    memories: list[MemoryView]


class Imported(Resource):
    """What became of the units of a file."""

    units: int
    left_out: dict[str, int]
    """Reason → number of units."""


def _view(one: StoredMemory) -> MemoryView:
    used = moment(one.last_used)
    assert used is not None
    return MemoryView(name=one.name, units=one.units, uses=one.uses, last_used_at=used)


@router.get("", response_model=Memories, responses=problems())
async def index(caller: Reader, service: ServiceOf) -> Response:
    """All memories. One is there as soon as a job, or an import, has put something into it."""
    found = await run_in_threadpool(service.stores.memories.list, caller.tenant)
    return Json(dumped(Memories(memories=[_view(one) for one in found])))


@router.get(f"/{{name:{PART}}}", response_model=MemoryView, responses=problems(404))
async def show(name: Name, caller: Reader, service: ServiceOf) -> Response:
    """One memory."""
    return Json(dumped(_view(await run_in_threadpool(service.stores.memories.get, caller.tenant, name))))


@router.post("/{name}:import", response_model=Imported, openapi_extra=binary(*TMX), responses=problems(408, 413, 415))
async def bring_in(name: Name, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Put the units of a TMX file into a memory. Of a damaged file what stands before the fault is kept."""
    media_type(request, TMX)
    async with spooled(request) as file:
        return Json(dumped(await run_in_threadpool(_import, service, caller.tenant, name, file)))


@router.get("/{name}/tmx", response_class=StreamingResponse,
            responses={200: {"description": "TMX 1.4b.", "content": {
                "application/x-tmx+xml": {"schema": {"type": "string", "format": "binary"}}}}, **problems(404)})
async def write_out(name: Name, caller: Reader, service: ServiceOf) -> Response:
    """The units of a memory, as TMX."""
    file = await run_in_threadpool(_export, service, caller.tenant, name)
    headers = {**SAFE_HEADERS, "Content-Disposition": attachment(f"{name}.tmx")}
    return StreamingResponse(_pieces(file), headers=headers, media_type="application/x-tmx+xml")


@router.delete(f"/{{name:{PART}}}", status_code=204, response_class=Response, responses=problems(404))
async def delete(name: Name, caller: Writer, service: ServiceOf) -> Response:
    """Forget a memory."""
    await run_in_threadpool(service.stores.memories.delete, caller.tenant, name)
    return Response(status_code=204)


def _import(service: Service, tenant: str, name: str, file: BinaryIO) -> Imported:
    left_out: Counter[str] = Counter()
    units = tmx.read(file, f"{name}.tmx", lambda _line, reason: left_out.update((reason,)))
    first = next(units, None)                               # what is no TMX makes no memory
    memory, count = service.stores.memories.opened(tenant, name), 0
    try:
        for unit in chain((first,) if first else (), units):
            for key in kept_keys(unit):
                memory.put(key, unit)
            count += 1
    except DamagedDocument as error:
        raise DamagedDocument(f"{error} What stood before is kept: {count} units.") from error
    finally:
        memory.flush()
    return Imported(units=count, left_out=dict(left_out))


def _export(service: Service, tenant: str, name: str) -> BinaryIO:
    """A file without a name, because a reader may be slow and a memory large. Raises MemoryNotFound."""
    service.stores.memories.get(tenant, name)
    file = cast("BinaryIO", tempfile.SpooledTemporaryFile(IN_MEMORY))     # noqa: SIM115 (closed by `_pieces`)
    tmx.write(file, service.stores.memories.opened(tenant, name).units(), "1")
    file.seek(0)
    return file


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
