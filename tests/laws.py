"""The five laws that every format keeps, as functions over one document."""

import re
from collections import Counter

import parsers
from parsers.document import Content, Document, codes, letters, readable
from parsers.options import ParseOptions

ACCENTS = str.maketrans("aeiouyncAEIOUYNC", "åéîöüýñçÅÉÎÖÜÝÑÇ")
SPECIALS = (" * ", "_x_", "<b>", "&amp;", " | ", "# ", "[a](b)", "`", "]", "~~", "\\", "{{", "$1$", "--", "1. ", "\"'")


def accented(content: Content) -> Content:
    """Every text changed, nothing special added."""
    return tuple(item.translate(ACCENTS) + "ø" if isinstance(item, str) and item.strip() else item for item in content)


def hostile(content: Content, salt: int = 0) -> Content:
    """Every text gets characters that mean something in some format, at its start, middle and end."""
    out = []
    for n, item in enumerate(content):
        if not isinstance(item, str) or not item.strip():
            out.append(item)
            continue
        lead = item[:len(item) - len(item.lstrip())]
        trail = item[len(item.rstrip()):]
        body, a, b = item.strip(), SPECIALS[(salt + n) % len(SPECIALS)], SPECIALS[(salt + 3 * n + 5) % len(SPECIALS)]
        half = len(body) // 2
        out.append(lead + (a + body[:half] + b + body[half:] + a).strip() + trail)
    return tuple(out)


def law_identity(document: Document) -> None:
    assert parsers.render(document, {}) == document.source


def law_echo(document: Document) -> None:
    assert parsers.render(document, {s.id: s.content for s in document.segments}) == document.source


def law_cover(document: Document, visible: str) -> None:
    """Every word that an independent reader shows is in a segment, a Code's equiv or a protected span."""
    have = Counter(words(" ".join([*(readable(s.content) for s in document.segments), *(p.text for p in document.protected)])))
    missing = Counter(words(visible)) - have
    assert not missing, f"not covered: {list(missing.items())[:10]}"


def law_shape(document: Document, change=hostile, options: ParseOptions | None = None) -> Document:
    """Whatever text comes back, the output has the same structure and says exactly that text.

    ``options`` are those of the document; without masks no text of the output is masked whole.
    """
    new = {s.id: change(s.content) for s in document.segments}
    output = parsers.render(document, new)
    assert parsers.compare(document, output) == ()
    again = parsers.parse(output, document.format, options)
    assert [s.role for s in again.segments] == [s.role for s in document.segments]
    for before, after in zip(document.segments, again.segments, strict=True):
        assert squeeze(readable(after.content)) == squeeze(readable(new[before.id]))
    return again


def law_account(document: Document) -> None:
    """Ids are unique, Codes are numbered 1…n and every segment has text."""
    ids = [s.id for s in document.segments]
    assert len(ids) == len(set(ids))
    for segment in document.segments:
        numbers = {c.id for c in codes(segment.content)}
        assert numbers == set(range(1, len(numbers) + 1)), segment
        assert any(isinstance(item, str) for item in segment.content), segment


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def squeeze(text: str) -> str:
    return " ".join(text.split())


def letter_count(text: str) -> int:
    return sum(1 for _ in letters(text))
