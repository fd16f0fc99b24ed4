"""Constrained decoding: what a model server must keep to, so that each Code comes exactly once.

Said in vLLM's ``structured_outputs`` as a grammar (GBNF, which its backends xgrammar and guidance read). A
server withholds the end of the text as long as something is missing, but an answer that ends by
``finish_reason: length`` keeps to nothing: drafts are verified all the same.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from parsers.document import CodeKind, Content, codes, has_letters, text_of
from parsers.locales import Locale
from pipeline.engines.profiles.dialect import Dialect
from pipeline.findings import UNSPACED_SCRIPTS
from pipeline.scripts import scripts_of, weight

ANY_ORDER = 4
"""Top-level Codes up to which they may come in any order: that takes 2ⁿ rules. Human translators change the
order of tags in 1 to 3 % of segments; beyond this number the source's own order is asked for."""
MOST_TERMS = 3
"""Terms that are demanded at once, in any order: 3! alternatives."""

COUNTS = (5, 8, 12, 16, 24, 32, 48, 64, 80, 100, 120)
"""Words of a text: few numbers, so that a server can use again what it has compiled. Beyond 128 xgrammar counts
in another way, which took 0.6 ms for each token."""
LONGEST_WORD = 40
"""Signs of a word, in scripts that put spaces between words."""
UNSPACED = "\u0e00-\u109f\u1780-\u17ff\u2e80-\uffff"
"""Thai to Burmese, Khmer, Chinese and Japanese, as few ranges as will do: each costs the server time."""
LETTERS = 6
"""Letters of a word with its space."""


def constraint(items: Content, dialect: Dialect, wrapping: tuple[str, str] = ("", ""),
               terms: tuple[str, ...] = (), target: Locale | None = None) -> dict[str, str] | None:
    """The value of ``structured_outputs`` for one segment; None if there is nothing to demand.

    With Codes: each once and nested as in the source, and text inside a pair that holds text. Up to `ANY_ORDER`
    of them at the top come in any order, more in the source's. ``terms`` are demanded of texts without Codes
    only: where a term goes among Codes, its prompt has to say. ``target`` tells whether words are parted by
    spaces; None: they may or may not.
    """
    wanted = _separate(terms)[:MOST_TERMS]
    if codes(items):
        return {"grammar": _Grammar(items, target).of_codes(dialect, wrapping)}
    return {"grammar": _Grammar(items, target).of_terms(wanted, wrapping)} if wanted else None


