"""Every error that Diglot raises, in one tree.

DiglotError
├── DocumentError            the document cannot be read; ``str()`` is one sentence for its owner
│   ├── UnknownFormat        not a format that Diglot translates
│   ├── EncryptedDocument    protected by a password
│   ├── DamagedDocument      truncated, not well-formed, or not what its name says
│   ├── UnsafeDocument       a zip bomb, overlapping members, a DOCTYPE in a part
│   ├── TooLarge             over a limit of `parsers.options.Limits`
│   └── UndecodableText      bytes that are no text in the declared or a sniffed encoding
├── ShapeError               an output would not have had the structure of its source; nothing is written
├── EngineError              raised by an engine (defined in `pipeline.engines`)
├── StoreError               raised by a store (defined in `storage.errors`)
└── UsageError               an option, a glossary or a language that makes no sense
"""

from __future__ import annotations


class DiglotError(Exception):
    """Root of the tree. ``str(error)`` is one plain sentence that a user understands."""


class DocumentError(DiglotError):
    """The document cannot be read."""


class UnknownFormat(DocumentError):
    """Neither name nor content is of a known format."""


class EncryptedDocument(DocumentError):
    """The document is protected by a password."""


class DamagedDocument(DocumentError):
    """The document is truncated, not well-formed, or not what its name says."""


class UnsafeDocument(DocumentError):
    """The document is built to harm its reader."""


class TooLarge(DocumentError):
    """The document is over a size limit."""


class UndecodableText(DocumentError):
    """The bytes are no text in the declared or a sniffed encoding."""


class ShapeError(DiglotError):
    """The output would not have had the structure of its source."""


class UsageError(DiglotError):
    """An option, a glossary or a language that makes no sense."""
