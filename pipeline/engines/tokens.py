"""How many tokens a text is: an estimate that learns from what the server counts."""

from __future__ import annotations

BYTES_PER_TOKEN = 3.5
"""Of UTF-8, to begin with. Vocabularies of models for many languages spend about a token on 4 letters
of English, 2 of Russian and one Chinese character; the first answers correct it."""
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
    return (len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))) / BYTES_PER_TOKEN
