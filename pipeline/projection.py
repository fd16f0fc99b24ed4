"""Put the Codes of a source onto a translation that was made without (some of) them.

The translation was made of the whole sentence, so it reads well; what remains is to find the
words that each pair belongs around. `hints` say how a pair's inner text translates; a pair
goes around the stretch of the translation that is most like a hint and stands in about the
same relative place. A pair that cuts a word stays on its part of it (`pipeline.cut_words`).
What nothing finds goes in by position, between its neighbours. Every Code is placed exactly
once, in the pair where it was. If that cannot be done word by word, the Codes keep their order
and share the words out (`in_order`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from parsers.document import Code, CodeKind, Content, content, has_letters
from pipeline.cut_words import places
from pipeline.flat import PLACEHOLDER, Flat, Pair, flatten
from pipeline.likeness import TOKEN, like

Hints = Mapping[int, Sequence[Content]]
"""Pair id → translations of its inner text, best first."""

SURE = 0.8
"""From this value on no other hint is asked."""
REACH = 60
"""Words over which a pair may move; only lists of hundreds of links are longer than that."""
FAR_COST = 0.25
"""What a whole sentence's length of displacement takes off a candidate's similarity."""


def project(source: Content, target: Content, hints: Hints) -> Content:
    """The target with every Code of the source.

    ``target`` may hold some of the standalone Codes already, each at most once; other Codes in
    it are an error. Raises ValueError if the target has fewer letters than pairs to hold them,
    or if a text holds characters of plane 16.
    """
    if PLACEHOLDER.search("".join(item for item in (*source, *target) if isinstance(item, str))):
        raise ValueError("the text itself holds characters of private-use plane 16")
    flat = flatten(source)
    text = _place_missing_atoms(flat, flat.of(target))
    for number, span in places(flat, text).items():
        flat.pairs[number].target = span
    try:
        for number in flat.order:
            if flat.pairs[number].target is None:
                _find(flat, number, text, _hinted(flat, number, hints))
        for siblings in _families(flat):
            _fill_gaps(flat, siblings, text)
        found = _emit(flat, text)
        if _filled(source) == _filled(found):
            return found
    except ValueError:
        pass                                                # no word of its own for some pair
    return in_order(source, "".join(char for char in text if char not in flat.atoms))


def _hinted(flat: Flat, number: int, hints: Hints) -> Sequence[str]:
    """What a pair's text may have become; without letters it is itself in any language."""
    inner = flat.text[flat.pairs[number].start:flat.pairs[number].end].strip()
    return [flat.of(hint).strip() for hint in hints.get(number, ())] or ([] if has_letters(inner) else [inner])


# ---- standalone Codes --------------------------------------------------------------------------
def _place_missing_atoms(flat: Flat, text: str) -> str:
    """Bring in standalone Codes that the translation lacks: over their visible text, else by position."""
    for char, code in flat.atoms.items():
        if char in text:
            continue
        share = flat.text.index(char) / max(1, len(flat.text))
        found = _nearest(text, code.equiv, share)
        if found is not None:
            text = text[:found[0]] + char + text[found[1]:]
        else:
            text = _insert(flat.text, text, char, share)
    return text


def _nearest(text: str, wanted: str, share: float) -> tuple[int, int] | None:
    """The whole-word occurrence of a text that is nearest to a relative position."""
    if not wanted.strip():
        return None
    spans = [m.span() for m in re.finditer(rf"(?<!\w){re.escape(wanted.strip())}(?!\w)", text)]
    return min(spans, key=lambda span: abs(span[0] / max(1, len(text)) - share), default=None)


def _insert(source: str, text: str, char: str, share: float) -> str:
    """Insert a Code at about the same relative place, between words, spaced as in the source."""
    at = source.index(char)
    glued_before = at > 0 and not source[at - 1].isspace()
    glued_after = at + 1 < len(source) and not source[at + 1].isspace()
    if at == 0 or not source[:at].strip():
        return char + ("" if glued_after else " ") + text
    if not source[at + 1:].strip():
        return text + ("" if glued_before else " ") + char
    ends = [m.end() for m in TOKEN.finditer(text)] or [0]
    where = min(ends, key=lambda end: abs(end / max(1, len(text)) - share))
    left, right = text[:where], text[where:]
    if not glued_before and left and not left.endswith(" "):
        left += " "
    if not glued_after and right and not right.startswith(" ") and glued_before is False:
        right = " " + right
    return left + char + right


