"""Constrained decoding: what a model server must keep to, so that each Code comes exactly once.

Says it in vLLM's ``structured_outputs``. A server withholds the end of the text as long as something is
missing, but an answer that ends by ``finish_reason: length`` keeps to nothing: drafts are verified all
the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from parsers.document import CodeKind, Content, codes, has_letters, text_of
from pipeline.engines.profiles.dialect import Dialect
from pipeline.scripts import weight

ANY_ORDER = 4
"""Top-level Codes up to which they may come in any order: the grammar has 2ⁿ rules. Human translators change
the order of tags in 1 to 3 % of segments; beyond this number the source's own order is asked for."""
MOST_TERMS = 3
"""Terms that may be demanded in any order: a regex with 3! alternatives."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of what is demanded."""

    literal: str = ""
    pattern: str = ""
    """Else a regex, in the syntax that grammars share."""

    @property
    def regex(self) -> str:
        return self.pattern or _escaped(self.literal)

    @property
    def grammar(self) -> str:
        return self.pattern or _quoted(self.literal)


Parts = list[_Part]


def constraint(items: Content, dialect: Dialect, wrapping: tuple[str, str] = ("", ""),
               terms: tuple[str, ...] = ()) -> dict[str, str] | None:
    """The value of ``structured_outputs`` for one segment; None if there is nothing to demand.

    With Codes: each once and nested as in the source, text where the source has text inside a pair; in
    any order for 2 to `ANY_ORDER` of them at the top, in the source's order for more. ``terms`` are demanded
    of texts without Codes only: where a term goes among Codes, its prompt has to say.
    """
    before, after = wrapping
    if codes(items):
        line, (first, *others) = _Line.of(items), _outside(items)
        stretches = list(_stretches(items, dialect, line))
        if 1 < len(stretches) <= ANY_ORDER:
            text = "".join((first, *others))
            return {"grammar": _any_order(stretches, line.first(text), line.between(text), wrapping)}
        parts = [line.first(first)]
        for stretch, text in zip(stretches, others, strict=True):
            parts += [*stretch, line.between(text)]
        return {"regex": _regex([_Part(before), *parts, _Part(after)])}
    wanted = _separate(terms)[:MOST_TERMS]
    if not wanted:
        return None
    between = _Line(inked=r"[^ \n]").between(text_of(items)).pattern
    orders = (between + between.join(map(_either_case, order)) + between for order in itertools.permutations(wanted))
    return {"regex": f"{_escaped(before)}({'|'.join(orders)}){_escaped(after)}"}


