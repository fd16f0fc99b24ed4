"""A finished translation beside its source, with what was found about each segment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.languages import variant_of
from pipeline.report import Outcome

OUTCOMES = {Outcome.TRANSLATED: "", Outcome.FROM_MEMORY: "From memory", Outcome.REPEATED: "Repeated",
            Outcome.PROTECTED: "Left alone", Outcome.KEPT_SOURCE: "Not translated"}
MOST = 100
"""Segments shown at once."""


@dataclass(frozen=True, slots=True)
class Line:
    """A segment in both languages."""

    number: int
    """From 1."""
    source: str
    translation: str
    outcome: str
    """In words; empty for the usual one."""
    remarks: tuple[str, ...]
    """Why it was kept, and what checks found."""
    warning: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """Some lines of a document, and what is told of all."""

    source: Locale | None
    target: Locale
    lines: tuple[Line, ...]
    total: int
    warnings: int
    """Lines that have one."""
    following: int | None
    """The number after which to go on."""
    notes: tuple[str, ...]
    """What belongs to no single segment."""
    untouched: bool
    seconds: float

    @property
    def source_name(self) -> str:
        """In words."""
        return variant_of(self.source) if self.source else "Source"


def preview(report: Mapping[str, Any], after: int = 0, *, only_warnings: bool = False) -> Preview:
    """Lines behind a number."""
    lines = [_line(number, one) for number, one in enumerate(report["segments"], 1)]
    wanted = [one for one in lines if one.number > after and (one.warning or not only_warnings)]
    shown = tuple(wanted[:MOST])
    return Preview(
        _locale(report["source_language"]), Locale.parse(report["target_language"]), shown, len(lines),
        sum(one.warning for one in lines), shown[-1].number if len(wanted) > MOST else None, _notes(report),
        report["untouched"], report["seconds"])


def _line(number: int, one: dict[str, Any]) -> Line:
    outcome = Outcome(one["outcome"])
    found = tuple(f"{finding['check']}: {finding['message']}" for finding in one["findings"])
    remarks = tuple(dict.fromkeys((one["reason"], *found) if one["reason"] else found))
    return Line(number, one["source"], one["translation"], OUTCOMES[outcome], remarks,
                outcome is Outcome.KEPT_SOURCE or bool(found))


def _notes(report: Mapping[str, Any]) -> tuple[str, ...]:
    """Terms that were missed, and the report's own notes. Segments that were kept stand beside their text."""
    missed = [f"The glossary says “{one['target']}” for “{one['source']}”; in {one['misses']} of "
              f"{one['hits'] + one['misses']} places that is not there."
              for one in report["glossary"] if one["misses"]]
    return (*missed, *(f"{note[:1].upper()}{note[1:]}." for note in report.get("notes", ())))


def _locale(tag: str) -> Locale | None:
    try:
        return Locale.parse(tag)
    except UsageError:
        return None
