"""Engines: text with Codes in one language in, the same in another out.

An engine is one class with one method, `Engine.translate`, and one line in `ENGINES`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast

from parsers.document import Content, Role
from parsers.errors import DiglotError, UsageError
from parsers.locales import Locale


class EngineError(DiglotError):
    """The engine cannot be used or has stopped answering."""


class UnsupportedPair(EngineError):
    """The engine does not translate between these two languages."""


class Rung(StrEnum):
    """The ladder of one segment: what is tried, in this order, until a draft verifies."""

    FREE = "free"
    DETERMINISTIC = "deterministic"
    CONSTRAINED = "constrained"
    PROJECTED = "projected"
    """The engine sees the bare text; the Codes are projected onto its translation."""


@dataclass(frozen=True, slots=True)
class Context:
    """What stands around a segment, in the source language."""

    headings: tuple[str, ...] = ()
    previous: tuple[str, ...] = ()
    """Up to three source segments before this one, nearest last."""


@dataclass(frozen=True, slots=True)
class Term:
    """A glossary entry that applies to this request."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Request:
    """One segment to translate."""

    content: Content
    source: Locale
    target: Locale
    role: Role = Role.PARAGRAPH
    context: Context = Context()
    terms: tuple[Term, ...] = ()
    rung: Rung = Rung.FREE


@dataclass(frozen=True, slots=True)
class Draft:
    """What an engine answers. Not trusted before it is verified."""

    content: Content
    truncated: bool = False
    """The engine stopped at its length limit (``finish_reason: length``)."""


class Engine(Protocol):
    """What the pipeline needs of an engine."""

    @property
    def name(self) -> str:
        """As on the command line."""

    @property
    def signature(self) -> str:
        """Everything that can change its answers: name, model, version. Part of memory keys."""

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """The rungs that make sense for it, in order."""

    @property
    def checks(self) -> frozenset[str]:
        """Names of the checks (`pipeline.verification.CHECKS`) that its drafts must pass."""

    @property
    def multilingual(self) -> bool:
        """It makes sense of whatever language stands in a document, not only of the source language."""

    @property
    def batch_size(self) -> int:
        """How many requests it likes at once."""

    def prepare(self, source: Locale, target: Locale) -> None:
        """Get ready for a pair. Raises UnsupportedPair or EngineError."""

    def translate(self, requests: Sequence[Request]) -> list[Draft]:
        """One draft for each request, in order. Raises EngineError."""


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """One line of the list of engines."""

    name: str
    title: str
    factory: str
    """``module:callable`` that makes the engine; imported on first use."""

    def load(self) -> Engine:
        """Make the engine. Raises EngineError."""
        module, _, name = self.factory.partition(":")
        return cast("Callable[[], Engine]", getattr(importlib.import_module(module), name))()


ENGINES = (
    EngineEntry("embedded", "Firefox Translations models on this CPU; English–Portuguese works offline",
                "pipeline.engines.embedded:EmbeddedEngine"),
    EngineEntry("echo", "returns the source: proves that nothing else changes", "pipeline.engines.trial:EchoEngine"),
    EngineEntry("pseudo", "accented, longer, bracketed text: shows what would be translated",
                "pipeline.engines.trial:PseudoEngine"),
    EngineEntry("hostile", "adds every special character: proves escaping", "pipeline.engines.trial:HostileEngine"),
)


def engine_named(name: str) -> Engine:
    """The engine of that name. Raises UsageError for an unknown one, EngineError if it cannot start."""
    for entry in ENGINES:
        if entry.name == name:
            return entry.load()
    known = ", ".join(entry.name for entry in ENGINES)
    raise UsageError(f"There is no engine “{name}”; there are {known}.")
