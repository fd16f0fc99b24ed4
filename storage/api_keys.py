"""API keys: who may ask for what."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from storage.database import Database, now
from storage.errors import ApiKeyNotFound, BadKey, WrongState
from storage.schema import ApiKeyRow
from storage.vocabulary import DAY, named

SHAPE = re.compile(r"dg_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")
"""Id and secret: 64 bits in hexadecimal, 256 bits in base64url. Tools that look for leaked keys know it by ``dg_``."""
USED_AGAIN = 60.0
"""Seconds for which it is not written again that a key was used."""
NOBODY = bytes(32)
"""The hash of no secret."""


class Scope(StrEnum):
    """What a key allows. None includes another."""

    TRANSLATE = "translate"
    """Send documents, change and delete what is the tenant's."""
    READ = "read"
    """Look at what is the tenant's."""


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; of its secret nothing. Times are seconds since 1970 by the database's clock."""

    id: str
    tenant: str
    name: str
    """For people, who want to know which one it is."""
    scopes: frozenset[Scope]
    created: float
    expires: float | None
    revoked: float | None
    used: float | None
    """Last, to within `USED_AGAIN` s; None: never."""


class KeyStore:
    """The keys of all tenants. Raises StoreFault if the database cannot be read or written.

    Secrets are random and long, so that a hash without salt or stretching keeps them: nothing can be guessed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def make(self, tenant: str, name: str, scopes: Iterable[Scope], expires: float | None = None) -> tuple[Key, str]:
        """A new key, and the text that whoever holds it shows: ``dg_<id>_<secret>``, which nobody can tell again.

        ``expires`` is in seconds since 1970. Raises BadName for a tenant that cannot be.
        """
        with self._database.writing() as connection:
            return _made(connection, {"tenant": named(tenant), "name": name, "scopes": sorted(set(scopes)),
                                      "expires": expires})

    def check(self, text: str) -> Key:
        """The key that this text is. Raises BadKey, always the same, for all that is no valid one.

        Looking for an id that is not there takes the same steps as for one that is.
        """
        match = SHAPE.fullmatch(text)
        key, secret = match.groups() if match else ("", "")
        with self._database.reading() as connection:
            row = connection.execute(select(*ApiKeyRow.__table__.columns).where(ApiKeyRow.id == key)).first()
            moment = connection.execute(select(now())).scalar_one()
        same = hmac.compare_digest(_hash(secret), NOBODY if row is None else bytes(row.secret_sha256))
        if row is None or not same or not _valid(row, moment):
            raise BadKey("This is no valid API key.")
        if row.used is None or row.used <= moment - USED_AGAIN:
            with self._database.writing() as connection:
                connection.execute(update(ApiKeyRow).where(ApiKeyRow.id == key).values(used=now()))
        return _key(row)

    def any(self) -> bool:
        """Whether a key was ever made."""
        with self._database.reading() as connection:
            return connection.execute(select(ApiKeyRow.id).limit(1)).first() is not None

    def list(self, tenant: str | None = None) -> tuple[Key, ...]:
        """The keys of a tenant, or of all, the oldest first; those that open nothing any more too."""
        query = select(*ApiKeyRow.__table__.columns).order_by(ApiKeyRow.created, ApiKeyRow.id)
        with self._database.reading() as connection:
            return tuple(map(_key, connection.execute(
                query if tenant is None else query.where(ApiKeyRow.tenant == tenant))))

    def revoke(self, key: str) -> Key:
        """From now on this key opens nothing. Raises ApiKeyNotFound."""
        with self._database.writing() as connection:
            return _key(_changed(connection, key, revoked=func.coalesce(ApiKeyRow.revoked, now())))

    def rotate(self, key: str, overlap: float = DAY) -> tuple[Key, str]:
        """A new key in place of this one, which goes on for ``overlap`` seconds at most. It allows the same, and lives
        for as long as the old one was meant to. Raises ApiKeyNotFound; WrongState if it opens nothing any more."""
        with self._database.writing() as connection:
            row = connection.execute(select(*ApiKeyRow.__table__.columns).where(_is(key)).with_for_update()).first()
            if row is None:
                raise _not_found()
            moment = connection.execute(select(now())).scalar_one()
            if not _valid(row, moment):
                raise WrongState("This API key has expired or was revoked; make a new one.")
            ends = moment + overlap if row.expires is None else min(row.expires, moment + overlap)
            _changed(connection, key, expires=ends)
            lives = None if row.expires is None else moment + row.expires - row.created
            return _made(connection, {"tenant": row.tenant, "name": row.name, "scopes": row.scopes, "expires": lives})


def _made(connection: Connection, values: dict[str, Any]) -> tuple[Key, str]:
    key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    row = connection.execute(
        insert(ApiKeyRow).values(**values, id=key, secret_sha256=_hash(secret), created=now())
        .returning(*ApiKeyRow.__table__.columns)).one()
    return _key(row), f"dg_{key}_{secret}"


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is(key: str) -> ColumnElement[bool]:
    # What is no id is asked for as none: Postgres refuses U+0000 in text.
    return ApiKeyRow.id == (key if key.isalnum() and key.isascii() else "")


def _changed(connection: Connection, key: str, **values: Any) -> Row[Any]:
    row = connection.execute(
        update(ApiKeyRow).where(_is(key)).values(**values).returning(*ApiKeyRow.__table__.columns)).first()
    if row is None:
        raise _not_found()
    return row


def _valid(row: Row[Any], moment: float) -> bool:
    return row.revoked is None and (row.expires is None or row.expires > moment)


def _key(row: Row[Any]) -> Key:
    known = frozenset(scope for scope in Scope if scope in row.scopes)      # another version may have more
    return Key(row.id, row.tenant, row.name, known, row.created, row.expires, row.revoked, row.used)


def _not_found() -> ApiKeyNotFound:
    return ApiKeyNotFound("There is no such API key.")
