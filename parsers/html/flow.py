"""Tokens → segments: which text is one sentence, what is protected, which attributes are shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from parsers.document import CodeKind, Protected, Role, has_letters, readable
from parsers.groups import LIST, TABLE, Groups
from parsers.html import elements
from parsers.html.fragment import Fragment, Said, Unit
from parsers.html.grids import Grid, Stand, span
from parsers.html.nesting import LOCKED, Open, Stack
from parsers.html.runs import (
    Item,
    KnownMasks,
    Mark,
    Masking,
    Words,
    is_translatable,
    numbered,
    pieces_of,
    protected_in,
    segments,
)
from parsers.html.tokens import Attribute, Kind, Token, attributes, self_closing, tokens
from parsers.html.wording import read, value_of
from parsers.locales import code_of
from parsers.masking import MaskRules

_SWITCH = re.compile(r"<!--\s*translate:(off|on)\s*-->")

_CONDITIONAL = re.compile(r"<!--\s*\[if\b[^\]]*\]>(?:<!-->?)?(.*?)(?:<!)?<!\[endif\]\s*-->", re.DOTALL | re.IGNORECASE)
"""What Outlook shows of a mail and no browser does."""

_TELLING = re.compile(
    rf"[\s\"'/](?:{'|'.join(sorted(elements.TEXT_ATTRIBUTES))}|translate|content|value|srcdoc|(?:xml:)?lang)|notranslate",
    re.IGNORECASE)
"""A start tag without any of these says nothing to a reader or a translator."""

_SPAN = re.compile("(?:col|row)span", re.IGNORECASE)

_SHOWN_TEMPLATE = ("{{", "<?=", "<%=")
"""Templates that print something; the others steer."""

@dataclass(slots=True)
class _Flow:
    """A text of its own: the page's, or that of an element such as a button inside a sentence."""

    start: int = 0
    name: str = ""
    reason: str = ""
    """Set where nothing in it is translated but what says so itself."""
    items: list[Item] = field(default_factory=list)
    solid: bool = False
    """There is something among the items that a reader sees."""
    seen: list[str] = field(default_factory=list)


def units(text: str, masks: MaskRules, *, xml: bool = False, path: Sequence[str] = (),
          groups: Groups | None = None, language: str | None = "") -> Fragment:
    """The segments of a page or a fragment, with offsets into ``text``.

    ``xml``: self-closing tags end their element. ``path``: the headings above a fragment;
    ``groups`` has named the lists and tables before it. ``language``: of the text (ISO 639),
    empty if it is not known, None if no phrase in another is to be told apart.
    """
    walker = _Walker(text, KnownMasks(masks), groups or Groups(), xml=xml, path=path, language=language)
    for token in tokens(text, xml=xml):
        walker.take(token)
    return walker.finish()