# ---- pairs -------------------------------------------------------------------------------------
def _find(flat: Flat, number: int, text: str, hints: Iterable[str]) -> None:
    """Give a pair the stretch that is most like one of its hints, if any is like enough."""
    pair = flat.pairs[number]
    low, high = _room(flat, pair, text)
    inner = flat.text[pair.start:pair.end]
    atoms_in = {char for char in inner if char in flat.atoms}
    if not TOKEN.search(inner):
        return
    if not any(char not in flat.atoms and not char.isspace() for char in inner):
        pair.target = _around(text, atoms_in)
        return
    taken = [flat.pairs[n].target for n in _siblings(flat, pair) if flat.pairs[n].target and n != number]
    tokens = [m.span() for m in TOKEN.finditer(text, low, high)]
    share = (pair.start + pair.end) / 2 / max(1, len(flat.text))
    best: tuple[float, tuple[int, int]] | None = None
    near = _near(tokens, share, len(inner.split()))
    for rank, hint in enumerate(hints):
        for score, span in like(hint, text, near):
            if any(t and span[0] < t[1] and t[0] < span[1] for t in taken):
                continue
            inside = {char for char in text[span[0]:span[1]] if char in flat.atoms}
            if inside != atoms_in:
                continue
            middle = (span[0] + span[1]) / 2 / max(1, len(text))
            value = score - FAR_COST * abs(middle - share) - 0.02 * rank
            if best is None or value > best[0]:
                best = value, span
        if best is not None and best[0] > SURE:
            break
    if best is not None:
        pair.target = best[1]


def _near(tokens: Sequence[tuple[int, int]], share: float, words: int) -> Sequence[tuple[int, int]]:
    """The tokens around a relative place, as far as languages move words."""
    middle = round(share * len(tokens))
    return tokens[max(0, middle - REACH - words):middle + REACH + words]


def _room(flat: Flat, pair: Pair, text: str) -> tuple[int, int]:
    if not pair.parent:
        return 0, len(text)
    return flat.pairs[pair.parent].target or (0, len(text))


def _siblings(flat: Flat, pair: Pair) -> list[int]:
    if pair.parent:
        return flat.pairs[pair.parent].children
    return [n for n in flat.order if not flat.pairs[n].parent]


def _families(flat: Flat) -> Iterable[list[int]]:
    yield [n for n in flat.order if not flat.pairs[n].parent]
    for number in flat.order:
        if flat.pairs[number].children:
            yield flat.pairs[number].children


def _around(text: str, atoms: set[str]) -> tuple[int, int]:
    places = [text.index(char) for char in atoms]
    return min(places), max(places) + 1


def _fill_gaps(flat: Flat, family: Sequence[int], text: str) -> None:
    """Place what no hint found: in the free stretch between the neighbours that are placed."""
    if not family:
        return
    low, high = _room(flat, flat.pairs[family[0]], text)
    for number in family:
        pair = flat.pairs[number]
        if pair.target is not None and low <= pair.target[0] and pair.target[1] <= high:
            continue
        pair.target = None
        free = _free_stretch(flat, family, number, (low, high))
        pair.target = _by_position(flat, pair, text, free)


def _free_stretch(flat: Flat, family: Sequence[int], number: int, room: tuple[int, int]) -> tuple[int, int]:
    """From the end of the sibling before to the start of the sibling after, in target order."""
    at = family.index(number)
    before = [t for n in family[:at] if (t := flat.pairs[n].target)]
    after = [t for n in family[at + 1:] if (t := flat.pairs[n].target)]
    start = max((t[1] for t in before), default=room[0])
    end = min((t[0] for t in after if t[0] >= start), default=room[1])
    return start, max(start, end)


