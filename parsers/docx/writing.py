"""Writes a paragraph anew from its plan and a new content."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from copy import copy

from lxml import etree

from parsers.document import CodeKind, Content
from parsers.docx.compose import Bound, Frame, Layout, Level, Plan
from parsers.docx.inline import ENDS, NON_BREAKING_HYPHEN, PROPERTIES, STARTS, Mark, Node, Pair, Part, Styled, Words
from parsers.docx.looks import Look
from parsers.docx.names import XML_SPACE, attribute, namespace_of, short
from parsers.docx.voice import Voice, is_word

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 §2.2 does not allow."""


def legal(text: str) -> str:
    """Text that an XML document can hold."""
    return ILLEGAL.sub("", text)


def write_paragraph(paragraph: etree._Element, layout: Layout, new: Sequence[Content | None], voice: Voice) -> None:
    """Replace what a paragraph says: a content for each of its segments, or None to keep its own.

    Elements move, none is made up but runs and texts.
    """
    _Writer(paragraph, voice).write(layout, new)
    _order_ranges(paragraph)
    voice.turn_paragraph(paragraph)


class _Cut:
    """The running text of one level: where its look changes, and where marks stand."""

    def __init__(self, level: Level, text: str) -> None:
        looks = {look: weight for look, weight in level.looks.items() if weight} or level.looks
        self.looks = list(looks)
        self.starts = _starts(text, list(looks.values()))
        self.marks = [(_share(text, at, level.size), mark) for at, mark in level.marks]
        self.at = 0

    def pieces(self, text: str) -> list[tuple[str, Look] | Mark]:
        """The next text of this level in pieces."""
        out: list[tuple[str, Look] | Mark] = []
        end = self.at + len(text)
        start = self.at
        while self.at < end:
            out += self.due(self.at)
            n = bisect_right(self.starts, self.at) - 1
            stop = min([end, *self.starts[n + 1:n + 2], *(at for at, _ in self.marks[:1])])
            out.append((text[self.at - start:stop - start], self.looks[n]))
            self.at = stop
        return out

    def due(self, at: int) -> list[Mark]:
        """Marks that stand at or before a position and have not been given yet."""
        found = []
        while self.marks and self.marks[0][0] <= at:
            found.append(self.marks.pop(0)[1])
        return found


def _starts(text: str, weights: list[int]) -> list[int]:
    """Where each look begins: at its share of the text, at the start of a word if there are words enough."""
    if len(weights) < 2:
        return [0]
    atoms = [found.start() for found in re.finditer(r"\S+", text)]
    if len(atoms) < len(weights):
        atoms = [at for at, char in enumerate(text) if not char.isspace()]
    starts, total, done, taken = [0], sum(weights) or 1, 0, 0
    for n, weight in enumerate(weights[:-1], 2):
        done += weight
        due = bisect_left(atoms, round(len(text) * done / total))
        taken = max(taken + 1, min(due, len(atoms) - (len(weights) - n + 1)))
        if taken >= len(atoms):
            break                                            # more looks than characters: the last ones are lost
        starts.append(atoms[taken])
    return starts


def _word_start(text: str, at: int) -> int:
    """The start of the word that begins at or after a position, or before it if none does."""
    after = re.compile(r"(?<=\s)\S").search(text, max(at, 1))
    if after is not None:
        return after.start()
    before = text.rstrip().rfind(" ") + 1
    return before or at


def _share(text: str, at: int, size: int) -> int:
    """A position in a new text for one in a text of some size."""
    if at <= 0 or at >= size:
        return 0 if at <= 0 else (1 << 60)
    return _word_start(text, round(len(text) * at / size))


def _level_texts(plan: Plan, new: Content) -> dict[int, str]:
    """The new text directly inside each pair, masks included."""
    texts = dict.fromkeys(plan.levels, "")
    stack = [0]
    for item in new:
        if isinstance(item, str):
            texts[stack[-1]] += legal(item)
        elif item.kind is CodeKind.OPEN:
            stack.append(item.id)
        elif item.kind is CodeKind.CLOSE:
            stack.pop()
        elif isinstance(mask := plan.bounds[item.id].node, str):
            texts[stack[-1]] += mask
    return texts


