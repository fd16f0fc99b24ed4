"""What `diglot jobs` and `diglot keys` do, once their options are read."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from diglot.console import many, say
from diglot.exits import Exit, exit_of, shown
from diglot.service import require_service
from parsers.errors import DiglotError, UsageError

if TYPE_CHECKING:
    from enum import StrEnum

    from diglot.settings import Settings
    from storage.api_keys import Key
    from storage.vocabulary import Job, Work
    from workers.deployment import Stores

    Word = TypeVar("Word", bound=StrEnum)

DAY = 86_400.0
PAGE = 500
"""Jobs that are read together."""
HEADS = ("id", "state", "done", "languages", "class", "created (UTC)", "tenant", "name")
KEY_HEADS = ("id", "tenant", "scopes", "created (UTC)", "expires (UTC)", "used (UTC)", "name")


def list_jobs(chosen: Settings, states: Iterable[str], tenant: str | None, limit: int, *, as_json: bool) -> Exit:
    """Write a table or JSON lines of the newest jobs, of all if ``limit`` is 0. Raises UsageError, StoreFault."""
    require_service()
    from storage.vocabulary import State

    wanted = frozenset(_word(State, "state", state) for state in states) or None
    with _stores(chosen) as stores:
        found = _listed(stores, tenant, wanted, limit)
        if as_json:
            for job in found:
                _write(json.dumps(_as_json(job)))
        else:
            _table(HEADS, [_row(job) for job in found])
    return Exit.OK


def show(chosen: Settings, job: str, *, as_json: bool) -> Exit:
    """Write all about a job. Raises JobNotFound, UsageError, StoreFault."""
    with _stores(chosen) as stores:
        values = _as_json(_job(stores, job))
    if as_json:
        _write(json.dumps(values))
        return Exit.OK
    progress, error = values.pop("progress"), values.pop("error")
    values |= {name: number for name, number in progress.items() if number}
    if error:
        values["error"] = f"{error['detail']} ({error['type']})"
    width = max(map(len, values))
    for name, value in values.items():
        if value not in (None, {}):
            _write(f"{name.ljust(width)}  {value if isinstance(value, bool | int) else shown(value)}")
    return Exit.OK


def retry(chosen: Settings, jobs: Sequence[str]) -> Exit:
    """Go on with failed jobs; one that cannot be tried again is named and the others go on. Raises StoreFault."""
    with _stores(chosen) as stores:
        from workers.intake import Intake
        from workers.messages import CeleryMessenger, celery_app

        messenger = CeleryMessenger(celery_app(chosen.broker)) if chosen.broker else _Nobody()
        intake = Intake(stores, messenger)
        return _each(jobs, lambda one: f"goes on, attempt {intake.retry(_job(stores, one).tenant, one).attempt}")


def cancel(chosen: Settings, jobs: Sequence[str]) -> Exit:
    """End jobs; one that is not there is named. Raises StoreFault."""
    with _stores(chosen) as stores:
        return _each(jobs, lambda one: stores.jobs.cancel(_job(stores, one).tenant, one).state.value)


def purge(chosen: Settings, days: float) -> Exit:
    """Forget jobs that ended so many days ago, all whose time is over, and documents of no job. Raises StoreFault."""
    with _stores(chosen) as stores:
        from workers.sweeping import forget_expired, forget_orphans

        jobs = stores.retention.cut_short(days * DAY)
        forget_expired(stores)
        documents = forget_orphans(stores)
    rest = ("the documents were not searched for those of no job: the ones of another database may be among them"
            if documents is None else f"{many(documents, 'document')} of no job removed")
    say(f"{many(jobs, 'job')} forgotten, {rest}")
    return Exit.OK


def make_key(chosen: Settings, tenant: str, name: str, scopes: Iterable[str], days: float | None) -> Exit:
    """Write a new key. Raises UsageError, StoreFault."""
    require_service()
    from storage.api_keys import Scope

    allowed = [_word(Scope, "scope", scope) for scope in scopes]
    sys.stdout.write("")                                    # a key that nobody would see is not made
    with _stores(chosen, make=True) as stores:
        key, text = stores.keys.make(tenant, name, allowed, None if days is None else time.time() + days * DAY)
    _tell_key(key, text)
    return Exit.OK


def list_keys(chosen: Settings, tenant: str | None, *, as_json: bool) -> Exit:
    """Write a table or JSON lines of keys. Raises StoreFault."""
    with _stores(chosen) as stores:
        keys = stores.keys.list(tenant)
    if as_json:
        for key in keys:
            _write(json.dumps(_key_as_json(key)))
    else:
        _table(KEY_HEADS, [(key.id, key.tenant, ", ".join(sorted(key.scopes)), _time(key.created),
                            "revoked" if key.revoked else _time(key.expires), _time(key.used), shown(key.name))
                           for key in keys])
    return Exit.OK


def rotate_key(chosen: Settings, key: str, hours: float) -> Exit:
    """Write a key that takes the place of another one. Raises ApiKeyNotFound, WrongState, StoreFault."""
    sys.stdout.write("")
    with _stores(chosen) as stores:
        made, text = stores.keys.rotate(key, hours * 3600)
    _tell_key(made, text)
    return Exit.OK


def revoke_keys(chosen: Settings, keys: Sequence[str]) -> Exit:
    """Let keys open nothing; one that is not there is named. Raises StoreFault."""
    with _stores(chosen) as stores:
        return _each(keys, lambda one: f"{stores.keys.revoke(one).tenant}'s key is revoked")


# ---- stores -------------------------------------------------------------------------------------------
class _Nobody:
    """Nobody is told; workers find the work at their next sweep."""

    def send(self, work: Iterable[Work]) -> None:
        """See `workers.intake.Messenger`."""


@contextmanager
def _stores(chosen: Settings, *, make: bool = False) -> Iterator[Stores]:
    """The stores of the settings. Raises UsageError where a mistyped path would make a database."""
    require_service()
    from storage.database import is_there
    from workers.deployment import Stores

    deployment = chosen.deployment
    if not make and not is_there(deployment.database):
        raise UsageError("There is no database of a service; name it with --database URL, or its folder with "
                         "--data DIR.")
    with Stores.opened(deployment) as stores:
        yield stores


def _job(stores: Stores, job: str) -> Job:
    """A job, whoever's it is. Raises JobNotFound."""
    from storage.errors import JobNotFound
    from storage.vocabulary import is_id

    if not is_id(job):
        raise JobNotFound("There is no such job.")
    return stores.jobs.get(stores.work.job(job).tenant, job)    # one that is being forgotten is not there


