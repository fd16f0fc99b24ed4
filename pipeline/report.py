"""What became of every segment: the account that comes with each translated document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from parsers.document import Code, Content, Document, Segment, codes, readable
from pipeline.engines import Rung
from pipeline.verification import Finding


class Outcome(StrEnum):
    """Every segment ends in exactly one of these."""

    TRANSLATED = "translated"
    FROM_MEMORY = "from_memory"
    REPEATED = "repeated"
    """The same source stands earlier in the document; its translation is used again."""
    PROTECTED = "protected"
    """Nothing to translate; the reason names the rule."""
    KEPT_SOURCE = "kept_source"
    """Every rung of the ladder failed; the reason says at what."""


@dataclass(frozen=True, slots=True)
class Translation:
    """What became of one segment."""

    segment: Segment
    content: Content
    outcome: Outcome
    reason: str | None = None
    rung: Rung | None = None
    findings: tuple[Finding, ...] = ()

    def dump(self) -> dict[str, Any]:
        """As JSON values, for whoever has the segment: `load` makes the same of them."""
        number = {code: at for at, code in enumerate(codes(self.segment.content))}
        return {"content": [number[item] if isinstance(item, Code) else item for item in self.content],
                "outcome": self.outcome.value, "reason": self.reason, "rung": self.rung.value if self.rung else None,
                "findings": [(one.check, one.severity, one.message) for one in self.findings]}

    @classmethod
    def load(cls, segment: Segment, values: Mapping[str, Any]) -> Translation:
        """The inverse of `dump`. Raises KeyError, IndexError or ValueError if it was not of this segment."""
        own = codes(segment.content)
        return cls(segment, tuple(own[item] if isinstance(item, int) else item for item in values["content"]),
                   Outcome(values["outcome"]), values["reason"], Rung(values["rung"]) if values["rung"] else None,
                   tuple(Finding(*one) for one in values["findings"]))

    def as_json(self) -> dict[str, Any]:
        """The report's line for this segment."""
        return {"id": self.segment.id, "role": self.segment.role.value, "where": self.segment.where,
                "outcome": self.outcome.value, "reason": self.reason, "rung": self.rung.value if self.rung else None,
                "source": readable(self.segment.content), "translation": readable(self.content),
                "findings": [{"check": f.check, "severity": f.severity, "message": f.message} for f in self.findings]}


@dataclass(frozen=True, slots=True)
class TermUse:
    """How often a term was due, and how often its translation was found."""

    source: str
    target: str
    hits: int
    misses: int

    def as_json(self) -> dict[str, Any]:
        """The report's line for this term."""
        return {"source": self.source, "target": self.target, "hits": self.hits, "misses": self.misses}


@dataclass(frozen=True, slots=True)
class Inconsistency:
    """A phrase that was translated in several ways, where its translations can be told."""

    source: str
    renderings: tuple[tuple[str, int], ...]
    """(translation, how often), the most frequent first; forms of the same words count as one."""

    def as_json(self) -> dict[str, Any]:
        """The report's line for this phrase."""
        return {"source": self.source, "renderings": dict(self.renderings)}


@dataclass(frozen=True, slots=True)
class Report:
    """The account of one document in one target language."""

    format: str
    source_language: str
    target_language: str
    engine: str
    translations: tuple[Translation, ...]
    protected: tuple[tuple[str, int], ...] = ()
    """(reason, letters) of the text outside segments, as `Document.protected` names it."""
    masks: dict[str, int] = field(default_factory=dict)
    terms: tuple[TermUse, ...] = ()
    dead_links: tuple[str, ...] = ()
    """Addresses within the document that its links lead to and that the translation has lost (`parsers.dead_links`)."""
    learned: tuple[TermUse, ...] = ()
    """Phrases that the document's own translations taught, over the segments whose engine was told of them."""
    inconsistencies: tuple[Inconsistency, ...] = ()
    checks: tuple[str, ...] = ()
    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the source, of the output, and of what stands outside the segments in each
    (`pipeline.translation.certificate`)."""
    seconds: float = 0.0

    @property
    def counts(self) -> dict[str, int]:
        """Outcome → number of segments; they add up to the number of segments."""
        found = Counter(translation.outcome.value for translation in self.translations)
        return {outcome.value: found[outcome.value] for outcome in Outcome}

    @property
    def kept(self) -> tuple[Translation, ...]:
        """The segments that stand in the source language although they should not."""
        return tuple(t for t in self.translations if t.outcome is Outcome.KEPT_SOURCE)

    @property
    def ok(self) -> bool:
        """False if the document is finished with warnings."""
        return not self.kept

    @property
    def untouched(self) -> bool:
        """Nothing but the text of segments, and the declared language, has changed: proven by hashes."""
        return bool(self.hashes) and self.hashes["outside_source"] == self.hashes["outside_output"]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One sentence for each segment that was kept and each glossary entry that was missed."""
        kept = [f"{t.segment.where or t.segment.role.value} kept in the source language: {t.reason}: "
                f"“{shorten(readable(t.segment.content))}”" for t in self.kept]
        missed = [f"glossary: “{t.source}” did not become “{t.target}” in {t.misses} of {t.hits + t.misses} places"
                  for t in self.terms if t.misses]
        return (*kept, *missed)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is as it should be, but not as a reader would wish: a sentence each."""
        if not self.dead_links:
            return ()
        named = ", ".join(f"#{address}" for address in self.dead_links[:3])
        more = f" and {len(self.dead_links) - 3} more" if len(self.dead_links) > 3 else ""
        said = (f"links within the document to {named}{more} lead nowhere in the translation, as these addresses are "
                "made from the words of headings; pin the headings to keep them (--pin-headings, pin_headings)")
        return (said,)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {"format": self.format, "source_language": self.source_language,
                "target_language": self.target_language, "engine": self.engine, "ok": self.ok, "counts": self.counts,
                "seconds": round(self.seconds, 3), "untouched": self.untouched, "hashes": self.hashes,
                "checks": list(self.checks),
                "masks": self.masks, "warnings": list(self.warnings), "notes": list(self.notes),
                "dead_links": list(self.dead_links),
                "glossary": [use.as_json() for use in self.terms],
                "consistency": {"learned": [use.as_json() for use in self.learned],
                                "inconsistent": [one.as_json() for one in self.inconsistencies]},
                "protected": [{"reason": reason, "letters": count} for reason, count in self.protected],
                "segments": [translation.as_json() for translation in self.translations]}


def shorten(text: str, size: int = 60) -> str:
    """The beginning of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= size else text[:size - 1].rstrip() + "…"


def mask_counts(document: Document, kinds: frozenset[str]) -> dict[str, int]:
    """How many stretches were masked inside segments, by kind."""
    found = Counter(item.label for segment in document.segments for item in segment.content
                    if isinstance(item, Code) and item.label in kinds)
    return dict(sorted(found.items()))


def protected_counts(document: Document) -> tuple[tuple[str, int], ...]:
    """(reason, letters) of what the parser protects, in the order of first appearance."""
    found: Counter[str] = Counter()
    for span in document.protected:
        found[span.reason] += sum(map(str.isalpha, span.text))
    return tuple(found.items())