@dataclass(frozen=True, slots=True)
class _Line:
    """What may stand between tags: one line of a bounded number of words, without the sign that begins a tag.

    Bounded, because a weak model that must not end goes in circles and reaches the limit of tokens, which
    voids the constraint. Words are counted, and by patterns that can be read in one way only: counting
    characters cost a server 0.5 to 2.6 ms for each token and up to 2 s to compile, words 0.03 ms and 0.02 s
    (xgrammar 0.2.8, 49,000 tokens of vocabulary); a count of things that are counted themselves stopped it
    altogether. What is written without spaces is one word, and bounded only where it is the last.
    """

    inked: str = r"[^< \n]"
    """Any sign but a space."""
    gap: str = "[ ]"
    """What parts two words."""

    @classmethod
    def of(cls, items: Content) -> _Line:
        """A source with a ``<`` of its own may have one in its translation, where it begins no tag."""
        return cls(gap=r"([ ]|[<][^A-Za-z/<\n])") if "<" in text_of(items) else cls()

    def between(self, text: str = "") -> _Part:
        """What a text between Codes may become."""
        return _Part(pattern=f"{self.inked}*{self._more(text)}")

    def first(self, text: str) -> _Part:
        """The same at the beginning of an answer, where no space stands."""
        return _Part(pattern=f"({self.inked}+{self._more(text)})?")

    def some(self, text: str) -> _Part:
        """At least one sign that is no space: what a text inside a pair becomes."""
        return _Part(pattern=f"[ ]?{self.inked}+{self._more(text)}")

    def _more(self, text: str) -> str:
        """More words, up to one of few numbers, so that a server can use again what it has compiled.

        The last of them is short: a model that may put no more spaces would go on without.
        """
        words = 3 + 2 * max(len(text.split()), weight(text) // LETTERS)
        most = next((count for count in COUNTS if count >= words), None)
        if most is None:
            return f"({self.gap}{self.inked}*)*"
        return f"({self.gap}{self.inked}*){{0,{most}}}({self.gap}{self.inked}{{0,{LAST}}})?"


LETTERS = 6
"""Letters of a word with its space."""
LAST = 24
"""Signs of the last word."""
COUNTS = (5, 8, 12, 16, 24, 32, 48, 64, 80, 100, 120)
"""Beyond 128 xgrammar counts in another way, which took 0.6 ms for each token."""


def _stretches(items: Content, dialect: Dialect, line: _Line) -> Iterator[Parts]:
    """Each top-level Code with all that it encloses, in the source's order."""
    depth = 0
    parts: Parts = []
    lettered = _lettered(items)
    for at, (item, tag) in enumerate(zip(items, dialect.spell(items), strict=True)):
        if isinstance(item, str):
            if depth:
                parts.append((line.some if at in lettered else line.between)(item))
            continue
        if depth and not isinstance(items[at - 1], str):
            parts.append(line.between())                   # where the source has nothing, the target may have a word
        depth += {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}[item.kind]
        parts.append(_Part(tag))
        if not depth:
            yield parts
            parts = []


def _outside(items: Content) -> list[str]:
    """The texts before, between and behind the top-level Codes."""
    depth = 0
    texts = [""]
    for item in items:
        if not isinstance(item, str):
            depth += {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}[item.kind]
            if not depth:
                texts.append("")
        elif not depth:
            texts[-1] += item
    return texts


def _lettered(items: Content) -> set[int]:
    """Of the texts directly inside each pair the one with the most letters, if any has some."""
    inside: dict[int, list[int]] = {}
    stack = [0]
    for at, item in enumerate(items):
        if isinstance(item, str):
            inside.setdefault(stack[-1], []).append(at)
        elif item.kind is CodeKind.OPEN:
            stack.append(item.id)
        elif item.kind is CodeKind.CLOSE:
            stack.pop()
    longest = (max(found, key=lambda at: sum(map(str.isalpha, str(items[at])))) for found in inside.values())
    return {at for at in longest if has_letters(str(items[at]))}


def _regex(parts: Sequence[_Part]) -> str:
    return "".join(part.regex for part in parts)


def _any_order(stretches: Sequence[Parts], first: _Part, between: _Part, wrapping: tuple[str, str]) -> str:
    """A grammar with one rule for each set of stretches that are still to come."""
    names = [f"code{n}" for n in range(len(stretches))]
    before, after = (_quoted(mark) + " " if mark else "" for mark in wrapping)
    lines = [f"root ::= {before}first {after}".rstrip()]
    everything = frozenset(range(len(stretches)))
    for size in range(len(stretches) + 1):
        for chosen in map(frozenset, itertools.combinations(sorted(everything), size)):
            ways = " | ".join(f"{names[n]} {_rule(chosen - {n})}" for n in sorted(chosen))
            lines.append(f"{_rule(chosen)} ::= text" + (f" ({ways})" if ways else ""))
            if chosen == everything:
                lines.append(f"first ::= head ({ways})")
    lines += [f"{name} ::= " + " ".join(part.grammar for part in stretch)
              for name, stretch in zip(names, stretches, strict=True)]
    return "\n".join([*lines, f"text ::= {between.pattern}", f"head ::= {first.pattern}"])


def _rule(chosen: frozenset[int]) -> str:
    return "to" + "".join(map(str, sorted(chosen))) if chosen else "end"


def _separate(terms: Sequence[str]) -> list[str]:
    """Terms that no other of them holds."""
    return [term for term in dict.fromkeys(terms) if term and not any(
        term != other and term.casefold() in other.casefold() for other in terms)]


def _either_case(term: str) -> str:
    """A term, with a capital or not: it may begin a sentence."""
    first, rest = term[0], _escaped(term[1:])
    lower, upper = first.lower(), first.upper()
    return (f"[{lower}{upper}]" if lower != upper and len(lower) == len(upper) == 1 else _escaped(first)) + rest


def _escaped(text: str) -> str:
    """For a regex of whatever kind: Python escapes more than other kinds understand."""
    return "".join("\\" + char if char in r"\.^$*+?{}[]|()" else char for char in text)


def _quoted(text: str) -> str:
    """A literal of a grammar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
