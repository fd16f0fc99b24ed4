"""Translation memory as the pipeline sees it: what is kept, under which keys it is found, when it fits.

What an engine made is found under `pipeline.planning.memory_key`, which names everything that can change
its answer. What people made and somebody imported holds whatever engine is asked: it is found by text
and languages alone, under `asked_keys`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from parsers.document import Code, Content, codes, content
from parsers.locales import Locale
from parsers.masking import KINDS


@dataclass(frozen=True, slots=True)
class Unit:
    """A source and its translation, as a memory keeps them."""

    source: Content
    target: Content
    """Its Codes are those of the source, each once."""
    source_language: str
    """BCP 47."""
    target_language: str
    origin: str
    """The signature of the engine that made it, or the file that it was imported from."""
    imported: bool = False
    """Somebody brought it in: it goes before whatever an engine would say."""


class Memory(Protocol):
    """A translation memory. May be asked by several threads at once."""

    def get(self, keys: Sequence[str]) -> Unit | None:
        """What is kept under the first of these keys that is known."""

    def put(self, key: str, unit: Unit) -> None:
        """Keep a verified translation, in place of what was under this key."""

    def flush(self) -> None:
        """A document is done: what was put so far should outlive this process, if anything does."""


class VolatileMemory:
    """A memory that ends with its process."""

    def __init__(self) -> None:
        self._units: dict[str, Unit] = {}

    def get(self, keys: Sequence[str]) -> Unit | None:
        """What is kept under the first of these keys that is known."""
        return next((self._units[key] for key in keys if key in self._units), None)

    def put(self, key: str, unit: Unit) -> None:
        """Keep a translation, in place of what was under this key."""
        self._units[key] = unit

    def flush(self) -> None:
        """Nothing outlives this process."""

    def units(self) -> Iterator[Unit]:
        """Everything that is kept, each once; what was imported comes last."""
        return iter(sorted(dict.fromkeys(self._units.values()), key=lambda unit: unit.imported))


def asked_keys(source: Content, spoken: Locale, wanted: Locale) -> tuple[str, ...]:
    """Under which keys imported translations of a text are looked for, best first.

    A target with a region (pt-BR) takes what was made for it, then what names no region (pt), and never
    another region's. A target without one takes what names none, then that of any region. Scripts
    always count (zh-TW is no zh-CN). The region of the source does not: the text is the same.
    Names and addresses that are Codes to us are plain text to others: both are looked for.
    """
    language = _written(wanted)
    targets = (f"{language}-{wanted.region}", language) if wanted.region else (language, f"{language}-*")
    texts = dict.fromkeys((_text_key(source, spoken), _text_key(_spelled(source), spoken)))
    return tuple(f"{text}>{target}" for text in texts for target in targets)


def kept_keys(unit: Unit) -> tuple[str, ...]:
    """Under which keys an imported unit is kept, so that `asked_keys` find it. Raises UsageError for a
    language that is none."""
    wanted = Locale.parse(unit.target_language)
    text, language = _text_key(unit.source, Locale.parse(unit.source_language)), _written(wanted)
    return (f"{text}>{language}-{wanted.region}", f"{text}>{language}-*") if wanted.region else (f"{text}>{language}",)


def fitted(unit: Unit, source: Content) -> Content | None:
    """A unit's target with the Codes of this source, matched by where they stand in both sources.

    So the kinds and labels that another tool gave them do not matter. None if they cannot be matched one
    to one; whether the pairs still nest is for the caller to check.
    """
    theirs, own = codes(unit.source), codes(source)
    masks: list[Code] = []
    if len(theirs) != len(own):
        masks = [code for code in own if _is_mask(code)]
        own = codes(_spelled(source))
    ours = dict(zip((code.key for code in theirs), own, strict=False))
    if len(theirs) != len(own) or sorted(code.key for code in codes(unit.target)) != sorted(ours):
        return None
    target = content(ours[item.key] if isinstance(item, Code) else item for item in unit.target)
    return _masked(target, masks) if masks else target


def _masked(target: Content, masks: Sequence[Code]) -> Content | None:
    """These Codes in place of what they stand for. None unless each finds its place, and no place is left."""
    waiting: dict[str, list[Code]] = {}
    for code in masks:
        waiting.setdefault(code.equiv, []).append(code)
    places = re.compile(f"({'|'.join(map(re.escape, sorted(waiting, key=len, reverse=True)))})")
    out: list[str | Code] = []
    for item in target:
        for part in places.split(item) if isinstance(item, str) else (item,):
            if isinstance(part, str) and part in waiting:
                if not waiting[part]:
                    return None
                out.append(waiting[part].pop(0))
            else:
                out.append(part)
    return None if any(waiting.values()) else content(out)


def _spelled(source: Content) -> Content:
    """With the text that was masked in place of its Codes."""
    return content(item.equiv if isinstance(item, Code) and _is_mask(item) else item for item in source)


def _is_mask(code: Code) -> bool:
    return code.label in KINDS and bool(code.equiv)


def _text_key(source: Content, spoken: Locale) -> str:
    """The text with a mark for each Code; how it is spaced, broken and composed does not count."""
    text = "".join(item if isinstance(item, str) else "\0" for item in source)
    told = f"{spoken.language}\n{' '.join(unicodedata.normalize('NFC', text).split())}"
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()


def _written(locale: Locale) -> str:
    return f"{locale.language}-{locale.script}"
