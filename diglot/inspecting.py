"""The commands that only look: check, segments, formats, engines, languages."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from diglot.console import many
from diglot.errands import STANDARD, Errand, no_document
from diglot.exits import Exit, shown
from diglot.work import format_for, read
from parsers.document import Content, Segment, ShapeFault, readable
from parsers.errors import UsageError
from parsers.locales import Locale
from parsers.options import ParseOptions

LISTED = 20
"""Findings of a kind that a terminal is shown; ``--json`` gives all."""

ANY = Locale.parse("und")
"""Where a command has no target: ISO 639-3's code for an undetermined language."""


def source_of(given: str, format: str | None) -> tuple[bytes, str]:
    """The bytes behind a path or ``-``, and the name of their format. Raises UsageError, DocumentError."""
    if given != STANDARD and not Path(given).is_file():
        raise no_document(given)
    errand = Errand(None if given == STANDARD else Path(given), None, ANY, Path(given), format)
    data = read(errand)
    return data, format_for(errand, data)


def check(original: str, translation: str, format: str | None, options: ParseOptions, *, as_json: bool) -> Exit:
    """Say how a translation differs from its original in structure, and what it left untranslated."""
    from pipeline.comparison import check as compare
    from pipeline.report import shorten

    before, name = source_of(original, format)
    after, other = source_of(translation, format)
    if other != name:
        raise UsageError(f"{shown(original)} is {name} but {shown(translation)} is {other}; they cannot be compared.")
    found = compare(before, after, name, options)
    if as_json:
        found_json = {"ok": found.ok, "segments": len(found.segments),
                      "faults": [{"message": fault.message, "segment": fault.segment_id} for fault in found.faults],
                      "untranslated": list(map(_line, found.untranslated)), "same": list(map(_line, found.same))}
        _write(json.dumps(found_json, ensure_ascii=False, indent=1))
        return Exit.OK if found.ok else Exit.WARNINGS
    texts = {segment.id: shorten(_text(segment.content)) for segment in found.segments}
    _list("structure", [_fault(fault, texts) for fault in found.faults])
    _list("untranslated", [shorten(_text(s.content), 100) for s in found.untranslated])
    _write(f"{many(len(found.faults), 'difference')} in structure; {len(found.untranslated):,} of "
           f"{many(len(found.segments), 'segment')} untranslated; {len(found.same):,} short ones the same in both.")
    return Exit.OK if found.ok else Exit.WARNINGS


def segments(given: str, format: str | None, options: ParseOptions, *, protected: bool) -> Exit:
    """What would be sent to an engine: a JSON object on each line."""
    import parsers
    from parsers.document import dump

    data, name = source_of(given, format)
    document = parsers.parse(data, name, options)
    for one in document.segments:
        _write(json.dumps({"id": one.id, "role": one.role.value, "where": one.where, "path": list(one.path),
                           "group": one.group, "cell": one.cell,
                           "text": readable(one.content), "content": dump(one.content)}, ensure_ascii=False))
    for span in document.protected if protected else ():
        _write(json.dumps({"protected": span.reason, "text": span.text}, ensure_ascii=False))
    return Exit.OK


def formats() -> Exit:
    """The formats that can be translated."""
    from parsers import FORMATS

    _table(("format", "", "file names"), [(one.name, one.title, " ".join(one.suffixes)) for one in FORMATS])
    return Exit.OK


def engines() -> Exit:
    """The engines that can translate."""
    from pipeline.engines import ENGINES

    _table(("engine", "what it does"), [(one.name, one.title) for one in ENGINES])
    return Exit.OK


def languages() -> Exit:
    """Codes, names, scripts and directions of languages; an engine may know fewer, or more."""
    from pipeline.languages import LANGUAGES

    _table(("code", "language", "script", "direction", "中文"), [
        (one.tag, one.english, one.script, "right to left" if one.rtl else "left to right", one.chinese)
        for one in LANGUAGES])
    return Exit.OK


def _fault(fault: ShapeFault, texts: Mapping[str, str]) -> str:
    """A fault with the beginning of the text that it is in, where that is known."""
    text = texts.get(fault.segment_id or "")
    return f"{fault.message} (at “{text}”)" if text else fault.message


def _line(segment: Segment) -> dict[str, str]:
    return {"id": segment.id, "where": segment.where or segment.role.value, "text": _text(segment.content)}


def _text(content: Content) -> str:
    return " ".join(readable(content).split())


def _list(kind: str, findings: Sequence[str]) -> None:
    for finding in findings[:LISTED]:
        _write(f"{kind}: {finding}")
    if len(findings) > LISTED:
        _write(f"{kind}: … and {len(findings) - LISTED:,} more (--json lists all)")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    rows = [heads, *rows]
    widths = [max(len(row[n]) for row in rows) for n in range(len(heads))]
    for row in rows:
        _write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