class _Grammar:
    """A grammar under construction.

    Texts are bounded, because a weak model that must not end goes in circles and reaches the limit of
    tokens, which voids the constraint. Words are counted, and signs within a word, by rules that can be
    read in one way only. Measured with xgrammar 0.2.8 and 49,000 tokens of vocabulary, for each token and
    to compile: 0.1 ms and 0.1 s; signs of the whole text counted, 0.5 to 2.6 ms and 2 s; and where a word
    might also end without a space, the server stood still. Scripts without spaces are not bounded, and not
    let into languages with spaces: in them a model goes on that may put no more spaces.
    """

    def __init__(self, items: Content, target: Locale | None) -> None:
        self._items = items
        tagged = bool(codes(items))
        sign = "<" if tagged else ""
        spaced = target is not None and UNSPACED_SCRIPTS.isdisjoint(scripts_of(target))
        free = "" if spaced else UNSPACED
        self._rules = {
            "run": f"[^{sign} \\n{free}]{{0,{LONGEST_WORD}}}",
            "word": f"run ([{free}] run)*" if free else "run",
            # A source with a `<` of its own may have one in its translation, where it begins no tag.
            "gap": "[ ] | [<] [^A-Za-z/<\\n]" if tagged and "<" in text_of(items) else "[ ]",
            "ink": f"[^{sign} \\n]",
        }

    # -- what is demanded
    def of_codes(self, dialect: Dialect, wrapping: tuple[str, str]) -> str:
        """Each Code once."""
        stretches = [f"{self._rule(f'code{n}', stretch)}" for n, stretch in enumerate(self._stretches(dialect))]
        first, *others = _outside(self._items)
        if 1 < len(stretches) <= ANY_ORDER:
            whole = "".join((first, *others))
            return self._written(f"{self._begin(whole)} {self._in_any_order(stretches, self._text(whole))}", wrapping)
        parts = [self._begin(first)]
        for stretch, text in zip(stretches, others, strict=True):
            parts += [stretch, self._text(text)]
        return self._written(" ".join(parts), wrapping)

    def of_terms(self, terms: Sequence[str], wrapping: tuple[str, str]) -> str:
        """Each term at least once."""
        text = self._text(text_of(self._items))
        orders = (f" {text} ".join(map(_either_case, order)) for order in itertools.permutations(terms))
        return self._written(f"{text} ({' | '.join(orders)}) {text}", wrapping)

    def _in_any_order(self, stretches: Sequence[str], text: str) -> str:
        """One rule for each set of stretches that are still to come; a text behind each of them."""
        everything = range(len(stretches))
        for size in range(1, len(stretches) + 1):
            for chosen in itertools.combinations(everything, size):
                self._rule(_name(chosen), " | ".join(
                    f"{stretches[n]} {text} {_name(tuple(m for m in chosen if m != n))}".rstrip() for n in chosen))
        return _name(tuple(everything))

    def _stretches(self, dialect: Dialect) -> Iterator[str]:
        """Each top-level Code with all that it encloses, in the source's order."""
        depth = 0
        parts: list[str] = []
        items, lettered = self._items, _lettered(self._items)
        for at, (item, tag) in enumerate(zip(items, dialect.spell(items), strict=True)):
            if isinstance(item, str):
                if depth:
                    parts.append(self._some(item) if at in lettered else self._text(item))
                continue
            if depth and not isinstance(items[at - 1], str):
                parts.append(self._text(""))                # where the source has nothing, the target may have a word
            depth += DEPTH[item.kind]
            parts.append(_quoted(tag))
            if not depth:
                yield " ".join(parts)
                parts = []

    # -- texts
    def _text(self, source: str) -> str:
        """What a source text may become: one line, without the sign that begins a tag."""
        words = 3 + 2 * max(len(source.split()), weight(source) // LETTERS)
        most = next((count for count in COUNTS if count >= words), None)
        if most is None:
            return self._rule("text", "word (gap word)*")
        return self._rule(f"text{most}", f"word (gap word){{0,{most}}}")

    def _some(self, source: str) -> str:
        """The same with at least one sign that is no space."""
        return f"[ ]? ink {self._text(source)}"

    def _begin(self, source: str) -> str:
        """The same at the beginning of an answer, where no space stands."""
        return f"(ink {self._text(source)})?"

    # -- rules
    def _rule(self, name: str, body: str) -> str:
        self._rules[name] = body
        return name

    def _written(self, body: str, wrapping: tuple[str, str]) -> str:
        before, after = (_quoted(mark) for mark in wrapping)
        whole = " ".join((before, body, after)) if any(wrapping) else body
        # One rule under the root makes one lexeme of it all, so that guidance need not see where a text ends.
        rules = {"root": "answer", "answer": whole, **self._rules}
        return "\n".join(f"{name} ::= {rule}" for name, rule in rules.items())


DEPTH = {CodeKind.OPEN: 1, CodeKind.CLOSE: -1, CodeKind.STANDALONE: 0}


def _outside(items: Content) -> list[str]:
    """The texts before, between and behind the top-level Codes."""
    depth = 0
    texts = [""]
    for item in items:
        if not isinstance(item, str):
            depth += DEPTH[item.kind]
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


def _name(chosen: tuple[int, ...]) -> str:
    return "rest" + "".join(map(str, chosen)) if chosen else ""


def _separate(terms: Sequence[str]) -> list[str]:
    """Terms that no other of them holds."""
    return [term for term in dict.fromkeys(terms) if term and not any(
        term != other and term.casefold() in other.casefold() for other in terms)]


def _either_case(term: str) -> str:
    """A term, with a capital or not: it may begin a sentence."""
    lower, upper = term[0].lower(), term[0].upper()
    if lower == upper or len(lower) + len(upper) > 2:
        return _quoted(term)
    return f"[{lower}{upper}] {_quoted(term[1:])}"


def _quoted(text: str) -> str:
    """A literal of a grammar."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
