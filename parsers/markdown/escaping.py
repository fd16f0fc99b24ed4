"""Plain text → Markdown source that is read as that plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from functools import lru_cache

from markdown_it.common.utils import normalizeReference

from parsers.markdown.grammar import Env
from parsers.markdown.latex import begins_command
from parsers.markdown.skeleton import Slot


class Level(IntEnum):
    """How much is escaped; the next one is tried when a text does not read back."""

    LEAST = 0
    """What is special in the company of its neighbours."""
    ALL = 1
    """Every character that may be special, by a backslash."""
    REFERENCES = 2
    """Every character that may be special, by a numeric character reference."""


PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""What a backslash can escape (CommonMark §2.4)."""

_SPECIAL = frozenset("\\`*_~[]<>&$!{}^")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\](.?)", re.DOTALL)
_ATTRIBUTES = re.compile(r"\{:?\s*(?:[#.:]|[\w-]+=)|\{[{%#]|\{[\w+.:-]+\}$")
_TAG = re.compile(r"<[A-Za-z/!?]")


class Spelling:
    """How the source spells the characters of a place that it does not write plainly, one occurrence after another."""

    def __init__(self, spelled: Mapping[str, Sequence[str | None]]) -> None:
        self.spelled = spelled
        self.seen = dict.fromkeys(spelled, 0)

    def next(self, char: str) -> str | None:
        """The spelling of the next occurrence of a character; surplus ones are spelled like the last."""
        spellings = self.spelled.get(char)
        if not spellings:
            return None
        count = self.seen[char]
        self.seen[char] = count + 1
        return spellings[min(count, len(spellings) - 1)]


class Escaping:
    """Escapes the texts of one segment, one after another."""

    def __init__(self, env: Env, slot: Slot, level: Level, *, mdx: bool) -> None:
        self.references: dict[str, object] = env.get("references", {})
        self.slot = slot
        self.level = level
        self.mdx = mdx
        self.spelling = Spelling(slot.spelled)
        self.pattern = _any_of(frozenset(slot.spelled)) if slot.spelled else _PLAIN

    def text(self, text: str, before: str, after: str, *, in_link: bool) -> str:
        """One text between what is written ``before`` and ``after`` it."""
        out: list[str] = []
        at = 0
        bracketed = in_link or self.slot.context != "text"
        for match in self.pattern.finditer(text):
            start = match.start()
            char = text[start]
            out.append(text[at:start])
            at = start + 1
            left = text[start - 1] if start else before[-1:]
            right = text[at] if at < len(text) else after[:1]
            spelling = self.spelling.next(char)
            if spelling is not None:
                out.append(spelling)
            elif self.level is not Level.LEAST:
                out.append(self._fully(char))
            elif self._special(char, text, start, left, right, bracketed=bracketed):
                out.append(self._escape(char, text, start))
            else:
                out.append(char)
        out.append(text[at:])
        return "".join(out)

    def _fully(self, char: str) -> str:
        if char not in _SPECIAL:
            return char
        return f"&#{ord(char)};" if self.level is Level.REFERENCES else "\\" + char

    def _escape(self, char: str, text: str, start: int) -> str:
        if char == "&":
            return "&amp;"
        if char == "{" and (self.mdx or text[start:start + 2] in ("{{", "{%", "{#")):
            return "&#123;"                         # templates and expressions are found before Markdown is read
        if char == "<" and self.mdx:
            return "&lt;"
        return "\\" + char

    # one line for each character, so that it reads as the table that it is
    def _special(  # noqa: C901, PLR0911, PLR0912
            self, char: str, text: str, start: int, left: str, right: str, *, bracketed: bool) -> bool:
        match char:
            case "\\":
                return right in PUNCTUATION or right in ("\n", "\r", "") or begins_command(left or " ", text, start)
            case "`":
                return True
            case "*":
                return self.slot.context != "text" or not (_blank(left) and _blank(right))
            case "_":
                return not ((_blank(left) and _blank(right)) or (left.isalnum() and right.isalnum()))
            case "~":
                return "~" in (left, right) or text.count("~") > 1
            case "[":
                return bracketed or self._opens_link(text, start)
            case "]":
                return bracketed or right in ("(", "[")
            case "!":
                return right == "["
            case "<":
                return (self.mdx or self.slot.context != "text" or _TAG.match(text, start) is not None
                        or start + 1 == len(text))
            case "&":
                return _ENTITY.match(text, start) is not None
            case "{":
                return self.mdx or _ATTRIBUTES.match(text, start) is not None
            case "^":
                return right == "["
            case "$":
                return self.slot.context != "text" or text.count("$") > 1
        return False

    def _opens_link(self, text: str, start: int) -> bool:
        if text[start + 1:start + 2] in ("^", "!", "["):
            return True
        match = _LABEL.match(text, start)
        if not match:
            return start + 1 == len(text)
        return match[2] in ("(", "[", "{") or normalizeReference(match[1]) in self.references


