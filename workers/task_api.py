"""Tasks for other programs: whoever may write to the broker is trusted as the service itself is.

``diglot.translate_document`` takes a document in and gives the id of its job, ``diglot.job`` tells how the job is,
``diglot.save_result`` writes its result into the shared folder. `docs/tasks.md` is their reference, with a client.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from celery import Celery, current_task

from parsers.errors import DiglotError, UsageError
from parsers.locales import Locale
from storage.documents import PIECE, DocumentStore, document_id
from storage.errors import StoreFault, WrongState
from storage.files import whole_file
from storage.vocabulary import Job, ServiceClass, State
from workers.intake import RESULT, Asked, Intake
from workers.options import Options
from workers.tasks import Pool

P = ParamSpec("P")
R = TypeVar("R")


class TaskRefused(Exception):
    """A request that cannot be met: ``args`` are a word for programs, the error's name, and one sentence for people."""


def register_api(app: Celery, pool: Pool, folder: str | None) -> None:
    """Give an application the tasks for other programs; ``folder`` is where they may name files."""
    app.conf.update(result_backend=app.conf.broker_url, result_expires=3600)
    doors = Doors(pool, SharedFolder(folder))
    for task in (doors.translate_document, doors.job, doors.save_result):
        app.task(told(task), name=f"diglot.{task.__name__}", ignore_result=False)


class Doors:
    """What other programs may ask. Every method raises DiglotError for what cannot be done."""

    def __init__(self, pool: Pool, shared: SharedFolder) -> None:
        self._pool, self._shared = pool, shared

    def translate_document(self, *, to: str, path: str | None = None, reference: str | None = None,  # noqa: PLR0913
                           name: str | None = None, source: str | None = None, service: str = "batch",
                           options: Mapping[str, Any] | None = None, tenant: str = "local") -> str:
        """Take a document in, by its path in the shared folder or its id in the document store. Gives the job's id."""
        stores = self._pool.hands.stores
        asked = Asked(name or Path(path or "document").name, Locale.parse(to),
                      Locale.parse(source) if source else None, _service(service), Options.read(options or {}))
        pieces = self._shared.pieces(path) if path is not None else _referenced(stores.documents, reference)
        # A task that is delivered twice is one request: its id is the same.
        key = f"task:{current_task.request.id}"
        return Intake(stores, self._pool.hands.messenger).submit(tenant, asked, pieces, key).job.id

    def job(self, job: str, tenant: str = "local") -> dict[str, Any]:
        """How a job is."""
        return described(self._pool.hands.stores.jobs.get(tenant, job))

    def save_result(self, job: str, path: str, tenant: str = "local") -> str:
        """Write the result of a job into the shared folder, in place of what is there. Gives the whole path."""
        stores = self._pool.hands.stores
        state = stores.jobs.get(tenant, job).state
        if state not in (State.SUCCEEDED, State.WARNINGS):
            raise WrongState(f"This job has no result; it is {state.value}.")
        place = self._shared.place(path)
        try:
            with whole_file(place) as file:
                for piece in stores.documents.stream(document_id(job, RESULT)):
                    file.write(piece)
        except OSError as error:
            raise StoreFault(f"The result cannot be written: {error.strerror}.") from error
        return str(place)


def told(task: Callable[P, R]) -> Callable[P, R]:
    """Errors as a client without Diglot's classes can read them."""
    @wraps(task)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return task(*args, **kwargs)
        except DiglotError as error:
            raise TaskRefused(type(error).__name__, str(error)) from None
    return run


def described(job: Job) -> dict[str, Any]:
    """A job as JSON values."""
    problem = {"kind": job.problem.kind, "message": job.problem.message} if job.problem else None
    return {"id": job.id, "state": job.state.value, "stage": job.stage.value, "source": job.source_language,
            "to": job.target_language, "segments": job.progress.segments, "done": job.progress.done,
            "outcomes": {outcome.value: n for outcome, n in job.progress.outcomes.items()}, "problem": problem}


class SharedFolder:
    """The folder in which programs name files to each other."""

    def __init__(self, folder: str | None) -> None:
        self._root = Path(os.path.realpath(folder)) if folder else None

    def place(self, path: str) -> Path:
        """A path in the folder, wherever links lead. Raises UsageError for one outside."""
        if self._root is None:
            raise UsageError("This worker shares no folder, so documents cannot be named by path; see --task-folder.")
        if "\0" in path:
            raise UsageError("A path cannot hold a NUL character.")
        place = Path(os.path.realpath(self._root / path))
        if not place.is_relative_to(self._root) or place == self._root:
            raise UsageError("The path is outside the folder that this worker shares.")
        return place

    def pieces(self, path: str) -> Iterator[bytes]:
        """The bytes of a file in the folder. Raises UsageError, also for what is no regular file."""
        place = self.place(path)
        try:
            handle = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError as error:
            raise UsageError(f"The document cannot be read: {error.strerror}.") from error
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise UsageError("The document is no regular file.")
        return _read(handle)


def _read(handle: int) -> Iterator[bytes]:
    with os.fdopen(handle, "rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _referenced(documents: DocumentStore, reference: str | None) -> Iterator[bytes]:
    if reference is None:
        raise UsageError("Say which document: give its path, or its reference in the document store.")
    return documents.stream(reference)


def _service(word: str) -> ServiceClass:
    try:
        return ServiceClass(word)
    except ValueError:
        raise UsageError(f"There is no class “{word}”; there are {', '.join(ServiceClass)}.") from None
