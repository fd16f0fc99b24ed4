"""Markdown → segments: walks the block tokens and gives every shown text its place."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

from parsers.document import Code, CodeKind, Protected, Role, Segment, has_letters, readable
from parsers.encoding import ESCAPED
from parsers.html.flow import units as html_units
from parsers.html.fragment import Unit
from parsers.markdown.cells import cell_map, cell_spans
from parsers.markdown.edges import closed, cut, trim
from parsers.markdown.extensions import MASKED, definitions
from parsers.markdown.frontmatter import FrontMatter, Scalar
from parsers.markdown.grammar import Env, build, parse_blocks
from parsers.markdown.inlines import Fragment, Item, Mark, Nested, definition_title, plain_items, read_inline
from parsers.markdown.parameters import Parameter, options, parameters, without_options, without_parameters
from parsers.markdown.silence import Silence
from parsers.markdown.skeleton import Block, HtmlSlot, Reading, Slot
from parsers.markdown.source import OffsetMap, Source, map_lines
from parsers.markdown.standing import Standing
from parsers.markdown.templates import Hidden, Masked
from parsers.masking import ENTITY, Recognizer
from parsers.options import ParseOptions
from parsers.splice import Piece, Place

MD = build()

_ROLES = {"heading_open": Role.HEADING, "list_item_open": Role.LIST_ITEM, "th_open": Role.TABLE_CELL,
          "td_open": Role.TABLE_CELL, "footnote_reference_open": Role.FOOTNOTE, "dt_open": Role.TERM,
          "title_open": Role.TITLE, "line_title_open": Role.TITLE, "dd_open": Role.LIST_ITEM,
          "blockquote_open": Role.PARAGRAPH}
_CLOSING = {name.replace("_open", "_close") for name in _ROLES}
_KINDS = {"heading_open": "heading", "th_open": "cell", "td_open": "cell", "dt_open": "term", "title_open": "title",
          "line_title_open": "line", "verse_open": "verse"}
_CODE = {"fence": "code block", "code_block": "code block", "math_block": "math", "math_block_label": "math"}

_TASK = re.compile(r"\[[ xX]\][ \t]+")
_CALLOUT = re.compile(r"\[!\w[\w|-]*\][+-]?[ \t]*")
_CAPTION = re.compile(r"[Tt]able:[ \t]+")
"""https://pandoc.org/MANUAL.html#extension-table_captions"""
_MARKERS = {"list_item_open": _TASK, "blockquote_open": _CALLOUT, "verbatim": _CAPTION, "table_close": _CAPTION}

_SYNTAX = re.compile(r"\([\w.:-]+\)=\s*$|%(?:[ \t].*)?$|\+\+\+(?:[ \t].*)?$")
"""MyST targets, comments and block breaks."""

_ENTITY_LIKE = re.compile(r"&(?:#\w{1,8}|[A-Za-z]\w{1,31});")
"""A character reference that the text talks about, or one that HTML does not know."""


