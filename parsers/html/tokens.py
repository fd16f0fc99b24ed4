"""HTML text → tokens with exact spans, which laid end to end are the text.

The rules are those of HTML §13.2.5 (tokenization), with what the tree builder tells the
tokenizer (raw text elements, foreign content) worked out from the tags alone. Template
syntax, which a browser takes for text or for a comment, is a token of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from parsers.html.elements import RAW_TEXT, RCDATA


class Kind(StrEnum):
    """What a token is."""

    TEXT = "text"
    START = "start"
    END = "end"
    COMMENT = "comment"
    DECLARATION = "declaration"
    """A doctype, processing instruction or anything else that a browser drops as a comment."""
    RAW = "raw"
    """The content of an element without markup; ``name`` is the element's."""
    CDATA = "cdata"
    TEMPLATE = "template"
    REST = "rest"
    """A tag that the text's end cuts off: a browser drops it."""


class Token(NamedTuple):
    """``text[start:end]`` of the text that it was read from."""

    kind: Kind
    name: str
    """Of a tag or raw content, in lower case; else empty."""
    start: int
    end: int


class Attribute(NamedTuple):
    """One attribute of a start tag, by its spans in the text."""

    name: str
    """In lower case."""
    start: int
    end: int
    value_start: int
    """The value without quotes; ``value_start == value_end == end`` where there is none."""
    value_end: int
    quote: str
    """``"``, ``'``, or empty for a bare value or none."""
    valued: bool
    """An equals sign is there."""


_SPACE = r"[\t\n\f\r ]"
_IN_TAG = r"(?:\{\{[^\n]{1,300}?\}\}|\{%[^\n]{1,300}?%\}|<\?(?:php|=)[^\n]{1,300}?\?>|<%[^\n]{1,300}?%>)"
"""Template syntax inside a tag, which may hold quotes and angle brackets of its own."""
_DOUBLE = rf"[^\"{{<]*+(?:(?:{_IN_TAG}|[{{<])[^\"{{<]*+)*+"
_SINGLE = rf"[^'{{<]*+(?:(?:{_IN_TAG}|[{{<])[^'{{<]*+)*+"
_NAME = r"(?:=[^\t\n\f\r />=]*+|[^\t\n\f\r />=]++)"
_ATTRIBUTE = (rf"(?:(?=[{{<]){_IN_TAG}|{_NAME}(?:{_SPACE}*+={_SPACE}*+"
              rf"(?:\"{_DOUBLE}(?:\"|\Z)|'{_SINGLE}(?:'|\Z)|(?![\"'])[^\t\n\f\r >]*+))?+)")
_STEP = re.compile(rf"[^<{{]*+<(/?)([A-Za-z][^\t\n\f\r />]*+)(?:[\t\n\f\r /]++|{_ATTRIBUTE})*+>")
_ATTRIBUTES = re.compile(rf"(?=[{{<]){_IN_TAG}|({_NAME})({_SPACE}*+={_SPACE}*+"
                         rf"(?:\"({_DOUBLE})\"|'({_SINGLE})'|((?![\"'])[^\t\n\f\r >]*+)))?+")
_LETTER = re.compile("[A-Za-z]")
_MARK = re.compile(r"<(?=[A-Za-z/!?%])|\{(?=[{%#])")
_TEMPLATES = {"{{": "}}", "{%": "%}", "{#": "#}"}
"""Jinja, Liquid, Twig, Handlebars, Vue, Angular: opening mark → closing mark."""

_TEMPLATE_REACH = 2000
"""Characters within which a template's closing mark is looked for; a blank line ends the hope too."""

_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")

_TEXT_ONLY = RAW_TEXT | RCDATA | {"plaintext"}

_HTML_POINTS = {"svg": frozenset({"foreignobject", "desc", "title"}),
                "math": frozenset({"mi", "mo", "mn", "ms", "mtext", "annotation-xml"})}
"""Elements of foreign content that hold HTML again (HTML §13.2.6: integration points)."""

_BREAKOUT = frozenset({
    "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed", "h1", "h2", "h3",
    "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol", "p", "pre", "ruby", "s",
    "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var"})
"""HTML elements that end foreign content (HTML §13.2.6.5)."""


