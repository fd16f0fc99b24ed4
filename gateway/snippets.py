"""Short texts, translated while the client waits; nothing is kept of them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.access import Writer
from gateway.bodies import json_object
from gateway.problems import INVALID, UNAVAILABLE, Kind, Refused, problems
from gateway.resources import Json, Resource
from gateway.schemas import LANGUAGE
from gateway.service import Service, ServiceOf
from parsers.locales import Locale
from storage.documents import document_id
from storage.errors import JobNotFound, NotKept
from storage.vocabulary import Job, ServiceClass, State
from workers.intake import REPORT, RESULT, Asked
from workers.options import Options

router = APIRouter(prefix="/v1", tags=["translations"])

LONGEST = 5_000
"""Characters; more is a document."""
PATIENCE = 30.0
"""Seconds until the client is told to come again."""
BODY: dict[str, Any] = {"requestBody": {"required": True, "content": {"application/json": {"schema": {
    "type": "object", "required": ["text", "target_lang"], "additionalProperties": False, "properties": {
        "text": {"type": "string", "minLength": 1, "maxLength": LONGEST, "description": "Markdown, or plain words.",
                 "examples": ["Some **bold** words."]},
        "target_lang": LANGUAGE, "source_lang": {**LANGUAGE, "description": "Detected if it is not said."},
        "options": {"type": "object", "description": "As in the form of a translation.",
                    "examples": [{"keep": ["Diglot"]}]}}}}}}}


class TextView(Resource):
    """A translated text."""

    translation: str
    source_lang: str
    warnings: list[str]
    """A sentence for each part that stayed as it was and each term that was missed."""


@router.post("/text", response_model=TextView, openapi_extra=BODY, responses=problems(408, 413, 415))
async def translated(request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Translate a text of 5,000 characters at most, before all documents.

    It is done by the same workers in the same way, and erased before it is answered with. If none has done it within 30
    seconds the answer is 503.
    """
    given = await json_object(request, {"text": str, "target_lang": str}, {"source_lang": str, "options": dict})
    asked, data = _asked(given)
    async with service.admission.admitted(caller.tenant):
        job = await run_in_threadpool(_submitted, service, caller.tenant, asked, data)
    try:
        job = await service.watcher.changed(job, PATIENCE)
        view = await run_in_threadpool(_view, service, job)
    finally:
        await run_in_threadpool(_erase, service, job)
    return Json(view.model_dump(), headers={"Cache-Control": "no-store"})


def _asked(given: dict[str, Any]) -> tuple[Asked, bytes]:
    text = given["text"]
    if not text.strip() or len(text) > LONGEST:
        raise Refused(INVALID, f"The text has 1 to {LONGEST:,} characters; upload what is longer as a document.")
    if "format" in given.get("options", {}):
        raise Refused(INVALID, "A text has no format; it is Markdown.")
    options = Options.read({**given.get("options", {}), "format": "markdown"})
    source = Locale.parse(given["source_lang"]) if "source_lang" in given else None
    asked = Asked("text.md", Locale.parse(given["target_lang"]), source, ServiceClass.INTERACTIVE, options)
    try:
        return asked, text.encode()
    except UnicodeEncodeError as error:
        raise Refused(INVALID, "The text has half a character: a surrogate that stands alone.") from error


def _submitted(service: Service, tenant: str, asked: Asked, data: bytes) -> Job:
    try:
        return service.intake.submit(tenant, asked, (data,)).job
    except NotKept as error:
        raise Refused(INVALID, str(error)) from error


def _view(service: Service, job: Job) -> TextView:
    """What became of a text. Raises Refused."""
    if job.problem is not None:
        raise Refused(Kind(422, job.problem.kind, "The text cannot be translated"), job.problem.message)
    if job.state not in {State.SUCCEEDED, State.WARNINGS}:
        raise Refused(UNAVAILABLE, f"No worker has translated it within {PATIENCE:.0f} seconds; try again later.")
    result, report = (service.stores.documents.read(document_id(job.id, kind)) for kind in (RESULT, REPORT))
    told = json.loads(report)
    return TextView(translation=result.decode(), source_lang=told["source_language"], warnings=told["warnings"])


def _erase(service: Service, job: Job) -> None:
    with suppress(JobNotFound):
        service.intake.erase(job.tenant, job.id)
