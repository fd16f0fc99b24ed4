"""The files of a folder, in a stable order, whatever links it holds."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

LEFT_OUT = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox"})
"""Folders that hold no document of the owner's: version control and installed packages."""

HALF_WRITTEN = (".part", ".tmp", ".crdownload")
"""Suffixes that editors, browsers and Diglot itself give to a file in the making."""


@dataclass(slots=True)
class Listing:
    """What a folder holds."""

    files: list[Path] = field(default_factory=list)
    """Relative to the folder, sorted."""
    left_out: list[Path] = field(default_factory=list)
    """Folders of `LEFT_OUT`."""
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    """Folders that could not be listed, with the system's reason."""


def listing(root: Path, without: frozenset[Path] = frozenset()) -> Listing:
    """Every regular file under a folder but half-written ones and those of Word's locks.

    ``without`` are real paths of folders to leave alone (the output's). Links to folders are followed
    unless they lead to a folder that they stand in.
    """
    found = Listing()
    _walk(root, Path(), found, without, ())
    found.files.sort()
    return found


def _walk(folder: Path, relative: Path, found: Listing, without: frozenset[Path], above: tuple[Path, ...]) -> None:
    real = Path(os.path.realpath(folder))
    if real in above or real in without:
        return
    try:
        entries = list(os.scandir(folder))
    except OSError as error:
        found.unreadable.append((folder, error.strerror or str(error)))
        return
    for entry in entries:
        here = relative / entry.name
        if entry.is_dir():
            if entry.name in LEFT_OUT:
                found.left_out.append(here)
            else:
                _walk(folder / entry.name, here, found, without, (*above, real))
        elif entry.is_file() and _whole(entry.name):
            found.files.append(here)


def _whole(name: str) -> bool:
    return not name.startswith("~$") and not name.endswith(HALF_WRITTEN)
