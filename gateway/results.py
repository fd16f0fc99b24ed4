"""What became of a document: the translation itself, its account, its segments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from gateway.access import Reader
from gateway.names import attachment, result_name
from gateway.paths import JobId
from gateway.problems import EXPIRED, INVALID, NO_RESULT, NOT_READY, RANGE, Refused, as_bytes, problems
from gateway.resources import Resource
from gateway.service import Service, ServiceOf
from gateway.sources import SourceText, numbered
from gateway.translations import POLL_AGAIN
from parsers import FORMATS, format_named
from pipeline.report import Outcome
from storage.documents import document_id
from storage.errors import DocumentNotFound
from storage.vocabulary import Job, JobSegment, State
from workers.intake import REPORT, RESULT

router = APIRouter(prefix="/v1", tags=["results"])

SAFE_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
                "Cache-Control": "no-store"}
"""A document of anybody is never shown as a page of this server."""
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
"""RFC 9110 §14.2; several ranges at once are answered with the whole, as that allows."""
BINARY = {"content": {one.media_type: {"schema": {"type": "string", "format": "binary"}} for one in FORMATS}}


class FindingView(Resource):
    """What a check has found."""

    check: str
    severity: str
    message: str


class SegmentView(Resource):
    """What became of one segment."""

    position: int
    source: str | None
    """Null while the job runs, if its document has more than 16 MB."""
    translation: str | None
    outcome: Outcome | None
    """Null: not done yet."""
    reason: str | None
    findings: list[FindingView]


class SegmentPage(Resource):
    """Segments in the order of the document."""

    segments: list[SegmentView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a document."""

    start: int
    length: int

    @classmethod
    def asked(cls, header: str | None, size: int) -> Span | None:
        """What a ``Range`` asks for; None: the whole. Raises Refused if there is nothing there."""
        found = ONE_RANGE.fullmatch((header or "").strip())
        if found is None or found.groups() == ("", ""):
            return None
        first, last = found.groups()
        start = int(first) if first else max(0, size - int(last))
        end = min(size, int(last) + 1) if first and last else size
        if first and last and int(last) < start:
            return None                                     # no valid range: as if it were not there
        if start >= end:
            raise Refused(RANGE, f"The document has {size} bytes.", {"Content-Range": f"bytes */{size}"})
        return cls(start, end - start)


@router.get("/translations/{id}/result", response_class=Response,
            responses={200: {"description": "The document.", **BINARY}, 206: {"description": "A part of it.", **BINARY},
                       **problems(404, 409, 410, 416)})
async def result(id: JobId, caller: Reader, service: ServiceOf,
                 wanted: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
                 if_range: Annotated[str | None, Header(max_length=200)] = None) -> Response:
    """The translated document, as a file to be saved."""
    job = await run_in_threadpool(finished_job, service, caller.tenant, id)
    size = await run_in_threadpool(_size, service, job)
    tag = f'"{job.id}-{job.attempt}"'
    span = Span.asked(wanted if if_range in {None, tag} else None, size)
    form = format_named(job.options["format"])
    headers = {**SAFE_HEADERS, "Content-Disposition": attachment(result_name(job.name, job.target_language, form.name)),
               "Accept-Ranges": "bytes", "ETag": tag, "Content-Length": str(span.length if span else size)}
    if span:
        headers["Content-Range"] = f"bytes {span.start}-{span.start + span.length - 1}/{size}"
    pieces = await run_in_threadpool(_stream, service, job, RESULT, span)
    return StreamingResponse(pieces, 206 if span else 200, headers, form.media_type)


@router.get("/translations/{id}/report", response_model=dict[str, Any], responses=problems(404, 409, 410))
async def report(id: JobId, caller: Reader, service: ServiceOf) -> Response:
    """The account of a translation: what became of each segment, warnings, terms, hashes."""
    job = await run_in_threadpool(finished_job, service, caller.tenant, id)
    pieces = await run_in_threadpool(_stream, service, job, REPORT, None)
    return StreamingResponse(pieces, headers=SAFE_HEADERS, media_type="application/json")


