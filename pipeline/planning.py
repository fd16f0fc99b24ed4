"""What has to be asked of the engine: repeats once, with the context that stands around."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from parsers.document import Code, Content, Document, Segment, content, has_letters, readable, text_of
from parsers.locales import Locale, code_of
from pipeline.engines import Context
from pipeline.excerpts import is_short
from pipeline.languages import plainly_other
from pipeline.scripts import foreign
from pipeline.windows import Windows

Shape = tuple[str | tuple[int, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Which segments are translated, which follow from others, which need nothing."""

    unique: tuple[Segment, ...]
    """In reading order; each stands for itself and its repeats."""
    repeats: dict[str, str]
    """Segment id → id of the segment with the same content; a short one also stands in the same setting."""
    untouched: dict[str, str]
    """Segment id → the rule by which there is nothing to translate."""
    contexts: dict[str, Context]


def plan(document: Document, only: Locale | None = None, *, told: Locale | None = None,
         instructed: bool = True) -> Plan:
    """Sort the segments of a document into what is asked, repeated and left alone.

    ``only`` names the one language that the engine reads: what is plainly in another is left alone.
    ``told``: what the document declares to be in another language than this is left alone.
    ``instructed``: the engine reads contexts; for one that does not, all are empty and repeats are
    told by their content alone.
    """
    windows = Windows(document.segments if instructed else ())
    others = _declared_others(document, told) if told is not None else {}
    first: dict[tuple[Shape, object], str] = {}
    unique: list[Segment] = []
    repeats: dict[str, str] = {}
    untouched: dict[str, str] = {}
    contexts: dict[str, Context] = {}
    for at, segment in enumerate(document.segments):
        if not has_letters(text_of(segment.content)):
            untouched[segment.id] = "no letters outside protected text"
            continue
        if only is not None and foreign(text_of(segment.content), only):
            untouched[segment.id] = f"not in the script of the source language ({only.tag})"
            continue
        if segment.id in others:
            untouched[segment.id] = others[segment.id]
            continue
        key = shape(segment.content), windows.setting(at) if instructed else None
        if key in first:
            repeats[segment.id] = first[key]
            continue
        first[key] = segment.id
        unique.append(segment)
        contexts[segment.id] = windows.context(at) if instructed else Context()
    return Plan(tuple(unique), repeats, untouched, contexts)


def _declared_others(document: Document, source: Locale) -> dict[str, str]:
    """Segment id → why it is in another language than the document's, as its own markup says.

    A document that says so of all its text, or of itself, is wrong about it; and of a text that plainly is in the
    document's language, alone or with all that are declared alike: a template copied with its ``lang`` must not keep a
    page from being translated.
    """
    spoken = code_of(source.tag)
    declared: dict[str, list[Segment]] = {}
    for segment in document.segments:
        if segment.language not in ("", spoken, code_of(document.language or "")):
            declared.setdefault(segment.language, []).append(segment)
    if not spoken or sum(map(len, declared.values())) == len(document.segments):
        return {}
    return {segment.id: f'declared to be in another language (lang="{language}")'
            for language, segments in declared.items() if not _belied(language, segments, spoken)
            for segment in segments if not _belied(language, [segment], spoken)}


def _belied(language: str, segments: Sequence[Segment], spoken: str) -> bool:
    """Whether texts that are declared to be in a language plainly are in another, which the document is in."""
    found = plainly_other("\n".join(text_of(segment.content) for segment in segments), Locale.parse(language))
    return code_of(found) == spoken


def shape(items: Content) -> Shape:
    """What two contents share if one translation serves both: all but the Codes' own source."""
    return tuple(item if isinstance(item, str) else (item.id, item.kind.value, item.label, item.equiv)
                 for item in items)


def with_codes_of(items: Content, source: Content) -> Content:
    """A translation of an equal segment, with this segment's own Codes."""
    own = {item.key: item for item in source if isinstance(item, Code)}
    return content(own[item.key] if isinstance(item, Code) else item for item in items)


def memory_key(segment: Segment, context: Context, answer: Sequence[str]) -> str:
    """Key of a translation in a memory: everything that can change the answer.

    ``answer`` names languages, engine signature and glossary version. Short segments are keyed
    by their role and context too: “Open” is a verb on a button and an adjective in a table. Longer
    ones are not. They stand alone, and a translation that was right under one heading is right under
    another; if the text around were part of their key, each edit of a document would have all the
    segments near it translated again.
    """
    around = [segment.role.value, astuple(context)] if is_short(readable(segment.content)) else None
    values = [shape(segment.content), list(answer), around]
    return hashlib.sha256(json.dumps(values, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()