def _listed(stores: Stores, tenant: str | None, states: frozenset[Any] | None, limit: int) -> list[Job]:
    found: list[Job] = []
    while not limit or len(found) < limit:
        page = stores.jobs.list(tenant, states, found[-1].id if found else None, min(limit or PAGE, PAGE))
        if not page:
            break
        found += page
    return found[:limit] if limit else found


def _each(ids: Iterable[str], act: Callable[[str], str]) -> Exit:
    """Do this to each; what cannot be done is told, and the others go on."""
    from storage.errors import StoreFault

    worst = Exit.OK
    for one in dict.fromkeys(ids):
        try:
            say(f"{shown(one)}: {act(one)}")
        except StoreFault:
            raise
        except DiglotError as error:
            say(f"{shown(one)}: {error}")
            worst = max(worst, exit_of(error))
    return worst


def _word(kind: type[Word], name: str, text: str) -> Word:
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"There is no {name} “{text}”; there are {', '.join(kind)}.") from None


# ---- how it is shown ----------------------------------------------------------------------------------
def _as_json(job: Job) -> dict[str, Any]:
    """The names are those of the HTTP API."""
    from pipeline.report import Outcome

    error = {"type": job.problem.kind, "detail": job.problem.message} if job.problem else None
    return {
        "id": job.id, "tenant": job.tenant, "name": job.name, "state": job.state.value, "stage": job.stage.value,
        "progress": {"segments": job.progress.segments, "done": job.progress.done,
                     **{outcome.value: job.progress.outcomes.get(outcome, 0) for outcome in Outcome}},
        "source_lang": job.source_language, "target_lang": job.target_language, "class": job.service.value,
        "options": dict(job.options), "size": job.input_size, "attempt": job.attempt, "created_at": _iso(job.created),
        "started_at": _iso(job.started), "finished_at": _iso(job.finished), "expires_at": _iso(job.documents_until),
        "erased": job.erased, "error": error}


def _row(job: Job) -> tuple[str, ...]:
    done = f"{100 * job.progress.done // job.progress.segments} %" if job.progress.segments else "–"
    return (job.id, job.state.value, done, f"{job.source_language or '?'} → {job.target_language}", job.service.value,
            _time(job.created), job.tenant, shown(job.name))


def _key_as_json(key: Key) -> dict[str, Any]:
    return {"id": key.id, "tenant": key.tenant, "name": key.name, "scopes": sorted(key.scopes),
            "created_at": _iso(key.created), "expires_at": _iso(key.expires), "revoked_at": _iso(key.revoked),
            "used_at": _iso(key.used)}


def _tell_key(key: Key, text: str) -> None:
    _write(text)
    say(f"Key {key.id} of {key.tenant}. Keep it now: it cannot be shown again.")


def _time(moment: float | None) -> str:
    return "–" if moment is None else datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M")


def _iso(moment: float | None) -> str | None:
    return None if moment is None else datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        _write("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
