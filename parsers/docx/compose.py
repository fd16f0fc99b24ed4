"""From the nodes of a paragraph to the content that a translator sees, and back to their places.

Few Codes make good translations. So the formatting of most of the letters is nobody's Code,
what stands at the edges stays outside, and what has no look of its own (a bookmark, deleted
text, a formatting that nobody can see) travels without a Code, at its share of the text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from parsers.document import Code, CodeKind, Content, Protected, content, has_letters, text_of
from parsers.docx.inline import Mark, Node, Pair, Styled, Thing, Words, parts_of, text_in
from parsers.docx.looks import Look
from parsers.masking import MaskRules

LOOKAHEAD = 40
"""Nodes searched for the return of a formatting; bounds the work on hostile paragraphs."""
NESTING = 8
"""Formattings inside one another that become nested pairs; deeper ones stand side by side."""


@dataclass(slots=True)
class Level:
    """The text directly inside one pair, or at the top (id 0)."""

    looks: list[tuple[Look, int]] = field(default_factory=list)
    """Looks that read as one, and how many characters each has."""
    marks: list[tuple[int, Mark]] = field(default_factory=list)
    """Marks that nothing holds, and how many characters stand before each."""
    size: int = 0

    def add(self, words: Words) -> None:
        """Count the words in."""
        self.size += len(words.text)
        weight = len(words.text) if words.text.strip() else 0
        for n, (look, known) in enumerate(self.looks):
            if look is words.look:
                self.looks[n] = (look, known + weight)
                return
        self.looks.append((words.look, weight))


@dataclass(slots=True)
class Bound:
    """What a Code stands for, with the marks that travel with it."""

    node: Thing | Pair | Styled | str
    """A string is masked text."""
    before: list[Mark] = field(default_factory=list)
    after: list[Mark] = field(default_factory=list)


@dataclass(slots=True)
class Frame:
    """What stays outside the segment: a whole enclosing pair, and what stands at its edges."""

    pair: Pair | None
    head: list[Node]
    tail: list[Node]


@dataclass(slots=True)
class Plan:
    """A paragraph's content and everything needed to write it back."""

    content: Content
    frames: list[Frame]
    levels: dict[int, Level]
    bounds: dict[int, Bound]
    hyphens: int
    """U+2011 that are elements in the source."""


Edge: TypeAlias = "tuple[list[Node], list[Node], list[Node]]"


def compose(nodes: list[Node], masks: MaskRules) -> tuple[Plan | None, list[Protected]]:
    """The plan of a paragraph, or None if it has nothing to translate, and what is protected in it."""
    frames: list[Frame] = []
    pair: Pair | None = None
    protected: list[Protected] = []
    while True:
        head, body, tail = _edges(_simplified(nodes))
        frames.append(Frame(pair, head, tail))
        protected += _protected([*head, *tail])
        if len(body) == 1 and isinstance(body[0], Pair):
            pair = body[0]
            nodes = pair.children
            continue
        break
    writer = _Composer(masks)
    writer.level(_nested(body, base_of(body)), 0)
    found = content(writer.items)
    if not has_letters(text_of(found)):
        return None, protected + _protected(body) + writer.masked()
    hyphens = sum(words.hyphens for words in _words(body))
    return Plan(found, frames, writer.levels, writer.bounds, hyphens), protected


