"""What a caller may choose about parsing."""

from __future__ import annotations

from dataclasses import dataclass, field

from parsers.masking import MaskRules

FRONT_MATTER_KEYS = frozenset({
    "title", "description", "summary", "subtitle", "sidebar_label", "sidebartitle", "linktitle", "excerpt", "abstract",
    "caption", "headline", "tagline", "lead", "intro", "short_title", "shorttitle", "seo_title", "meta_title",
    "meta_description", "nav_title", "navtitle"})
"""Front-matter keys whose values a site shows to readers (Hugo, Jekyll, Docusaurus, MkDocs,
MyST). Compared in lower case with ``-`` read as ``_``."""


PINS = ("tag", "attribute")
"""How the address of a heading is written: ``<a id="…"></a>`` before its words, ``{#…}`` after them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes over which a document is refused. Bytes as really read, not as declared."""

    text_bytes: int = 64 << 20
    package_entries: int = 5_000
    part_bytes: int = 64 << 20
    member_bytes: int = 256 << 20
    package_bytes: int = 512 << 20
    ratio: int = 100
    """A part may be so many times its compressed size, once it is over ``ratio_after`` bytes
    (the same guard as Apache POI's)."""
    ratio_after: int = 100 << 10


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """One value for all formats; each reads what concerns it."""

    masks: MaskRules = field(default_factory=MaskRules)
    front_matter_keys: frozenset[str] = FRONT_MATTER_KEYS
    limits: Limits = field(default_factory=Limits)
    pin_headings: str = ""
    """Markdown: one of `PINS`: each heading gets the address that renderers make from its words, so that links to it
    lead there in the translation too."""
    numbering: bool = False
    """Word: translate words in the labels of numbered lists (“Chapter %1”). They stand in a part with the
    formatting of all lists, which comes back byte for byte unless this is asked for; its labels are
    listed as protected then."""
    language: str = ""
    """ISO 639 code of the document's language, if it is known: of the text that declares no other."""
    quotations: bool = True
    """HTML: a phrase inside a sentence that declares another language than the text around it stays as it is."""