def tokens(text: str, *, xml: bool = False) -> Iterator[Token]:
    """The tokens of a whole page or of a fragment, in order; their spans tile the text.

    ``xml``: as an XML reader takes XHTML, where ``<title/>`` is a whole element and CDATA sections
    may stand anywhere.
    """
    scanner = _Scanner(text, xml=xml)
    at = start = 0
    while (step := _STEP.match(text, at) or _MARK.search(text, at)) is not None:
        if step.re is _STEP:                                 # text and a tag, by far the most frequent
            found = scanner.tag(step)
        elif (other := scanner.other(step.start())) is not None:
            found = other
        else:
            at = step.end()
            continue
        if start < found.start:
            yield Token(Kind.TEXT, "", start, found.start)
        yield found
        at = start = found.end
        if found.kind is Kind.START and found.name in _TEXT_ONLY:
            content = scanner.content(found)
            if content is not None:
                if content.start < content.end:
                    yield content
                at = start = content.end
    if start < len(text):
        yield Token(Kind.TEXT, "", start, len(text))


def attributes(text: str, token: Token) -> tuple[Attribute, ...]:
    """The attributes of a start tag as written; of doubled names a browser reads the first."""
    first = token.start + 1 + len(token.name)
    if token.end - first < 2:
        return ()
    out = []
    for match in _ATTRIBUTES.finditer(text, first, token.end - 1):
        end = match.end()
        if match[1] is None:                                 # template syntax
            continue
        if match[3] is not None:
            out.append(Attribute(match[1].lower(), match.start(), end, *match.span(3), '"', valued=True))
        elif match[4] is not None:
            out.append(Attribute(match[1].lower(), match.start(), end, *match.span(4), "'", valued=True))
        elif match[2] is not None:
            out.append(Attribute(match[1].lower(), match.start(), end, *match.span(5), "", valued=True))
        else:
            out.append(Attribute(match[1].lower(), match.start(), end, end, end, "", valued=False))
    return tuple(out)


def self_closing(text: str, token: Token) -> bool:
    """True if the tag ends in ``/>``, which means something in foreign content and XML alone."""
    return text.endswith("/>", token.start, token.end)