class _Composer:
    """Numbers the Codes and takes notes for the way back."""

    def __init__(self, masks: MaskRules) -> None:
        self.items: list[str | Code] = []
        self.levels: dict[int, Level] = {}
        self.bounds: dict[int, Bound] = {}
        self._masks = masks

    def masked(self) -> list[Protected]:
        """Masked text with letters, for a paragraph that has no other."""
        return [Protected(item.label, item.equiv) for item in self.items
                if isinstance(item, Code) and has_letters(item.equiv) and self.bounds[item.id].node == item.equiv]

    def level(self, nodes: list[Node], level_id: int) -> None:
        """Append the content of one level."""
        level = self.levels[level_id] = Level()
        text = ""
        holder: Bound | None = None                          # the Code just before, if no text came since
        waiting: list[Mark] = []
        for n, node in enumerate(nodes):
            if isinstance(node, Words):
                text += node.text
                level.add(node)
                holder = None
            elif isinstance(node, Mark):
                following = next((one for one in nodes[n + 1:n + LOOKAHEAD] if not isinstance(one, Mark)), None)
                held = following is not None and not isinstance(following, Words)
                if node.leans == "last":
                    level.marks.append((1 << 62, node))
                elif held and (node.leans == "start" or holder is None):
                    waiting.append(node)
                elif holder is not None:
                    holder.after.append(node)
                else:
                    level.marks.append((level.size, node))
            else:
                self._text(text)
                text = ""
                holder = self._code(node, waiting)
                waiting = []
        self._text(text)

    def _text(self, text: str) -> None:
        """Append text; what the rules mask becomes Codes."""
        at = 0
        for mask in self._masks.find(text) if text else ():
            self.items.append(text[at:mask.start])
            slice_ = text[mask.start:mask.end]
            self._standalone(Bound(slice_), slice_, mask.kind, slice_)
            at = mask.end
        self.items.append(text[at:])

    def _standalone(self, bound: Bound, source: str, label: str, equiv: str) -> None:
        number = len(self.bounds) + 1
        self.bounds[number] = bound
        self.items.append(Code(number, CodeKind.STANDALONE, source, label, equiv))

    def _code(self, node: Thing | Pair | Styled, before: list[Mark]) -> Bound:
        bound = Bound(node, before)
        if isinstance(node, Thing):
            self._standalone(bound, f"<{node.label}/>", node.label, node.equiv)
            return bound
        label = node.look.label if isinstance(node, Styled) else node.label
        number = len(self.bounds) + 1
        self.bounds[number] = bound
        self.items.append(Code(number, CodeKind.OPEN, f"<{label}>", label))
        children = node.children if isinstance(node, Styled) else _nested(node.children, base_of(node.children))
        self.level(children, number)
        self.items.append(Code(number, CodeKind.CLOSE, f"</{label}>", label))
        return bound


def base_of(nodes: Iterable[Node]) -> Look | None:
    """The look of most letters directly among these nodes."""
    count: Counter[tuple[object, ...]] = Counter()
    first: dict[tuple[object, ...], Look] = {}
    for node in nodes:
        if isinstance(node, Words):
            count[node.look.shown] += sum(map(str.isalnum, node.text))
            first.setdefault(node.look.shown, node.look)
    return first[count.most_common(1)[0][0]] if count else None


def _simplified(nodes: list[Node]) -> list[Node]:
    """Blank words take their neighbours' look; pairs without words and runs of things become one thing."""
    out: list[Node] = []
    for n, raw in enumerate(nodes):
        node = _simple(raw, nodes, n)
        last = out[-1] if out else None
        if isinstance(node, Thing) and isinstance(last, Thing):
            out[-1] = Thing(last.parts + node.parts, _more_telling(last, node), last.equiv + node.equiv,
                            last.breaks or node.breaks, last.look)
        elif isinstance(node, Words) and isinstance(last, Words) and last.look is node.look:
            out[-1] = Words(last.text + node.text, last.look, last.parts + node.parts, last.hyphens + node.hyphens)
        else:
            out.append(node)
    return out


def _simple(node: Node, nodes: list[Node], n: int) -> Node:
    if isinstance(node, Pair):
        if not has_letters("".join(words.text for words in _words(node.children))):
            return Thing(parts_of([node]), node.label, text_in([node]))
        node.children = _simplified(node.children)
    elif isinstance(node, Words) and not node.text.strip():
        return _blank(node, nodes, n)
    return node


def _more_telling(one: Thing, other: Thing) -> str:
    """The label of two things in a row: what they are rather than the space around."""
    return other.label if one.label in ("tab", "break", "object", "comment") else one.label


def _blank(node: Words, nodes: list[Node], n: int) -> Node:
    """White space between words: it takes a neighbour's look, unless a look shows on it."""
    if node.look.on_spaces:
        previous = nodes[n - 1] if n else None
        following = nodes[n + 1] if n + 1 < len(nodes) else None
        same = [one for one in (previous, following) if isinstance(one, Words) and one.look.shown == node.look.shown]
        return node if same else Thing(node.parts, "run", node.text, look=node.look)
    near = [one for one in nodes[max(0, n - 1):n + 2] if isinstance(one, Words) and one.text.strip()
            and not one.look.on_spaces]
    return Words(node.text, near[0].look, []) if near else node


