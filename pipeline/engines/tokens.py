"""How many tokens a text is: an estimate that learns from what the server counts."""

from __future__ import annotations

from collections import Counter

CHARACTERS_PER_TOKEN = {"narrow": 3.5, "wide": 1.2}
"""To begin with; letters of alphabets, and everything else. Common vocabularies of models for many
languages; the first answers correct it."""
WEIGHT = 0.1
"""Of a new count against what was learned before."""
LEAST, MOST = 0.3, 6.0
"""Bounds of the correction: what lies outside is another thing than a text's length."""


class Tokens:
    """Estimates in tokens of the model that answers."""

    def __init__(self) -> None:
        self._factor = 1.0

    def estimate(self, text: str) -> int:
        """Tokens of a text, about."""
        return int(_plain(text) * self._factor) + 1

    def learn(self, text: str, count: int) -> None:
        """A text was counted by the server."""
        seen = count / (_plain(text) + 1)
        if LEAST < seen < MOST:
            self._factor += WEIGHT * (seen - self._factor)


def _plain(text: str) -> float:
    if text.isascii():
        return len(text) / CHARACTERS_PER_TOKEN["narrow"]
    kinds = Counter(char < "\u0590" for char in text)       # Hebrew is the first block of another kind
    return kinds[True] / CHARACTERS_PER_TOKEN["narrow"] + kinds[False] / CHARACTERS_PER_TOKEN["wide"]
