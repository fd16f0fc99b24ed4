"""Codes of human translations put where no translator put them: all there, all well nested, all wrong."""

import re
from itertools import groupby

from parsers.document import Code, CodeKind, content

PIECE = re.compile(r"\s+|[぀-ヿ㐀-鿿]|[^\s぀-ヿ㐀-鿿]+")


def pieces(items):
    """Words, white space and Codes."""
    return [piece for item in items for piece in (PIECE.findall(item) if isinstance(item, str) else [item])]


def is_word(piece):
    return isinstance(piece, str) and any(map(str.isalnum, piece))


def count(some):
    return sum(map(is_word, some))


def whole(some):
    """A content of pieces; where a Code has gone two spaces become one."""
    parts = (list(group) for _, group in groupby(some, key=lambda piece: isinstance(piece, str) and piece.isspace()))
    return content(piece for part in parts for piece in (part[:1] if str(part[0]).isspace() else part))


def top(some):
    """(first, last) piece of each Code that stands in no pair."""
    found, depth, start = [], 0, 0
    for at, piece in enumerate(some):
        kind = piece.kind if isinstance(piece, Code) else None
        if depth == 0 and kind in (CodeKind.OPEN, CodeKind.STANDALONE):
            start = at
        depth += (kind is CodeKind.OPEN) - (kind is CodeKind.CLOSE)
        if depth == 0 and kind in (CodeKind.CLOSE, CodeKind.STANDALONE):
            found.append((start, at))
    return found


def plain(some, spans):
    """The pairs among some spans that hold words and no other Code."""
    return [(first, last) for first, last in spans if count(some[first:last])
            and not any(isinstance(piece, Code) for piece in some[first + 1:last])]


def around(some, pair, first, last):
    """The pair put around other pieces."""
    out = []
    for at, piece in enumerate(some):
        if at in pair:
            continue
        out += [some[pair[0]]] * (at == first) + [piece] + [some[pair[1]]] * (at == last)
    return whole(out)


def moved_pair(some, random):
    """Around as many words elsewhere."""
    pairs = plain(some, top(some))
    if not pairs:
        return None
    pair = random.choice(pairs)
    inside = {at for first, last in top(some) for at in range(first, last + 1)}
    words = [at for at, piece in enumerate(some) if is_word(piece)]
    size = count(some[pair[0]:pair[1]])
    places = [(words[n], words[n + size - 1]) for n in range(len(words) - size + 1)
              if inside.isdisjoint(range(words[n], words[n + size - 1] + 1))]
    return around(some, pair, *random.choice(places)) if places else None


def shifted_pair(some, random):
    """One to three words to the left or right."""
    pairs = plain(some, top(some))
    if not pairs:
        return None
    pair = random.choice(pairs)
    words = [at for at, piece in enumerate(some) if is_word(piece)]
    held = [n for n, at in enumerate(words) if pair[0] < at < pair[1]]
    by = random.choice((-3, -2, -1, 1, 2, 3))
    first, last = held[0] + by, held[-1] + by
    if first < 0 or last >= len(words):
        return None
    reach = range(min(words[first], pair[0]), max(words[last], pair[1]) + 1)
    if any(isinstance(some[at], Code) and at not in pair for at in reach):
        return None
    return around(some, pair, words[first], words[last])


def narrowed_pair(some, random):
    """Around one of its four words or more."""
    pairs = [pair for pair in plain(some, top(some)) if count(some[pair[0]:pair[1]]) >= 4]
    if not pairs:
        return None
    pair = random.choice(pairs)
    at = random.choice([at for at in range(*pair) if is_word(some[at])])
    return around(some, pair, at, at)


def widened_pair(some, random):
    """Around everything up to the next Codes, three words or more."""
    pairs = plain(some, top(some))
    if not pairs:
        return None
    pair = random.choice(pairs)
    first, last = pair
    while first > 0 and not isinstance(some[first - 1], Code):
        first -= 1
    while last < len(some) - 1 and not isinstance(some[last + 1], Code):
        last += 1
    more = count(some[first:pair[0]]) + count(some[pair[1]:last + 1])
    return around(some, pair, first + (first == pair[0]), last - (last == pair[1])) if more >= 3 else None


def piled(some, random):
    """All at the end, pairs around a word each."""
    spans = top(some)
    pairs = [(some[first], some[last]) for first, last in spans if last > first]
    if len(pairs) != len(plain(some, spans)):
        return None
    text = [piece for piece in some if isinstance(piece, str)]
    words = [at for at, piece in enumerate(text) if is_word(piece)]
    if len(words) < len(pairs) + 3:
        return None
    holds = dict(zip(words[len(words) - len(pairs):], pairs, strict=True))
    out = [one for at, piece in enumerate(text)
           for one in ((holds[at][0], piece, holds[at][1]) if at in holds else (piece,))]
    return whole(out + [one for first, last in spans if first == last for one in (" ", some[first])])


def swapped(some, random):
    """Two of the same kind in each other's place."""
    spans = top(some)
    kinds = [kind for kind in (plain(some, spans), [span for span in spans if span[0] == span[1]]) if len(kind) > 1]
    if not kinds:
        return None
    one, other = random.sample(random.choice(kinds), 2)
    out = list(some)
    for a, b in zip(one, other, strict=True):
        out[a], out[b] = some[b], some[a]
    return whole(out)


def moved_alone(some, random):
    """A standalone Code three words or more away."""
    spans = top(some)
    alone = [first for first, last in spans if first == last]
    if not alone:
        return None
    code = random.choice(alone)
    inside = {at for first, last in spans for at in range(first, last + 1)}
    places = [at for at, piece in enumerate(some) if is_word(piece) and at not in inside
              and count(some[min(at, code):max(at, code)]) >= 3]
    if not places:
        return None
    place = random.choice(places)
    return whole(one for at, piece in enumerate(some) if at != code
                 for one in ((piece, " ", some[code]) if at == place else (piece,)))


PLAIN_ERRORS = (moved_pair, widened_pair, narrowed_pair, piled, swapped, moved_alone)
FINE_ERRORS = (shifted_pair,)
"""What even readers may let pass."""
