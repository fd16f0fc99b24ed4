"""Tasks for other programs: whoever may write to the broker is trusted as the service itself is.

``diglot.translate_document`` takes a document in and gives the id of its job, ``diglot.job`` tells how the job is,
``diglot.save_result`` writes its result into the shared folder. `docs/tasks.md` is their reference, with a client.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from pathlib import PurePath
from typing import Annotated, Any

from celery import Celery, current_task
from pydantic import ConfigDict, StringConstraints, ValidationError, validate_call

from parsers.errors import DiglotError, UsageError
from parsers.locales import Locale
from storage.documents import checked, document_id, job_of
from storage.errors import DocumentNotFound, JobNotFound, WrongState
from storage.vocabulary import Job, ServiceClass, State, named
from workers.deployment import Stores
from workers.intake import RESULT, Asked, Intake
from workers.messages import BROKER_SECONDS
from workers.options import Options
from workers.shared_folder import SharedFolder
from workers.tasks import Pool
from workers.watching.delivery import display_name

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]
PathName = Annotated[str, StringConstraints(min_length=1, max_length=4095)]
"""As long as a path can be on Linux (PATH_MAX)."""
ANSWERS_EXPIRE = 3600
"""Seconds for which the broker keeps what a task has answered."""
UPLOAD = "upload"
"""Kind of the documents that programs put into the document store by themselves, under an id that is no job's."""
SENTENCES = {
    "missing": "The argument {name} is missing.",
    "unexpected_keyword": "The task takes no argument {name}.",
    "unexpected_positional": "The task takes fewer arguments without a name.",
    "multiple": "The argument {name} is given twice.",
}
"""By how pydantic calls what is wrong with the arguments of a call; all else is wrong with a value."""


class TaskRefused(Exception):
    """A request that cannot be met: ``args`` are a word for programs, the error's name, and one sentence for people.

    The broker carries it as JSON, so that a client without this class gets one of the same name with the same ``args``.
    """


def register_api(app: Celery, pool: Pool, folder: str | None) -> None:
    """Give an application the tasks for other programs; ``folder`` is where they may name files."""
    app.conf.update(result_backend=app.conf.broker_url, result_expires=ANSWERS_EXPIRE, result_serializer="json",
                    redis_socket_timeout=BROKER_SECONDS, redis_socket_connect_timeout=BROKER_SECONDS)
    doors = Doors(pool, SharedFolder(folder))
    for task in (doors.translate_document, doors.job, doors.save_result):
        app.task(told(task), name=f"diglot.{task.__name__}", ignore_result=False, throws=(TaskRefused,))


class Doors:
    """What other programs may ask. Every method raises DiglotError for what cannot be done."""

    def __init__(self, pool: Pool, shared: SharedFolder) -> None:
        self._pool, self._shared = pool, shared

    def translate_document(self, *, to: Word, path: PathName | None = None, reference: Word | None = None,  # noqa: PLR0913
                           name: Word | None = None, source: Word | None = None, service: Word = "batch",
                           options: Mapping[str, Any] | None = None, tenant: Word = "local") -> str:
        """Take a document in, by its path in the shared folder or its id in the document store. Gives the job's id."""
        if (path is None) == (reference is None):
            raise UsageError("Say which document: give either its path, or its reference in the document store.")
        stores = self._pool.hands.stores
        asked = Asked(_name(name or path or "document"), Locale.parse(to), Locale.parse(source) if source else None,
                      _service(service), Options.read(options or {}))
        owner = named(tenant)
        pieces = self._shared.pieces(path) if path is not None else _referenced(stores, owner, str(reference))
        # A task that is delivered twice is one request: its id is the same.
        key = f"task:{current_task.request.id}"
        return Intake(stores, self._pool.hands.messenger).submit(owner, asked, pieces, key, _said(asked)).job.id

    def job(self, job: Word, tenant: Word = "local") -> dict[str, Any]:
        """How a job is."""
        return described(self._pool.hands.stores.jobs.get(tenant, job))

    def save_result(self, job: Word, path: PathName, tenant: Word = "local") -> str:
        """Write the result of a job into the shared folder, in place of what is there. Gives the whole path."""
        stores = self._pool.hands.stores
        state = stores.jobs.get(tenant, job).state
        if state not in (State.SUCCEEDED, State.WARNINGS):
            raise WrongState(f"This job has no result; it is {state.value}.")
        return self._shared.write(path, stores.documents.stream(document_id(job, RESULT)))


def told(task: Callable[..., Any]) -> Callable[..., Any]:
    """The task with its arguments checked, as they may be anything, and with errors that a client can read."""
    asked = validate_call(config=ConfigDict(strict=True))(task)

    @wraps(task)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return asked(*args, **kwargs)
        except ValidationError as error:
            raise TaskRefused(UsageError.__name__, _sentence(error)) from None
        except DiglotError as error:
            raise TaskRefused(type(error).__name__, str(error)) from None
    return run


def described(job: Job) -> dict[str, Any]:
    """A job as JSON values."""
    problem = {"kind": job.problem.kind, "message": job.problem.message} if job.problem else None
    return {"id": job.id, "state": job.state.value, "stage": job.stage.value, "source": job.source_language,
            "to": job.target_language, "segments": job.progress.segments, "done": job.progress.done,
            "outcomes": {outcome.value: n for outcome, n in job.progress.outcomes.items()}, "problem": problem}


def _sentence(error: ValidationError) -> str:
    """What is wrong with the arguments of a task; the value, which may be anything, is not repeated."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = first["loc"][0] if first["loc"] else "name"
    name = f"number {place + 1}" if isinstance(place, int) else display_name(place[:100])
    for kind, sentence in SENTENCES.items():
        if first["type"].startswith(kind):
            return sentence.format(name=name)
    message = first["msg"].removeprefix("Input ").removeprefix("String ").rstrip(".")
    return f"The argument {name} makes no sense: it {message}."


def _name(path: str) -> str:
    """The last part, for display."""
    return display_name(PurePath(path).name)[-200:] or "document"


def _referenced(stores: Stores, tenant: str, reference: str) -> Iterator[bytes]:
    """A document of one of the tenant's jobs, or one that a program has put there. Raises DocumentNotFound."""
    if checked(reference).partition(".")[2] != UPLOAD:
        try:
            stores.jobs.get(tenant, job_of(reference))
        except JobNotFound as error:
            raise DocumentNotFound("There is no such document.") from error
    return stores.documents.stream(reference)


def _said(asked: Asked) -> str:
    """What was said beside the document, so that another request under the same task id is found out."""
    return hashlib.sha256(json.dumps([
        asked.name, asked.target.tag, asked.source.tag if asked.source else None, asked.service.value,
        asked.options.as_json()], sort_keys=True).encode()).hexdigest()


def _service(word: str) -> ServiceClass:
    try:
        return ServiceClass(word)
    except ValueError:
        raise UsageError(f"There is no class “{word}”; there are {', '.join(ServiceClass)}.") from None
