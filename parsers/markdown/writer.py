"""A translated content → Markdown source for its place, with as little escaping as is safe.

What has been written is read again in the same kind of place; if it does not say exactly what
it should, it is written again with more escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from parsers.document import Code, CodeKind, Content
from parsers.html.page import Writer as HtmlWriter
from parsers.html.wording import clean
from parsers.markdown.escaping import Escaping, Level, Spelling, escape_lines, escape_title
from parsers.markdown.extensions import MASK_START
from parsers.markdown.flanking import mend
from parsers.markdown.frontmatter import Scalar
from parsers.markdown.inlines import Fragment, Item, Mark, definition_title, is_active, plain_items
from parsers.markdown.latex import apart
from parsers.markdown.parameters import Parameter
from parsers.markdown.skeleton import HtmlSlot, Skeleton, Slot
from parsers.markdown.source import NEWLINE
from parsers.markdown.templates import mask
from parsers.splice import Place, Replay

_DELIMITERS = frozenset({"strong", "em", "s"})
_WRAPPED = {"label": ("![", "](x)"), "note": ("^[", "]")}

_IN_TITLE = re.compile(r"\\?([\"`\[\]{}])")
"""What would end the title of a container, or its line."""

Signature = tuple[str | tuple[str, str], ...]
"""What a text is to its reader: plain text, white space squeezed, and (label, source) of each mark."""


class Writer:
    """Writes changed places of one document."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton = skeleton

    def write(self, place: Place, new: Content, replay: Replay) -> str:
        """The new source text of a place."""
        slot = self.skeleton.slots[place.segment_id]
        new = tuple(clean(item) if isinstance(item, str) else item for item in new)
        if isinstance(slot, Scalar | Parameter):
            written = slot.write("".join(item if isinstance(item, str) else item.equiv for item in new))
            return written.replace("\n", self.skeleton.source.newline)
        if isinstance(slot, HtmlSlot):
            return self._html(place, _without_gaps(new), replay, self.skeleton.source.newline + slot.prefix)
        if slot.context.startswith("attribute"):
            written = self._html(place, new, replay, " ")
            if "\n" in slot.block.content[slot.start:slot.end]:
                # a tag that fits on one line could begin an HTML block
                written = written.replace(" ", self.skeleton.source.newline + (slot.prefixes or ("",))[0], 1)
            return written.replace("|", "\\|") if slot.block.kind == "cell" else written
        if slot.context == "title":
            return self._title(place, slot, "".join(item if isinstance(item, str) else item.equiv for item in new))
        return self._text(slot, new, replay)

    def _html(self, place: Place, new: Content, replay: Replay, newline: str) -> str:
        if not self.skeleton.mdx:
            return HtmlWriter(self.skeleton.source.text, newline).write(place, new, replay)
        # a brace in a text would begin an expression, a backtick in a value might pair with one outside
        sign = "{" if place.context == "text" else "`"
        new = tuple(item.replace(sign, MASK_START) if isinstance(item, str) else item for item in new)
        written = HtmlWriter(self.skeleton.source.text, newline).write(place, new, replay)
        return written.replace(MASK_START, f"&#{ord(sign)};")

    # -- text with Codes ------------------------------------------------------------------

    def _text(self, slot: Slot, new: Content, replay: Replay) -> str:
        replayed = {item.key: replay(item) for item in new if isinstance(item, Code)}
        first = ""
        for level in Level:
            sources = dict(replayed)
            written = self._compose(slot, new, sources, level)
            if (not replayed and _is_plain(slot, written)) or self._reads_back(slot, new, sources, written):
                return written
            first = first or written
        return first                                # `compare` will find the fault and name the segment

    def _compose(self, slot: Slot, new: Content, sources: dict[tuple[int, CodeKind], str], level: Level) -> str:
        content = slot.block.content
        escaping = Escaping(self.skeleton.reading.env, slot, level, mdx=self.skeleton.mdx)
        parts: list[tuple[str, str]] = [("edge", content[:slot.start][-1:])]
        opened: list[int] = []
        for at, item in enumerate(new):
            if isinstance(item, str):
                after = next((sources[n.key] if isinstance(n, Code) else n for n in new[at + 1:at + 2]), None)
                if after is None:
                    after = content[slot.end:slot.end + 1]
                written = escaping.text(item, parts[-1][1], after, in_link=bool(opened))
                parts.append(("text", _apart(parts[-1][1], written, after)))
            else:
                if item.label == "link" and item.kind is CodeKind.OPEN:
                    opened.append(len(parts) + 1)
                elif item.label == "link" and item.kind is CodeKind.CLOSE and opened:
                    label = "".join(text for _, text in parts[opened.pop():])
                    sources[item.key] = _link_end(sources[item.key], slot.anchors.get(item.id), label)
                kind = {CodeKind.OPEN: "open", CodeKind.CLOSE: "close"}.get(item.kind, "code")
                parts.append((kind if slot.labels[item.key] in _DELIMITERS else "code", sources[item.key]))
        parts.append(("edge", content[slot.end:slot.end + 1]))
        body = mend(parts)
        lines = escape_lines(body, slot, mdx=self.skeleton.mdx)
        return self._place(slot, lines)

    def _place(self, slot: Slot, parts: Sequence[tuple[str, str]]) -> str:
        """Put line prefixes back and escape what the place itself gives a meaning."""
        out: list[str] = []
        breaks = 0
        for kind, text in parts:
            written = text
            if kind == "text":
                pieces = re.split(r"[ \t]*\n[ \t]*", text)
                written = pieces[0]
                for piece in pieces[1:]:
                    if slot.prefixes:
                        prefix = slot.prefixes[min(breaks, len(slot.prefixes) - 1)]
                        written += self.skeleton.source.newline + prefix + piece
                    else:
                        written += " " + piece
                    breaks += 1
                if slot.block.kind == "cell":
                    written = written.replace("|", "\\|")
                    written = written[:-1] + "&#92;" if written.endswith("\\") else written
                elif slot.block.underlined or slot.block.kind == "verse":   # or it might be the head of a table
                    written = written.replace("\\|", "|").replace("|", "&#124;")
                elif slot.block.kind == "title":
                    written = _IN_TITLE.sub(lambda match: f"&#{ord(match[1])};", written)
            out.append(written)
        return "".join(out) + _alt_anchor(slot)

    # -- verification ---------------------------------------------------------------------

    def _reads_back(self, slot: Slot, new: Content, sources: dict[tuple[int, CodeKind], str], written: str) -> bool:
        if slot.anchor is not None:
            written = written.removesuffix(_alt_anchor(slot))
        text = self._inner(slot, written)
        expected = _expected(slot, new, {key: self._inner(slot, source) for key, source in sources.items()})
        content = slot.block.content
        if slot.context in _WRAPPED:
            left, right = _WRAPPED[slot.context]
            items = self.skeleton.reading.inline(left + text + right)
            if len(items) != 1 or not isinstance(items[0], Mark) or not items[0].nested:
                return False
            nested = next((n for n in items[0].nested if n.context == slot.context), None)
            return nested is not None and _joined(_said(nested.items, left + text + right)) == _joined(expected)
        whole = content[:slot.start] + text + content[slot.end:]
        wanted = (*_said(_clipped(slot.block.items, 0, slot.start), content), *expected,
                  *_said(_clipped(slot.block.items, slot.end, len(content)), content))
        return _joined(_said(self.skeleton.reading.inline(whole), whole)) == _joined(wanted)

    def _inner(self, slot: Slot, written: str) -> str:
        """Source text as the inline grammar gets it: without line prefixes and table escapes, templates masked."""
        text = mask(NEWLINE.sub("\n", written), mdx=self.skeleton.mdx).flat
        if "\n" in text:
            text = re.sub(r"\n[ \t>]+", "\n", text)
        return text.replace("\\|", "|") if slot.block.kind == "cell" else text

    # -- titles ---------------------------------------------------------------------------

    def _title(self, place: Place, slot: Slot, text: str) -> str:
        text = " ".join(text.split())
        source = self.skeleton.source.text
        quote = _first_solid(source, place.end)
        written = ""
        for level in Level:
            written = escape_title(text, quote, level, Spelling(slot.spelled))
            whole = f"[x]: y {'(' if quote == ')' else quote}{written}{quote}"
            span = definition_title(whole)
            if span and span[1] == len(whole) - 1 and text == "".join(
                    item.text for item in plain_items(whole, *span) if isinstance(item, Fragment)):
                break
        return written.replace("|", "\\|") if slot.block.kind == "cell" else written


