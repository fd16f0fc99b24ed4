"""Exit codes, and which error ends in which."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a finished command says to the shell. A folder ends with the highest of its files."""

    OK = 0
    WARNINGS = 1
    USAGE = 2
    DOCUMENT = 3
    ENGINE = 4
    INTERNAL = 5
    INTERRUPTED = 130
    """128 + SIGINT, as shells do."""


MEANING = {
    Exit.OK: "everything is translated",
    Exit.WARNINGS: "finished with warnings: some text stayed in its language, or a check found something",
    Exit.USAGE: "bad usage: an option, a path or a language that makes no sense; nothing was done",
    Exit.DOCUMENT: "a document could not be read (damaged, encrypted, of another format)",
    Exit.ENGINE: "the engine failed or does not know the languages",
    Exit.INTERNAL: "an output could not be made or written, or Diglot has a defect",
    Exit.INTERRUPTED: "interrupted; finished files stay, no half-written file is left",
}


def exit_of(error: BaseException) -> Exit:
    """The exit code that an error ends in. An OSError here is one of writing: readers turn theirs
    into DocumentError."""
    from parsers.errors import DocumentError, ShapeError, UsageError
    from pipeline.engines import EngineError
    from storage.errors import NotKept, WrongState

    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    kinds = ((UsageError, Exit.USAGE), (DocumentError, Exit.DOCUMENT), (EngineError, Exit.ENGINE),
             (ShapeError, Exit.INTERNAL), (NotKept, Exit.USAGE), (WrongState, Exit.USAGE))
    return next((code for kind, code in kinds if isinstance(error, kind)), Exit.INTERNAL)


def sentence_of(error: BaseException) -> str:
    """One plain sentence for people."""
    from parsers.errors import DiglotError

    if isinstance(error, DiglotError):
        return str(error)
    if isinstance(error, MemoryError):
        return "There is not enough memory for this."
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        return f"{reason}: {shown(error.filename)}." if error.filename else f"{reason}."
    return f"This is a defect in Diglot ({type(error).__name__}); run again with --debug to see where, and report it."


def shown(path: object) -> str:
    """A path as text that any terminal takes, whatever bytes its name has."""
    import os

    raw = os.fsencode(path) if isinstance(path, (str, bytes, os.PathLike)) else str(path).encode()
    text = raw.decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
