"""Which input goes where: decided for the whole command before any document is opened."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diglot.exits import shown
from diglot.folders import listing
from diglot.outputs import exists_already, refuse_special
from parsers import format_of
from parsers.errors import UsageError
from parsers.locales import Locale

STANDARD = "-"
"""Standard input as an input, standard output as an output."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One document into one language."""

    source: Path | None
    """None: standard input."""
    output: Path | None
    """None: standard output."""
    target: Locale
    name: Path
    """The output relative to what the command was asked to write: names the report."""
    format: str | None = None
    """As said by the caller; None: by name, then by content."""

    @property
    def shown(self) -> str:
        """The source as people know it."""
        return "standard input" if self.source is None else shown(self.source)


@dataclass(slots=True)
class Plan:
    """All errands of a command, and what is not one."""

    errands: list[Errand] = field(default_factory=list)
    copies: list[tuple[Path, Path]] = field(default_factory=list)
    """Files of no known format that are mirrored as they are: (source, output)."""
    skipped: list[Path] = field(default_factory=list)
    """Files of no known format that stay behind."""
    left_out: list[Path] = field(default_factory=list)
    """Folders that are never entered (`diglot.folders.LEFT_OUT`)."""
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    """Folders that could not be listed, with the reason."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked on the command line."""

    inputs: tuple[str, ...]
    targets: tuple[Locale, ...]
    output: str | None = None
    copy_unknown: bool = False
    format: str | None = None

    @property
    def to_standard(self) -> bool:
        """The result is wanted on standard output."""
        return self.output == STANDARD or (self.output is None and self.inputs == (STANDARD,))


def plan(wish: Wish) -> Plan:
    """The errands of a wish. Looks at names and folders only. Raises UsageError."""
    _refuse_nonsense(wish)
    result = Plan()
    for given in wish.inputs:
        if given == STANDARD:
            result.errands.append(_standard(wish))
        elif Path(given).is_dir():
            _add_folder(result, wish, Path(given))
        elif Path(given).is_file():
            _add_file(result, wish, Path(given))
        else:
            raise no_document(given)
    if not (result.errands or result.copies or result.unreadable):
        raise UsageError(f"There is no document in {' or '.join(map(shown, wish.inputs))}; diglot formats lists the "
                         "names that are known.")
    return result


def no_document(given: str) -> UsageError:
    """The sentence for a path that leads to no file. A pipe could be waited for without end, and read only once."""
    if Path(given).is_dir():
        return UsageError(f"{shown(given)} is a folder; name a file in it.")
    if Path(given).exists():
        return UsageError(f"{shown(given)} is a pipe or a device, no document; - is standard input.")
    return UsageError(f"There is no file or folder {shown(given)}.")


def check_outputs(made: Plan, *, replace: bool, option: str = "-o") -> None:
    """Refuse what would lose data: two errands with one output, an output that is an input, and
    (unless ``replace``) an output that is there. ``option`` is the one that names the outputs.
    Raises UsageError."""
    pairs = [(e.source, e.output) for e in made.errands if e.output] + [(s, o) for s, o in made.copies]
    inputs = {_file_at(source) for source, _ in pairs if source} - {None}
    seen: dict[str, tuple[Path | None, Path]] = {}
    for source, output in pairs:
        place = os.path.realpath(output)
        if place in seen:
            other = seen[place][0]
            raise UsageError(f"{shown(source or STANDARD)} and {shown(other or STANDARD)} would both be written "
                             f"to {shown(output)}; translate them with different {option}.")
        if _file_at(output) in inputs:
            raise UsageError(f"{shown(output)} is an input and is never overwritten; give another {option}.")
        seen[place] = source, output
    _refuse_existing([output for _, output in seen.values()], option, replace=replace)


def report_place(report: str, errand: Errand, *, alone: bool) -> Path | None:
    """Where the report of an errand goes: a file for a single errand, else a folder that mirrors the output.
    None: standard output. Raises UsageError."""
    if report == STANDARD and not alone:
        raise UsageError("Standard output takes the report of one document; give --report DIR.")
    if report == STANDARD:
        return None
    if alone and not _is_folder(report):
        return Path(report)
    return Path(report) / errand.name.with_name(errand.name.name + ".json")


