"""Run formatting as a reader tells it apart: which differences show, and which do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from parsers.docx.names import attribute, full, short
from parsers.docx.styles import Styles

Key: TypeAlias = tuple[object, ...]

SOFT = frozenset({"w:noProof", "w:kern", "w:rPrChange", "w:snapToGrid"})
"""Properties that change nothing a reader sees in a line of text (ISO/IEC 29500-1 §17.3.2)."""
COMPLEX = frozenset({"w:bCs", "w:iCs", "w:szCs"})
"""They apply to complex-script text only, so without ``w:rtl`` to nothing in most runs (§17.3.2.2)."""
SOFT_ATTRIBUTES = frozenset({"dirty", "err", "smtClean", "noProof", "bmk", "kern"})
"""The same for DrawingML runs (§21.1.2.3.9)."""
LANGUAGE = frozenset({"lang", "altLang"})
FORMLESS = frozenset({*full("w:lang"), etree.Comment, etree.PI})
"""Tags, as `lxml` gives them, of what is in run properties and formats nothing."""
TRACKING = 20
"""Character spacing below 1 pt (in twentieths) is what converters from PDF leave, not emphasis."""
ON_SPACES = frozenset({"w:u", "w:strike", "w:dstrike", "w:highlight", "w:shd", "w:bdr", "w:em", "a:highlight"})
"""Properties that show on a blank."""
OFF = frozenset({"0", "false", "off", "none", "baseline"})

LABELS = (("w:vertAlign", "raised"), ("w:b", "strong"), ("w:i", "em"), ("w:strike", "deleted"), ("w:u", "underline"),
          ("w:highlight", "mark"))
"""What a pair of run Codes is called: after the first of these that is on, else ``run``."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One run formatting; equal ones are one object within a part."""

    rpr: etree._Element | None
    shade: int
    """A number for what a reader can tell apart; looks of a part that agree in this read as one."""
    on_spaces: bool
    """It shows even where the text is blank: underlined, highlighted, struck…"""
    protected: str
    """Why its text is not translated (a code style, DoNotTranslate), or nothing."""
    label: str


PLAIN = Look(None, 0, on_spaces=False, protected="", label="run")


class Looks:
    """The looks of a part, each made once."""

    def __init__(self, styles: Styles) -> None:
        self._styles = styles
        self._known: dict[Key, Look] = {(): PLAIN}
        self._shades: dict[Key, int] = {(): PLAIN.shade}

    def of(self, rpr: etree._Element | None) -> Look:
        """The look that run properties give."""
        if rpr is None:
            return PLAIN
        key = exact(rpr)
        look = self._known.get(key)
        if look is None:
            look = self._known[key] = self._make(rpr)
        return look

    def _make(self, rpr: etree._Element) -> Look:
        style = next((attribute(child, "w:val") for child in rpr if short(child.tag) == "w:rStyle"), "")
        names = {short(child.tag): attribute(child, "w:val") for child in rpr}
        label = next((label for name, label in LABELS if names.get(name, "off") not in OFF), "run")
        on_spaces = any(name in ON_SPACES and value not in OFF for name, value in names.items())
        drawn = rpr.get("u", "none") != "none" or rpr.get("strike", "noStrike") != "noStrike"
        if short(rpr.tag) == "a:rPr" and label == "run":
            raised = rpr.get("baseline", "0") not in ("0", "0%")
            label = "raised" if raised else "strong" if rpr.get("b") == "1" else "em" if rpr.get("i") == "1" else "run"
        shade = self._shades.setdefault(shown(rpr), len(self._shades))
        return Look(rpr, shade, on_spaces or drawn, self._styles.of(style).protected if style else "", label)


def exact(rpr: etree._Element) -> Key:
    """Everything but the language and revision ids, which say nothing about formatting."""
    key: list[object] = [item for item in rpr.items() if item[0] not in LANGUAGE and "rsid" not in item[0]]
    for child in rpr:
        tag = child.tag
        if tag not in FORMLESS:
            key.append(tag)
            key += child.items()
            if len(child):
                key += map(deep, child)
    return tuple(key)


def deep(element: etree._Element) -> tuple[object, ...]:
    """An element with all that is in it, as a value."""
    return short(element.tag), tuple(element.items()), (element.text or "").strip(), tuple(map(deep, element))


def shown(rpr: etree._Element) -> tuple[tuple[object, ...], ...]:
    """The part of `exact` that a reader can see."""
    rtl = any(short(child.tag) == "w:rtl" and attribute(child, "w:val") not in OFF for child in rpr)
    key: list[tuple[object, ...]] = [(name, value) for name, value in rpr.items()
                         if name not in LANGUAGE and name not in SOFT_ATTRIBUTES and "rsid" not in name]
    for child in rpr:
        name = short(child.tag)
        if name in ("w:lang", "#") or name in SOFT or (name in COMPLEX and not rtl) or _slight(name, child):
            continue
        items = [item for item in child.items() if short(item[0]) != "w:hint"]
        if items or name != "w:rFonts":
            key.append((name, tuple(items), tuple(map(deep, child)) if len(child) else ()))
    return tuple(key)


def _slight(name: str, element: etree._Element) -> bool:
    """Letter spacing too small to be meant."""
    value = attribute(element, "w:val").lstrip("-")
    return name == "w:spacing" and value.isdecimal() and int(value) < TRACKING