class _Walker:
    def __init__(self, text: str, masks: Masking, groups: Groups, *, xml: bool, path: Sequence[str],
                 language: str | None) -> None:
        self.text, self.masks, self.groups, self.xml = text, masks, groups, xml
        self.above = self.path = tuple(path)
        self.headings: list[tuple[int, str]] = []
        self.page_language, self.quotations = code_of(language or ""), language is not None
        self.stack = Stack()
        self.stack[0] = self.stack[0]._replace(language=self.page_language)
        self.flows = [_Flow()]
        self.off = False
        self.unclosed_code = 0
        self.language_tags: list[Token] = []
        self.languages: set[str] = set()
        self.deep = False
        self.silent: set[str] = set()                        # start tags known to say nothing
        self.found: list[Unit] = []
        self.protected: list[Protected] = []

    def take(self, token: Token) -> None:
        """Read the next token."""
        kind = token.kind
        if kind is Kind.TEXT:
            self._words(token)
        elif kind is Kind.START:
            self._start(token)
        elif kind is Kind.END:
            self._end(token)
        elif kind is Kind.COMMENT:
            self._comment(token)
        elif kind is Kind.RAW:
            self._raw(token)
        elif kind is Kind.TEMPLATE:
            source = self.text[token.start:token.end]
            self._mark(token, "template", source if source.startswith(_SHOWN_TEMPLATE) else "")
        elif kind is Kind.CDATA:
            self._cdata(token)
        else:
            self._mark(token, kind.value)

    def finish(self) -> Fragment:
        self._pop_to(1, len(self.text))
        self._flush()
        self.found.sort(key=lambda unit: (unit.pieces[0].start, -unit.pieces[-1].end))
        return Fragment(tuple(self.found), tuple(self.protected), tuple(self.language_tags),
                        frozenset(self.languages))

    # ---- text and what stands in it

    def _words(self, token: Token) -> None:
        reading = read(self.text, token.start, token.end)
        reason = self._reason()
        flow = self.flows[-1]
        if not reason:
            blank = not reading.text.strip()
            flow.items.append(Words(token.start, token.end, reading, blank))
            if not blank:
                flow.solid = True
        elif flow.reason:
            flow.seen.append(reading.text)
        else:
            if self.stack[-1].name not in ("script", "style"):
                self._protect(reason, reading.text)
            self._mark(token, "protected")

    def _reason(self) -> str:
        if self.off:
            return "translate:off"
        return self.stack[-1].reason or ("code" if self.unclosed_code else "")

    def _protect(self, reason: str, text: str) -> None:
        if has_letters(text):
            self.protected.append(Protected(reason, text.strip()))

    def _mark(self, token: Token, name: str, equiv: str = "", kind: CodeKind = CodeKind.STANDALONE) -> None:
        flow = self.flows[-1]
        if flow.reason:
            if equiv:
                flow.seen.append(equiv)
            return
        flow.items.append(Mark(token.start, token.end, kind, name, equiv))
        if equiv:
            flow.solid = True

    def _comment(self, token: Token) -> None:
        switch = _SWITCH.fullmatch(self.text, token.start, token.end)
        if switch is None:
            self._mark(token, "comment")
            conditional = _CONDITIONAL.fullmatch(self.text, token.start, token.end)
            if conditional is not None:
                self._account("conditional comment", conditional[1])
            return
        self._flush()
        self.off = switch[1] == "off"

    def _raw(self, token: Token) -> None:
        if token.name in elements.FALLBACK:
            self._protect(elements.FALLBACK[token.name], self.text[token.start:token.end])
        self._mark(token, "raw")

    def _cdata(self, token: Token) -> None:
        shown = self.text[token.start + 9:token.end].removesuffix("]]>")
        if not self._reason():
            self._mark(token, "CDATA section", shown)
        elif self.stack[-1].name not in ("style", "script"):
            self._protect(self._reason(), shown)
            self._mark(token, "CDATA section")

    def _account(self, reason: str, source: str) -> None:
        """List the texts of a page within the page, which stay as they are."""
        if not self.deep:
            inner = _Walker(source, self.masks, Groups(), xml=False, path=(), language=None)
            inner.deep = True
            for token in tokens(source):
                inner.take(token)
            found = inner.finish()
            self.protected += (Protected(reason, readable(piece.item for piece in unit.pieces)) for unit in found.units)
            self.protected += found.protected
        else:
            self._protect(reason, source)

    # ---- tags

    def _start(self, token: Token) -> None:
        name = token.name
        nature = elements.nature(name)
        if nature.closes:
            implied = self.stack.implied(nature.closes)
            if implied is not None:                          # what a start tag closes without an end tag
                self._pop_to(implied, token.start)
        parent = self.stack[-1]
        is_page = name in ("html", "body") and not parent.svg and not self.stack.holds(name)
        if is_page:
            self.language_tags.append(token)
        svg = name == "svg" or (parent.svg and name != "foreignobject")
        block = nature.is_block if not svg else name != "svg" and name not in elements.SVG_INLINE
        inline = not block and not nature.is_subflow and not nature.is_void
        said = self._attributes(token, parent, inline=inline, is_page=is_page)
        if nature.is_void or ((svg or self.xml or parent.code == "math") and self_closing(self.text, token)):
            if block:
                self._flush()
            else:
                self._mark(token, name)
            return
        self._push(token, Open(name, nature.role or parent.role, name if block else parent.block, block,
                                nature.is_subflow, said.locked, parent.code or nature.opaque, svg,
                                self._stand(token, nature.grouping, parent) if nature.grouping else parent.stand,
                                said.language, said.quoted))

    def _stand(self, token: Token, grouping: str, parent: Open) -> Stand:
        """Where the text of a list, a table or a part of it stands."""
        inside = parent.stand
        if grouping == LIST:
            return Stand(self.groups.name(LIST), inside.grid)
        if grouping == TABLE:
            grid = Grid(self.groups.name(TABLE))
            return Stand(grid.name, grid)
        if inside.grid is None:
            return inside
        if grouping == "row":
            inside.grid.begin_row(in_head=parent.name == "thead")
            return Stand(inside.grid.name, inside.grid)
        spans = {one.name: span(value_of(self.text, one.value_start, one.value_end))
                 for one in attributes(self.text, token)} if _SPAN.search(self.text, token.start, token.end) else {}
        cell = inside.grid.begin_cell(spans.get("colspan", 1), spans.get("rowspan", 1), heading=token.name == "th")
        return Stand(inside.grid.name, inside.grid, cell)

    def _push(self, token: Token, child: Open) -> None:
        if child.is_block:
            self._flush()
            child = child._replace(is_flow=False) if child.is_flow else child
        elif self._needs_flow(child):
            self.flows.append(_Flow(token.start, child.name, child.reason))
            child = child._replace(is_flow=True)
        else:
            self._mark(token, child.name, kind=CodeKind.OPEN)
            child = child._replace(is_flow=False) if child.is_flow else child
        self.stack.push(child)

    def _needs_flow(self, child: Open) -> bool:
        """True if the element's text is not part of the sentence around it."""
        around = self.flows[-1].reason
        if child.reason:
            return not around and not self.stack[-1].reason
        return bool(around) or child.is_flow

    def _end(self, token: Token) -> None:
        name = token.name
        at = self.stack.find(name)
        if at is None:
            self._stray(token)
            return
        entry = self.stack[at]
        if not entry.is_block and not entry.is_flow and any(one.is_block for one in self.stack[at + 1:]):
            self.stack.drop(at)                              # misnested: the blocks inside go on
            self._mark(token, name, kind=CodeKind.CLOSE)
            return
        if len(self.stack) > at + 1:
            self._pop_to(at + 1, token.start)
        self._close(token.end)
        if not entry.is_block and not entry.is_flow:
            self._mark(token, name, kind=CodeKind.CLOSE)

    def _stray(self, token: Token) -> None:
        """An end tag without its start."""
        name = token.name
        if elements.nature(name).is_block:
            self._flush()
            return
        if name == "code" and self.unclosed_code:
            self.unclosed_code -= 1
        self._mark(token, name, kind=CodeKind.CLOSE)

    def _pop_to(self, depth: int, end: int) -> None:
        """Close the open elements above a depth, whose own end tags are missing."""
        if len(self.stack) <= depth:
            return
        marker = any(one.name in elements.END_SCOPE for one in self.stack[depth:])
        while len(self.stack) > depth:
            if self.stack[-1].name == "code" and self.stack[-1].code == "code" and not marker and len(self.stack) > 1:
                self.unclosed_code += 1                      # a formatting element goes on in what follows
            self._close(end)

    def _close(self, end: int) -> None:
        """Close the innermost open element, which ends at this offset."""
        entry = self.stack[-1]
        if entry.is_flow or entry.is_block:
            self._flush()
        self.stack.drop(-1)
        if entry.is_flow:
            flow = self.flows.pop()
            shown = "" if flow.name in ("script", "style") else " ".join("".join(flow.seen).split())
            self.flows[-1].items.append(Mark(flow.start, end, CodeKind.STANDALONE, flow.name, shown, flow.reason))
            self.flows[-1].solid |= bool(shown)

    # ---- segments

    def _flush(self) -> None:
        """End the sentence."""
        flow = self.flows[-1]
        if not flow.items:
            return
        items, flow.items = flow.items, []
        if not flow.solid:
            return
        flow.solid = False
        found, protected = segments(self.text, items, self.masks)
        self.protected += protected
        top = self.stack[-1]
        for pieces in found:
            level = _level(top.block) if top.role is Role.HEADING else 0
            if level:
                self.headings = [one for one in self.headings if one[0] < level]
                self._set_path()
            self.found.append(Unit(pieces, top.role, self.path, top.block, "text", top.stand,
                                   self._said_of(top.language)))
            if level:
                self.headings.append((level, " ".join(readable(piece.item for piece in pieces).split())))
                self._set_path()

    def _set_path(self) -> None:
        self.path = (*self.above, *(text for _, text in self.headings))

    def _said_of(self, language: str) -> str:
        return language if self.languages and language != self.page_language else ""

    def _attributes(self, token: Token, parent: Open, *, inline: bool, is_page: bool) -> Said:
        """Note the attributes that are shown; → what the tag says of translating and of its language."""
        said = Said(parent.locked, parent.language, parent.quoted)
        found = self._telling(token)
        if not found:
            return said
        values = {name: value_of(self.text, one.value_start, one.value_end) for name, one in found.items()
                  if name in elements.READ_ATTRIBUTES}
        lock = elements.is_locked(values)
        said = said._replace(locked=said.locked if lock is None else lock)
        if "lang" in values or "xml:lang" in values:
            said = self._language(values.get("lang") or values.get("xml:lang", ""), said,
                                  inline=inline, is_page=is_page)
        if token.name == "meta" and elements.meta_kind(values) in elements.META_LANGUAGES:
            self.language_tags.append(token)
        if token.name == "iframe" and "srcdoc" in values:
            self._account("iframe srcdoc", values["srcdoc"])
        for name in elements.translatable(token.name, values):
            if values[name] and has_letters(values[name]):
                reason = "translate:off" if self.off else LOCKED if said.locked else said.quoted
                if reason:
                    self._protect(reason, values[name])
                else:
                    self._attribute(token.name, found[name], elements.meta_kind(values), said.language)
        return said

    def _telling(self, token: Token) -> dict[str, Attribute]:
        """The attributes of a start tag, each name once; none if they say nothing to a reader or a translator."""
        source = self.text[token.start:token.end]
        if source in self.silent:
            return {}
        if not _TELLING.search(source):
            self.silent.add(source)
            return {}
        found: dict[str, Attribute] = {}
        for one in attributes(self.text, token):
            found.setdefault(one.name, one)
        return found

    def _language(self, value: str, said: Said, *, inline: bool, is_page: bool) -> Said:
        """What a tag that names a language says: of the page, of a passage, or of a phrase inside a sentence."""
        code = code_of(value)
        if is_page:
            if not self.stack[0].language and code:          # what is known goes before what is said
                self.page_language = code
            return said._replace(language=self.page_language)
        if not code:
            return said
        self.languages.add(code)
        if code == self.page_language:
            return said._replace(language=code, quoted="")
        if inline and self.quotations and said.language and code != said.language:
            return said._replace(language=code, quoted=f'lang="{value.strip()}"')
        return said._replace(language=code)

    def _attribute(self, element: str, one: Attribute, meta: str, language: str) -> None:
        reading = read(self.text, one.value_start, one.value_end, attribute=True)
        pieces = pieces_of(self.text, reading, self.masks)
        if not is_translatable(pieces):
            self.protected += protected_in(pieces)
            return
        role = Role.METADATA if element == "meta" else Role.ALT_TEXT if one.name == "alt" else Role.ATTRIBUTE
        where = f"meta {meta}" if element == "meta" else f"{element} {one.name}"
        self.found.append(Unit(numbered(pieces), role, self.path, where, f"attribute{one.quote}", self.stack[-1].stand,
                               self._said_of(language)))


def _level(name: str) -> int:
    """1 for ``h1``; blocks inside a heading count as the lowest."""
    return int(name[1]) if name[1:].isdigit() else 6
