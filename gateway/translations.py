"""Documents in, jobs out: make, look at, cancel, try again, erase."""

from __future__ import annotations

import asyncio
import re
import time
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from gateway.access import Caller, Reader, Writer
from gateway.forms import Wanted, wanted
from gateway.glance import glance, worth
from gateway.paths import PART, JobId
from gateway.problems import INVALID, Refused, problems
from gateway.resources import JobList, JobPage, JobView, Json, dumped, etag, job_view, path_of
from gateway.schemas import FORM
from gateway.service import Service, ServiceOf
from gateway.uploads import Form, received
from parsers.errors import DiglotError
from storage.errors import NotKept
from storage.vocabulary import Job, State

router = APIRouter(prefix="/v1", tags=["translations"])

LONGEST_WAIT = 60
"""Seconds that a request may wait for the end of a job: some proxies cut off at one minute."""
POLL_AGAIN = {"Retry-After": "2"}
"""When to ask again for a job that is not finished."""
WAIT = re.compile(r"(?:^|,)\s*wait\s*=\s*(\d{1,9})\s*(?:;|,|$)", re.IGNORECASE)
"""Of ``Prefer`` (RFC 7240 §4.3)."""

NotModified = Annotated[str | None, Header(alias="If-None-Match")]


@router.post("/translations", status_code=202, response_model=JobView | JobList, openapi_extra=FORM,
             responses={200: {"model": JobView | JobList}, **problems(408, 413, 415)})
async def create(request: Request, caller: Writer, service: ServiceOf,
                 idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
                 prefer: Annotated[str | None, Header(max_length=500)] = None) -> Response:
    """Translate a document.

    With one `target_lang` the answer is a job; with several it is a list of jobs, one for each language.
    With `Prefer: wait=10` it comes when the jobs have ended (200), or after so many seconds, 60 at most (202).
    The same request with the same `Idempotency-Key` gives the same jobs for a day.
    """
    async with service.admission.admitted(caller.tenant), received(request) as form:
        asked = wanted(form)
        if asked.asked[0].webhook is not None and not service.options.webhooks:
            raise Refused(INVALID, "This server calls no webhooks; its owner can let it.")
        await glanced(service, form, asked)
        async with service.admission.admitted(caller.tenant, len(asked.asked) - 1):
            jobs = await run_in_threadpool(submitted, service, caller, asked, form, idempotency_key)
    wait = _wait(prefer)
    if wait:
        jobs = await _ended(service, jobs, wait)
    done = all(job.state.ended for job in jobs)
    headers = {"Location": path_of(jobs[0].id)} if len(jobs) == 1 else {}
    if wait is not None:
        headers["Preference-Applied"] = f"wait={wait}"
    views = [job_view(job) for job in jobs]
    body = views[0] if len(views) == 1 else JobList(translations=views)
    return Json(dumped(body), 200 if wait and done else 202, headers | ({} if done else POLL_AGAIN))


async def glanced(service: Service, form: Form, asked: Wanted) -> None:
    """Have a look at a document that is worth one. Raises DocumentError."""
    if worth(form, asked.asked[0].options.format):
        await service.with_whole(glance, form)


def submitted(service: Service, caller: Caller, asked: Wanted, form: Form, key: str | None) -> list[Job]:
    """All jobs of a request, or none."""
    made = []
    try:
        for number, one in enumerate(asked.asked):
            # The first language has the client's key, so that another request with it is found out.
            its_key = f"{key}\n{number}" if key is not None and number else key
            made.append(service.intake.submit(caller.tenant, one, form.pieces(), its_key, asked.body_hash))
    except DiglotError as error:
        for created in made:
            if created.fresh:
                service.intake.erase(caller.tenant, created.job.id)
        if isinstance(error, NotKept):          # a glossary or a webhook that the request names
            raise Refused(INVALID, str(error)) from error
        raise
    return [created.job for created in made]


