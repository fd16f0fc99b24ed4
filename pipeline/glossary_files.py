"""Files of terms: CSV and TSV for one pair of languages or for many, TBX for many.

For one pair, the columns are ``source,target[,case][,note]``, with or without a first line that names
them; columns of other names are ignored where there is one. A first line of language codes
(``en,pt-BR,note``) makes a list for many pairs, a concept on each line. ``case`` is ``yes`` or ``no`` (the
default: upper and lower case are the same). Lines that start with ``#`` are comments. A source with
several targets on several lines may become any of them; the first is the one that is asked for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from parsers.errors import UsageError
from parsers.locales import SCRIPTS, Locale
from parsers.phrases import as_written, case_folded
from pipeline.languages import LANGUAGES, UNKNOWN, name_of

SOURCE_NAMES = ("source", "src", "term", "sourcestring", "source term", "source_term")
TARGET_NAMES = ("target", "trg", "tgt", "translation", "targetstring", "target term", "target_term")
CASE_NAMES = ("case", "case sensitive", "case_sensitive", "casesensitive")
NOTE_NAMES = ("note", "notes", "comment", "description", "definition")
"""Headings of real term lists: ours, OmegaT's, TICO-19's."""

CASE_VALUES = {"": False, "no": False, "false": False, "0": False, "n": False, "insensitive": False,
               "yes": True, "true": True, "1": True, "y": True, "sensitive": True}

KNOWN = frozenset({
    *(language.tag.lower() for language in LANGUAGES), *SCRIPTS,
    "af", "az", "bs", "ca", "ceb", "cy", "da", "eo", "et", "eu", "fi", "ga", "gl", "ha", "hr", "ht", "hu", "ig", "is",
    "jv", "ku", "la", "lb", "lt", "lv", "mt", "nb", "nn", "no", "ro", "rw", "sk", "sl", "so", "sq", "su", "sv", "sw",
    "tk", "uz", "xh", "yo", "zu"})
"""Codes that make a heading of a cell: without them ``it,ele`` were two languages."""


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
class Wording:
    """One term of a concept in one language."""

    text: str
    case: bool = False
    outdated: bool = False
    """Found in sources, never asked for in a translation."""


@dataclass(frozen=True, slots=True)
class Concept:
    """What has names in several languages."""

    names: Mapping[str, tuple[Wording, ...]]
    """Language tag → its terms, the preferred ones first."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TermFile:
    """What one file holds: entries for whatever pair of languages, or concepts with names in several."""

    name: str
    entries: tuple[Entry, ...] = ()
    concepts: tuple[Concept, ...] = ()
    languages: tuple[str, ...] = ()
    """The languages of the concepts."""

    def between(self, source: Locale | None, target: Locale | None) -> tuple[Entry, ...]:
        """Entries for two languages. Raises UsageError if the file names its languages and lacks one."""
        if not self.languages:
            return self.entries
        if source is None or target is None or source == UNKNOWN:
            raise UsageError(f"The glossary “{self.name}” has terms in {_list(self.languages)}; say between which "
                             "of them to translate, with --from and --to.")
        before, after = self._near(source), self._fitting(target)
        if not before or not after:
            raise UsageError(f"The glossary “{self.name}” has no terms from {name_of(source)} ({source.tag}) to "
                             f"{name_of(target)} ({target.tag}); it has {_list(self.languages)}.")
        return _merged(entry for concept in self.concepts for entry in _between(concept, before, after))

    def _near(self, wanted: Locale) -> tuple[str, ...]:
        """The file's tags for a language and its script, of whatever region; the one wanted first, then the plain."""
        locales = [locale for tag in self.languages
                   if ((locale := Locale.parse(tag)).language, locale.script) == (wanted.language, wanted.script)]
        locales.sort(key=lambda locale: (locale.region != wanted.region, locale.region is not None))
        return tuple(locale.tag for locale in locales)

    def _fitting(self, wanted: Locale) -> tuple[str, ...]:
        """The tags to translate into: no other region than the one wanted. Raises UsageError for a choice to make."""
        near = self._near(wanted)
        fitting = tuple(tag for tag in near if Locale.parse(tag).region in (wanted.region, None))
        if fitting or wanted.region:
            return fitting
        if len(near) > 1:
            raise UsageError(f"The glossary “{self.name}” has {_list(near)}; say which of them you want with --to.")
        return near


def _between(concept: Concept, before: Sequence[str], after: Sequence[str]) -> Iterator[Entry]:
    """An entry for each name of a concept in the source language."""
    targets = list(dict.fromkeys(wording.text for tag in after for wording in concept.names.get(tag, ())
                                 if not wording.outdated))
    if targets:
        for tag in before:
            for wording in concept.names.get(tag, ()):
                yield Entry(wording.text, targets[0], wording.case, tuple(targets[1:]), concept.note)


