"""Whether the process lives, and whether it can do its work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.resources import Json, Resource
from parsers.errors import DiglotError

router = APIRouter(tags=["health"])

Part = Literal["ok", "down"]


class Health(Resource):
    """The process answers."""

    status: Literal["ok"]


class Readiness(Resource):
    """``degraded``: jobs are taken in, and wait."""

    status: Literal["ready", "degraded", "unready"]
    parts: dict[str, Part]


@dataclass(frozen=True, slots=True)
class Checks:
    """What is looked at. Each raises DiglotError or OSError if its part does not work, or gives False."""

    needed: Mapping[str, Callable[[], object]]
    """Without these no job can be taken in."""
    helpful: Mapping[str, Callable[[], object]]
    """Without these jobs wait."""

    def results(self) -> Readiness:
        """Look at everything. Takes as long as the slowest part."""
        needed = {name: _state(check) for name, check in self.needed.items()}
        helpful = {name: _state(check) for name, check in self.helpful.items()}
        status: Literal["ready", "degraded", "unready"] = "ready"
        if "down" in needed.values():
            status = "unready"
        elif "down" in helpful.values():
            status = "degraded"
        return Readiness(status=status, parts={**needed, **helpful})


def _state(check: Callable[[], object]) -> Part:
    try:
        return "down" if check() is False else "ok"
    except (DiglotError, OSError):
        return "down"


@router.get("/healthz", response_model=Health)
async def health() -> Response:
    """The process answers."""
    return Json({"status": "ok"})


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
async def ready(request: Request) -> Response:
    """Database, documents, broker, and the model server if the engine has one. 503 if no job can be taken in."""
    found = await run_in_threadpool(request.app.state.checks.results)
    return Json(found.model_dump(), 503 if found.status == "unready" else 200, {"Cache-Control": "no-store"})