def _is_plain(slot: Slot, written: str) -> bool:
    """True for the whole text of a block without one character that begins anything inline."""
    content = slot.block.content
    return (slot.context == "text" and not content[:slot.start].strip() and not content[slot.end:].strip()
            and not is_active(written) and "]" not in written)


def _apart(before: str, text: str, after: str) -> str:
    """A text that is no part of the LaTeX commands beside it."""
    if text and apart(" ", before, text[0])[1]:
        text = f"&#{ord(text[0])};{text[1:]}"
    if text and apart(text[-1], after, "")[0]:
        text = f"{text[:-1]}&#{ord(text[-1])};"
    return text


def _link_end(source: str, anchor: str | None, label: str) -> str:
    """How a link ends; one that was found by its text keeps that as a label of its own."""
    if anchor is None:
        return source
    anchor = " ".join(anchor.split())
    return "]" + source[1:] if source in ("]", "][]") and " ".join(label.split()) == anchor else f"][{anchor}]"


def _alt_anchor(slot: Slot) -> str:
    return "][" + " ".join(slot.anchor.split()) if slot.anchor is not None else ""


def _without_gaps(new: Content) -> Content:
    """An empty line would end an HTML block."""
    return tuple(re.sub(r"\n\s*\n", "\n", item) if isinstance(item, str) else item for item in new)


