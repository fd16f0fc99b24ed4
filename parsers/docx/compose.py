"""From the nodes of a paragraph to the content that a translator sees, and back to their places.

Few Codes make good translations. So the formatting of most of the letters is nobody's Code,
what stands at the edges stays outside, and what has no look of its own (a bookmark, deleted
text, a formatting that nobody can see) travels without a Code, at its share of the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from parsers.document import Code, CodeKind, Content, Protected, content, has_letters, text_of
from parsers.docx.inline import Mark, Node, Pair, Styled, Thing, Words
from parsers.docx.looks import PLAIN, Look
from parsers.docx.shaping import LOOKAHEAD, arranged, edges, parted, simplified, words_in
from parsers.masking import MaskFinder


@dataclass(slots=True)
class Level:
    """The text directly inside one pair, or at the top (id 0)."""

    looks: dict[Look, int] = field(default_factory=dict)
    """Looks that read as one, and how many characters each has."""
    marks: list[tuple[int, Mark]] = field(default_factory=list)
    """Marks that nothing holds, and how many characters stand before each."""
    size: int = 0

    def add(self, words: Words) -> None:
        """Count the words in."""
        self.size += len(words.text)
        weight = len(words.text) if words.text.strip() else 0
        self.looks[words.look] = self.looks.get(words.look, 0) + weight


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
    """One segment's content and everything needed to write it back."""

    content: Content
    frames: list[Frame]
    levels: dict[int, Level]
    bounds: dict[int, Bound]
    hyphens: int
    """U+2011 that are elements in the source."""


@dataclass(slots=True)
class Layout:
    """A paragraph: its segments, and what stands around and between them.

    A tab parts a paragraph as a cell parts a row ("Name⇥Date"), so each side is a segment.
    """

    frames: list[Frame]
    items: list[Plan | list[Node]]

    @property
    def plans(self) -> list[Plan]:
        """The segments alone."""
        return [item for item in self.items if isinstance(item, Plan)]


def compose(nodes: list[Node], masks: MaskFinder) -> tuple[Layout | None, list[Protected]]:
    """The layout of a paragraph, or None if it has nothing to translate, and what is protected in it."""
    frames, body = _framed(nodes)
    protected = _at_edges(frames)
    if not parted(body):
        plan, found = _plan([], body, masks)
        return Layout(frames, [plan]) if plan is not None else None, protected + found
    items: list[Plan | list[Node]] = []
    for stretch in _between_tabs(body):
        if isinstance(stretch, Thing):
            items.append([stretch])
            protected += _protected([stretch])
            continue
        plan, found = _plan(*_framed(stretch), masks)
        items.append(stretch if plan is None else plan)
        protected += found
    if any(isinstance(item, Plan) for item in items):
        return Layout(frames, items), protected
    return None, protected


def _framed(nodes: list[Node]) -> tuple[list[Frame], list[Node]]:
    """Go inwards as long as there is nothing but one pair; what is left is the text."""
    frames: list[Frame] = []
    pair: Pair | None = None
    while True:
        head, body, tail = edges(simplified(nodes))
        frames.append(Frame(pair, head, tail))
        if len(body) != 1 or not isinstance(body[0], Pair):
            return frames, body
        pair = body[0]
        nodes = pair.children


def _between_tabs(nodes: list[Node]) -> list[Thing | list[Node]]:
    """Nodes parted at tabs."""
    out: list[Thing | list[Node]] = [[]]
    for node in nodes:
        last = out[-1]
        if isinstance(node, Thing) and "\t" in node.equiv:
            out += [node, []]
        elif isinstance(last, list):
            last.append(node)
    return [one for one in out if one]


def _plan(frames: list[Frame], body: list[Node], masks: MaskFinder) -> tuple[Plan | None, list[Protected]]:
    composer = _Composer(masks)
    composer.level(arranged(body) if len(body) > 1 else body, 0)
    found = content(composer.items)
    outside = _at_edges(frames)
    if not has_letters(text_of(found)):
        return None, outside + _protected(body) + composer.masked()
    hyphens = sum([one.hyphens for one in words_in(body)])
    return Plan(found, frames, composer.levels, composer.bounds, hyphens), outside + list(_computed(body))


def _computed(nodes: Iterable[Node]) -> Iterator[Protected]:
    """What fields show inside a sentence: a copy of a heading stays as it is until Word updates it."""
    for node in nodes:
        if isinstance(node, Thing) and node.label == "field":
            yield from _protected([node])
        elif isinstance(node, (Pair, Styled)):
            yield from _computed(node.children)


def _at_edges(frames: list[Frame]) -> list[Protected]:
    return [one for frame in frames if frame.head or frame.tail for one in _protected([*frame.head, *frame.tail])]


class _Composer:
    """Numbers the Codes and takes notes for the way back."""

    def __init__(self, masks: MaskFinder) -> None:
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
        if not level.looks:                                  # only Codes here, but a translation may add a word
            level.looks[next((one.look for one in words_in(nodes)), PLAIN)] = 0

    def _text(self, text: str) -> None:
        """Append text; what the rules mask becomes Codes."""
        at = 0
        if not text:
            return
        for mask in self._masks.find(text):
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
        children = node.children if isinstance(node, Styled) else arranged(node.children)
        self.level(children, number)
        self.items.append(Code(number, CodeKind.CLOSE, f"</{label}>", label))
        return bound


REASONS = {"code": "code style", "field": "computed field", "math": "math", "run": "symbols", "link": "no letters"}


def _protected(nodes: Iterable[Node]) -> list[Protected]:
    """Text that stays as it is because nothing of it is a translator's."""
    found = []
    for node in nodes:
        if isinstance(node, Thing) and has_letters(node.equiv):
            found.append(Protected(node.look.protected or REASONS.get(node.label, node.label), node.equiv))
        elif isinstance(node, (Pair, Styled)):
            found += _protected(node.children)
    return found
