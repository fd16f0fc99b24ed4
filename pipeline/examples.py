"""Sentences with Codes, terms and reference translations, by which ways of asking a model are compared.

A file has a JSON object on each line::

    {"en": "Click <1>Save</1> in <2 menu/>.", "pt": "Clique em <1>Guardar</1> em <2 menu/>.",
     "terms": [{"en": "Save", "pt": "Guardar"}], "role": "form",
     "headings": {"en": ["Saving"]}, "previous": …, "header": …, "siblings": …}

Languages are keys. ``<1>…</1>`` is a pair and ``<2 menu/>`` a standalone Code that a reader sees as “menu”;
anything else is text. All but the text and its translation may be left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parsers.document import Code, CodeKind, Content, Role, content, parents
from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.engines import Context, Request, Term

OWN = Path(__file__).with_suffix(".jsonl")
"""Forty sentences in English, Portuguese and Chinese, written for this."""

MARK = re.compile(r"<(?P<close>/?)(?P<number>\d{1,3})(?: (?P<equiv>[^<>]*?))?(?P<alone>/?)>")


@dataclass(frozen=True, slots=True)
class Example:
    """A request and how a person translated it."""

    request: Request
    reference: Content


def examples(source: Locale, target: Locale, file: Path | None = None) -> tuple[Example, ...]:
    """The examples of a file, or our own, that are in both languages.

    Raises UsageError if it cannot be read, names the line that makes no sense, or says that there are none.
    """
    place = file or OWN
    try:
        lines = place.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The examples “{place.name}” cannot be read as UTF-8 text: {error}.") from error
    found = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                found.append(_example(json.loads(line), source, target))
            except (ValueError, TypeError, AttributeError) as error:
                raise UsageError(f"Line {number} of “{place.name}” makes no sense: {error}.") from error
    kept = tuple(example for example in found if example is not None)
    if not kept:
        own = "" if file else " Our own are in en, pt and zh; give others with --set."
        raise UsageError(f"“{place.name}” has no example in both {source.tag} and {target.tag}.{own}")
    return kept


def _example(row: Mapping[str, Any], source: Locale, target: Locale) -> Example | None:
    text, translation = _in(row, source), _in(row, target)
    if text is None or translation is None:
        return None
    items = _content(text)
    parents(items)                                          # pairs that cross are a ValueError
    terms = tuple(Term(before, after) for term in row.get("terms", ())
                  if (before := _in(term, source)) and (after := _in(term, target)))
    around = {name: _in(row.get(name, {}), source) for name in ("headings", "previous", "header", "siblings")}
    context = Context(tuple(around["headings"] or ()), tuple(around["previous"] or ()), around["header"] or "",
                      tuple(around["siblings"] or ()))
    return Example(Request(items, source, target, Role(row.get("role", "paragraph")), context, terms),
                   _content(translation))


def _in(values: Mapping[str, Any], locale: Locale) -> Any:
    """What is said for a locale, else for its language."""
    return values.get(locale.tag, values.get(locale.language))


def _content(text: str) -> Content:
    items: list[str | Code] = []
    at = 0
    for mark in MARK.finditer(text):
        kind = CodeKind.CLOSE if mark["close"] else CodeKind.STANDALONE if mark["alone"] else CodeKind.OPEN
        label = "code" if kind is CodeKind.STANDALONE else "strong"
        items += [text[at:mark.start()], Code(int(mark["number"]), kind, mark[0], label, mark["equiv"] or "")]
        at = mark.end()
    return content([*items, text[at:]])
