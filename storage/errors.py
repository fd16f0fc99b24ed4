"""What can go wrong with stores, as a branch of the tree in `parsers.errors`.

DiglotError
├── StoreError               raised by a store
│   ├── StoreFault           it cannot be read or written: a full disk, a damaged file, refused permission
│   │   └── StoreUnavailable it does not answer at the moment; the same call may succeed later
│   ├── ForeignDatabase      a database of a newer Diglot
│   ├── NotKept              nothing under this id, or another tenant's
│   │   ├── JobNotFound
│   │   ├── DocumentNotFound
│   │   ├── GlossaryNotFound
│   │   ├── MemoryNotFound
│   │   ├── ApiKeyNotFound
│   │   └── WebhookNotFound
│   ├── BadKey               no API key that opens anything, for whatever reason
│   ├── WrongState           the job is where this cannot be done to it
│   ├── LeaseLost            the work was taken from this worker, who writes nothing more
│   └── Incomplete           a part is told to be finished, and is not
└── UsageError
    ├── KeyReused            an idempotency key came again with another request
    ├── BadCursor            a page is asked for that no list named
    ├── BadDocumentId        no id that a document may have
    ├── BadName              no name that a glossary, a memory or a webhook may have
    └── BadStoreUrl          a URL that names no store
"""

from __future__ import annotations

from parsers.errors import DiglotError, UsageError


class StoreError(DiglotError):
    """Raised by a store."""


class StoreFault(StoreError):
    """The store cannot be read or written."""


class StoreUnavailable(StoreFault):
    """The store does not answer at the moment; the same call may succeed later."""


class ForeignDatabase(StoreError):
    """The database is one of a newer Diglot."""


class NotKept(StoreError):
    """Nothing is kept under this id."""


class JobNotFound(NotKept):
    """There is no such job, or it is another tenant's."""


class DocumentNotFound(NotKept):
    """There is no such document."""


class GlossaryNotFound(NotKept):
    """The tenant has no glossary of this name, or not this version of it."""


class MemoryNotFound(NotKept):
    """The tenant has no translation memory of this name."""


class ApiKeyNotFound(NotKept):
    """There is no API key of this id."""


class WebhookNotFound(NotKept):
    """The tenant has no webhook of this name."""


class BadKey(StoreError):
    """No API key, or one that has expired or was revoked: whoever shows it learns no more."""


class WrongState(StoreError):
    """The job is where this cannot be done to it."""


class LeaseLost(StoreError):
    """The work was taken from this worker; nothing was written. Stop, and undo what was put elsewhere for it."""


class Incomplete(StoreError):
    """A part is told to be finished, and is not."""


class KeyReused(UsageError):
    """An idempotency key came again with another request."""


class BadCursor(UsageError):
    """A page is asked for that no list named."""


class BadDocumentId(UsageError):
    """No id that a document may have."""


class BadName(UsageError):
    """No name that a glossary, a memory or a webhook may have."""


class BadStoreUrl(UsageError):
    """A URL that names no store."""
