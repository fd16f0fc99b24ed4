"""A Word document: parse and render."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from parsers.document import Content, Document, Protected, Segment, codes, parents, readable
from parsers.docx.names import full, namespace_of
from parsers.docx.numbering import label_text, raw_labels
from parsers.docx.package import Package, open_package, read_xml
from parsers.docx.story import Story, StoryReader, ValueSpot, write_value
from parsers.docx.styles import Styles, read_styles
from parsers.docx.voice import COMPLEX_SCRIPTS, EAST_ASIAN, RUN_ORDER, Voice, declared_language, place, set_language
from parsers.docx.writing import legal, write_paragraph
from parsers.errors import DocumentError
from parsers.locales import Locale
from parsers.options import ParseOptions

DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]*\?>\s*")


@dataclass(frozen=True, slots=True)
class ReadPart:
    """A part as a tree, with what was found in it."""

    tree: etree._ElementTree
    story: Story


@dataclass(slots=True)
class Skeleton:
    """Where the segments of a document stand.

    Rendering writes into a part's tree, so a tree serves once: the first rendering takes the
    one that was made by parsing, later ones read the part again.
    """

    package: Package
    reader: StoryReader
    firsts: dict[str, int] = field(default_factory=dict)
    """Part → number of its first segment; only parts that have segments."""
    kinds: dict[str, str] = field(default_factory=dict)
    ordinals: dict[str, tuple[int, ...]] = field(default_factory=dict)
    """Part → for each of its segments, which paragraph of the part it is (-1: none)."""
    fresh: dict[str, ReadPart] = field(default_factory=dict)

    def read(self, name: str) -> ReadPart:
        """Read a part anew."""
        tree = read_xml(self.package.archive, name)
        story = self.reader.read(tree.getroot(), self.kinds[name], name)
        return ReadPart(tree, story)

    def take(self, name: str) -> ReadPart:
        """A tree of a part that nobody has written into."""
        return self.fresh.pop(name, None) or self.read(name)


def parse(data: bytes, options: ParseOptions) -> Document:
    """Break a Word document into segments.

    Raises DamagedDocument, EncryptedDocument, UnsafeDocument or TooLarge.
    """
    package = open_package(data, options.limits)
    archive, singles = package.archive, package.singles
    styles_root = read_xml(archive, singles["styles"]).getroot() if "styles" in singles else None
    styles = read_styles(styles_root) if styles_root is not None else Styles()
    skeleton = Skeleton(package, StoryReader(styles, options.masks))
    segments: list[Segment] = []
    protected: list[Protected] = []
    stories = list(package.stories)
    if "core-properties" in singles:
        stories.append(("core-properties", singles["core-properties"]))
    if "numbering" in singles and options.numbering:
        stories.append(("numbering", singles["numbering"]))
    for kind, name in stories:
        skeleton.kinds.setdefault(name, kind)
        part = skeleton.read(name)
        protected += part.story.protected
        if part.story.places:
            skeleton.firsts[name] = len(segments)
            skeleton.ordinals[name] = tuple(at.ordinal for at in part.story.places)
            skeleton.fresh[name] = part
        for at in part.story.places:
            segments.append(Segment(f"s{len(segments)}", at.content, at.role, at.path, at.where, *at.stand))
    if "numbering" in singles and not options.numbering:
        protected += [Protected("numbering label", label) for label in raw_labels(archive.read(singles["numbering"]))]
    archive.survey()
    return Document("docx", data, tuple(segments), tuple(protected), declared_language(styles_root), skeleton)


def render(document: Document, contents: Mapping[str, Content], target: Locale | None = None) -> bytes:
    """The document with these contents in place of its segments' own; all else is copied.

    Raises ValueError for a content with Codes that its segment does not have, or with crossing pairs.
    """
    skeleton: Skeleton = document.skeleton
    changed = {n for n, segment in enumerate(document.segments)
               if contents.get(segment.id, segment.content) != segment.content}
    for n in changed:
        _check_codes(document.segments[n], contents[document.segments[n].id])
    if not changed:
        return document.source
    archive = skeleton.package.archive
    voice = Voice(target)
    new: dict[str, bytes] = {}
    for name, first in skeleton.firsts.items():
        if changed.isdisjoint(range(first, first + len(skeleton.ordinals[name]))):
            continue
        part = skeleton.take(name)
        places = range(first, first + len(part.story.places))
        mine = {n - first: contents[document.segments[n].id] for n in changed.intersection(places)}
        _write(part.story, mine, voice)
        voice.turn_sections(part.tree.getroot())
        new[name] = serialise(part.tree, archive.read(name))
    if target is not None:
        new |= _language(skeleton, target)
    return archive.replace(new)


def _check_codes(segment: Segment, new: Content) -> None:
    known = {code.key for code in codes(segment.content)}
    for code in codes(new):
        if code.key not in known:
            raise ValueError(f"Segment {segment.id} has no Code {code.id} ({code.kind}); give back only its own Codes.")
    parents(new)


def _write(story: Story, new: Mapping[int, Content], voice: Voice) -> None:
    """Write new contents (by number of place) into the tree of a part."""
    done: set[int] = set()
    for n in sorted(new):
        spot = story.places[n].spot
        if isinstance(spot, ValueSpot):
            text = label_text(new[n]) if spot.label else readable(new[n])
            write_value(spot, legal(text))
        elif n not in done:
            start = n - spot.number
            places = range(start, start + len(spot.layout.plans))
            write_paragraph(spot.element, spot.layout, [new.get(at) for at in places], voice)
            done.update(places)


def serialise(tree: etree._ElementTree, source: bytes) -> bytes:
    """A tree in the encoding of its source, after the source's own XML declaration."""
    encoding = (tree.docinfo.encoding or "UTF-8").upper()
    if encoding.startswith(("UTF-16", "UCS")):
        standalone = bool(tree.docinfo.standalone)
        return _bytes(etree.tostring(tree, encoding=encoding, xml_declaration=True, standalone=standalone))
    head = DECLARATION.match(source)
    mark = b"\xef\xbb\xbf" if source.startswith(b"\xef\xbb\xbf") else b""
    body = _bytes(etree.tostring(tree, encoding=encoding, xml_declaration=False))
    return (head[0] if head else mark) + body


def _bytes(serialised: str | bytes) -> bytes:
    """`etree.tostring` gives bytes for every encoding but “unicode”."""
    assert isinstance(serialised, bytes)
    return serialised


def _language(skeleton: Skeleton, target: Locale) -> dict[str, bytes]:
    """Styles, and settings for a script with theme fonts of its own, that name the target (§17.3.2.20, §17.15.1.88)."""
    singles = skeleton.package.singles
    wanted = [("w:docDefaults", singles.get("styles"))]
    if target.script in COMPLEX_SCRIPTS | EAST_ASIAN:
        wanted.append(("w:themeFontLang", singles.get("settings")))
    new = {}
    for kind, name in wanted:
        try:
            tree = read_xml(skeleton.package.archive, name) if name is not None else None
        except DocumentError:                                # settings are no text: what Word makes of them stays
            continue
        found = next(tree.getroot().iter(*full(kind)), None) if tree is not None else None
        if kind == "w:docDefaults" and found is not None:
            rpr = next(found.iter(*full("w:rPr")), None)
            found = place(rpr, "lang", RUN_ORDER, namespace_of(rpr.tag)) if rpr is not None else None
        if name is not None and tree is not None and found is not None:
            set_language(found, target, namespace_of(found.tag))
            new[name] = serialise(tree, skeleton.package.archive.read(name))
    return new