class _Writer:
    def __init__(self, paragraph: etree._Element, voice: Voice) -> None:
        self._voice = voice
        self._namespace = namespace_of(paragraph.tag)
        self._word = is_word(self._namespace)
        self._into = paragraph
        self._run: etree._Element | None = None              # the run being filled
        self._origin: object = None                          # the source run or the look that it continues
        self._text: etree._Element | None = None             # its last text, if nothing came after
        self._hyphens = 0

    def write(self, layout: Layout, new: Sequence[Content | None]) -> None:
        _empty(self._into)
        contents = iter(new)
        outer = self._enter(layout.frames)
        for item in layout.items:
            if isinstance(item, Plan):
                self._segment(item, next(contents))
            else:
                self._nodes(item)
        self._exit(layout.frames, outer)

    def _segment(self, plan: Plan, new: Content | None) -> None:
        content = plan.content if new is None else new
        cuts = {level_id: _Cut(plan.levels[level_id], text) for level_id, text in _level_texts(plan, content).items()}
        self._hyphens = plan.hyphens
        outer = self._enter(plan.frames)
        self._content(plan, content, cuts)
        self._exit(plan.frames, outer)

    def _enter(self, frames: list[Frame]) -> list[etree._Element]:
        outer = []
        for frame in frames:
            outer.append(self._into)
            if frame.pair is not None:
                self._open(frame.pair)
            self._nodes(frame.head)
        return outer

    def _exit(self, frames: list[Frame], outer: list[etree._Element]) -> None:
        for frame, above in zip(reversed(frames), reversed(outer), strict=True):
            self._nodes(frame.tail)
            if frame.pair is not None:
                self._leave(frame.pair, above)

    def _content(self, plan: Plan, new: Content, cuts: dict[int, _Cut]) -> None:
        stack: list[tuple[int, etree._Element]] = [(0, self._into)]
        for item in new:
            cut = cuts[stack[-1][0]]
            if isinstance(item, str):
                self._pieces(cut.pieces(legal(item)))
                continue
            bound = plan.bounds[item.id]
            if item.kind is CodeKind.OPEN:
                self._pieces(bound.before)
                stack.append((item.id, self._into))
                if isinstance(bound.node, Pair):
                    self._open(bound.node)
            elif item.kind is CodeKind.CLOSE:
                self._pieces(cut.due(1 << 62))
                _, above = stack.pop()
                if isinstance(bound.node, Pair):
                    self._leave(bound.node, above)
                self._pieces(bound.after)
            else:
                self._standalone(bound, cut)
        self._pieces(cuts[0].due(1 << 62))

    def _standalone(self, bound: Bound, cut: _Cut) -> None:
        self._pieces(bound.before)
        if isinstance(bound.node, str):
            self._pieces(cut.pieces(bound.node))
        else:
            self._nodes([bound.node])
        self._pieces(bound.after)

    def _pieces(self, pieces: Iterable[tuple[str, Look] | Mark]) -> None:
        for piece in pieces:
            if isinstance(piece, Mark):
                self._part(piece.part)
            else:
                self._say(*piece)

    def _nodes(self, nodes: Iterable[Node]) -> None:
        """Replay nodes as they were."""
        for node in nodes:
            match node:
                case Words() if not node.parts:
                    self._say(node.text, node.look)
                case Words():
                    for part in node.parts:
                        self._part(part)
                case Mark():
                    self._part(node.part)
                case Pair():
                    above = self._into
                    self._open(node)
                    self._nodes(node.children)
                    self._leave(node, above)
                case Styled():
                    self._nodes(node.children)
                case _:
                    for part in node.parts:
                        self._part(part)

    def _part(self, part: Part) -> None:
        run, element = part
        element.tail = None
        if run is None:
            self._into.append(element)
            self._run = self._origin = self._text = None
            return
        if self._origin is not run:
            self._run = etree.SubElement(self._into, run.tag)
            self._run.attrib.update(run.attrib)
            self._run.extend(_copies(run))
            self._origin = run
        assert self._run is not None
        self._run.append(element)
        self._text = None

    def _open(self, pair: Pair) -> None:
        for part in pair.opening:
            self._part(part)
        if pair.box is None or pair.slot is None:
            return
        _empty(pair.slot)
        self._origin = None
        self._part(Part(pair.run, pair.box))
        self._into = pair.slot
        self._run = self._origin = self._text = None

    def _leave(self, pair: Pair, above: etree._Element) -> None:
        if pair.box is not None:
            self._into = above
            self._run = self._origin = self._text = None
        for part in pair.closing:
            self._part(part)

    def _say(self, text: str, look: Look) -> None:
        """Translated text in a look."""
        while self._word and self._hyphens > 0 and NON_BREAKING_HYPHEN in text:
            before, _, text = text.partition(NON_BREAKING_HYPHEN)
            self._say_plain(before, look)
            self._run_in(look).append(etree.Element(f"{{{self._namespace}}}noBreakHyphen"))
            self._text = None
            self._hyphens -= 1
        self._say_plain(text, look)

    def _say_plain(self, text: str, look: Look) -> None:
        if not text:
            return
        run = self._run_in(look)
        if self._text is None:
            self._text = etree.SubElement(run, f"{{{self._namespace}}}t")
        full = (self._text.text or "") + text
        self._text.text = full
        if self._word and full != full.strip():
            self._text.set(XML_SPACE, "preserve")

    def _run_in(self, look: Look) -> etree._Element:
        if self._run is None or self._origin is not look:
            self._run = etree.SubElement(self._into, f"{{{self._namespace}}}r")
            rpr = self._voice.properties(look, self._namespace)
            if rpr is not None:
                self._run.append(rpr)
            self._origin, self._text = look, None
        return self._run


def _empty(container: etree._Element) -> None:
    """Take the content out of a container; its properties stay."""
    kept = [child for child in container if short(child.tag) in PROPERTIES]
    del container[:]
    container.extend(kept)


def _copies(run: etree._Element) -> list[etree._Element]:
    """The run properties, to begin a part of the run with. `lxml` copies an element with all that is in it."""
    return [copy(child) for child in run if short(child.tag) in ("w:rPr", "a:rPr")]


def _order_ranges(paragraph: etree._Element) -> None:
    """A range whose end came before its start is made empty at its end: Word drops it otherwise."""
    ended: dict[tuple[str, str], etree._Element] = {}
    for child in list(paragraph):
        tag = short(child.tag)
        if tag in ENDS:
            ended[tag.removesuffix("End"), attribute(child, "w:id")] = child
        elif tag in STARTS:
            end = ended.get((tag.removesuffix("Start"), attribute(child, "w:id")))
            if end is not None:
                end.addprevious(child)

