"""Engines: text with Codes in one language in, the same in another out.

An engine is one class with one method, `Engine.translate`, and one line in `ENGINES`. It is asked one
segment at a time, many at once; how it batches, waits and tries again is its own business.
"""

from __future__ import annotations

import importlib
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, cast

from parsers.document import Content, Role
from parsers.errors import DiglotError, UsageError
from parsers.locales import Locale


class EngineError(DiglotError):
    """The engine cannot be used or has stopped answering."""


class UnsupportedPair(EngineError):
    """The engine does not translate between these two languages."""


class RequestFailed(EngineError):
    """The engine could not answer this one request; it may well answer others."""


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
    header: str = ""
    """What a table says of this cell: the header of its column, the first cell of its row."""
    siblings: tuple[str, ...] = ()
    """The other items of a short list, the other cells of the row, the neighbours of a label."""


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the segment and what it becomes."""

    source: str
    target: str
    firm: bool = True
    """From a glossary: its absence is a miss. Otherwise from the document's own translations."""


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
    priority: int = 0
    """Lower is earlier."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an engine answers. Not trusted before it is verified."""

    content: Content
    truncated: bool = False
    """The engine stopped at its length limit (``finish_reason: length``)."""


class Engine(Protocol):
    """What the pipeline needs of an engine. Subclasses inherit what they do not say."""

    name: str
    """As on the command line."""
    rungs: tuple[Rung, ...] = (Rung.FREE,)
    """The rungs that make sense for it, in order."""
    checks: frozenset[str] = frozenset()
    """Names of the checks (`pipeline.verification.CHECKS`) that its drafts must pass."""
    multilingual: bool = False
    """It makes sense of whatever language stands in a document, not only of the source language."""
    instructed: bool = False
    """It reads the context and the terms of a request before it answers."""
    remote: bool = False
    """A server does its work: one process keeps many documents going at once."""
    appetite: int = 32
    """How many requests of one document it likes to have at once."""

    @property
    @abstractmethod
    def signature(self) -> str:
        """Everything that can change its answers: name, model, version. Part of memory keys."""

    def at_hand(self) -> frozenset[str]:
        """Codes of the languages that it needs nothing from elsewhere for; none if that makes no difference."""
        return frozenset()

    def among(self, processes: int) -> None:
        """So many processes of this machine translate at once: take the share of one."""
        del processes                                       # makes no difference to an engine whose work others do

    async def prepare(self, source: Locale, target: Locale) -> None:
        """Get ready for a pair. Raises UnsupportedPair or EngineError."""

    @abstractmethod
    async def translate(self, request: Request) -> Draft:
        """The draft for one segment. Raises RequestFailed if this one cannot be answered, EngineError
        if none can."""

    async def hunger(self) -> None:
        """Returns when the engine has room for the segments of another document."""

    async def aclose(self) -> None:
        """Give connections back. An engine that is asked again opens them again."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where an OpenAI-compatible server is and how to speak to it."""

    base_url: str = "http://127.0.0.1:8000/v1"
    """Up to and with ``/v1``; the default is where ``vllm serve`` listens."""
    model: str = ""
    """A name that the server serves; empty: the only one it has."""
    profile: str = ""
    """A name of `pipeline.engines.profiles.PROFILES`; empty: judged by the model's name."""
    api_key: str = field(default="", repr=False)
    most_at_once: int = 512
    """Requests in flight at most; the window settles below by what the server bears."""
    patience: float = 300.0
    """Seconds for which a server that has gone is waited for."""
    priority: int = 0
    """Lower is earlier; for servers that schedule by priority."""
    answer_timeout: float = 180.0
    """Seconds for one answer, beside a quarter of a second for each token that it may have (a CPU
    gives each of 32 answers four tokens a second)."""


@dataclass(frozen=True, slots=True)
class EngineEntry:
    """One line of the list of engines."""

    name: str
    title: str
    factory: str
    """``module:callable`` that makes the engine; imported on first use."""

    served: bool = False
    """It takes `ServerOptions`."""

    def load(self, server: ServerOptions | None = None) -> Engine:
        """Make the engine. Raises EngineError; UsageError if it needs a server and none is given."""
        module, _, name = self.factory.partition(":")
        factory = getattr(importlib.import_module(module), name)
        if self.served:
            return cast("Callable[[ServerOptions], Engine]", factory)(server or ServerOptions())
        return cast("Callable[[], Engine]", factory)()


ENGINES = (
    EngineEntry("embedded", "Firefox Translations models on this CPU; English–Portuguese works offline",
                "pipeline.engines.embedded:EmbeddedEngine"),
    EngineEntry("vllm", "a model server that speaks OpenAI's protocol, made for vLLM serving Tencent HY-MT",
                "pipeline.engines.vllm:VllmEngine", served=True),
    EngineEntry("echo", "returns the source: proves that nothing else changes", "pipeline.engines.trial:EchoEngine"),
    EngineEntry("pseudo", "accented, longer, bracketed text: shows what would be translated",
                "pipeline.engines.trial:PseudoEngine"),
    EngineEntry("hostile", "adds every special character: proves escaping", "pipeline.engines.trial:HostileEngine"),
)


def engine_named(name: str, server: ServerOptions | None = None) -> Engine:
    """The engine of that name. Raises UsageError for an unknown one, EngineError if it cannot start.

    ``server`` is for the engines that speak to one.
    """
    for entry in ENGINES:
        if entry.name == name:
            return entry.load(server)
    known = ", ".join(entry.name for entry in ENGINES)
    raise UsageError(f"There is no engine “{name}”; there are {known}.")
