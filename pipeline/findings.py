"""What a check looks at and what it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from parsers.document import CodeKind, Content
from parsers.locales import Locale
from parsers.phrases import TOKEN
from pipeline.glossary import Glossary

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a draft."""

    check: str
    """Name of a check in `pipeline.verification.CHECKS`."""
    severity: Severity
    """``error``: the draft must not be used; ``warning``: a person should look."""
    message: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its draft, with their texts as the checks read them."""

    source: Content
    draft: Content
    source_locale: Locale
    target_locale: Locale
    glossary: Glossary = field(default_factory=Glossary)
    truncated: bool = False

    @property
    def before(self) -> str:
        """The words of the source; a standalone Code counts as a space."""
        return spoken(self.source)

    @property
    def after(self) -> str:
        """The words of the draft."""
        return spoken(self.draft)


def spoken(items: Content) -> str:
    """The translatable text, words beside a standalone Code kept apart."""
    return "".join(item if isinstance(item, str) else " " if item.kind is CodeKind.STANDALONE else "" for item in items)


def tokens(text: str) -> list[str]:
    """Words, single characters of scripts without spaces, and marks; letters in lower case."""
    return [match[0].casefold() for match in TOKEN.finditer(text)]


WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def words(text: str) -> Iterator[str]:
    """Runs of letters."""
    return (match[0] for match in WORD.finditer(text))
