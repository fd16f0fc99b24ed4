"""Webhooks of tenants, and the deliveries that tell them of jobs that ended.

A delivery is written in the transaction in which its job ends (`storage.rows.end`), so that none is forgotten. Who
sends it takes it with a lease, as work is taken. A receiver may hear of the same end twice, and tells by the
delivery's id.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from storage.database import Database, now
from storage.errors import LeaseLost, WebhookNotFound
from storage.schema import DeliveryRow, WebhookRow
from storage.vocabulary import Periods, named, new_id

SCHEDULE = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0)
"""Seconds to wait before each attempt: the beginning of what the Standard Webhooks specification suggests. The last one
comes after 17 h 35 min, while the documents are still there (`Periods.documents`)."""
MOST_CLAIMED = 100
MOST_LISTED = 1000
DISABLED = "The webhook was disabled."
SILENT = "Whoever sent it ended before an answer came."


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a tenant wants to hear of jobs that end."""

    id: str
    name: str
    url: str
    """As it was given: check where it leads before anything is sent."""
    secret: str = field(repr=False)
    """``whsec_`` and base64 of 256 random bits: it signs what is sent, so it must be kept as it is."""
    enabled: bool
    created: float
    """Seconds since 1970 by the database's clock."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A delivery that is this sender's to make, until its lease runs out."""

    id: str
    """The same in every attempt: the receiver tells by it what it has heard already."""
    job: str
    tenant: str
    event: str
    """Such as ``translation.succeeded``."""
    created: float
    """When the job ended. Seconds since 1970."""
    attempt: int
    """1 for the first."""
    url: str
    secret: str = field(repr=False)
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a delivery."""

    id: str
    webhook: str
    """Its name."""
    event: str
    attempts: int
    status: int | None
    """Of the last answer that came; None if none did."""
    problem: str | None
    """Why it was not delivered, so far or for ever."""
    created: float
    due: float
    """When it is tried next, unless it is finished."""
    finished: float | None

    @property
    def delivered(self) -> bool:
        """The receiver has said that it has it."""
        return self.finished is not None and self.problem is None


class WebhookStore:
    """Webhooks in a database. A tenant sees their own alone.

    Every method raises StoreFault if the database cannot be read or written, BadName for a name that none may have,
    and, but for `put` and `list`, WebhookNotFound.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, tenant: str, name: str, url: str) -> Webhook:
        """Keep a webhook under this name, enabled. One that is there changes its URL and keeps its secret; what it has
        not heard yet goes to the new URL."""
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        put = (postgresql if self._database.postgres else sqlite).insert(WebhookRow).values(
            id=new_id(), tenant=tenant, name=named(name), url=url, secret=secret, enabled=True, created=now())
        with self._database.writing() as connection:
            return _webhook(connection.execute(put.on_conflict_do_update(
                index_elements=("tenant", "name"), set_={"url": url, "enabled": True},
            ).returning(*WebhookRow.__table__.columns)).one())

    def get(self, tenant: str, name: str) -> Webhook:
        """One webhook."""
        with self._database.reading() as connection:
            row = connection.execute(select(*WebhookRow.__table__.columns).where(*_called(tenant, name))).first()
        if row is None:
            raise _not_found(name)
        return _webhook(row)

    def list(self, tenant: str) -> tuple[Webhook, ...]:
        """All of a tenant, by name."""
        with self._database.reading() as connection:
            return tuple(map(_webhook, connection.execute(select(*WebhookRow.__table__.columns).where(
                WebhookRow.tenant == tenant).order_by(WebhookRow.name))))

    def disable(self, tenant: str, name: str) -> None:
        """Nothing more is sent to it, not even what it has not heard yet; `put` enables it again."""
        with self._database.writing() as connection:
            if not _disable(connection, *_called(tenant, name)):
                raise _not_found(name)

    def delete(self, tenant: str, name: str) -> None:
        """Forget a webhook with its deliveries."""
        with self._database.writing() as connection:
            if not connection.execute(delete(WebhookRow).where(*_called(tenant, name))).rowcount:
                raise _not_found(name)