class Reader:
    """One pass over a document."""

    def __init__(self, source: Source, given: ParseOptions) -> None:
        masks = given.masks
        self.source, self.given = source, given
        self.languages: set[str] = set()
        self.masks = masks
        self.html_masks = replace(masks, off=masks.off - {ENTITY}, recognizer=_in_html(
            None if ENTITY in masks.off else masks.recognizer))
        self.md: MarkdownIt = MD
        self.env: Env = {}
        self.items: dict[str, Sequence[Item]] = {}
        self.flat = self.inner = ""
        self.hidden: list[Hidden] = []
        self.row: tuple[int, list[tuple[int, int]]] = (-1, [])
        self.segments: list[Segment] = []
        self.places: list[Place] = []
        self.slots: dict[str, Slot | HtmlSlot | Scalar | Parameter] = {}
        self.protected: list[Protected] = []
        self.headings: list[tuple[int, str]] = []
        self.standing = Standing()

    def read(self, masked: Masked) -> Reading:
        """Read a text that has the offsets of the source's own flat text."""
        self.flat, self.inner = masked.flat, masked.inner
        self.hidden = sorted(masked.hidden, key=lambda one: one.start)
        tokens = parse_blocks(self.md, self.flat, self.env)
        roles = [Role.PARAGRAPH]
        silence = Silence()
        for at, token in enumerate(tokens):
            if token.nesting == 0:
                reason = silence.reason(token)
                if not reason:
                    self._block(tokens, at, roles[-1])
                elif token.content:
                    self.protected.append(Protected(reason, token.content))
                continue
            self.standing.follow(token.type)
            if token.type in _ROLES:
                inherited = token.type == "blockquote_open"
                roles.append(roles[-1] if inherited else _ROLES[token.type])
            elif token.type in _CLOSING and len(roles) > 1:
                roles.pop()
        return Reading(self.md, self.flat, masked.templates, self.env, tokens, self.items)

    def _block(self, tokens: Sequence[Token], at: int, role: Role) -> None:
        token = tokens[at]
        if token.type == "inline":
            self._inline(tokens, at, role)
        elif token.type in _CODE:
            self.protected.append(Protected(_CODE[token.type], self._code(token)))
        elif token.type == "html_block":
            self._html(token)
        elif token.type == "definition":
            self._definition(token)
        elif token.type == "options":
            self._options(token)
        elif token.type == "verbatim":
            self._verbatim(token)

    def front_matter(self, head: FrontMatter) -> None:
        """Make segments of the values that are shown."""
        self.protected.append(Protected("front matter", head.text))
        for scalar in head.scalars:
            self._value(scalar, scalar.text.strip(), Role.METADATA, f"front matter: {scalar.key}")

    def _value(self, slot: Scalar | Parameter, text: str, role: Role, where: str, offset: int = 0) -> None:
        """Make a segment of a value that is written as a whole."""
        items = list(self._mask_run([Fragment(text, 0, len(text))]))
        if not has_letters("".join(item.text for item in items if isinstance(item, Fragment))):
            self._protect(items)
            return
        start, end = self.source.origin(offset + slot.start), self.source.origin(offset + slot.end)
        pieces: list[Piece] = []
        for item in items:
            held: str | Code = item.text if isinstance(item, Fragment) else Code(
                sum(isinstance(piece.item, Code) for piece in pieces) + 1, CodeKind.STANDALONE, item.equiv,
                _label(item), item.equiv)
            pieces.append(Piece(held, start, start))
        pieces[-1] = Piece(pieces[-1].item, start, end)
        self._keep(Place(f"s{len(self.segments)}", tuple(pieces), "value"), role, where, slot)

    def _keep(self, place: Place, role: Role, where: str, slot: Slot | HtmlSlot | Scalar | Parameter,
              unit: Unit | None = None) -> None:
        path, stand = tuple([text for _, text in self.headings]), (self.standing.group, self.standing.cell)
        if unit is not None:
            path, stand = unit.path, (unit.stand.group, unit.cell) if unit.stand.group else stand
        self.segments.append(Segment(place.segment_id, place.content, role, path, where, *stand,
                                     unit.language if unit is not None else ""))
        self.places.append(place)
        self.slots[place.segment_id] = slot

    # -- blocks ---------------------------------------------------------------------------

    def _inline(self, tokens: Sequence[Token], at: int, role: Role) -> None:
        token, parent = tokens[at], tokens[at - 1]
        content = token.content
        if not content:
            return
        if parent.type == "paragraph_open" and _SYNTAX.match(content) and "\n" not in content:
            self.protected.append(Protected("markup", content))
            return
        skip = self._marker(tokens[at - 2].type if at > 1 else "", parent.type, content)
        kind = _KINDS.get(parent.type, "paragraph")
        offsets = self._map(token, kind, parent)
        if skip:
            content = content[skip:]
            offsets = OffsetMap([here - skip for here in offsets.here], offsets.there)
        starts_line = kind in ("paragraph", "term") or (kind == "heading" and parent.markup[:1] in "-=") or (
            kind == "cell" and offsets[0] == token.meta["at"])
        items = tuple(read_inline(self.md, content, self.env))
        self.items[content] = items
        block = Block(kind, content, offsets, closed(items) if parent.markup[:1] == "#" else items, starts_line,
                      underlined=kind == "heading" and parent.markup == "-")
        level = int(parent.tag[1]) if parent.type == "heading_open" else 0
        if level:
            self.headings = [h for h in self.headings if h[0] < level]
        shown = self.text(block, block.items, role, "")
        if level and shown:
            self.headings.append((level, " ".join(shown.split())))

    @staticmethod
    def _marker(grandparent: str, parent: str, content: str) -> int:
        """How many characters a task's box, a callout's name or the mark of a table's caption takes."""
        pattern = _MARKERS.get(grandparent) if parent == "paragraph_open" else None
        match = pattern.match(content) if pattern else None
        return match.end() if match else 0

    def _map(self, token: Token, kind: str, parent: Token) -> OffsetMap:
        flat = self.flat
        first: int = token.meta["at"]
        if kind == "cell":
            if self.row[0] != first:
                self.row = first, cell_spans(flat[first:token.meta["end"]])
            return cell_map(flat, first, self.row[1][token.meta["column"]])
        if kind == "heading" and parent.markup[:1] == "#":
            at = first + len(parent.markup)
            while flat[at] in " \t":
                at += 1
            return OffsetMap([0], [at])
        if kind in ("title", "line", "verse"):
            return OffsetMap([0], [first])
        line = (token.map or [0])[0]
        return map_lines(token.content, self.env["ends"], line, flat)

    def _definition(self, token: Token) -> None:
        """The title of a link reference definition."""
        spans: list[tuple[int, int]] = token.meta["spans"]
        content = "\n".join(self.flat[start:end] for start, end in spans)
        span = definition_title(content)
        if not span:
            return
        here = [0]
        for start, end in spans:
            here.append(here[-1] + end - start + 1)
        block = Block("title", content, OffsetMap(here[:-1], [start for start, _ in spans]), (), starts_line=False)
        self._nested(block, Nested(Role.TITLE, "reference title", "title", *span, tuple(plain_items(content, *span))))

    def _options(self, token: Token) -> None:
        """The options of a directive: some have texts."""
        first, last = token.map or (0, 0)
        ends = self.env["ends"]
        start, end = ends[first - 1] + 1 if first else 0, ends[last - 1]
        self.protected.append(Protected("directive options", without_options(token.content)))
        for scalar in options(self.flat[start:end], start):
            self._value(scalar, scalar.text, Role.ALT_TEXT if scalar.key == "alt" else Role.CAPTION,
                        f"option: {scalar.key}")

    def _code(self, token: Token) -> str:
        """The content of a code block as it is written, templates and all."""
        if token.type not in ("fence", "code_block") or not MASKED.search(token.content):
            return token.content
        ends, flat = self.env["ends"], self.source.flat
        first = (token.map or [0])[0] + (token.type == "fence")
        lines = token.content.split("\n")
        return "\n".join(flat[ends[number] - len(line):ends[number]] if MASKED.search(line) else line
                         for number, line in enumerate(lines, first))

    def _verbatim(self, token: Token) -> None:
        """Lines that stay as they are: masked ones, or those of a drawing."""
        start, end = token.meta["at"], token.meta["end"]
        if not token.info:
            self._template(start, end)
        elif has_letters(token.content):
            self.protected.append(Protected(token.info, self.source.flat[start:end]))

    def _template(self, start: int, end: int, *, cell: bool = False) -> None:
        """The shown parameters of a shortcode or a component."""
        template = self.source.flat[start:end]
        if has_letters(template):
            self.protected.append(Protected(self._reason(start), without_parameters(template)))
        for one in parameters(template, cell=cell):
            role = Role.ALT_TEXT if one.name == "alt" else Role.ATTRIBUTE
            self._value(one, one.text, role, f"parameter: {one.name}", start)

    def _reason(self, at: int) -> str:
        """Why what is masked at this offset is not translated."""
        found = bisect_right(self.hidden, at, key=lambda one: one.start) - 1
        return self.hidden[found].reason if found >= 0 else "template"

    def _html(self, token: Token) -> None:
        """Text of an HTML block, by the rules of HTML."""
        ends, flat = self.env["ends"], self.inner
        first = (token.map or [0])[0]
        masked = token.content.removesuffix("\n")
        offsets = map_lines(masked, ends, first, self.flat)
        lines = masked.split("\n")
        for number, line in enumerate(lines):
            bare = line.lstrip(" \t")
            end = ends[first + number]
            lines[number] = line[:len(line) - len(bare)] + flat[end - len(bare):end]
        content = "\n".join(lines)
        found = html_units(content, self.html_masks, path=[text for _, text in self.headings],
                           groups=self.standing.groups, language=self.given.language if self.given.quotations else None)
        self.protected += found.protected
        self.languages |= found.languages
        self._hidden_in(content, offsets)
        start = offsets.there[0] - (offsets.here[0])
        prefix = flat[flat.rfind("\n", 0, max(start, 0)) + 1:max(start, 0)]
        prefix = "".join(char if char in "> \t" else " " for char in prefix)
        for unit in found.units:
            pieces = tuple(self._unmasked(Piece(piece.item, self.source.origin(offsets[piece.start]),
                                                self.source.origin(offsets[piece.end]))) for piece in unit.pieces)
            self._keep(Place(f"s{len(self.segments)}", pieces, unit.context), unit.role, unit.where, HtmlSlot(prefix),
                       unit)

    def _hidden_in(self, content: str, offsets: OffsetMap) -> None:
        """Account for what is masked in an HTML block."""
        for match in MASKED.finditer(content):
            text = self.source.flat[offsets[match.start()]:offsets[match.end() - 1] + 1]
            if has_letters(text):
                self.protected.append(Protected(self._reason(offsets[match.start()]), text))

    def _unmasked(self, piece: Piece) -> Piece:
        """A piece of an HTML block with its own source."""
        if isinstance(piece.item, str) or not MASKED.search(piece.item.source):
            return piece
        source = self.source.text[piece.start:piece.end]
        label = "template" if MASKED.fullmatch(piece.item.source) else piece.item.label
        equiv = "" if MASKED.search(piece.item.equiv) else piece.item.equiv
        return Piece(replace(piece.item, source=source, label=label, equiv=equiv), piece.start, piece.end)

    # -- texts ----------------------------------------------------------------------------

    def text(self, block: Block, items: Sequence[Item], role: Role, where: str, context: str = "text",
             anchor: str | None = None) -> str:
        """Make a segment of these items, and segments of what is nested in them; → what a reader sees."""
        before, core, after = trim(items)
        self._protect((*before, *after))
        for item in before:
            self._nested_in(block, item)
        shown = ""
        if anchor is not None and (after or not core or block.content.startswith("][]", core[-1].end)):
            self.protected.append(Protected("label of a reference", anchor))
        elif core:
            shown = self._segment(block, core, role, where, context, anchor)
        for item in (*core, *after):
            self._nested_in(block, item)
        return shown

    def _protect(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, Mark) and has_letters(item.equiv):
                self.protected.append(Protected(item.label, item.equiv))

    def _nested_in(self, block: Block, item: Item) -> None:
        if isinstance(item, Mark):
            if item.label == "template":
                self._template(block.map[item.start], block.map[item.end - 1] + 1, cell=block.kind == "cell")
            for nested in item.nested:
                self._nested(block, nested, item.anchor if nested.context == "label" else None)

    def _nested(self, block: Block, nested: Nested, anchor: str | None = None) -> None:
        self.text(block, nested.items, nested.role, nested.where, nested.context, anchor)

    def _segment(self, block: Block, items: Sequence[Item], role: Role, where: str, context: str,
                 anchor: str | None) -> str:
        masked = list(self._masked(items))
        if not has_letters("".join(item.text for item in masked if isinstance(item, Fragment))):
            self._protect(masked)
            return readable(item.text if isinstance(item, Fragment) else item.equiv for item in masked)
        identity = f"s{len(self.segments)}"
        pieces = tuple(self._pieces(block, masked))
        marks = [item for item in masked if isinstance(item, Mark)]
        held = [piece.item for piece in pieces if isinstance(piece.item, Code)]
        paired = list(zip(marks, held, strict=True))
        slot = Slot(block, context, tuple(items), self._prefixes(block, items), self._spelled(block, masked),
                    {code.id: mark.anchor for mark, code in paired if mark.anchor is not None and mark.pair},
                    {code.key: mark.label for mark, code in paired},
                    frozenset(code.id for mark, code in paired if mark.label.startswith("mask ")), anchor)
        place = Place(identity, pieces, context)
        self._keep(place, role, where, slot)
        return readable(place.content)

    def _masked(self, items: Sequence[Item]) -> Iterator[Item]:
        """Items with what must not be translated made standalone marks."""
        run: list[Fragment] = []
        for item in items:
            if isinstance(item, Fragment):
                run.append(item)
                continue
            yield from self._mask_run(run)
            run = []
            yield item
        yield from self._mask_run(run)

    def _mask_run(self, run: list[Fragment]) -> Iterator[Item]:
        if not run:
            return
        text = "".join(fragment.text for fragment in run)
        spans = [(mask.start, mask.end, mask.kind) for mask in self.masks.find(text)]
        spans += [(*match.span(), "bytes") for match in ESCAPED.finditer(text)]
        if "&" in text:
            spans += [(*match.span(), "entity") for match in _ENTITY_LIKE.finditer(text)]
        yield from cut(run, sorted(spans)) if spans else run

    def _pieces(self, block: Block, items: Sequence[Item]) -> Iterator[Piece]:
        numbers: dict[int, int] = {}
        count, at = 0, 0
        while at < len(items):
            item = items[at]
            start = self.source.origin(block.map[item.start])
            if isinstance(item, Fragment):
                first = at
                while at + 1 < len(items) and isinstance(items[at + 1], Fragment):
                    at += 1
                text = "".join(fragment.text for fragment in items[first:at + 1] if isinstance(fragment, Fragment))
                yield Piece(text, start, self.source.origin(block.map[items[at].end]))
            else:
                end = self.source.origin(block.map[item.end])
                if item.pair not in numbers or not item.pair:
                    count += 1
                    numbers[item.pair] = count
                source = self.source.text[start:end]
                yield Piece(Code(numbers[item.pair], item.kind, source, _label(item), item.equiv), start, end)
            at += 1

    def _prefixes(self, block: Block, items: Sequence[Item]) -> tuple[str, ...]:
        if "\n" not in block.content:
            return ()
        found = []
        for item in items:
            if isinstance(item, Fragment) and "\n" in item.text:
                raw = self.source.slice(block.map[item.start], block.map[item.end])
                found.append(re.split(r"\r\n|\r|\n", raw)[-1])
        return tuple(found)

    @staticmethod
    def _spelled(block: Block, items: Sequence[Item]) -> dict[str, list[str | None]]:
        """How characters that are not written plainly are written each time they occur."""
        fragments = [item for item in items if isinstance(item, Fragment)]
        special = {item.text for item in fragments if not item.literal and len(item.text) == 1
                   and item.text != "\n" and not item.text.isalpha()}
        spelled: dict[str, list[str | None]] = {char: [] for char in special}
        if special:
            for item in fragments:
                for char in item.text:
                    if char in special:
                        spelled[char].append(None if item.literal else block.content[item.start:item.end])
        return spelled


_LINK_END = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*\)")


def _in_html(recognizer: Recognizer | None) -> Recognizer:
    """What must stay in an HTML block because some reader takes it for Markdown: link targets, definitions."""
    def find(text: str) -> Iterator[tuple[int, int]]:
        yield from definitions(text)
        for match in MASKED.finditer(text):
            yield match.span()
        for match in _LINK_END.finditer(text):
            yield match.span()
        if recognizer is not None:
            yield from recognizer(text)
    return find


def _label(mark: Mark) -> str:
    if mark.label.startswith("<"):
        return mark.label[1:].partition(" ")[0]
    return mark.label.removeprefix("mask ")
