"""What the elements and attributes of HTML are to a translator.

Names are in lower case. Elements that are in none of the sets (custom elements, misspellings)
are inline, as they are in a browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from parsers.document import Role
from parsers.groups import LIST, TABLE

VOID = frozenset({"area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input", "keygen",
                  "link", "meta", "param", "source", "track", "wbr"})
"""Elements without content (HTML §13.1.2, and the obsolete ones of §13.2.6.4)."""

BLOCK = frozenset({
    "address", "article", "aside", "base", "basefont", "bgsound", "blockquote", "body", "caption", "center", "col",
    "colgroup", "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
    "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "legend",
    "li", "listing", "main", "marquee", "menu", "nav", "noscript", "ol", "optgroup", "option", "p", "plaintext", "pre",
    "search", "section", "summary", "table", "tbody", "td", "template", "tfoot", "th", "thead", "title", "tr", "ul",
    "xmp"})
"""Elements that end a sentence: HTML §15.3 shows them as blocks, table parts or list items, or
they are containers of other text than that around them."""

SUBFLOW = frozenset({"audio", "button", "canvas", "datalist", "map", "meter", "object", "picture", "progress", "rp",
                     "rt", "rtc", "select", "svg", "video", "applet", "menuitem"})
"""Inline things with a text of their own: one Code in the sentence, their text separate segments."""

OPAQUE = {"code": "code", "kbd": "code", "samp": "code", "var": "code", "math": "math", "pre": "code block",
          "listing": "code block", "script": "script", "style": "style"}
"""Elements whose text nobody translates, with the reason."""

RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})
"""Content without markup or references (HTML §13.1.2 and the parsing rules of obsolete elements)."""

RCDATA = frozenset({"title", "textarea"})
"""Content without markup but with references."""

FALLBACK = {"textarea": "form content", "iframe": "fallback content", "noembed": "fallback content",
            "noframes": "fallback content", "xmp": "code block", "plaintext": "code block"}
"""Raw content that may be shown, with the reason why it stays."""

SVG_TEXT = frozenset({"text", "title", "desc"})
"""SVG elements that hold a text of their own (SVG 2 §11.2, §5.7)."""

SVG_INLINE = frozenset({"a", "tspan", "textpath", "tref", "altglyph"})

LINK_LIKE = frozenset({"a"})
"""A line of nothing but these is a list of links, not a sentence."""

ROLES = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Role.HEADING),
    **dict.fromkeys(("option", "optgroup", "button", "legend", "select", "datalist"), Role.FORM),
    **dict.fromkeys(("td", "th"), Role.TABLE_CELL), **dict.fromkeys(("caption", "figcaption"), Role.CAPTION),
    **dict.fromkeys(("p", "body", "blockquote", "article", "section", "form"), Role.PARAGRAPH),
    "li": Role.LIST_ITEM, "dd": Role.LIST_ITEM, "dt": Role.TERM, "title": Role.TITLE}
"""Elements that say what their text is; others say what their parent says."""

_TABLE_PARTS = frozenset({"caption", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"})

CLOSES: Mapping[str, frozenset[str]] = {
    "li": frozenset({"li", "p"}), "dt": frozenset({"dt", "dd", "p"}), "dd": frozenset({"dt", "dd", "p"}),
    "option": frozenset({"option"}), "optgroup": frozenset({"option", "optgroup"}),
    "tr": frozenset({"tr", "td", "th"}), "td": frozenset({"td", "th"}), "th": frozenset({"td", "th"}),
    **dict.fromkeys(("tbody", "thead", "tfoot"), _TABLE_PARTS), "body": frozenset({"head"}),
    **dict.fromkeys(("rt", "rp"), frozenset({"rt", "rp"})),
    **dict.fromkeys(("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl",
                     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
                     "hgroup", "hr", "listing", "main", "menu", "nav", "ol", "p", "plaintext", "pre", "search",
                     "section", "summary", "table", "ul", "xmp"), frozenset({"p"}))}
"""A start tag → the open elements that it ends without their end tags (HTML §13.2.6.4.7 ff.)."""

SCOPE = frozenset({"applet", "body", "button", "caption", "dl", "html", "marquee", "object", "ol", "select", "svg",
                   "table", "td", "template", "th", "ul", "foreignobject"})
"""Elements through which an implied end does not reach."""

END_SCOPE = frozenset({"applet", "caption", "html", "marquee", "object", "table", "td", "template", "th",
                       "foreignobject"})
"""Elements through which the end tag of anything but table parts does not reach (HTML §13.2.4.2)."""

TEXT_ATTRIBUTES = frozenset({
    "abbr", "alt", "aria-description", "aria-label", "aria-placeholder", "aria-roledescription",
    "aria-valuetext", "label", "placeholder", "summary", "title"})
"""Attributes that a reader sees or hears, on any element: Okapi's list and WAI-ARIA 1.3 §6."""