class _Scanner:
    """Reads one token at a place where one may begin; remembers what lies around it."""

    def __init__(self, text: str, *, xml: bool) -> None:
        self.text, self.xml = text, xml
        self.size = len(text)
        self.foreign: list[str] = []                         # svg, math, or "" for HTML inside them
        self.in_foreign = False                              # the last start tag was foreign content's
        self.missing: set[str] = set()                       # closing marks that do not come any more

    def tag(self, step: re.Match[str]) -> Token:
        """The tag at the end of a step."""
        slash, name = step.groups()
        name = name.lower()
        if slash:
            if self.foreign:
                self._leave(name)
            return Token(Kind.END, name, step.start(1) - 1, step.end())
        if self.foreign or name in _HTML_POINTS:
            self._enter(name, step.end())
        return Token(Kind.START, name, step.start(1) - 1, step.end())

    def content(self, tag: Token) -> Token | None:
        """The raw content after a start tag, or None if markup goes on."""
        name = tag.name
        if (self.foreign and self.in_foreign) or (self.xml and self_closing(self.text, tag)):
            return None
        if name == "plaintext":
            return Token(Kind.RAW, name, tag.end, self.size)
        kind = Kind.TEXT if name == "title" else Kind.RAW
        return Token(kind, name, tag.end, _raw_end(self.text, name, tag.end))

    def _template(self, at: int) -> Token | None:
        close = _TEMPLATES[self.text[at:at + 2]]
        end = self.text.find(close, at + 2, at + _TEMPLATE_REACH)
        if end < at + 3 or _BLANK_LINE.search(self.text, at, end):
            return None
        return Token(Kind.TEMPLATE, "", at, end + 2 + self.text.startswith("}", end + 2))

    def _bang(self, at: int) -> Token:
        text = self.text
        if text.startswith("<!--", at):
            if text.startswith((">", "->"), at + 4):
                return Token(Kind.COMMENT, "", at, text.index(">", at) + 1)
            ends = [end for end in (self._find("-->", at + 4), self._find("--!>", at + 4)) if end]
            return Token(Kind.COMMENT, "", at, min(ends, default=self.size))
        if (self.xml or (self.foreign and self.foreign[-1])) and text.startswith("<![CDATA[", at):
            return Token(Kind.CDATA, "", at, self._find("]]>", at + 9) or self.size)
        return self._bogus(at)

    def _question(self, at: int) -> Token:
        end = self._find("?>", at + 2) if self.text.startswith(("<?php", "<?=", "<? "), at) else None
        return Token(Kind.TEMPLATE, "", at, end) if end else self._bogus(at)

    def _percent(self, at: int) -> Token | None:
        end = self._find("%>", at + 2)
        return Token(Kind.TEMPLATE, "", at, end) if end else None

    def other(self, at: int) -> Token | None:
        """What begins at this mark; None if it is text."""
        step = _STEP.match(self.text, at) if self.text[at] == "<" else None
        if step:                                             # it stood after a curly bracket
            return self.tag(step)
        special = _SPECIAL.get(self.text[at:at + 2])
        if special:
            return special(self, at)
        if self.text[at + 1] != "/" or _LETTER.match(self.text, at + 2):
            return Token(Kind.REST, "", at, self.size)
        return self._bogus(at) if at + 2 < self.size else None

    def _bogus(self, at: int) -> Token:
        return Token(Kind.DECLARATION, "", at, self._find(">", at + 2) or self.size)

    def _find(self, mark: str, start: int) -> int | None:
        """The offset after the next such mark; a mark once missed is not looked for again."""
        if mark in self.missing:
            return None
        found = self.text.find(mark, start)
        if found < 0:
            self.missing.add(mark)
            return None
        return found + len(mark)

    def _enter(self, name: str, end: int) -> None:
        top = self.foreign[-1] if self.foreign else ""
        if top and name in _BREAKOUT:
            while self.foreign and self.foreign[-1]:
                self.foreign.pop()
            self.in_foreign = bool(self.foreign and self.foreign[-1])
            return
        self.in_foreign = bool(top)
        if self.text[end - 2] == "/":
            return
        if name in ("svg", "math"):
            self.foreign.append(name)
        elif top and name in _HTML_POINTS[top]:
            self.foreign.append("")

    def _leave(self, name: str) -> None:
        if self.foreign[-1] == name:
            self.foreign.pop()
        elif not self.foreign[-1] and len(self.foreign) > 1:
            if name in _HTML_POINTS[self.foreign[-2]]:
                self.foreign.pop()
            elif name == self.foreign[-2]:
                del self.foreign[-2:]


_SPECIAL: dict[str, Callable[[_Scanner, int], Token | None]] = {
    "<!": _Scanner._bang, "<?": _Scanner._question, "<%": _Scanner._percent,  # noqa: SLF001
    **dict.fromkeys(_TEMPLATES, _Scanner._template)}  # noqa: SLF001


def _raw_end(text: str, name: str, start: int) -> int:
    """Where raw content ends: at its end tag or with the text."""
    close = _closing(name).search(text, start)
    if name == "script":
        comment = text.find("<!--", start, close.start() if close else len(text))
        if comment >= 0:
            return _script_end(text, start)
    return close.start() if close else len(text)


_CLOSING: dict[str, re.Pattern[str]] = {
    name: re.compile(rf"</{name}(?=[\t\n\f\r />])", re.IGNORECASE) for name in RAW_TEXT | RCDATA}
_SCRIPT_MARK = re.compile(r"(<!--)|(-->)|<(/?)script(?=[\t\n\f\r />])", re.IGNORECASE)


def _closing(name: str) -> re.Pattern[str]:
    return _CLOSING[name]


def _script_end(text: str, start: int) -> int:
    """The end of a script with a comment: in it, ``<script>`` hides one end tag (HTML §13.2.5.26 ff.)."""
    escaped = double = False
    at = start
    while (mark := _SCRIPT_MARK.search(text, at)) is not None:
        at = mark.end()
        if mark[1]:
            escaped = True
            at -= 2                                          # its dashes may be those of an end
        elif mark[2]:
            escaped = double = False
        elif mark[3]:
            if not double:
                return mark.start()
            double = False
        elif escaped:
            double = True
    return len(text)
