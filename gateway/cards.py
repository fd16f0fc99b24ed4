"""Jobs in words, as pages show them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from gateway.names import result_name
from gateway.resources import eta, etag
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.languages import variant_of
from storage.vocabulary import Job, Stage, State

STATES = {State.QUEUED: "Waiting", State.RUNNING: "Running", State.SUCCEEDED: "Finished",
          State.WARNINGS: "Finished with warnings", State.FAILED: "Failed", State.CANCELLED: "Cancelled"}


@dataclass(frozen=True, slots=True)
class Card:
    """A job as a page shows it."""

    id: str
    name: str
    state: str
    """For style: a value of `State`."""
    label: str
    source: str
    """The language's name; empty: it is detected."""
    target: str
    step: str
    """What is being done, or what became of it."""
    done: int
    segments: int
    created: float
    finished: float | None
    until: float | None
    problem: str
    result_name: str
    """Empty if there is nothing to download."""
    unfinished: bool
    running: bool
    can_retry: bool
    tag: str
    """Changes whenever the card does."""


def card(job: Job) -> Card:
    """A job in words."""
    finished = job.state in {State.SUCCEEDED, State.WARNINGS} and not job.erased
    return Card(
        id=job.id, name=job.name, state=job.state.value, label=STATES[job.state],
        source=language(job.source_language) if job.source_language else "", target=language(job.target_language),
        step=_step(job), done=job.progress.done, segments=job.progress.segments, created=job.created,
        finished=job.finished, until=job.documents_until,
        problem=job.problem.message if job.problem else "",
        result_name=result_name(job.name, job.target_language, job.options["format"]) if finished else "",
        unfinished=not job.state.ended, running=job.state is State.RUNNING,
        can_retry=job.state is State.FAILED and not job.erased,
        tag=etag(job)[3:-1])


def language(tag: str) -> str:
    """The name of a language, or what stands for it."""
    try:
        return variant_of(Locale.parse(tag))
    except UsageError:
        return tag


def _step(job: Job) -> str:
    if job.erased:
        return "Its documents have been erased"
    if job.state is not State.RUNNING:
        return ""
    if job.stage is Stage.PREPARING:
        return "Reading the document"
    if job.stage is Stage.ASSEMBLING:
        return "Putting the document together"
    left = eta(job, time.time())
    told = f"{job.progress.done:,} of {job.progress.segments:,} segments"
    return told if left is None or left < 60 else f"{told}, {_rest(round(left / 60))}"


def _rest(minutes: int) -> str:
    return f"about {minutes} minute{'s' if minutes > 1 else ''} left" if minutes < 90 else (
        f"about {round(minutes / 60)} hours left")
