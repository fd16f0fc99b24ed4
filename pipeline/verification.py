"""Is a draft fit to be written? The table of checks and the function that runs them.

The same checks hold for every engine. An engine that does not translate (echo, pseudo) is only
held to those that it names.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from parsers.document import Content
from parsers.locales import Locale
from pipeline.code_checks import check_characters, check_codes, check_leaks
from pipeline.commentary import check_commentary
from pipeline.findings import Finding, Pair, Severity
from pipeline.glossary import Glossary
from pipeline.language_checks import check_language, check_script
from pipeline.number_checks import check_numbers, check_units
from pipeline.placement import check_placement
from pipeline.text_checks import (
    check_copied,
    check_empty,
    check_glossary,
    check_length,
    check_loop,
    check_pairing,
    check_truncated,
)

__all__ = ["CHECKS", "Check", "Finding", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list of checks."""

    name: str
    severity: Severity
    """The worst that it can say."""
    title: str
    """What it is for, in a few words."""
    run: Callable[[Pair], Iterator[Finding]]


CHECKS = (
    Check("codes", "error", "each Code exactly once, pairs nested as before and not emptied", check_codes),
    Check("characters", "error", "no control characters, lone surrogates or private characters", check_characters),
    Check("empty", "error", "text where the source has text", check_empty),
    Check("truncated", "error", "the engine did not stop at its length limit", check_truncated),
    Check("loop", "error", "no word or phrase over and over", check_loop),
    Check("leak", "error", "no marks of an engine's own notation", check_leaks),
    Check("commentary", "error", "no remarks about the translation, no quotation marks around it", check_commentary),
    Check("copied", "error", "not the source again; names and single words only warn", check_copied),
    Check("script", "error", "in the script of the target language", check_script),
    Check("language", "error", "not plainly in another language of the same script", check_language),
    Check("length", "error", "about as long as translations are; only extremes are errors", check_length),
    Check("numbers", "error", "the same numbers; an error only if all are lost", check_numbers),
    Check("units", "warning", "no unit replaced by another of its kind", check_units),
    Check("pairing", "warning", "brackets and quotation marks open and close", check_pairing),
    Check("placement", "warning", "Codes stand about where a translator would put them", check_placement),
    Check("glossary", "warning", "the terms of the glossary came out", check_glossary),
)
"""Errors come first: the first finding names the reason when a segment keeps its source."""

ALL = frozenset(check.name for check in CHECKS)


def verify(source: Content, draft: Content, source_locale: Locale, target_locale: Locale, *,  # noqa: PLR0913 - all told apart by name
           glossary: Glossary | None = None, truncated: bool = False,
           checks: Collection[str] = ALL) -> tuple[Finding, ...]:
    """What is wrong with a draft, errors first; nothing if it is fit to be written.

    ``checks`` names those to run. Takes time linear in the length of the texts.
    """
    pair = Pair(source, draft, source_locale, target_locale, glossary or Glossary(), truncated)
    found = [finding for check in CHECKS if check.name in checks for finding in check.run(pair)]
    return tuple(sorted(found, key=lambda finding: finding.severity != "error"))
