"""Where the segments of a Markdown document stand, and what their places demand of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

from parsers.document import CodeKind
from parsers.encoding import Decoded
from parsers.markdown.frontmatter import FrontMatter, Scalar
from parsers.markdown.grammar import Env
from parsers.markdown.inlines import Item, read_inline
from parsers.markdown.outline import Entry, outline, plain_blocks
from parsers.markdown.parameters import Parameter
from parsers.markdown.source import OffsetMap, Source
from parsers.splice import Place


@dataclass(frozen=True, slots=True)
class Block:
    """The text of one block as the inline grammar reads it."""

    kind: str
    """``paragraph``, ``heading``, ``cell``, ``term``, ``title``, ``line``, ``verse`` (a line of a line block)."""
    content: str
    map: OffsetMap
    """Offsets in ``content`` → offsets in `Source.flat`."""
    items: tuple[Item, ...]
    starts_line: bool = True
    """Nothing but white space, quote and list markers stands before it in its line."""
    underlined: bool = False
    """A heading with a line of dashes below it."""


@dataclass(frozen=True, slots=True)
class Slot:
    """What the writer needs to know about one segment's place."""

    block: Block
    context: str
    """``text``, ``label`` (of an image), ``note`` (inline footnote), ``title``, ``attribute`` and its quote."""
    items: tuple[Item, ...]
    """The items of the place; for a text without its edges."""
    prefixes: tuple[str, ...] = ()
    """For each line break of the source: what stands between it and the text of the next line."""
    spelled: dict[str, list[str | None]] = field(default_factory=dict)
    """Character → how the source spells it each time, None where it is written plainly."""
    anchors: dict[int, str] = field(default_factory=dict)
    """Code id → label, for links that are found by their text."""
    labels: dict[tuple[int, CodeKind], str] = field(default_factory=dict)
    """Code → the label of its mark."""
    masked: frozenset[int] = frozenset()
    """Ids of Codes that are plain text to the grammar: masks."""
    anchor: str | None = None
    """The label of an image that is found by its alt text."""

    @property
    def start(self) -> int:
        """Offset of the first character in the block's content."""
        return self.items[0].start

    @property
    def end(self) -> int:
        """Offset after the last character in the block's content."""
        return self.items[-1].end


@dataclass(frozen=True, slots=True)
class HtmlSlot:
    """A place in an HTML block."""

    prefix: str
    """What stands before each line of the block: quote markers, indentation."""


@dataclass(slots=True)
class Reading:
    """How the grammar reads a source; what is asked for again is kept."""

    md: MarkdownIt
    body: str
    """What it has read: the text with front matter blanked and templates masked."""
    templates: tuple[str, ...]
    env: Env
    tokens: Sequence[Token]
    items: dict[str, Sequence[Item]]
    """The content of a block → its items, also of blocks that the writer has tried."""
    entries: tuple[Entry, ...] | None = None
    plain: tuple[Entry, ...] | None = None

    def inline(self, content: str) -> Sequence[Item]:
        """The items of a block with this content, in this document."""
        found = self.items.get(content)
        if found is None:
            found = self.items[content] = read_inline(self.md, content, self.env)
        return found

    def outline(self) -> tuple[Entry, ...]:
        """The structure of the source."""
        if self.entries is None:
            self.entries = outline(self.tokens, self.env["ends"], self.inline)
        return self.entries

    def plain_blocks(self, md: MarkdownIt) -> tuple[Entry, ...]:
        """The blocks of the source as another reader sees them."""
        if self.plain is None:
            self.plain = plain_blocks(md, self.body)
        return self.plain


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What `render` and `compare` keep of a parse."""

    decoded: Decoded
    source: Source
    head: FrontMatter | None
    reading: Reading
    places: tuple[Place, ...]
    slots: dict[str, Slot | HtmlSlot | Scalar | Parameter]
    """Segment id → what its writer needs."""
    mdx: bool
