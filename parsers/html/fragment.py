"""What a reading of HTML finds: texts with their places, what is protected, which tags name languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from parsers.document import Protected, Role
from parsers.html.grids import Stand
from parsers.html.runs import Pieces
from parsers.html.tokens import Token


class Unit(NamedTuple):
    """A segment before it has an id."""

    pieces: Pieces
    role: Role
    path: tuple[str, ...]
    where: str
    context: str
    """How its text is escaped: ``text``, or ``attribute`` and the quote around the value."""
    stand: Stand
    language: str = ""
    """What the elements around it say of its language, as `parsers.locales.code_of`; not the page itself."""

    @property
    def cell(self) -> tuple[int, int] | None:
        """As `parsers.document.Segment.cell`."""
        return self.stand.cell.place if self.stand.cell is not None else None


class Said(NamedTuple):
    """What a start tag and the elements around it say of the text in it."""

    locked: bool
    language: str
    quoted: str
    """Why it stays as a phrase of another language, or empty."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a fragment of HTML holds for translators."""

    units: tuple[Unit, ...]
    """By their place in the text; one inside a Code of another comes after it."""
    protected: tuple[Protected, ...]
    language_tags: tuple[Token, ...] = ()
    """The start tags that name the language of the whole page: ``html``, ``body``, ``meta``."""
    languages: frozenset[str] = frozenset()
    """Those that other elements name, as `parsers.locales.code_of`."""
