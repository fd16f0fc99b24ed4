"""Checks of what is not language: Codes, illegal characters, marks that should never be seen."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from parsers.document import Code, CodeKind, Content, codes, parents, readable
from pipeline.findings import Finding, Pair


def check_codes(pair: Pair) -> Iterator[Finding]:
    """Each Code exactly once, none foreign, pairs nested, in the same pairs as before, none emptied."""
    if not codes(pair.source) and not codes(pair.draft):
        return
    faults = list(_miscounted(pair)) if codes(pair.source) != codes(pair.draft) else []
    for fault in faults or _misplaced(pair):
        yield _error("codes", fault)


def _miscounted(pair: Pair) -> Iterator[str]:
    wanted, have = Counter(codes(pair.source)), Counter(codes(pair.draft))
    for code, count in have.items():
        if code not in wanted:
            yield f"{_name(code)} is not in the source"
        elif count > wanted[code]:
            yield f"{_name(code)} stands {count} times"
    for code in wanted:
        if have[code] < wanted[code]:
            yield f"{_name(code)} is lost"


def _misplaced(pair: Pair) -> Iterator[str]:
    try:
        before = parents(pair.source)
    except ValueError:
        return                                              # nothing to hold the draft to
    if codes(pair.source) != codes(pair.draft):             # in the same order they stand in the same pairs
        try:
            after = parents(pair.draft)
        except ValueError as error:
            yield str(error)
            return
        for code in codes(pair.source):
            if before[code.key] != after[code.key]:
                yield f"{_name(code)} has moved into or out of another"
                return
    for number in sorted(_visible_pairs(pair.source) - _visible_pairs(pair.draft)):
        yield f"Code {number} encloses no text any more"


def _visible_pairs(items: Content) -> set[int]:
    """Ids of the pairs that hold something a reader sees."""
    opened: dict[int, int] = {}
    found: set[int] = set()
    for at, item in enumerate(items):
        if isinstance(item, Code) and item.kind is CodeKind.OPEN:
            opened[item.id] = at
        elif (isinstance(item, Code) and item.kind is CodeKind.CLOSE and item.id in opened
              and any(map(str.isalnum, readable(items[opened[item.id] + 1:at])))):
            found.add(item.id)
    return found


def _name(code: Code) -> str:
    half = {CodeKind.OPEN: "the start of ", CodeKind.CLOSE: "the end of ", CodeKind.STANDALONE: ""}[code.kind]
    return f"{half}Code {code.id} ({code.label})"


ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffd"
                     + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0xF0000, 0x10000))
                     + "\U000f0000-\U0010ffff]")
"""Control characters, lone surrogates, private use, the replacement character and what Unicode calls noncharacters."""
REPLACEMENT = "\ufffd"
NEVER = re.compile("[\x00\ud800-\udfff]")
"""What not even a source that has it excuses."""


def check_characters(pair: Pair) -> Iterator[Finding]:
    """No character that XML, HTML or a reader cannot have, unless the source has it too."""
    after = pair.after.text
    if after.isprintable() and REPLACEMENT not in after:    # most are: all else that is illegal cannot be printed
        return
    bad = set(ILLEGAL.findall(after))
    if bad:
        bad -= set(NEVER.sub("", pair.before.text))
    for char in sorted(bad):
        yield _error("characters", f"the character U+{ord(char):04X} cannot stand in a text")


LEAKS = re.compile(
    r"\[\s?\d{1,3}\s?\]"                                    # standalone Codes of the embedded engine
    r"|</?\s?[a-z]{1,2}\s?\d{1,3}\s?/?>"                    # tags of the profiles of model servers
    r"|</?\s?(?:bpt|ept|ph|pc|sc|ec|mrk)\b[^<>]{0,40}>"     # XLIFF
    r"|<\|[^<>|\n]{1,30}\|>|<[|｜][^<>\n]{1,40}[|｜]>|</?(?:s|unk|pad|bos|eos|think|source|target|translation)>"
    r"|\[/?INST\]|<<SYS>>|<start_of_turn>|<end_of_turn>"    # special tokens of models
    r"|[⟦⟧▁\ue000-\uf8ff]|@@ |\{\d{1,3}\}|__[A-Z]{2,8}_?\d{1,3}__")
"""Marks that stand for Codes or that only models see."""


def check_leaks(pair: Pair) -> Iterator[Finding]:
    """No mark of an engine's own notation in the text."""
    leaks = LEAKS.findall(pair.after.text)
    if not leaks:
        return
    found, spare = Counter(leaks), Counter(LEAKS.findall(pair.before.text))
    for mark, count in found.items():
        if count > spare[mark]:
            yield _error("leak", f"“{mark.strip()}” has leaked into the text")


def _error(check: str, message: str) -> Finding:
    return Finding(check, "error", message)
