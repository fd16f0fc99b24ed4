"""Contents for tests, written as a person would: ``mark("Click **Save** in `ui`.")``."""

import re

from parsers.document import Code, CodeKind, Content, content

TOKEN = re.compile(r"(\*\*|_|`[^`]*`|\[\^\w+\]|\]\([^)]*\)|\[(?=[^\]]*\]\())")


def mark(text: str) -> Content:
    """Pairs ``**…**``, ``_…_`` and ``[…](…)``; standalone `` `…` `` and ``[^1]``."""
    out: list[str | Code] = []
    open_pairs: list[tuple[int, str]] = []
    number = 0
    for part in TOKEN.split(text):
        if part in ("**", "_") and open_pairs and open_pairs[-1][1] == part:
            out.append(Code(open_pairs.pop()[0], CodeKind.CLOSE, part, "emphasis"))
        elif part in ("**", "_", "["):
            number += 1
            open_pairs.append((number, part))
            out.append(Code(number, CodeKind.OPEN, part, "link" if part == "[" else "emphasis"))
        elif part.startswith("]("):
            out.append(Code(open_pairs.pop()[0], CodeKind.CLOSE, part, "link"))
        elif part.startswith(("`", "[^")):
            number += 1
            out.append(Code(number, CodeKind.STANDALONE, part, "code", part.strip("`") if part[0] == "`" else ""))
        else:
            out.append(part)
    return content(out)


def show(items: Content) -> str:
    """The inverse of `mark`."""
    return "".join(item if isinstance(item, str) else item.source for item in items)
