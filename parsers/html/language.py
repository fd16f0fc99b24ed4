"""The language and direction that a page declares, and what they become in a translation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from parsers.document import Code, CodeKind, Content
from parsers.html.tokens import Attribute, Token, attributes
from parsers.html.wording import value_of
from parsers.locales import Locale
from parsers.splice import Place


class Edit(NamedTuple):
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


class Tongue(NamedTuple):
    """An element that names the language of its text; not the page's root or body."""

    token: Token
    """Its start tag."""
    end: int
    code: str
    """As `parsers.locales.code_of`."""


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
        yield from _renamed(text, found, target)
        root = tag.name == "html"
        added = ""
        if root and "lang" not in found and "xml:lang" not in found:
            added += f' lang="{target.tag}"'
        if root and target.rtl and "dir" not in found:
            added += ' dir="rtl"'
        if added:
            after_name = tag.start + 1 + len(tag.name)
            yield Edit(after_name, after_name, added)


def _renamed(text: str, found: Mapping[str, Attribute], target: Locale) -> Iterator[Edit]:
    """The language and direction of an element that names them."""
    for name in ("lang", "xml:lang"):
        if name in found:
            yield _valued(found[name], target.tag)
    direction = found.get("dir")
    if direction is not None and (
            target.rtl or value_of(text, direction.value_start, direction.value_end).lower() == "rtl"):
        yield _valued(direction, "rtl" if target.rtl else "ltr")


def inner_edits(text: str, tongues: Sequence[Tongue], places: Sequence[Place], changed: Mapping[str, Content],
                target: Locale) -> Iterator[Edit]:
    """What changes in the elements that name the language of a text which is in the target's now.

    Those around that one name the same language; a phrase inside a segment if its own words have changed.
    """
    renamed = set(_around(tongues, [place for place in places if place.segment_id in changed]))
    starts = {tongue.token.start: number for number, tongue in enumerate(tongues)}
    for place in places if starts else ():
        for piece in place.pieces if place.segment_id in changed else ():
            number = starts.get(piece.start) if isinstance(piece.item, Code) else None
            if number is not None and isinstance(piece.item, Code) and (
                    _within(place.content, piece.item.id) != _within(changed[place.segment_id], piece.item.id)):
                renamed.add(number)
    for number in sorted(renamed):
        yield from _renamed(text, _first(text, tongues[number].token), target)


def _around(tongues: Sequence[Tongue], places: Sequence[Place]) -> Iterator[int]:
    """The elements in which places stand: the innermost, and those around it that say the same."""
    open_: list[int] = []
    waiting = 0
    for place in sorted(places, key=lambda place: place.start):
        while waiting < len(tongues) and tongues[waiting].token.start <= place.start:
            open_.append(waiting)
            waiting += 1
        open_ = [number for number in open_ if tongues[number].end > place.start]
        around = [number for number in reversed(open_) if tongues[number].end >= place.end]
        for number in around:
            if tongues[number].code != tongues[around[0]].code:
                break
            yield number


def _within(items: Content, number: int) -> str:
    """The text in a pair, for comparing."""
    inside, out = False, []
    for item in items:
        if isinstance(item, str):
            out.append(item if inside else "")
        elif item.id == number:
            inside = item.kind is CodeKind.OPEN
    return "".join(out)


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
