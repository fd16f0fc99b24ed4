"""What an instruction model is told, and how Codes are written for it.

A profile owns prompts, sampling and the dialect of Codes of one family of models; the engine
that speaks to a server owns none of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from parsers.document import Code, CodeKind, Content, codes, content
from pipeline.engines import Request


class Dialect(Protocol):
    """Codes as text and back."""

    def encode(self, items: Content) -> str:
        """The text that a model sees."""

    def decode(self, answer: str, items: Content) -> Content:
        """A model's answer with the Codes of ``items``; what is no Code of theirs stays text."""


@dataclass(frozen=True, slots=True)
class TagDialect:
    """``<s1>…</s1>`` for pairs and ``<x2/>`` for standalone Codes (HY-MT's format template names
    its numbered pairs ``<sn></sn>``)."""

    pair: str = "s"
    standalone: str = "x"

    def encode(self, items: Content) -> str:
        """Numbers are the Codes' own, moved past any that the text itself already holds."""
        shift = self._shift(items)
        return "".join(item if isinstance(item, str) else self._tag(item, shift) for item in items)

    def decode(self, answer: str, items: Content) -> Content:
        """Tags that were sent become their Codes, as often as they come; verification counts them."""
        shift = self._shift(items)
        code_of = {self._tag(code, shift): code for code in codes(items)}
        if not code_of:
            return content([answer])
        pattern = re.compile("(" + "|".join(map(re.escape, code_of)) + ")")
        return content(code_of.get(part, part) for part in pattern.split(answer))

    def _tag(self, code: Code, shift: int) -> str:
        number = code.id + shift
        return {CodeKind.OPEN: f"<{self.pair}{number}>", CodeKind.CLOSE: f"</{self.pair}{number}>",
                CodeKind.STANDALONE: f"<{self.standalone}{number}/>"}[code.kind]

    def _shift(self, items: Content) -> int:
        literal = re.compile(rf"</?(?:{self.pair}|{self.standalone})(\d+)/?>")
        return max((int(match[1]) for item in items if isinstance(item, str) for match in literal.finditer(item)),
                   default=0)


class Profile(Protocol):
    """One family of instruction models."""

    @property
    def name(self) -> str:
        """As on the command line: ``hy-mt2``, ``generic``…"""

    @property
    def version(self) -> str:
        """Changes with every change of its prompts; part of the engine's signature."""

    @property
    def dialect(self) -> Dialect:
        """How it writes Codes."""

    @property
    def sampling(self) -> Mapping[str, float | int]:
        """Parameters of a chat request, as the model card gives them."""

    def prompt(self, request: Request) -> str:
        """The one user message for a request."""

    def answer(self, text: str, request: Request) -> Content:
        """A model's text without the profile's wrapping, as content."""
