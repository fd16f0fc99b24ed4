"""Terms whose translation is fixed: found in sources, sent to the engine, checked in drafts.

What files of terms may look like is said in `pipeline.glossary_files`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from parsers.document import CodeKind, Content
from parsers.locales import Locale
from parsers.phrases import Occurrence, PhraseIndex, as_written, case_folded, tokens
from pipeline.engines import Term
from pipeline.glossary_files import Entry, TermFile, read
from pipeline.inflection import AGGLUTINATED, Inflection, inflection_of

__all__ = ["Entry", "Glossary", "TermCheck", "Termbase", "wording"]

MOST_TERMS = 20
"""Terms that go along with one segment at most, the first ones of its text: 200 to 300 tokens of a prompt."""

MARK = " \ufffc "
"""What stands for a standalone Code where phrases are looked for: none reaches across it."""


def wording(items: Content) -> str:
    """A content as terms are looked for in it: what stands inside Codes is not seen."""
    return "".join(item if isinstance(item, str) else MARK if item.kind is CodeKind.STANDALONE else ""
                   for item in items)


@dataclass(frozen=True, slots=True)
class TermCheck:
    """The entries that a segment called for, each once: those that came out and those that did not."""

    hits: tuple[Entry, ...]
    misses: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms of one job between two languages. Entries have distinct sources."""

    entries: tuple[Entry, ...] = ()
    inflection: bool = False
    """Find and accept terms in other forms, in languages whose forms are known (`pipeline.inflection`)."""
    source: Locale | None = None
    """Language of the sources; None: their forms are not known."""
    target: Locale | None = None
    _finder: list[_Finder] = field(default_factory=list, init=False, repr=False, compare=False)
    """One, made when first needed: glossaries travel between processes without it."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Everything but the index, which is quickly made again."""
        return Glossary, (self.entries, self.inflection, self.source, self.target)

    @classmethod
    def load(cls, *paths: str | Path, source: Locale | None = None, target: Locale | None = None,
             inflection: bool = False) -> Glossary:
        """Read files, later ones over earlier ones. Raises UsageError with what makes no sense in which file."""
        return Termbase.load(*paths, inflection=inflection).between(source, target)

    def between(self, source: Locale | None, target: Locale | None) -> Glossary:
        """The same terms, with the languages that they are of."""
        made = Glossary(self.entries, self.inflection, source, target)
        return made if made._forms != self._forms else self

    @property
    def version(self) -> str:
        """SHA-256 (hex) of what can change a translation: the same for the same terms in any order."""
        return self._found.version(inflection=self.inflection)

    def occurrences(self, text: str) -> Sequence[Occurrence[Entry]]:
        """Where entries stand in a source text; a longer term hides those inside it."""
        return self._found.find(text) if self.entries else ()

    def entries_in(self, text: str) -> tuple[Entry, ...]:
        """The entries that occur in a source text, each once, in order."""
        return tuple(dict.fromkeys(occurrence.value for occurrence in self.occurrences(text)))

    def terms_in(self, items: Content) -> tuple[Term, ...]:
        """What an engine is told of a segment: its first `MOST_TERMS` terms, in order."""
        found = self.entries_in(wording(items)) if self.entries else ()
        return tuple(Term(entry.source, entry.target) for entry in found[:MOST_TERMS])

    def keeps(self) -> tuple[str, ...]:
        """The terms that stay as they are: what masking leaves out of the translation."""
        return tuple(e.source for e in self.entries if as_written(e.source) == as_written(e.target))

    def check(self, source: str, target: str) -> TermCheck:
        """Which entries of a source text came out in its translation, at least once each.

        Takes time linear in the lengths of both, and in the number of entries in the source.
        """
        due = self.entries_in(source)
        if not due:
            return TermCheck((), ())
        said = self._found.said(target)
        came = [self._found.comes_out(entry, said) for entry in due]
        return TermCheck(tuple(entry for entry, came_out in zip(due, came, strict=True) if came_out),
                         tuple(entry for entry, came_out in zip(due, came, strict=True) if not came_out))

    @property
    def _forms(self) -> tuple[Inflection | None, Inflection | None]:
        """How sources and targets are inflected, as far as that counts."""
        before, after = (inflection_of(locale) if self.inflection or (locale and locale.language in AGGLUTINATED)
                         else None for locale in (self.source, self.target))
        return before, after

    @property
    def _found(self) -> _Finder:
        if not self._finder:
            self._finder.append(_Finder(self.entries, *self._forms))
        return self._finder[0]


