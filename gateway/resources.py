"""Jobs as JSON shows them."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from gateway.problems import PREFIX, as_bytes
from pipeline.report import Outcome
from storage.vocabulary import Job, ServiceClass, Stage, State

SAME: Mapping[str, str] = {"encrypted-document": "encrypted", "unsafe-document": "unsafe-archive",
                           "too-large-document": "too-large", "unknown-format": "unsupported-format"}
"""What a job found out about its document is the same problem as if it had been found out at the door."""


class Json(JSONResponse):
    """JSON that can say whatever a document holds."""

    def render(self, content: Any) -> bytes:
        """As bytes."""
        return as_bytes(content)


class Resource(BaseModel):
    """What is answered with."""

    model_config = ConfigDict(extra="forbid")


class ProgressView(Resource):
    """How far a job is; the outcomes add up to ``done``."""

    segments: int = Field(description="0 until the document has been read.")
    done: int
    translated: int
    from_memory: int
    repeated: int
    protected: int
    kept_source: int = Field(description="Segments that stayed in the source language; the report says why.")


class JobProblem(Resource):
    """Why a job failed."""

    type: str
    detail: str


class Links(Resource):
    """Where to go from here."""

    self: str
    result: str
    report: str
    segments: str
    events: str
    cancel: str


class JobView(Resource):
    """One document into one language."""

    id: str
    name: str
    state: State
    stage: Stage
    progress: ProgressView
    eta_seconds: int | None = Field(description="What is left to wait at the pace so far; null if nobody can tell.")
    source_lang: str | None = Field(description="As asked; null: it is detected, and the report says what it is.")
    target_lang: str
    class_: ServiceClass = Field(alias="class")
    options: dict[str, Any]
    attempt: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None = Field(description="When its documents are erased.")
    erased: bool = Field(description="They have been.")
    error: JobProblem | None
    links: Links


class JobPage(Resource):
    """Jobs, the newest first."""

    translations: list[JobView]
    next_cursor: str | None = Field(description="For the next page; null on the last one.")


class JobList(Resource):
    """The jobs of one request."""

    translations: list[JobView]


def path_of(job: str) -> str:
    """Where a job is."""
    return f"/v1/translations/{job}"


def job_view(job: Job) -> JobView:
    """A job as it is shown to its tenant."""
    here, counts = path_of(job.id), job.progress.outcomes
    return JobView.model_validate({
        "id": job.id, "name": job.name, "state": job.state, "stage": job.stage,
        "progress": {"segments": job.progress.segments, "done": job.progress.done,
                     **{outcome.value: counts.get(outcome, 0) for outcome in Outcome}},
        "eta_seconds": eta(job, time.time()), "source_lang": job.source_language, "target_lang": job.target_language,
        "class": job.service, "options": {name: value for name, value in job.options.items() if name != "terms"},
        "attempt": job.attempt, "created_at": moment(job.created), "started_at": moment(job.started),
        "finished_at": moment(job.finished), "expires_at": moment(job.documents_until), "erased": job.erased,
        "error": None if job.problem is None else
        {"type": PREFIX + SAME.get(job.problem.kind, job.problem.kind), "detail": job.problem.message},
        "links": {"self": here, "result": f"{here}/result", "report": f"{here}/report", "segments": f"{here}/segments",
                  "events": f"{here}/events", "cancel": f"{here}:cancel"}})


def dumped(view: Resource) -> Any:
    """A view as JSON values."""
    return view.model_dump(mode="json", by_alias=True)


def eta(job: Job, now: float) -> int | None:
    """Seconds that a running job will go on for if the rest is as fast as what is done."""
    done, left = job.progress.done, job.progress.segments - job.progress.done
    if job.state is not State.RUNNING or job.started is None or job.stage is Stage.PREPARING or not done:
        return None
    return round(max(0.0, now - job.started) * left / done)


def moment(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as RFC 3339 writes them, to the millisecond."""
    return None if seconds is None else datetime.fromtimestamp(round(seconds, 3), UTC)


def etag(job: Job) -> str:
    """Changes with whatever is told of a job, but for the time that is left: a weak validator (RFC 9110 §8.8.1)."""
    told = [job.state, job.stage, job.attempt, job.progress.segments, sorted(job.progress.outcomes.items()),
            job.documents_until, job.erased]
    return f'W/"{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:20]}"'