def _refuse_nonsense(wish: Wish) -> None:
    folders = [given for given in wish.inputs if given != STANDARD and Path(given).is_dir()]
    if STANDARD in wish.inputs and len(wish.inputs) > 1:
        raise UsageError("Standard input (-) goes alone, without other inputs.")
    if len(set(wish.targets)) < len(wish.targets):
        raise UsageError("A language is given twice with --to.")
    if wish.format and folders:
        raise UsageError(f"--format is for single files; in the folder {shown(folders[0])} names tell the format.")
    if wish.to_standard and (len(wish.inputs) > 1 or len(wish.targets) > 1 or folders):
        raise UsageError("Standard output takes one document in one language; give -o FOLDER.")
    if wish.output and not wish.to_standard and (folders or len(wish.inputs) > 1 or len(wish.targets) > 1):
        if Path(wish.output).exists() and not Path(wish.output).is_dir():
            raise UsageError(f"{shown(wish.output)} is no folder, but several documents need one.")


def _standard(wish: Wish) -> Errand:
    if len(wish.targets) > 1:
        raise UsageError("Standard input is translated into one language at a time.")
    output = None if wish.to_standard or wish.output is None else Path(wish.output)
    if output is not None and _is_folder(str(wish.output)):
        raise UsageError(f"{shown(output)} is a folder; name a file for what comes from standard input.")
    return Errand(None, output, wish.targets[0], Path(output.name if output else "stdin"), wish.format)


def _add_file(result: Plan, wish: Wish, source: Path) -> None:
    several = len(wish.inputs) > 1 or len(wish.targets) > 1
    for target in wish.targets:
        name = Path(f"{source.stem}.{target.tag}{source.suffix}")
        if wish.to_standard:
            output = None
        elif wish.output is None:
            output = source.with_name(name.name)
        elif several or _is_folder(wish.output):
            output = Path(wish.output) / name
        else:
            output = Path(wish.output)
            name = Path(output.name)
        result.errands.append(Errand(source, output, target, name, wish.format))


def _add_folder(result: Plan, wish: Wish, folder: Path) -> None:
    places = {target: _mirror(wish, folder, target) for target in wish.targets}
    roots = frozenset(Path(os.path.realpath(place)) for place in (wish.output and Path(wish.output), *places.values())
                      if place)
    real = Path(os.path.realpath(folder))
    if real in roots:
        raise UsageError(f"{shown(folder)} cannot be both input and output; give another -o.")
    found = listing(folder, roots)
    result.left_out += [folder / one for one in found.left_out]
    result.unreadable += found.unreadable
    known = [one for one in found.files if format_of(one.name)]
    unknown = [one for one in found.files if not format_of(one.name)]
    for target in wish.targets:
        name = _namer(wish, folder, target)
        result.errands += [Errand(folder / one, places[target] / one, target, name(one)) for one in known]
        if wish.copy_unknown:
            result.copies += [(folder / one, places[target] / one) for one in unknown]
    if not wish.copy_unknown:
        result.skipped += [folder / one for one in unknown]


def _mirror(wish: Wish, folder: Path, target: Locale) -> Path:
    """The folder that a folder's translation goes to."""
    itself = Path(os.path.abspath(folder))  # noqa: PTH100 - a link keeps its own name, unlike with resolve()
    if wish.output is None:
        named = itself if folder.name in ("", "..") else folder
        return named.with_name(f"{itself.name}.{target.tag}")
    place = Path(wish.output)
    if len(wish.targets) > 1:
        place /= target.tag
    return place / itself.name if len(wish.inputs) > 1 else place


def _namer(wish: Wish, folder: Path, target: Locale) -> Callable[[Path], Path]:
    language = (target.tag,) if len(wish.targets) > 1 else ()
    itself = (Path(os.path.abspath(folder)).name,) if len(wish.inputs) > 1 else ()  # noqa: PTH100
    return lambda one: Path(*language, *itself, one)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Device and number of a file, the same for all its names (links, hard links, other letter case); None: no file."""
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_dev, about.st_ino


def _is_folder(output: str) -> bool:
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def _refuse_existing(places: Sequence[Path], option: str, *, replace: bool) -> None:
    for place in places:
        if place.is_dir():
            raise UsageError(f"{shown(place)} is a folder; a document cannot be written there.")
        lowest = next((above for above in place.parents if above.exists()), None)
        if lowest and not lowest.is_dir():
            raise UsageError(f"{shown(lowest)} is no folder, so nothing can be written below it.")
        refuse_special(place, option)
    there = [] if replace else [place for place in places if place.exists()]
    if len(there) == 1:
        raise exists_already(there[0], option)
    if there:
        raise UsageError(f"{len(there)} of the outputs are there already (the first: {shown(there[0])}); "
                         f"give --force to replace them, or another {option}.")