@router.get("/translations/{id}/segments", response_model=SegmentPage, responses=problems(404, 410))
async def segments(id: JobId, caller: Reader, service: ServiceOf,
                   cursor: Annotated[str | None, Query(max_length=20)] = None,
                   limit: Annotated[int, Query(ge=1, le=1000)] = 200) -> Response:
    """Segments with what became of them.

    Of documents over 16 MB the source text is told when the job is finished; until then markup in translations shows
    as `{1}`.
    """
    job = await run_in_threadpool(service.stores.jobs.get, caller.tenant, id)
    if job.erased:
        raise _expired()
    after = _position(cursor)
    page = await service.with_whole(_page, service, job, after, limit)
    return Response(page, headers=SAFE_HEADERS, media_type="application/json")


def finished_job(service: Service, tenant: str, id: str) -> Job:
    """A job that has a result. Raises JobNotFound, Refused."""
    job = service.stores.jobs.get(tenant, id)
    if not job.state.ended:
        raise Refused(NOT_READY, f"The job is {job.state.value}; ask again later.", POLL_AGAIN)
    if job.erased:
        raise _expired()
    if job.state not in {State.SUCCEEDED, State.WARNINGS}:
        raise Refused(NO_RESULT, "The job was cancelled." if job.state is State.CANCELLED else "The job failed.")
    return job


def _expired() -> Refused:
    return Refused(EXPIRED, "The documents of this job were kept for as long as was set, and are erased.")


def _size(service: Service, job: Job) -> int:
    wanted = document_id(job.id, RESULT)
    for kept in service.stores.documents.listed(job.id):
        if kept.id == wanted:
            return kept.size
    raise _expired()


def _stream(service: Service, job: Job, kind: str, span: Span | None) -> Iterator[bytes]:
    start, length = (span.start, span.length) if span else (0, None)
    try:
        return service.stores.documents.stream(document_id(job.id, kind), start, length)
    except DocumentNotFound as error:
        raise _expired() from error


def _report(service: Service, job: Job) -> dict[str, Any]:
    try:
        return service.reports.of(job)
    except DocumentNotFound as error:
        raise _expired() from error


def _position(cursor: str | None) -> int:
    if cursor is None:
        return -1
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 9):
        raise Refused(INVALID, "This cursor was not given by a list of segments.")
    return int(cursor)


def _page(service: Service, job: Job, after: int, limit: int) -> bytes:
    if job.state in {State.SUCCEEDED, State.WARNINGS}:
        lines = _report(service, job)["segments"]
        views = [_reported(at, line) for at, line in enumerate(lines[after + 1:after + 1 + limit], after + 1)]
        more = len(lines) > after + 1 + limit
    else:
        rows = service.stores.jobs.segments(job.tenant, job.id, after, limit + 1)
        texts = service.sources.of(job) if rows and not job.erased else ()
        views, more = [_stored(row, texts) for row in rows[:limit]], len(rows) > limit
    page = SegmentPage(segments=views, next_cursor=str(views[-1].position) if more else None)
    return as_bytes(page.model_dump(mode="python"))         # in this mode lone surrogates are no error


def _reported(position: int, line: dict[str, Any]) -> SegmentView:
    return SegmentView.model_construct(
        position=position, source=line["source"], translation=line["translation"], outcome=Outcome(line["outcome"]),
        reason=line["reason"], findings=[FindingView.model_construct(**one) for one in line["findings"]])


def _stored(row: JobSegment, texts: Sequence[SourceText]) -> SegmentView:
    made, source = row.result, texts[row.position] if row.position < len(texts) else None
    text = (source.shown if source else numbered)(made.text) if made else None
    findings = [FindingView.model_construct(check=check, severity=severity, message=message)
                for check, severity, message in made.details.get("findings", ())] if made else []
    return SegmentView.model_construct(position=row.position, source=source.text if source else None, translation=text,
                                       outcome=made.outcome if made else None, reason=made.reason if made else None,
                                       findings=findings)
