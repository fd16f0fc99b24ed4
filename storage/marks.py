"""Whose documents a document store keeps: each database leaves its mark there before its first document.

Only a store with the mark of one database alone is ever searched for documents of no job: what one database does not
know may be another's.
"""

from __future__ import annotations

from storage.database import Database
from storage.documents import NO_JOB, DocumentStore, document_id


def leave(database: Database, documents: DocumentStore) -> None:
    """Leave the mark of a database, unless it is there. Raises StoreFault."""
    mark = _mark(database)
    if not documents.exists(mark):
        documents.put(mark, ())


def alone(database: Database, documents: DocumentStore) -> bool:
    """Whether a store has documents of this database, and of no other. Raises StoreFault."""
    return {kept.id for kept in documents.listed(NO_JOB)} == {_mark(database)}


def shared(documents: DocumentStore) -> bool:
    """Whether any database has documents in a store; where `alone` is false, another one. Raises StoreFault."""
    return next(iter(documents.listed(NO_JOB)), None) is not None


def _mark(database: Database) -> str:
    return document_id(NO_JOB, f"of-{database.identity.replace('-', '')[:28]}")