def _clipped(items: Iterable[Item], start: int, end: int) -> list[Item]:
    """The items between two offsets; fragments cut to them."""
    out: list[Item] = []
    for item in items:
        first, last = max(item.start, start), min(item.end, end)
        if first >= last:
            continue
        if isinstance(item, Fragment) and item.literal:
            out.append(Fragment(item.text[first - item.start:last - item.start], first, last))
        elif (first, last) == (item.start, item.end):
            out.append(item)
    return out


def _said(items: Iterable[Item], content: str) -> list[str | tuple[str, str]]:
    """What these items of a content say: text, and label and source of each mark."""
    return [item.text if isinstance(item, Fragment) else (item.label, content[item.start:item.end]) for item in items]


def _expected(slot: Slot, new: Content, sources: dict[tuple[int, CodeKind], str]) -> list[str | tuple[str, str]]:
    """What a new content should say; masks are plain text to the grammar."""
    out: list[str | tuple[str, str]] = []
    for item in new:
        if isinstance(item, str):
            out.append(item)
        elif item.id in slot.masked:
            out.append(item.equiv)
        else:
            out.append((slot.labels[item.key], sources[item.key]))
    return out


def _joined(items: Iterable[str | tuple[str, str]]) -> Signature:
    """Neighbouring texts joined, white space squeezed; edges next to breaks do not count."""
    out: list[str | tuple[str, str]] = []
    for item in items:
        if isinstance(item, str) and out and isinstance(out[-1], str):
            out[-1] += item
        else:
            out.append(item)
    squeezed = [" ".join(("\x00" + item + "\x00").split()) if isinstance(item, str) else item for item in out]
    return tuple(item for item in squeezed if item != "\x00\x00")


def _first_solid(text: str, at: int) -> str:
    while text[at].isspace():
        at += 1
    return text[at]
