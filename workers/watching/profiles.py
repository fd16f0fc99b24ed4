"""What is done with the files of a folder: by the folder's name, which is a profile or a language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.glossary_files import parsed
from storage.glossaries import TermList
from storage.vocabulary import ServiceClass
from workers.options import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is asked of each document in a folder."""

    targets: tuple[Locale, ...] = ()
    """One translation into each."""
    source: Locale | None = None
    """None to detect it."""
    glossary_files: tuple[Path, ...] = ()
    """Read anew for each document; they go over the stored ones of `options`."""
    options: Options = field(default_factory=Options)
    service: ServiceClass = ServiceClass.BATCH

    def terms(self) -> tuple[TermList, ...]:
        """The term lists as they are now. Raises UsageError if one cannot be read."""
        return tuple(map(_read, self.glossary_files))

    def fingerprint(self, target: Locale, lists: Sequence[TermList]) -> str:
        """SHA-256 of all that can change a translation beside the document; ``lists`` are all that take part."""
        terms = [hashlib.sha256(one.data).hexdigest() for one in lists]
        said = [target.tag, self.source.tag if self.source else None, self.options.as_json(), terms]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of a watched folder."""

    named: Mapping[str, Profile] = field(default_factory=dict)
    """By the name of a folder in ``in/``."""
    base: Profile = field(default_factory=Profile)
    """What folders that are named by a language ask; its targets are for files that lie in ``in/`` itself."""

    def of(self, folder: Sequence[str]) -> Profile | None:
        """The profile of files in a folder below ``in/``; None if it says nothing to us."""
        if not folder:
            return self.base if self.base.targets else None
        if folder[0] in self.named:
            return self.named[folder[0]]
        try:
            return replace(self.base, targets=(Locale.parse(folder[0]),))
        except UsageError:
            return None

    def check(self) -> None:
        """Raises UsageError for a profile without a language, and for a glossary that cannot be read."""
        for name, profile in self.named.items():
            if not profile.targets:
                raise UsageError(f"The profile “{name}” of the watched folder says no language to translate into.")
        for profile in (self.base, *self.named.values()):
            profile.terms()


def _read(path: Path) -> TermList:
    try:
        read = TermList(path.name, path.read_bytes())
    except OSError as error:
        raise UsageError(f"A glossary of the watched folder cannot be read: {error.strerror}.") from error
    parsed(read.name, read.data)
    return read