@dataclass(frozen=True, slots=True)
class Termbase:
    """The term lists of a job as they were read, for whatever languages its documents turn out to be in."""

    files: tuple[TermFile, ...] = ()
    inflection: bool = False
    _made: dict[tuple[str, str], Glossary] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Everything but the glossaries, which are quickly made again."""
        return Termbase, (self.files, self.inflection)

    @classmethod
    def load(cls, *paths: str | Path, inflection: bool = False) -> Termbase:
        """Read CSV, TSV and TBX files. Raises UsageError with what makes no sense in which file."""
        return cls(tuple(read(Path(path)) for path in paths), inflection)

    def between(self, source: Locale | None, target: Locale | None) -> Glossary:
        """The terms for two languages, those of later files over those of earlier ones.

        Files that name no languages serve any. Raises UsageError for a file that names its languages and
        lacks one of these.
        """
        pair = source.tag if source else "", target.tag if target else ""
        if pair not in self._made:
            found: dict[tuple[str, bool], Entry] = {}
            for file in self.files:
                for entry in file.between(source, target):
                    found.pop((entry.key, entry.case), None)
                    found[entry.key, entry.case] = entry
            self._made[pair] = Glossary(tuple(found.values()), self.inflection, source, target)
        return self._made[pair]


# ---- finding -------------------------------------------------------------------------------
REMEMBERED = 2048
"""Texts whose terms are remembered: each is searched when it is asked for, checked and counted."""

START, END = "\x02", "\x03"
"""Around each token of a text in which phrases are searched."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A translation as it is searched."""

    words: tuple[str, ...]
    """Its tokens as written."""
    line: str
    """Its tokens as they are compared."""

    def places(self, wanted: _Said) -> Iterator[tuple[str, ...]]:
        """The tokens of each place where the tokens of another text stand."""
        at = self.line.find(wanted.line)
        while at >= 0:
            first = self.line.count(START, 0, at)
            yield self.words[first:first + len(wanted.words)]
            at = self.line.find(wanted.line, at + 1)


class _Finder:
    """The index of a glossary's sources, and its targets as they are looked for."""

    def __init__(self, entries: Sequence[Entry], before: Inflection | None, after: Inflection | None) -> None:
        self._entries, self._before, self._after = entries, before, after
        self._wanted: dict[Entry, tuple[_Said, ...]] = {}
        self._index = PhraseIndex(((entry.source, entry) for entry in entries), before.key if before else case_folded)
        self.find = lru_cache(REMEMBERED)(self._find)
        self.version = lru_cache(self._version)

    def _version(self, *, inflection: bool) -> str:
        rows = sorted([as_written(e.source), e.case, [as_written(t) for t in e.targets]] for e in self._entries)
        return hashlib.sha256(json.dumps([rows, inflection], ensure_ascii=False).encode()).hexdigest()

    def _find(self, text: str) -> tuple[Occurrence[Entry], ...]:
        found = self._index.find(text, self._is)
        if self._before is None:
            return tuple(found)
        return tuple(Occurrence(one.start, one.end, self._exact.get(case_folded(text[one.start:one.end]), one.value))
                     for one in found)

    @cached_property
    def _exact(self) -> dict[str, Entry]:
        """Entries by their source: ``data`` is a form of ``date``, unless there is an entry for it."""
        return {entry.key: entry for entry in self._entries if not entry.case}

    def _is(self, entry: Entry, found: str) -> bool:
        if self._before is None:
            return not entry.case or _spaced(entry.source) == _spaced(found)
        fold = as_written if entry.case else case_folded
        words, others = _words(entry.source, fold), _words(found, fold)
        return self._before.same(words, others, loosely=len(words) > 1)

    def said(self, text: str) -> _Said:
        fold = self._after.key if self._after else case_folded
        pieces = tokens(text.strip(), fold)
        line = "".join(f" {START}{word[1:]}{END}" if word[0] == " " else f"{START}{word}{END}" for word, _, _ in pieces)
        return _Said(tuple(text.strip()[start:end] for _, start, end in pieces), line)

    def comes_out(self, entry: Entry, said: _Said) -> bool:
        """Does a translation have one of an entry's targets?"""
        if entry not in self._wanted:
            self._wanted[entry] = tuple(map(self.said, entry.targets))
        return any(self._fits(entry, wanted, found) for wanted in self._wanted[entry] for found in said.places(wanted))

    def _fits(self, entry: Entry, wanted: _Said, found: Sequence[str]) -> bool:
        if self._after is None and not entry.case:
            return True
        fold = as_written if entry.case else case_folded
        words, others = tuple(map(fold, wanted.words)), tuple(map(fold, found))
        if entry.case and others[0][:1] != words[0][:1]:        # the capital at the beginning of a sentence
            words = words[0][:1].upper() + words[0][1:], *words[1:]
        return words == others if self._after is None else self._after.same(words, others, loosely=True)


def _words(text: str, fold: Any) -> tuple[str, ...]:
    return tuple(word.lstrip(" ") for word, _, _ in tokens(text, fold))


def _spaced(text: str) -> str:
    return as_written(" ".join(text.split()))
