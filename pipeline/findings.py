"""What a check looks at and what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from parsers.document import CodeKind, Content
from parsers.locales import Locale
from parsers.phrases import TOKEN
from pipeline.glossary import Glossary
from pipeline.numerals import Number, numbers_in
from pipeline.scripts import expansion, letters_by_script, script_of, weight

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a draft."""

    check: str
    """Name of a check in `pipeline.verification.CHECKS`."""
    severity: Severity
    """``error``: the draft must not be used; ``warning``: a person should look."""
    message: str


class Reading:
    """A content as the checks read it; each way of reading is worked out once, when it is asked for."""

    def __init__(self, items: Content) -> None:
        self.items = items

    @cached_property
    def text(self) -> str:
        """The translatable text, words beside a standalone Code kept apart."""
        return spoken(self.items)

    @cached_property
    def folded(self) -> str:
        """The text without regard to case."""
        return self.text.casefold()

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Runs of letters."""
        return tuple(words(self.text))

    @cached_property
    def natural(self) -> tuple[str, ...]:
        """Words in lower case that are no part of a name, a path or an option."""
        return tuple(word for word in PLAIN_WORD.findall(self.text) if is_natural(word))

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """Words, single characters of scripts without spaces, and marks, letters in lower case; a standalone Code is a
        token that no other equals."""
        return tuple(token for item in self.items for token in (
            TOKEN.findall(item.casefold()) if isinstance(item, str) else
            [f"\ufffc{item.id}"] if item.kind is CodeKind.STANDALONE else []))

    @cached_property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers in the text, in order."""
        return tuple(numbers_in(self.text))

    @cached_property
    def letters(self) -> Counter[str]:
        """How many letters of each script the text has."""
        return letters_by_script(self.text)

    @cached_property
    def weight(self) -> int:
        """The length of the text in Latin letters and digits, about."""
        return weight(self.text, self.letters)


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its draft, and how both are read."""

    source: Content
    draft: Content
    source_locale: Locale
    target_locale: Locale
    glossary: Glossary = field(default_factory=Glossary)
    truncated: bool = False
    before: Reading = field(init=False, repr=False, compare=False)
    """The words of the source."""
    after: Reading = field(init=False, repr=False, compare=False)
    """The words of the draft."""

    def __post_init__(self) -> None:
        """Make both readable."""
        object.__setattr__(self, "before", Reading(self.source))
        object.__setattr__(self, "after", Reading(self.draft))

    @property
    def due(self) -> float:
        """The weight that a translation is likely to have."""
        return self.before.weight * expansion(self.target_locale) / expansion(self.source_locale)

    @property
    def share(self) -> float:
        """The weight of the draft, a likely one being 1."""
        return self.after.weight / max(1.0, self.due)


def spoken(items: Content) -> str:
    """The text with a space for each standalone Code."""
    return "".join(item if isinstance(item, str) else " " if item.kind is CodeKind.STANDALONE else "" for item in items)


WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

PLAIN_WORD = re.compile(rf"(?<![\w/.=<\[|-]){WORD.pattern}(?![\w/=|>\](-])")


def words(text: str) -> list[str]:
    """Runs of letters."""
    return WORD.findall(text)


def natural(found: Iterable[str]) -> int:
    """Different words that are no names; three characters of a script without spaces count as one."""
    return sum(1 if script_of(word[0]) not in UNSPACED_SCRIPTS else max(1, len(word) // 3)
               for word in set(found) if is_natural(word))


def is_natural(word: str) -> bool:
    """In lower case, or in a script without case: ``Kubernetes``, ``API`` and ``x`` may be names."""
    return len(word) > 1 and word == word.lower()


UNSPACED_SCRIPTS = frozenset({"Hani", "Kana", "Thai", "Khmr", "Laoo", "Mymr", "Tibt"})
