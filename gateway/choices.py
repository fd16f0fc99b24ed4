"""What the form offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.service import Service
from parsers import FORMATS
from parsers.locales import Locale
from pipeline.languages import LANGUAGES, VARIANTS

LISTED = {one.tag: one.english for one in LANGUAGES}


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of a list."""

    value: str
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a heading."""

    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Everything that can be chosen."""

    sources: tuple[Choice, ...]
    targets: tuple[Group, ...]
    glossaries: tuple[Choice, ...]
    memories: tuple[str, ...]
    formats: tuple[Choice, ...]
    suffixes: str
    """Of files that can be translated, as ``accept`` has them."""


def choices(service: Service, tenant: str, at_hand: Sequence[str]) -> Choices:
    """What this tenant can choose; ``at_hand``: codes of the languages that need nothing from elsewhere, none if that
    makes no difference."""
    glossaries = service.stores.glossaries.list(tenant)
    memories = service.stores.memories.list(tenant)
    return Choices(
        _sorted(LISTED), _targets(at_hand),
        tuple(Choice(one.name, f"{one.name} ({one.terms:,} term{'s' if one.terms != 1 else ''})")
              for one in glossaries),
        tuple(one.name for one in memories), tuple(Choice(one.name, one.title) for one in FORMATS),
        ",".join(suffix for one in FORMATS for suffix in one.suffixes))


def _targets(at_hand: Sequence[str]) -> tuple[Group, ...]:
    everything = {**LISTED, **VARIANTS}
    near = {tag: name for tag, name in everything.items() if Locale.parse(tag).language in at_hand}
    far = {tag: name for tag, name in everything.items() if tag not in near}
    if not near:
        return (Group("Languages", _sorted(LISTED)), Group("Regional variants", _sorted(VARIANTS)))
    return (Group("Ready on this server", _sorted(near)), Group("Fetched once from the internet", _sorted(far)))


def _sorted(names: dict[str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(tag, name) for tag, name in sorted(names.items(), key=lambda one: one[1]))
