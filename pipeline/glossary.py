"""Terms whose translation is fixed: read from CSV or TSV, found in sources, checked in drafts.

Columns are ``source,target[,case][,note]``, with or without a header line; columns of other
names are ignored where there is a header. ``case`` is ``yes`` or ``no`` (the default: upper and
lower case are the same). Lines that start with ``#`` are comments. A source with several
targets on several lines may become any of them; the first is the one that is asked for.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from parsers.errors import UsageError
from parsers.phrases import PhraseIndex, as_written, case_folded

SOURCE_NAMES = ("source", "src", "term", "sourcestring", "source term", "source_term")
TARGET_NAMES = ("target", "trg", "tgt", "translation", "targetstring", "target term", "target_term")
CASE_NAMES = ("case", "case sensitive", "case_sensitive", "casesensitive")
NOTE_NAMES = ("note", "notes", "comment", "description", "definition")
"""Headings of real term lists: ours, OmegaT's, TICO-19's."""

CASE_VALUES = {"": False, "no": False, "false": False, "0": False, "n": False, "insensitive": False,
               "yes": True, "true": True, "1": True, "y": True, "sensitive": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and what it becomes."""

    source: str
    target: str
    case: bool = False
    """Only as written: ``IT`` is not ``it``."""
    alternatives: tuple[str, ...] = ()
    """Other translations that are right as well."""
    note: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """Everything that this term may become."""
        return self.target, *self.alternatives

    @property
    def key(self) -> str:
        """The source as it is compared."""
        return as_written(self.source) if self.case else case_folded(self.source)


