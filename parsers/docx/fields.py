"""Fields: which results are text that somebody wrote, and which a program works out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

TEXT_RESULTS = frozenset({"HYPERLINK", "TOC", "INDEX", "TOA", "BIBLIOGRAPHY", "QUOTE", "INCLUDETEXT", "FORMTEXT",
                          "AUTOTEXT", "AUTOTEXTLIST", "GLOSSARY", "GREETINGLINE"})
"""Instructions (ISO/IEC 29500-1 §17.16.5) whose result is prose. All others give a number, a date,
a name or a copy of text elsewhere: they come out right when fields are updated."""


def reads_as_text(instruction: str) -> bool:
    """True if the result of this field is text for a translator."""
    words = instruction.split(None, 1)
    return bool(words) and words[0].upper() in TEXT_RESULTS


def prompt_of(instruction: str) -> str:
    """The words of an instruction that Word shows where the field stands, if any (§17.16.5.24, §17.16.5.35)."""
    words = instruction.split(None, 2)
    return words[2].strip() if len(words) == 3 and words[0].upper() in ("GOTOBUTTON", "MACROBUTTON") else ""


@dataclass(slots=True)
class _Open:
    """A field that has begun."""

    ends_here: bool
    """Its end stands in the same paragraph (inside another container)."""
    instruction: str = ""
    shown: bool = False
    """Past its separator: what follows is its result."""


@dataclass(slots=True)
class FieldWalk:
    """The fields that are open at a point of a story; they may run over paragraphs."""

    open: list[_Open] = field(default_factory=list)

    @property
    def hidden(self) -> bool:
        """Text here belongs to an instruction, which no reader sees."""
        return any(not one.shown for one in self.open)

    @property
    def computed(self) -> bool:
        """Text here is a result that a program works out, all within one paragraph."""
        return any(one.shown and one.ends_here and not reads_as_text(one.instruction) for one in self.open)

    def step(self, kind: str, instruction: str, *, ends_here: bool) -> None:
        """Go past one ``begin``, ``instr``, ``separate`` or ``end``."""
        if kind == "begin":
            self.open.append(_Open(ends_here))
        elif not self.open:
            return
        elif kind == "instr":
            self.open[-1].instruction += instruction
        elif kind == "separate":
            self.open[-1].shown = True
        elif kind == "end":
            self.open.pop()


def ends_among(steps: Sequence[str]) -> list[bool]:
    """For each step: is it a ``begin`` whose ``end`` is among these steps?"""
    found = [False] * len(steps)
    begun: list[int] = []
    for n, step in enumerate(steps):
        if step == "begin":
            begun.append(n)
        elif step == "end" and begun:
            found[begun.pop()] = True
    return found