def _by_position(flat: Flat, pair: Pair, text: str, free: tuple[int, int]) -> tuple[int, int]:
    """Words of a free stretch, as many as the pair held, at its relative place in the source.

    Raises ValueError if a pair that held text finds none.
    """
    inner = flat.text[pair.start:pair.end]
    atoms = {char for char in inner if char in flat.atoms}
    share = pair.start / max(1, len(flat.text))
    if not inner.strip():
        ends = [free[0], *(m.end() for m in TOKEN.finditer(text, *free))]
        at = free[0] if pair.start == 0 else min(ends, key=lambda end: abs(end / max(1, len(text)) - share))
        return at, at
    if atoms:
        return _around(text, atoms)
    found = [m for m in TOKEN.finditer(text, *free) if m[0] not in flat.atoms]
    tokens = [m.span() for m in found if m[0][0].isalnum()] or [m.span() for m in found]
    if not tokens:
        raise ValueError(f"no words left for Code {pair.open.id}")
    words = max(1, round(len(tokens) * len(inner) / max(1, len(flat.text))))
    first = min(range(len(tokens)), key=lambda n: abs(tokens[n][0] / max(1, len(text)) - share))
    last = min(len(tokens), first + words) - 1
    while last > first and any(text[at] in flat.atoms for at in range(tokens[first][0], tokens[last][1])):
        last -= 1
    return tokens[first][0], tokens[last][1]


def _emit(flat: Flat, text: str) -> Content:
    """The target text cut at its Codes. Raises ValueError if stretches cross."""
    roots = next(iter(_families(flat)))

    def between(start: int, end: int, family: Sequence[int]) -> list[str | Code]:
        out: list[str | Code] = []
        at = start
        for number in sorted(family, key=lambda n: flat.pairs[n].target or (0, 0)):
            pair = flat.pairs[number]
            if pair.target is None or pair.target[0] < at or pair.target[1] > end:
                raise ValueError(f"Code {number} has no place of its own")
            out += _with_atoms(flat, text[at:pair.target[0]])
            out += [pair.open, *between(*pair.target, pair.children), pair.close]
            at = pair.target[1]
        return out + _with_atoms(flat, text[at:end])

    return content(between(0, len(text), roots))


def _with_atoms(flat: Flat, text: str) -> list[str | Code]:
    return [flat.atoms.get(part, part) for part in PLACEHOLDER.split(text) if part]


def _filled(items: Content) -> set[int]:
    """The pairs (0: the top) that hold letters or digits themselves, not only in pairs inside them."""
    stack = [0]
    found: set[int] = set()
    for item in items:
        if isinstance(item, str):
            if any(map(str.isalnum, item)):
                found.add(stack[-1])
        elif item.kind is CodeKind.OPEN:
            stack.append(item.id)
        elif item.kind is CodeKind.CLOSE:
            stack.pop()
    return found


# ---- the last resort ---------------------------------------------------------------------------
def in_order(source: Content, text: str) -> Content:
    """The Codes in source order, the words of a text shared out between them by length.

    Raises ValueError if there are fewer characters than texts.
    """
    runs = [len(item.split()) for item in source if isinstance(item, str) and item.strip()]
    units = [m.span() for m in re.finditer(r"\S+", text)]
    if len(units) < len(runs):
        units = [m.span() for m in re.finditer(r"\S", text)]
    if not runs or len(units) < len(runs):
        raise ValueError("the translation is too short to hold the Codes of its source")
    cuts = _shares(runs, len(units))
    slices = iter([text[units[a][0]:units[b][0] if b < len(units) else len(text)] for a, b in cuts])
    out: list[str | Code] = []
    carried = ""
    for item in source:
        if isinstance(item, Code):
            out.append(item)
        elif not item.strip():
            out.append(item)
            carried = ""
        else:
            piece = (carried or item[:len(item) - len(item.lstrip())]) + next(slices)
            core = piece.rstrip()
            carried = piece[len(core):]
            if item[-1:].isspace():
                core, carried = piece, ""
            out.append(core)
    return content(out)


def _shares(weights: Sequence[int], units: int) -> list[tuple[int, int]]:
    """Cut 0…units into one stretch for each weight, none empty, about in proportion."""
    total, used, at = sum(weights), 0, 0
    cuts: list[tuple[int, int]] = []
    for n, weight in enumerate(weights):
        used += weight
        left = len(weights) - n - 1
        end = min(units - left, max(at + 1, round(units * used / total)))
        cuts.append((at, end))
        at = end
    return cuts