@dataclass(frozen=True, slots=True)
class TermCheck:
    """The entries that a segment called for, each once: those that came out and those that did not."""

    hits: tuple[Entry, ...]
    misses: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Glossary:
    """Terms of one job. Entries have distinct sources."""

    entries: tuple[Entry, ...] = ()
    plurals: bool = False
    """Accept a plural in ``-s`` or ``-es`` of any word of a translation as the translation."""
    _index: PhraseIndex[Entry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the sources."""
        object.__setattr__(self, "_index", PhraseIndex(((e.source, e) for e in self.entries), case_folded))

    @classmethod
    def load(cls, *paths: str | Path, plurals: bool = False) -> Glossary:
        """Read files, later ones over earlier ones. Raises UsageError with the line that makes no sense."""
        return cls.merged(*(cls(_entries(Path(path))) for path in paths), plurals=plurals)

    @classmethod
    def merged(cls, *glossaries: Glossary, plurals: bool = False) -> Glossary:
        """One glossary of several; the later wins where two have the same source."""
        found: dict[tuple[str, bool], Entry] = {}
        for glossary in glossaries:
            for entry in glossary.entries:
                found.pop((entry.key, entry.case), None)
                found[entry.key, entry.case] = entry
        return cls(tuple(found.values()), plurals)

    @property
    def version(self) -> str:
        """SHA-256 (hex) of what can change a translation: the same for the same terms in any order."""
        rows = sorted([as_written(e.source), e.case, [as_written(t) for t in e.targets]] for e in self.entries)
        return hashlib.sha256(json.dumps([rows, self.plurals], ensure_ascii=False).encode()).hexdigest()

    def entries_in(self, text: str) -> tuple[Entry, ...]:
        """The entries that occur in a source text, each once, in order; a longer term hides those inside it."""
        found = self._index.find(text, _right_case)
        return tuple(dict.fromkeys(occurrence.value for occurrence in found))

    def keeps(self) -> tuple[str, ...]:
        """The terms that stay as they are: what masking leaves out of the translation."""
        return tuple(e.source for e in self.entries if as_written(e.source) == as_written(e.target))

    def check(self, source: str, target: str) -> TermCheck:
        """Which entries of a source text came out in its translation, at least once each."""
        hits: list[Entry] = []
        misses: list[Entry] = []
        for entry in self.entries_in(source):
            (hits if self._comes_out(entry, target) else misses).append(entry)
        return TermCheck(tuple(hits), tuple(misses))

    def _comes_out(self, entry: Entry, target: str) -> bool:
        for wanted in entry.targets:
            spellings = _plurals(wanted) if self.plurals else [wanted]
            index = PhraseIndex(((spelling, spelling) for spelling in spellings), case_folded)
            if any(not entry.case or _same_but_first(spelling, target[found.start:found.end])
                   for found in index.find(target) for spelling in (found.value,)):
                return True
        return False


def _right_case(entry: Entry, found: str) -> bool:
    return not entry.case or as_written(" ".join(entry.source.split())) == as_written(" ".join(found.split()))


def _same_but_first(wanted: str, found: str) -> bool:
    """As written, or with a capital at the beginning of a sentence."""
    wanted, found = as_written(" ".join(wanted.split())), as_written(" ".join(found.split()))
    return found in (wanted, wanted[:1].upper() + wanted[1:])


def _plurals(phrase: str) -> list[str]:
    """The phrase, and with its first word, its last or all words in the plural."""
    words = phrase.split()
    found = [phrase]
    for ending in ("s", "es"):
        found += [" ".join([words[0] + ending, *words[1:]]), " ".join([*words[:-1], words[-1] + ending]),
                  " ".join(word + ending for word in words)]
    return found


# ---- files ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Columns:
    source: int = 0
    target: int = 1
    case: int | None = 2
    note: int | None = 3


def _entries(path: Path) -> tuple[Entry, ...]:
    try:
        text = _decoded(path.read_bytes())
    except OSError as error:
        raise UsageError(f"The glossary “{path.name}” cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The glossary “{path.name}” is not in UTF-8; save it as UTF-8.") from error
    found: dict[tuple[str, bool], Entry] = {}
    try:
        for entry in _rows(text, "\t" if path.suffix.lower() in (".tsv", ".tab") else None):
            known = found.setdefault((entry.key, entry.case), entry)
            if entry.target not in known.targets:
                found[entry.key, entry.case] = replace(known, alternatives=(*known.alternatives, entry.target))
    except UsageError as error:
        raise UsageError(f"The glossary “{path.name}” cannot be used: {error}") from error
    return tuple(found.values())


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _rows(text: str, delimiter: str | None) -> Iterator[Entry]:
    """Entries of a file. Raises UsageError (with the line's number) for one that is none."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(lines), strict=True)
    columns: _Columns | None = None
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            if columns is None:
                columns = _header(cells)
                if columns is not None:
                    continue
                columns = _Columns()
            entry = _entry(cells, columns, reader.line_num)
            if entry is not None:
                yield entry
    except csv.Error as error:
        raise UsageError(f"line {reader.line_num} is no row of a table ({error}).") from error


def _delimiter(lines: Iterable[str]) -> str:
    """Tab, semicolon or comma: whichever the first line that is no comment holds."""
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    return next((sign for sign in "\t;" if sign in first and "," not in first.partition(sign)[0]), ",")


def _header(cells: list[str]) -> _Columns | None:
    names = [cell.casefold() for cell in cells]

    def at(known: tuple[str, ...]) -> int | None:
        return next((names.index(name) for name in known if name in names), None)

    source, target = at(SOURCE_NAMES), at(TARGET_NAMES)
    if source is None or target is None:
        return None
    return _Columns(source, target, at(CASE_NAMES), at(NOTE_NAMES))


def _entry(cells: list[str], columns: _Columns, line: int) -> Entry | None:
    def cell(at: int | None) -> str:
        return cells[at] if at is not None and at < len(cells) else ""

    source, target, case = cell(columns.source), cell(columns.target), cell(columns.case).casefold()
    if not source and not target:
        return None                                         # spreadsheets leave rows with formatting alone
    if not source or not target:
        missing = "target" if source else "source"
        raise UsageError(f"line {line} has no {missing}; write source,target (the same twice to keep a term).")
    if case not in CASE_VALUES:
        raise UsageError(f"line {line} says “{case}” for case; write yes or no.")
    return Entry(" ".join(source.split()), " ".join(target.split()), CASE_VALUES[case], (), cell(columns.note))
