"""The page of one job: how far it is, what it became, its text in both languages."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gateway import results
from gateway.access import Caller, Reader, Writer
from gateway.cards import Card, card
from gateway.pages import changed
from gateway.preview import Preview, preview
from gateway.rendering import PageRoute, page, partial
from gateway.service import Service, ServiceOf
from storage.api_keys import Scope
from storage.errors import DocumentNotFound, JobNotFound
from storage.vocabulary import Job

router = APIRouter(route_class=PageRoute, include_in_schema=False)

After = Annotated[int, Query(ge=0, le=999_999_999)]
Only = Annotated[str, Query(pattern="^(warnings)?$")]

router.add_api_route("/jobs/{id}/result", results.result, methods=["GET"], response_class=Response)
router.add_api_route("/jobs/{id}/report", results.report, methods=["GET"], response_class=Response)


@router.get("/jobs/{id}")
async def show(id: str, request: Request, caller: Reader, service: ServiceOf, after: After = 0,
               only: Only = "") -> Response:
    """A job; to htmx only the segments behind a number."""
    job = await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    one, text = card(job), await _preview(service, job, after, only_warnings=bool(only))
    return page(request, "more_lines.html" if partial(request.headers) else "job.html", card=one, preview=text,
                only=only, may_write=Scope.TRANSLATE in caller.scopes)


@router.get("/jobs/{id}/live")
async def live(id: str, request: Request, caller: Reader, service: ServiceOf,
               known: Annotated[str, Query(max_length=100)] = "") -> Response:
    """What has changed of a job since what the browser knows; 204: nothing."""
    try:
        job = await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    except JobNotFound:
        return Response(None, 404, {"HX-Refresh": "true"})      # somebody has deleted it; the page will say so
    one = card(job)
    if known == one.tag:
        return Response(None, 204)
    text = await _preview(service, job)
    return page(request, "job_news.html", card=one, preview=text, only="", may_write=Scope.TRANSLATE in caller.scopes)


async def _preview(service: Service, job: Job, after: int = 0, *, only_warnings: bool = False) -> Preview | None:
    """Some lines of a finished translation; None if there is none, or no more."""
    if card(job).result_name is None:
        return None
    try:
        report = await service.with_whole(service.reports.of, job)
    except DocumentNotFound:
        return None
    return await run_in_threadpool(preview, report, after, only_warnings=only_warnings)


@router.post("/jobs/{id}/cancel")
async def cancel(id: str, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """End a job."""
    one = card(await run_in_threadpool(service.stores.jobs.cancel, caller.tenant, id))
    return changed(request, one, f"{one.name}: {one.label.lower()}.")


@router.post("/jobs/{id}/retry")
async def retry(id: str, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Go on with a job that failed."""
    async with service.admission.admitted(caller.tenant):
        one = card(await run_in_threadpool(service.intake.retry, caller.tenant, id))
    return changed(request, one, f"{one.name}: trying again.")


@router.get("/jobs/{id}/delete")
async def ask(id: str, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Ask whether a job is really to be deleted."""
    one = card(await run_in_threadpool(service.stores.jobs.get, caller.tenant, id))
    return page(request, "ask.html" if partial(request.headers) else "delete.html", card=one)


@router.post("/jobs/{id}/delete")
async def delete(id: str, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Forget a job, its documents and their text."""
    one = await run_in_threadpool(_erased, service, caller, id)
    if not partial(request.headers):
        return RedirectResponse("/", 303)
    if urlsplit(request.headers.get("hx-current-url", "")).path != "/":
        return Response(None, 204, {"HX-Redirect": "/"})
    return page(request, "deleted.html", card=one)


def _erased(service: Service, caller: Caller, id: str) -> Card:
    one = card(service.stores.jobs.get(caller.tenant, id))
    service.intake.erase(caller.tenant, id)
    return one