def _edges(nodes: list[Node]) -> Edge:
    """What stands before the text, the text, what stands after it."""
    start = _label_end(nodes, 0, len(nodes))
    end = len(nodes) - _label_length(nodes[start:])
    while start < end and _outside(nodes[start]):
        start += 1
    while end > start and _outside(nodes[end - 1]):
        end -= 1
    head, body, tail = nodes[:start], nodes[start:end], nodes[end:]
    if body and isinstance(body[0], Words):
        words = body[0]
        core = words.text.lstrip()
        if len(core) < len(words.text):
            head.append(Words(words.text[:len(words.text) - len(core)], words.look, []))
            body[0] = Words(core, words.look, [], words.hyphens)
    if body and isinstance(body[-1], Words):
        words = body[-1]
        core = words.text.rstrip()
        if len(core) < len(words.text):
            tail.insert(0, Words(words.text[len(core):], words.look, []))
            body[-1] = Words(core, words.look, [], words.hyphens)
    return head, body, tail


def _outside(node: Node) -> bool:
    """Nothing that a reader sees, or that a sentence needs."""
    if isinstance(node, Words):
        return not node.text.strip()
    return isinstance(node, Mark) or (isinstance(node, Thing) and not node.equiv.strip())


def _label_end(nodes: list[Node], start: int, end: int) -> int:
    """Where the text begins after a label without letters that ends in a tab: ``1.1⇥``."""
    found = start
    for n in range(start, end):
        node = nodes[n]
        if has_letters(text_in([node])):
            break
        if isinstance(node, Thing) and node.breaks:
            found = n + 1
    return found


def _label_length(nodes: list[Node]) -> int:
    """How many nodes at the end are a tab and something without letters: ``⇥12``."""
    found = 0
    for n in range(1, len(nodes) + 1):
        node = nodes[-n]
        if has_letters(text_in([node])):
            break
        if isinstance(node, Thing) and node.breaks:
            found = n
    return found


def _nested(nodes: list[Node], base: Look | None, depth: int = 0) -> list[Node]:
    """Wrap what does not look like the base; a look that returns holds what stands between."""
    if base is None:
        return nodes
    out: list[Node] = []
    n = 0
    while n < len(nodes):
        node = nodes[n]
        if not isinstance(node, Words) or node.look.shown == base.shown:
            out.append(node)
            n += 1
            continue
        last = n
        for m in range(n + 1, min(len(nodes), n + LOOKAHEAD) if depth < NESTING else n + 1):
            other = nodes[m]
            if isinstance(other, Words):
                if other.look.shown == base.shown:
                    break
                last = m if other.look.shown == node.look.shown else last
        out += _styled(nodes[n:last + 1], node.look, depth)
        n = last + 1
    return out


def _styled(nodes: list[Node], look: Look, depth: int) -> list[Node]:
    """A stretch of one look as a pair, with blanks at its edges outside; as a thing if it is no word."""
    text = text_in(nodes)
    if len(nodes) == 1 and isinstance(nodes[0], Words) and not any(map(str.isalnum, text)):
        return [Thing(nodes[0].parts, "run", text, look=look) if nodes[0].parts else nodes[0]]
    head, tail = [], []
    first, last = nodes[0], nodes[-1]
    if not look.on_spaces and isinstance(first, Words) and first.text[:1].isspace():
        core = first.text.lstrip()
        head.append(Words(first.text[:len(first.text) - len(core)], look, []))
        nodes[0] = first = Words(core, first.look, [], first.hyphens)
        last = nodes[-1]
    if not look.on_spaces and isinstance(last, Words) and last.text[-1:].isspace():
        core = last.text.rstrip()
        tail.append(Words(last.text[len(core):], look, []))
        nodes[-1] = Words(core, last.look, [], last.hyphens)
    return [*head, Styled(look, _nested(nodes, look, depth + 1)), *tail]


def _words(nodes: Iterable[Node]) -> Iterable[Words]:
    for node in nodes:
        if isinstance(node, Words):
            yield node
        elif isinstance(node, (Pair, Styled)):
            yield from _words(node.children)


REASONS = {"code": "code style", "field": "computed field", "math": "math", "run": "symbols", "link": "no letters"}


def _protected(nodes: Iterable[Node]) -> list[Protected]:
    """Text that stays as it is because nothing of it is a translator's."""
    found = []
    for node in nodes:
        if isinstance(node, Thing) and has_letters(node.equiv):
            found.append(Protected(REASONS.get(node.label, node.label), node.equiv))
        elif isinstance(node, (Pair, Styled)):
            found += _protected(node.children)
    return found
