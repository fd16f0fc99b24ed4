"""What the pipeline needs of a translation memory; what it is kept in is the caller's business."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from parsers.document import Content


@dataclass(frozen=True, slots=True)
class Unit:
    """A source and its translation, as a memory keeps them."""

    source: Content
    target: Content
    source_language: str
    """BCP 47."""
    target_language: str
    origin: str
    """The signature of the engine that made it, or where it was imported from."""


class Memory(Protocol):
    """A translation memory. Keys are those of `pipeline.planning`."""

    def get(self, keys: Sequence[str]) -> Content | None:
        """The translation under the first of these keys that is known."""

    def put(self, key: str, unit: Unit) -> None:
        """Remember a verified translation."""
