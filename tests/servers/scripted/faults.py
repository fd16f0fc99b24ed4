"""What can go wrong with a server and with what a model says, on a schedule that is the same each time."""

import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.servers.scripted.answers import Asked, source_of, target_of, translation


class Fault(StrEnum):
    """One thing that goes wrong with one request."""

    STATUS_500 = "status_500"
    STATUS_503 = "status_503"
    STATUS_429 = "status_429"
    """With Retry-After."""
    HANG = "hang"
    """Nothing is ever answered."""
    DRIP = "drip"
    """A byte at a time."""
    RESET = "reset"
    """The connection breaks in the middle of the body."""
    RESTART = "restart"
    """The server goes away with all it has under way, and comes back."""
    HTML = "html"
    """200 with a page where JSON is due."""
    TRUNCATED_JSON = "truncated_json"
    NO_CHOICES = "no_choices"
    EMPTY_CHOICES = "empty_choices"
    WRONG_COUNT = "wrong_count"
    """A choice too few in a batch, one too many for a single prompt."""
    EMPTY = "empty"
    LOOP = "loop"
    LENGTH = "length"
    """Half the answer, with ``finish_reason: length``."""
    ECHO = "echo"
    OTHER_LANGUAGE = "other_language"
    COMMENTARY = "commentary"
    TAGS_LOST = "tags_lost"
    """Unless the output is constrained; so with the next."""
    TAGS_DOUBLED = "tags_doubled"


TAG = re.compile(r"</?\w+/?>")


def _loop(asked: Asked) -> str:
    return " ".join([translation(asked)[:40] or "nada"] * 40)


def _untagged(asked: Asked) -> str:
    return translation(asked) if asked.constraint else TAG.sub("", translation(asked))


def _doubled(asked: Asked) -> str:
    return translation(asked) if asked.constraint else TAG.sub(lambda tag: tag[0] * 2, translation(asked))


def _other_language(asked: Asked) -> str:
    return translation(asked, "German" if target_of(asked.prompt) != "German" else "French")


ANSWERS: dict[Fault, Callable[[Asked], str]] = {
    Fault.EMPTY: lambda _: "",
    Fault.LOOP: _loop,
    Fault.LENGTH: lambda asked: translation(asked)[:max(1, len(translation(asked)) // 2)],
    Fault.ECHO: lambda asked: source_of(asked.prompt),
    Fault.OTHER_LANGUAGE: _other_language,
    Fault.COMMENTARY: lambda asked: f"Here is the translation:\n\n{translation(asked)}",
    Fault.TAGS_LOST: _untagged,
    Fault.TAGS_DOUBLED: _doubled,
}
"""The faults of the model; the others are the server's."""


@dataclass(slots=True)
class Schedule:
    """Which request meets which fault."""

    by_ordinal: Mapping[int, Fault] = field(default_factory=dict)
    """The first request is 0."""
    by_prompt: Sequence[tuple[str, Fault, int]] = ()
    """Requests whose prompt holds a text, so many times (below 0: always)."""
    shares: Mapping[Fault, float] = field(default_factory=dict)
    """Parts of all requests. Drawn by seed, prompt and how often that prompt has come, so that the order of
    arrival does not matter."""
    seed: int = 0
    retry_after_s: float = 0.2
    drip_s: float = 0.05
    """Seconds between two bytes."""
    restart_s: float = 0.5
    """Seconds for which the server is gone."""
    _seen: Counter[str] = field(default_factory=Counter)
    _matched: Counter[int] = field(default_factory=Counter)

    def next(self, ordinal: int, prompt: str) -> Fault | None:
        """The fault of a request, if it has one."""
        if fault := self.by_ordinal.get(ordinal):
            return fault
        for at, (text, fault, times) in enumerate(self.by_prompt):
            if text in prompt and (times < 0 or self._matched[at] < times):
                self._matched[at] += 1
                return fault
        return self._drawn(prompt) if self.shares else None

    def _drawn(self, prompt: str) -> Fault | None:
        self._seen[prompt] += 1
        drawn = random.Random(f"{self.seed} {self._seen[prompt]} {prompt}").random()
        for fault, share in self.shares.items():
            if drawn < share:
                return fault
            drawn -= share
        return None
