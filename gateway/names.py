"""Names of files that come from anywhere: made harmless for people to read, and for headers to carry."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from parsers import format_named

LONGEST = 200
"""Characters of a name that are kept."""
ATTRIBUTE = "!#$&+-.^_`|~"
"""What may stand unquoted in an extended parameter beside letters and digits: attr-char of RFC 8187."""


def display_name(raw: str) -> str:
    """The last part of a path as somebody sent it, without controls, marks that turn the direction of writing, and
    whatever else cannot be seen. Never empty."""
    last = raw.replace("\\", "/").rsplit("/", 1)[-1]
    seen = "".join(one for one in last if unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
    seen = " ".join(seen.split()).strip(". ")
    if len(seen) > LONGEST:
        path = PurePosixPath(seen)
        seen = path.stem[:LONGEST - 20] + path.suffix[:20]
    return seen or "document"


def result_name(name: str, language: str, format: str) -> str:
    """``guide.md`` in Brazilian Portuguese is ``guide.pt-BR.md``."""
    path = PurePosixPath(name)
    known = format_named(format)
    suffix = path.suffix if path.suffix.lower() in known.suffixes else known.suffixes[0]
    stem = path.stem if suffix == path.suffix else name
    return f"{stem}.{language}{suffix}"


def attachment(name: str) -> str:
    """A ``Content-Disposition`` that lets a file be saved under this name (RFC 6266), whatever it holds."""
    plain = "".join(one if one.isascii() and (one.isalnum() or one in " .-_") else "_" for one in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=ATTRIBUTE, errors='replace')}"