async def _ended(service: Service, jobs: list[Job], wait: int) -> list[Job]:
    """The jobs at their end, or after so many seconds. They are made, whatever happens while somebody waits."""
    deadline = time.monotonic() + wait

    async def ended(job: Job) -> Job:
        try:
            return await service.watcher.changed(job, deadline - time.monotonic())
        except DiglotError:
            return job

    return list(await asyncio.gather(*map(ended, jobs)))


def _wait(prefer: str | None) -> int | None:
    found = WAIT.search(prefer or "")
    return min(int(found[1]), LONGEST_WAIT) if found else None


@router.get("/translations", response_model=JobPage, responses=problems())
async def index(caller: Reader, service: ServiceOf, state: Annotated[list[State] | None, Query()] = None,
                cursor: Annotated[str | None, Query(max_length=100)] = None,
                limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
    """Jobs, the newest first: all, or those in these states."""
    states = frozenset(state) if state else None
    found = await run_in_threadpool(service.stores.jobs.list, caller.tenant, states, cursor, limit + 1)
    page = found[:limit]
    following = page[-1].id if len(found) > limit else None
    return Json(dumped(JobPage(translations=[job_view(job) for job in page], next_cursor=following)))


@router.get(f"/translations/{{id:{PART}}}", response_model=JobView,
            responses={304: {"description": "Nothing has changed."}, **problems(404, 405)})
async def show(id: JobId, caller: Reader, service: ServiceOf, wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT)] = 0,
               known: NotModified = None) -> Response:
    """A job as it is now.

    With `wait` the answer comes when the job has ended, or, with an `If-None-Match`, when something has changed; at
    the latest after so many seconds.
    """
    job = await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    tags = _tags(known)
    if wait and not job.state.ended and (not tags or etag(job) in tags):
        job = await service.watcher.changed(job, wait, etag(job) if tags else None)
    headers = {"ETag": etag(job), "Cache-Control": "no-cache"}
    if etag(job) in tags or "*" in tags:
        return Response(None, 304, headers)
    return Json(dumped(job_view(job)), 200, headers | ({} if job.state.ended else POLL_AGAIN))


def _tags(header: str | None) -> frozenset[str]:
    """The validators of an ``If-None-Match``; strong and weak ones are alike (RFC 9110 §13.1.2)."""
    given = (one.strip() for one in (header or "").split(","))
    return frozenset(one if one == "*" or one.startswith("W/") else f"W/{one}" for one in given if one)


@router.get("/translations/{id}/events", response_class=StreamingResponse,
            responses={200: {"description": "Server-sent events: `progress`, and `end` at the end.",
                             "content": {"text/event-stream": {"schema": {"type": "string"}}}}, **problems(404)})
async def events(id: JobId, caller: Reader, service: ServiceOf) -> Response:
    """The job, again whenever something has changed, until its end."""
    job = await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    return StreamingResponse(service.watcher.stream(job), media_type="text/event-stream",
                             headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})


@router.post("/translations/{id}:cancel", status_code=202, response_model=JobView, responses=problems(404))
async def cancel(id: JobId, caller: Writer, service: ServiceOf) -> Response:
    """End a job. One that has ended stays as it is."""
    job = await run_in_threadpool(service.stores.jobs.cancel, caller.tenant, id)
    return Json(dumped(job_view(job)), 202, {"Location": path_of(id)})


@router.post("/translations/{id}:retry", status_code=202, response_model=JobView, responses=problems(404, 409))
async def retry(id: JobId, caller: Writer, service: ServiceOf) -> Response:
    """Go on with a failed job where it failed."""
    async with service.admission.admitted(caller.tenant):
        job = await run_in_threadpool(service.intake.retry, caller.tenant, id)
    return Json(dumped(job_view(job)), 202, {"Location": path_of(id)})


@router.delete(f"/translations/{{id:{PART}}}", status_code=204, response_class=Response,
               responses=problems(404, 405))
async def erase(id: JobId, caller: Writer, service: ServiceOf) -> Response:
    """Forget a job, its documents and their text, whatever its state."""
    await run_in_threadpool(service.intake.erase, caller.tenant, id)
    return Response(status_code=204)
