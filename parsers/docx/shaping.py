"""Makes the nodes of a paragraph simple: blanks without a look, edges apart, looks as pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from parsers.document import has_letters
from parsers.docx.inline import Mark, Node, Pair, Styled, Thing, Words, parts_of, text_in
from parsers.docx.looks import Look

LOOKAHEAD = 40
"""Nodes searched for the return of a formatting; bounds the work on hostile paragraphs."""
NESTING = 8
"""Formattings inside one another that become nested pairs; deeper ones stand side by side."""


CANDIDATES = 3
"""Looks tried as the base of a text, those with most letters first."""


def arranged(nodes: list[Node]) -> list[Node]:
    """Nodes with a pair around what does not look like the base of the text, which is nobody's Code.

    The base leaves fewest pairs; of equals it is the plain one, then the one of most letters.
    """
    size: dict[int, int] = {}
    first: dict[int, Look] = {}
    for node in nodes:
        if isinstance(node, Words):
            look = node.look
            if look.shade not in first:
                first[look.shade] = look
                size[look.shade] = 0
            size[look.shade] += sum(map(str.isalnum, node.text))
    if len(first) < 2:
        return nodes
    looks = [first[shade] for shade in sorted(first, key=size.__getitem__, reverse=True)[:CANDIDATES]]
    ways = [(nested(nodes, look), look) for look in looks]
    return min(ways, key=lambda way: (_pairs(way[0]), way[1].label != "run"))[0]


def _pairs(nodes: Iterable[Node]) -> int:
    return sum(1 + _pairs(node.children) for node in nodes if isinstance(node, Styled))


def simplified(nodes: list[Node]) -> list[Node]:
    """Blank words take their neighbours' look; pairs without words and runs of things become one thing."""
    if len(nodes) == 1 and isinstance(nodes[0], Words):
        return nodes
    out: list[Node] = []
    for n, raw in enumerate(nodes):
        node = _simple(raw, nodes, n)
        last = out[-1] if out else None
        if isinstance(node, Thing) and isinstance(last, Thing):
            out[-1] = Thing(last.parts + node.parts, _more_telling(last, node), last.equiv + node.equiv,
                            last.breaks or node.breaks, last.look)
        elif isinstance(node, Words) and isinstance(last, Words) and last.look is node.look:
            whole = last.parts + node.parts if last.parts and node.parts else []
            out[-1] = Words(last.text + node.text, last.look, whole, last.hyphens + node.hyphens)
        else:
            out.append(node)
    return out


def _simple(node: Node, nodes: list[Node], n: int) -> Node:
    if isinstance(node, Pair):
        if not has_letters("".join(one.text for one in words_in(node.children))):
            return Thing(parts_of([node]), node.label, text_in([node]))
        node.children = simplified(node.children)
    elif isinstance(node, Words) and not node.text.strip():
        return _blank(node, nodes, n)
    return node


def _more_telling(one: Thing, other: Thing) -> str:
    """The label of two things in a row: what they are rather than the space around."""
    return other.label if one.label in ("tab", "break", "object", "comment") else one.label


def _blank(node: Words, nodes: list[Node], n: int) -> Node:
    """White space between words: it takes a neighbour's look, unless a look shows on it."""
    if node.look.on_spaces:
        previous = nodes[n - 1] if n else None
        following = nodes[n + 1] if n + 1 < len(nodes) else None
        same = [one for one in (previous, following) if isinstance(one, Words) and one.look.shade == node.look.shade]
        return node if same else Thing(node.parts, "run", node.text, look=node.look)
    near = [one for one in nodes[max(0, n - 1):n + 2] if isinstance(one, Words) and one.text.strip()
            and not one.look.on_spaces]
    return Words(node.text, near[0].look, node.parts) if near else node


def parted(nodes: Iterable[Node]) -> bool:
    """True if a tab or a line break stands among nodes."""
    for node in nodes:  # noqa: SIM110  # any() with a generator takes twice as long, for every paragraph
        if isinstance(node, Thing) and node.breaks:
            return True
    return False