READ_ATTRIBUTES = TEXT_ATTRIBUTES | {"class", "content", "http-equiv", "lang", "name", "property", "srcdoc",
                                     "translate", "type", "value", "xml:lang"}
"""Attributes that `translatable`, `is_locked` and `meta_kind` ask for; those that name a language or hold a page."""

META_TEXTS = frozenset({
    "description", "keywords", "og:title", "og:description", "og:site_name", "og:image:alt", "twitter:title",
    "twitter:description", "twitter:image:alt"})
"""Kinds of ``meta`` whose ``content`` is shown: by search engines and where pages are shared."""

META_LANGUAGES = frozenset({"content-language", "language", "dc.language", "og:locale"})
"""Kinds of ``meta`` whose ``content`` names the page's language."""


def is_block(name: str) -> bool:
    """True if the element ends the sentence around it."""
    return name in BLOCK


GROUPING = {**dict.fromkeys(("ul", "ol", "dl", "menu", "dir", "select", "datalist"), LIST), "table": TABLE,
            "tr": "row", **dict.fromkeys(("td", "th"), "cell")}
"""Elements that say in which list, table or cell their text stands."""


class Nature(NamedTuple):
    """What an element is, looked up once for each name."""

    closes: frozenset[str]
    is_void: bool
    is_block: bool
    is_subflow: bool
    opaque: str
    """Why its text stays, or empty."""
    role: Role | None
    grouping: str


@lru_cache(maxsize=1024)
def nature(name: str) -> Nature:
    """What the sets above say of one element."""
    return Nature(CLOSES.get(name, frozenset()), name in VOID, name in BLOCK, name in SUBFLOW, OPAQUE.get(name, ""),
                  ROLES.get(name), GROUPING.get(name, ""))


def meta_kind(values: Mapping[str, str]) -> str:
    """What a ``meta`` element is about, from the values of its attributes."""
    return (values.get("name") or values.get("property") or values.get("http-equiv") or "").strip().lower()


def translatable(name: str, values: Mapping[str, str]) -> Iterable[str]:
    """The attributes of one start tag that hold text for a reader.

    ``values``: attribute names in lower case → decoded values.
    """
    if name == "meta":
        return ("content",) if meta_kind(values) in META_TEXTS else TEXT_ATTRIBUTES & values.keys()
    found = TEXT_ATTRIBUTES & values.keys()
    if name == "input" and "value" in values and values.get("type", "").lower() in ("submit", "button", "reset"):
        found |= {"value"}
    return found


def is_locked(values: Mapping[str, str]) -> bool | None:
    """What a start tag says about translating it: True never, False do, None nothing.

    ``translate`` is HTML §3.2.6.3; the class is that of translating browsers and services.
    """
    if "notranslate" in values.get("class", "").split():
        return True
    said = values.get("translate")
    if said is None:
        return None
    if said.lower() in ("no", "false"):
        return True
    return False if said.lower() in ("", "yes", "true") else None