class DeliveryStore:
    """Deliveries in a database. Every method raises StoreFault if it cannot be read or written; each that takes a
    sending raises LeaseLost, and then has written nothing, if another sender has it now or nobody shall send it."""

    def __init__(self, database: Database, periods: Periods | None = None) -> None:
        self._database, self._periods = database, periods or Periods()

    def claim_due(self, owner: str, limit: int = MOST_CLAIMED) -> tuple[Sending, ...]:
        """Take what is to be sent now, the most urgent first. What a silent sender held is taken over, and counts as
        one of its attempts."""
        due = select(DeliveryRow.id).where(DeliveryRow.finished.is_(None), DeliveryRow.due <= now()).order_by(
            DeliveryRow.due).limit(min(limit, MOST_CLAIMED)).with_for_update(skip_locked=True)
        with self._database.writing() as connection:
            ids = connection.execute(due).scalars().all()
            spent = DeliveryRow.id.in_(ids) & (DeliveryRow.attempts >= len(SCHEDULE))
            connection.execute(update(DeliveryRow).where(spent).values(_over(SILENT)))
            claim = update(DeliveryRow).where(DeliveryRow.id.in_(ids), DeliveryRow.finished.is_(None)).values(
                owner=owner, fence=DeliveryRow.fence + 1, attempts=DeliveryRow.attempts + 1,
                due=now() + self._periods.lease)
            connection.execute(claim)
            return _sendings(connection, ids, owner)

    def succeeded(self, sending: Sending, status: int) -> None:
        """The receiver has it."""
        with self._database.writing() as connection:
            _held(connection, sending, owner=None, status=status, problem=None, finished=now())

    def failed(self, sending: Sending, problem: str, status: int | None = None, wait: float = 0.0) -> None:
        """It did not arrive: try again as `SCHEDULE` says, in ``wait`` seconds at the earliest, or give up.

        ``problem`` is a sentence for the tenant.
        """
        values: dict[str, Any] = _over(problem)
        if sending.attempt < len(SCHEDULE):
            values = {"owner": None, "problem": problem, "due": now() + max(SCHEDULE[sending.attempt], wait)}
        with self._database.writing() as connection:
            _held(connection, sending, status=status, **values)

    def gone(self, sending: Sending, status: int) -> None:
        """The receiver wants to hear nothing any more (410): disable the webhook."""
        with self._database.writing() as connection:
            mine = select(DeliveryRow.webhook_id).where(DeliveryRow.id == sending.id).scalar_subquery()
            connection.execute(select(WebhookRow.id).where(WebhookRow.id == mine).with_for_update())
            _held(connection, sending, status=status)
            _disable(connection, WebhookRow.id == mine)

    def list(self, tenant: str, job: str) -> tuple[Delivery, ...]:
        """The deliveries of a job, the oldest first."""
        query = select(*DeliveryRow.__table__.columns).add_columns(WebhookRow.name).join(WebhookRow).where(
            DeliveryRow.tenant == tenant, DeliveryRow.job_id == job).order_by(DeliveryRow.id).limit(MOST_LISTED)
        with self._database.reading() as connection:
            return tuple(_delivery(row) for row in connection.execute(query))

    def waiting(self) -> int:
        """How many are not finished, of all tenants."""
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(DeliveryRow).where(
                DeliveryRow.finished.is_(None))).scalar_one()


# ---- rows ------------------------------------------------------------------------------------------
# Locks are taken in the order job, webhook, deliveries.
def _called(tenant: str, name: str) -> tuple[ColumnElement[bool], ...]:
    return WebhookRow.tenant == tenant, WebhookRow.name == named(name)


def _over(problem: str) -> dict[str, Any]:
    """What gives a delivery up."""
    return {"owner": None, "problem": problem, "finished": now()}


def _disable(connection: Connection, *which: ColumnElement[bool]) -> bool:
    """Whether there is such a webhook."""
    ids = connection.execute(
        update(WebhookRow).where(*which).values(enabled=False).returning(WebhookRow.id)).scalars().all()
    connection.execute(update(DeliveryRow).where(
        DeliveryRow.webhook_id.in_(ids), DeliveryRow.finished.is_(None)).values(
        **_over(DISABLED), fence=DeliveryRow.fence + 1))
    return bool(ids)


def _sendings(connection: Connection, ids: Sequence[str], owner: str) -> tuple[Sending, ...]:
    found = connection.execute(
        select(*DeliveryRow.__table__.columns, WebhookRow.url, WebhookRow.secret).join(WebhookRow).where(
            DeliveryRow.id.in_(ids), DeliveryRow.finished.is_(None)))
    rows = {row.id: row for row in found}
    return tuple(Sending(row.id, row.job_id, row.tenant, row.event, row.created, row.attempts, row.url, row.secret,
                         owner, row.fence) for row in (rows[id_] for id_ in ids if id_ in rows))


def _held(connection: Connection, sending: Sending, **values: Any) -> None:
    """Write to the row that is this sender's. Raises LeaseLost."""
    write = update(DeliveryRow).where(
        DeliveryRow.id == sending.id, DeliveryRow.fence == sending.fence, DeliveryRow.owner == sending.owner)
    if connection.execute(write.values(**values).returning(DeliveryRow.id)).first() is None:
        raise LeaseLost("This delivery was given to another sender, or is not to be made any more.")


def _webhook(row: Row[Any]) -> Webhook:
    return Webhook(row.id, row.name, row.url, row.secret, row.enabled, row.created)


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(row.id, row.name, row.event, row.attempts, row.status, row.problem, row.created, row.due,
                    row.finished)


def _not_found(name: str) -> WebhookNotFound:
    return WebhookNotFound(f"There is no webhook “{name}”.")
