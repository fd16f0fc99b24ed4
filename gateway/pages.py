"""The page: documents in by a form, jobs as a list that keeps itself up to date."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from gateway.access import Caller, Reader, Writer
from gateway.cards import Card, card
from gateway.choices import Choices, choices
from gateway.rendering import PageRoute, page, partial
from gateway.service import Service, ServiceOf
from gateway.several import FIELDS, Taken, taken
from storage.api_keys import Scope
from storage.errors import JobNotFound
from storage.vocabulary import is_id

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LISTED = 30
"""Jobs on one page."""
MOST_KNOWN = 50
"""Jobs of which news are told at once; of others when these have ended."""


@router.get("/")
async def index(request: Request, caller: Reader, service: ServiceOf,
                cursor: Annotated[str | None, Query(max_length=100)] = None) -> Response:
    """The form, and the newest jobs."""
    return await _index(request, caller, service, cursor)


async def _index(request: Request, caller: Caller, service: Service, cursor: str | None = None,
                 said: Taken | None = None) -> Response:
    found = await run_in_threadpool(service.stores.jobs.list, caller.tenant, None, cursor, LISTED + 1)
    offered: Choices = await run_in_threadpool(choices, service, caller.tenant, request.app.state.at_hand)
    return page(request, "index.html", 422 if said and said.problems else 200, cards=list(map(card, found[:LISTED])),
                older=found[LISTED - 1].id if len(found) > LISTED else None, first=cursor is None, choices=offered,
                may_write=Scope.TRANSLATE in caller.scopes, most_bytes=service.options.most_bytes,
                problems=said.problems if said else (), done=said.sentence if said else "",
                given={**dict.fromkeys(FIELDS, ()), **(said.given if said else {})})


@router.post("/jobs")
async def upload(request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Take documents in: each for itself, so that one that is refused costs no other."""
    said = await taken(request, caller, service)
    if partial(request.headers):
        headers = {"HX-Trigger": "diglot:taken"} if said.jobs or said.read else {}
        return page(request, "uploaded.html", 422 if said.problems else 200, headers, problems=said.problems,
                    done=said.sentence, cards=[card(job) for job in reversed(said.jobs)], may_write=True)
    if said.problems and Scope.READ in caller.scopes:
        return await _index(request, caller, service, said=said)
    return RedirectResponse("/", 303)


@router.get("/jobs/live")
async def live(request: Request, caller: Reader, service: ServiceOf,
               known: Annotated[tuple[str, ...], Query()] = ()) -> Response:
    """What has changed of the jobs of which the browser says what it knows; 204: nothing."""
    tags = dict(one[:100].partition(":")[::2] for one in known[:MOST_KNOWN] if is_id(one.partition(":")[0]))
    now = await run_in_threadpool(_now, service, caller.tenant, list(tags))
    news = [one for one in now.values() if one is not None and one.tag != tags[one.id]]
    gone = [job for job, one in now.items() if one is None]
    unfinished = len(known) > MOST_KNOWN or any(one is not None and one.unfinished for one in now.values())
    if unfinished and not news and not gone:
        return Response(None, 204)
    return page(request, "live.html", may_write=Scope.TRANSLATE in caller.scopes, cards=news, gone=gone,
                unfinished=unfinished, ended=[one for one in news if not one.unfinished])


def _now(service: Service, tenant: str, ids: list[str]) -> dict[str, Card | None]:
    found: dict[str, Card | None] = {}
    for job in ids:
        try:
            found[job] = card(service.stores.jobs.get(tenant, job))
        except JobNotFound:
            found[job] = None
    return found


def changed(request: Request, one: Card, sentence: str) -> Response:
    """The answer to a button of a job: its row anew, or the job's own page."""
    if not partial(request.headers):
        return RedirectResponse(f"/jobs/{one.id}", 303)
    return page(request, "changed.html", card=one, sentence=sentence, may_write=True)