def edges(nodes: list[Node]) -> tuple[list[Node], list[Node], list[Node]]:
    """What stands before the text, the text, what stands after it."""
    start, end = 0, len(nodes)
    if parted(nodes):
        start = _label_end(nodes, 0, end)
        end -= _label_length(nodes[start:])
    while start < end and _outside(nodes[start]):
        start += 1
    while end > start and _outside(nodes[end - 1]):
        end -= 1
    head, body, tail = nodes[:start], nodes[start:end], nodes[end:]
    if body and isinstance(body[0], Words):
        words = body[0]
        core = words.text.lstrip()
        if len(core) < len(words.text):
            head.append(Words(words.text[:len(words.text) - len(core)], words.look, []))
            body[0] = Words(core, words.look, [], words.hyphens)
    if body and isinstance(body[-1], Words):
        words = body[-1]
        core = words.text.rstrip()
        if len(core) < len(words.text):
            tail.insert(0, Words(words.text[len(core):], words.look, []))
            body[-1] = Words(core, words.look, [], words.hyphens)
    return head, body, tail


def _outside(node: Node) -> bool:
    """Nothing that a reader sees, or that a sentence needs."""
    if isinstance(node, Words):
        return not node.text.strip()
    return isinstance(node, Mark) or (isinstance(node, Thing) and not node.equiv.strip())


def _label_end(nodes: list[Node], start: int, end: int) -> int:
    """Where the text begins after a label without letters that ends in a tab: ``1.1⇥``."""
    found = start
    for n in range(start, end):
        node = nodes[n]
        if has_letters(text_in([node])):
            break
        if isinstance(node, Thing) and node.breaks:
            found = n + 1
    return found


def _label_length(nodes: list[Node]) -> int:
    """How many nodes at the end are a tab and something without letters: ``⇥12``."""
    found = 0
    for n in range(1, len(nodes) + 1):
        node = nodes[-n]
        if has_letters(text_in([node])):
            break
        if isinstance(node, Thing) and node.breaks:
            found = n
    return found


def nested(nodes: list[Node], base: Look, depth: int = 0) -> list[Node]:
    """Wrap what does not look like the base; a look that returns holds what stands between."""
    out: list[Node] = []
    n = 0
    while n < len(nodes):
        node = nodes[n]
        if not isinstance(node, Words) or node.look.shade == base.shade:
            out.append(node)
            n += 1
            continue
        last = n
        for m in range(n + 1, min(len(nodes), n + LOOKAHEAD) if depth < NESTING else n + 1):
            other = nodes[m]
            if isinstance(other, Words):
                if other.look.shade == base.shade:
                    break
                last = m if other.look.shade == node.look.shade else last
        out += _styled(nodes[n:last + 1], node.look, depth)
        n = last + 1
    return out


def _styled(nodes: list[Node], look: Look, depth: int) -> list[Node]:
    """A stretch of one look as a pair, with blanks at its edges outside; as a thing if it is no word."""
    first, last = nodes[0], nodes[-1]
    if len(nodes) == 1 and isinstance(first, Words) and not any(map(str.isalnum, first.text)):
        return [Thing(first.parts, "run", first.text, look=look) if first.parts else first]
    head, tail = [], []
    if not look.on_spaces and isinstance(first, Words) and first.text[:1].isspace():
        core = first.text.lstrip()
        head.append(Words(first.text[:len(first.text) - len(core)], look, []))
        nodes[0] = first = Words(core, first.look, [], first.hyphens)
        last = nodes[-1]
    if not look.on_spaces and isinstance(last, Words) and last.text[-1:].isspace():
        core = last.text.rstrip()
        tail.append(Words(last.text[len(core):], look, []))
        nodes[-1] = Words(core, last.look, [], last.hyphens)
    inner = nested(nodes, look, depth + 1) if len(nodes) > 1 else nodes
    return [*head, Styled(look, inner), *tail]


def words_in(nodes: Iterable[Node]) -> Iterator[Words]:
    """The words among nodes, however deep."""
    for node in nodes:
        if isinstance(node, Words):
            yield node
        elif isinstance(node, (Pair, Styled)):
            yield from words_in(node.children)
