"""TBX (ISO 30042): term bases that many tools export.

Read are version 3 in both of its styles (``tbx``, ``conceptEntry``, ``langSec``, ``termSec``) and its
forerunners (``martif``, ``termEntry``, ``langSet``, ``tig`` or ``ntig``). Of what they say of a term three
things count: its language, whether it is still wanted, and whether it is an acronym, which is found only as
it is written.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from lxml import etree

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.glossary_files import Concept, Wording

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

OUTDATED = frozenset({"deprecatedterm", "supersededterm", "notrecommendedterm", "rejectedterm", "forbidden", "obsolete",
                      "deprecated", "superseded", "rejected"})
"""Values of ``administrativeStatus`` and ``normativeAuthorization``, ISO 30042's with and without their
suffix ``-admn-sts``, and those of tools, for a term that is no longer to be written."""

PREFERRED = frozenset({"preferredterm", "preferred", "standardizedterm"})

ACRONYMS = frozenset({"acronym", "initialism"})
"""Values of ``termType``."""


def concepts_of(data: bytes) -> Iterator[Concept]:
    """The concepts of a file, in order. Raises UsageError if it is no TBX, broken, or has entities of its own.

    Nothing outside the file is read: no DTD that it names, no entity.
    """
    events = etree.iterparse(io.BytesIO(data), events=("start", "end"), resolve_entities=False, no_network=True,
                             load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True)
    root: etree._Element | None = None
    try:
        for event, element in events:
            if root is None:
                root = _checked(element)
            if event == "end" and _name(element) in ("termEntry", "conceptEntry"):
                yield _concept(element)
                element.clear()
    except etree.XMLSyntaxError as error:
        why = (error.msg or "").partition(", line")[0].rstrip(".")
        raise UsageError(f"line {error.lineno} is no well-formed XML ({why}).") from error


def _checked(root: etree._Element) -> etree._Element:
    if _name(root) not in ("martif", "tbx"):
        raise UsageError(f"it is XML, but no TBX: its root is <{_name(root)}>, not <tbx> or <martif>.")
    declared: Any = root.getroottree().docinfo.internalDTD
    if declared is not None and any(declared.entities()):
        raise UsageError("it defines XML entities of its own; write the characters themselves.")
    return root


def _concept(entry: etree._Element) -> Concept:
    names: dict[str, tuple[Wording, ...]] = {}
    for section in entry:
        tag = _language(section) if _name(section) in ("langSet", "langSec") else ""
        if tag:
            found = sorted(_terms(section), key=lambda ranked: ranked[0])
            names[tag] = names.get(tag, ()) + tuple(wording for _, wording in found)
    return Concept(names)


def _language(section: etree._Element) -> str:
    """The tag of a section as BCP 47 spells it, or nothing if it names no language."""
    try:
        return Locale.parse(section.get(XML_LANG) or section.get("lang") or "").tag
    except UsageError:
        return ""


def _terms(section: etree._Element) -> Iterator[tuple[int, Wording]]:
    """Terms of a language with their rank: 0 is preferred."""
    for element in section.iter():
        if _name(element) not in ("tig", "ntig", "termSec"):
            continue
        said = dict(_said(element))
        text = next((_text(child) for child in element.iter() if _name(child) == "term"), "")
        if text:
            status = (said.get("administrativeStatus") or said.get("normativeAuthorization") or "").casefold()
            status = status.removesuffix("-admn-sts")
            case = said.get("termType") in ACRONYMS and text != text.lower()
            yield int(status not in PREFERRED), Wording(text, case, status in OUTDATED)


def _said(term: etree._Element) -> Iterator[tuple[str, str]]:
    """What is noted of a term: ``<termNote type="termType">`` in one style, ``<basic:termType>`` in the other."""
    for element in term.iter():
        name = _name(element)
        yield (element.get("type") or "" if name == "termNote" else name), _text(element)


def _text(element: etree._Element) -> str:
    if any(child.tag is etree.Entity for child in element.iter()):
        raise UsageError("a term of it has an XML entity; write the character itself.")
    return " ".join("".join(map(str, element.itertext())).split())


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
