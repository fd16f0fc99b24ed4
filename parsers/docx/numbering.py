"""Words in the labels of numbered lists: ``Chapter %1``, ``Annex %1.``

A label (``w:lvlText``, ISO/IEC 29500-1 §17.9.11) says ``%1``…``%9`` where the number of a level goes.
The numbering part holds nothing else that a reader reads, and lists anywhere in the document share it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

from parsers.document import Code, CodeKind, Content, content, has_letters
from parsers.docx.names import full, short
from parsers.masking import MaskFinder

NUMBER = re.compile("%[1-9]")
WORD_JOINER = "\u2060"
"""Keeps a ``%`` of a translation apart from a digit after it; there is no escape for it, and nobody sees this one."""

_LABEL = re.compile(rb"""lvlText\s[^<>]*?val=["']([^"'<>]*)""")
_LEVELS = full("w:lvlText")


def is_label(text: str) -> bool:
    """True if a label has words; one letter alone is a bullet of a symbol font."""
    return len(text) > 1 and has_letters(text)


def labels(root: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """The labels with words: the element and the name of the attribute that holds the text."""
    for element in root.iter(*_LEVELS):
        for key, value in element.items():
            if short(key) == "w:val" and is_label(str(value)):
                yield element, str(key)


def raw_labels(data: bytes) -> list[str]:
    """The labels with words of a numbering part that stays as it is, so that it is not even parsed; each once."""
    found = dict.fromkeys(label.decode("utf-8", "replace") for label in _LABEL.findall(data))
    return [label for label in found if is_label(label)]


def label_content(text: str, masks: MaskFinder) -> Content:
    """A label with its numbers, and what the rules mask, as Codes."""
    items: list[str | Code] = []

    def carry(source: str, label: str) -> None:
        number = sum(isinstance(item, Code) for item in items) + 1
        items.append(Code(number, CodeKind.STANDALONE, source, label, source))

    at = 0
    for found in [*NUMBER.finditer(text), None]:
        stretch, start = text[at:found.start() if found else len(text)], 0
        for mask in masks.find(stretch):
            items.append(stretch[start:mask.start])
            carry(stretch[mask.start:mask.end], mask.kind)
            start = mask.end
        items.append(stretch[start:])
        if found is not None:
            carry(found[0], "number")
            at = found.end()
    return content(items)


def label_text(new: Content) -> str:
    """A content as a label: only Codes stand for numbers."""
    apart = re.compile("%(?=[1-9])")
    texts = [item.equiv if isinstance(item, Code) else apart.sub("%" + WORD_JOINER, item) for item in new]
    for n, (one, other) in enumerate(pairwise(texts)):
        if one.endswith("%") and re.match("[1-9]", other):
            texts[n] = one + WORD_JOINER
    return "".join(texts)