def _merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry for each source, with the targets of all."""
    found: dict[tuple[str, bool], Entry] = {}
    for entry in entries:
        known = found.setdefault((entry.key, entry.case), entry)
        new = tuple(target for target in entry.targets if target not in known.targets)
        if new:
            found[entry.key, entry.case] = replace(known, alternatives=(*known.alternatives, *new))
    return tuple(found.values())


def _list(tags: Sequence[str]) -> str:
    return f"{', '.join(tags[:-1])} and {tags[-1]}" if len(tags) > 1 else tags[0]


def read(path: Path) -> TermFile:
    """Read a file as `parsed` does. Raises UsageError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The glossary “{path.name}” cannot be read: {error.strerror}.") from error
    return parsed(path.name, data)


def parsed(name: str, data: bytes) -> TermFile:
    """Read a term list by its file name, or by its first sign if that is XML's. Raises UsageError."""
    from pipeline.tbx import concepts_of  # noqa: PLC0415 - lxml is loaded for those who have such files

    suffix = PurePath(name).suffix.lower()
    try:
        if suffix == ".tbx" or data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            concepts = tuple(concepts_of(data))
            languages = tuple(dict.fromkeys(tag for concept in concepts for tag in concept.names))
            if not languages:
                raise UsageError("it is TBX, but has no terms.")
            return TermFile(name, (), concepts, languages)
        return _table(name, _decoded(data), "\t" if suffix in (".tsv", ".tab") else None)
    except UnicodeDecodeError as error:
        raise UsageError(f"The glossary “{name}” is not in UTF-8; save it as UTF-8.") from error
    except UsageError as error:
        raise UsageError(f"The glossary “{name}” cannot be used: {error}") from error


# ---- tables --------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Columns:
    source: int = 0
    target: int = 1
    case: int | None = 2
    note: int | None = 3
    languages: Mapping[int, str] = field(default_factory=dict)
    """Columns of a list for many pairs."""


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    return data.decode("utf-8-sig")


def _table(name: str, text: str, delimiter: str | None) -> TermFile:
    """The file of that text. Raises UsageError (with the line's number) for a line that makes no sense."""
    columns: _Columns | None = None
    entries: list[Entry] = []
    concepts: list[Concept] = []
    for line, cells in _rows(text, delimiter):
        if columns is None:
            columns = _header(cells)
            if columns is not None:
                continue
            columns = _Columns()
        if columns.languages:
            concepts.append(_concept(cells, columns, line))
        elif any(_cell(cells, column) for column in (columns.source, columns.target)):
            entries.append(_entry(cells, columns, line))    # spreadsheets leave rows with formatting alone
    languages = tuple(columns.languages.values()) if columns else ()
    return TermFile(name, _merged(entries), tuple(concepts), languages)


def _rows(text: str, delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Lines that are neither empty nor comments, with their numbers."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(lines), strict=True)
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells) and not cells[0].startswith("#"):
                yield reader.line_num, cells
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
    if source is not None and target is not None:
        return _Columns(source, target, at(CASE_NAMES), at(NOTE_NAMES))
    languages = {column: tag for column, cell in enumerate(cells) if (tag := _tag(cell))}
    if len(languages) > 1 and all(column in languages or not name or name in (*CASE_NAMES, *NOTE_NAMES, "id")
                                  for column, name in enumerate(names)):
        return _Columns(case=at(CASE_NAMES), note=at(NOTE_NAMES), languages=languages)
    return None


def _tag(cell: str) -> str:
    """The language code that a heading is, or nothing."""
    try:
        locale = Locale.parse(cell)
    except UsageError:
        return ""
    return locale.tag if locale.language in KNOWN else ""


def _cell(cells: list[str], column: int | None) -> str:
    return cells[column] if column is not None and column < len(cells) else ""


def _case(cells: list[str], columns: _Columns, line: int) -> bool:
    case = _cell(cells, columns.case).casefold()
    if case not in CASE_VALUES:
        raise UsageError(f"line {line} says “{case}” for case; write yes or no.")
    return CASE_VALUES[case]


def _concept(cells: list[str], columns: _Columns, line: int) -> Concept:
    case = _case(cells, columns, line)
    return Concept({tag: (Wording(text, case),) for column, tag in columns.languages.items()
                    if (text := _cell(cells, column))}, _cell(cells, columns.note))


def _entry(cells: list[str], columns: _Columns, line: int) -> Entry:
    source, target = _cell(cells, columns.source), _cell(cells, columns.target)
    if not source or not target:
        missing = "target" if source else "source"
        raise UsageError(f"line {line} has no {missing}; write source,target (the same twice to keep a term).")
    return Entry(source, target, _case(cells, columns, line), (), _cell(cells, columns.note))