@lru_cache(maxsize=256)
def _any_of(spelled: frozenset[str]) -> re.Pattern[str]:
    """Finds what may have to be escaped, and these."""
    return re.compile("[" + "".join(re.escape(char) for char in sorted(_SPECIAL | spelled)) + "]")


_PLAIN = _any_of(frozenset())


def _blank(char: str) -> bool:
    return not char or char.isspace()


_LINE_START = re.compile(
    r"(?P<first>\#(?=\#{0,5}(?:\s|$))|[-+*](?=\s|$)|>|:(?=\s|:|-|$)|~(?=\s|~~|$)|\|(?=[ \t]|[-:|\s]+$)|%(?=\s)"
    r"|\[(?=[^\]]*\]:|[ xX]\]\s)|[-*_=](?=(?:[ \t]*[-*_=])*[ \t]*$)|[-:|](?=[-:|\s]*$)|\$(?=\$)|!(?=!!)|\?(?=\?\?)"
    r"|=(?==)|\+(?=\+\+|[-=:]{2,}\+)|\*(?=\[)|/(?=//)|`(?=``)|\((?=[\w.:-]+\)=))"
    r"|(?P<number>\d{1,9})(?P<mark>[.)])(?=\s|$)")
"""What would begin another block at the start of a line."""

_MDX_START = re.compile(r"(?:import|export)\b")


def escape_lines(parts: Sequence[tuple[str, str]], slot: Slot, *, mdx: bool) -> list[tuple[str, str]]:
    """Escape what would begin a block at the start of a line, and what would end a heading."""
    before = slot.block.content[:slot.start].rstrip(" \t")
    fresh = slot.context == "text" and (before.endswith("\n") or (slot.block.starts_line and not before))
    labelled = "]:" in "".join(text for _, text in parts)
    out: list[tuple[str, str]] = []
    for kind, text in parts:
        if kind == "text":
            lines = re.split(r"[ \t]*\n[ \t\n]*", text) if slot.prefixes else [text]
            if fresh and out and not lines[0] and len(lines) > 1:
                del lines[0]                            # an empty line would end the block
            if fresh:
                lines[0] = escape_start(lines[0].lstrip(" \t"), mdx=mdx)
                if labelled and lines[0].startswith("["):
                    lines[0] = "\\" + lines[0]         # or it might be a link reference definition
            lines[1:] = [escape_start(line, mdx=mdx) for line in lines[1:]]
            out.append((kind, "\n".join(lines)))
            fresh = fresh and not text.strip()
        else:
            out.append((kind, text))
            if text:
                fresh = text.endswith(("\n", "\r")) or (kind == "code" and _ends_with_break(text))
    if slot.block.kind == "heading" and out and out[-1][0] == "text":
        out[-1] = "text", re.sub(r"(^|\s)(#+)$", r"\1\\\2", out[-1][1])
    return out


def _ends_with_break(source: str) -> bool:
    return re.search(r"(?:\\|[ ]{2,})(?:\r\n|\r|\n)[ \t>]*$", source) is not None


def escape_start(line: str, *, mdx: bool) -> str:
    """One line that begins no other block."""
    match = _LINE_START.match(line)
    if match:
        if match["number"]:
            return f"{match['number']}\\{line[match.start('mark'):]}"
        return "\\" + line
    if mdx and _MDX_START.match(line):
        return f"&#{ord(line[0])};{line[1:]}"
    return line


def escape_title(text: str, quote: str, level: Level, spelling: Spelling) -> str:
    """The text of a title between quotes (CommonMark §6.3)."""
    special = {quote, "(" if quote == ")" else quote}
    out: list[str] = []
    for at, char in enumerate(text):
        right = text[at + 1:at + 2]
        known = spelling.next(char)
        if known is not None:
            out.append(known)
        elif char in special:
            out.append("\\" + char if level is not Level.REFERENCES else f"&#{ord(char)};")
        elif char == "\\" and (right in PUNCTUATION or not right or level is not Level.LEAST):
            out.append("\\\\" if level is not Level.REFERENCES else "&#92;")
        elif char == "&" and (_ENTITY.match(text, at) or level is not Level.LEAST):
            out.append("&amp;")
        elif char == "{" and right in ("{", "%"):
            out.append("&#123;")
        elif char in "$`<":                         # or it might pair with one outside
            out.append("\\" + char)
        else:
            out.append(char)
    return "".join(out)
