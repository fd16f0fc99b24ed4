"""Where a tenant wants to hear of jobs that end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.access import Reader, Writer
from gateway.addresses import LONGEST, checked_url
from gateway.bodies import json_object
from gateway.paths import JobId
from gateway.problems import FORBIDDEN, Refused, problems
from gateway.resources import Json, Resource, dumped, moment
from gateway.schemas import NAMED
from gateway.service import ServiceOf
from storage.deliveries import Delivery, Webhook

router = APIRouter(prefix="/v1", tags=["webhooks"])

Name = Annotated[str, Path(pattern=NAMED)]
BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": {"schema": {
    "type": "object", "required": ["url"], "additionalProperties": False,
    "properties": {"url": {"type": "string", "format": "uri", "pattern": "^https://", "maxLength": LONGEST,
                           "examples": ["https://example.com/diglot"]}}}}}}}


class WebhookView(Resource):
    """A webhook."""

    name: str
    url: str
    enabled: bool
    created_at: datetime
    secret: str | None = None
    """Signs what is sent; told only to whoever puts the webhook."""


class Webhooks(Resource):
    """All of a tenant."""

    webhooks: list[WebhookView]


class DeliveryView(Resource):
    """What became of telling a webhook of a job."""

    id: str
    webhook: str
    event: str
    attempts: int
    status: int | None
    """Of the last answer."""
    problem: str | None
    delivered: bool
    created_at: datetime
    next_attempt_at: datetime | None


class Deliveries(Resource):
    """All of a job."""

    deliveries: list[DeliveryView]


def _view(one: Webhook, *, secret: bool = False) -> WebhookView:
    return WebhookView.model_validate({
        "name": one.name, "url": one.url, "enabled": one.enabled, "created_at": moment(one.created),
        "secret": one.secret if secret else None})


def _delivery(one: Delivery) -> DeliveryView:
    return DeliveryView.model_validate({
        "id": one.id, "webhook": one.webhook, "event": one.event, "attempts": one.attempts, "status": one.status,
        "problem": one.problem, "delivered": one.delivered, "created_at": moment(one.created),
        "next_attempt_at": None if one.finished is not None else moment(one.due)})


@router.get("/webhooks", response_model=Webhooks, responses=problems())
async def index(caller: Reader, service: ServiceOf) -> Response:
    """All webhooks."""
    found = await run_in_threadpool(service.stores.webhooks.list, caller.tenant)
    return Json(dumped(Webhooks(webhooks=[_view(one) for one in found])))


@router.put("/webhooks/{name}", response_model=WebhookView, openapi_extra=BODY, responses=problems(408, 413, 415))
async def put(name: Name, request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Keep a webhook under this name, enabled. One that is there gets another URL and keeps its secret."""
    if not service.options.webhooks:
        raise Refused(FORBIDDEN, "This server calls no webhooks; its owner can let it.")
    url = checked_url((await json_object(request, {"url": str}))["url"])
    made = await run_in_threadpool(service.stores.webhooks.put, caller.tenant, name, url)
    return Json(dumped(_view(made, secret=True)))


@router.get("/webhooks/{name}", response_model=WebhookView, responses=problems(404))
async def show(name: Name, caller: Reader, service: ServiceOf) -> Response:
    """One webhook."""
    return Json(dumped(_view(await run_in_threadpool(service.stores.webhooks.get, caller.tenant, name))))


@router.delete("/webhooks/{name}", status_code=204, response_class=Response, responses=problems(404))
async def delete(name: Name, caller: Writer, service: ServiceOf) -> Response:
    """Forget a webhook, and what it has not heard yet."""
    await run_in_threadpool(service.stores.webhooks.delete, caller.tenant, name)
    return Response(status_code=204)


@router.get("/translations/{id}/deliveries", response_model=Deliveries, responses=problems(404))
async def deliveries(id: JobId, caller: Reader, service: ServiceOf) -> Response:
    """How webhooks were told of a job."""
    await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    found = await run_in_threadpool(service.stores.deliveries.list, caller.tenant, id)
    return Json(dumped(Deliveries(deliveries=[_delivery(one) for one in found])))
