"""The language and direction that a page declares, and what they become in a translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from parsers.html.tokens import Attribute, Token, attributes
from parsers.html.wording import value_of
from parsers.locales import Locale


class Edit(NamedTuple):
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


def declared(text: str, tags: Iterable[Token]) -> str | None:
    """The language that the root or a ``meta`` element names, if any."""
    for tag in sorted(tags, key=lambda tag: (tag.name == "meta", tag.start)):
        found = _first(text, tag)
        for name in ("content",) if tag.name == "meta" else ("lang", "xml:lang"):
            if name in found:
                value = value_of(text, found[name].value_start, found[name].value_end).strip()
                if value:
                    return value.replace("_", "-")
    return None


def edits(text: str, tags: Iterable[Token], target: Locale) -> Iterator[Edit]:
    """What changes for a target: ``lang`` and ``dir`` of the root (there even if they were missing),
    those of ``body`` and the ``meta`` elements that name a language where they stand."""
    for tag in tags:
        found = _first(text, tag)
        if tag.name == "meta":
            yield from _meta(text, found, target)
            continue
        root = tag.name == "html"
        added = ""
        for name in ("lang", "xml:lang"):
            if name in found:
                yield _valued(found[name], target.tag)
        if root and "lang" not in found and "xml:lang" not in found:
            added += f' lang="{target.tag}"'
        direction = found.get("dir")
        if direction is not None:
            if target.rtl or value_of(text, direction.value_start, direction.value_end).lower() == "rtl":
                yield _valued(direction, "rtl" if target.rtl else "ltr")
        elif root and target.rtl:
            added += ' dir="rtl"'
        if added:
            after_name = tag.start + 1 + len(tag.name)
            yield Edit(after_name, after_name, added)


def _meta(text: str, found: dict[str, Attribute], target: Locale) -> Iterator[Edit]:
    if "content" not in found:
        return
    spelled = target.tag
    if any(value_of(text, one.value_start, one.value_end).strip().lower() == "og:locale" for one in found.values()):
        spelled = "_".join(part for part in (target.language, target.region) if part)
    yield _valued(found["content"], spelled)


def _valued(one: Attribute, value: str) -> Edit:
    if one.valued and (one.quote or one.value_start < one.value_end):
        return Edit(one.value_start, one.value_end, value)
    return Edit(one.start, one.end, f'{one.name}="{value}"')


def _first(text: str, tag: Token) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for one in attributes(text, tag):
        found.setdefault(one.name, one)
    return found
