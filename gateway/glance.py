"""A look at a document at the door, so that what can be told at once is not told by a failed job."""

from __future__ import annotations

from gateway.uploads import Form
from parsers import format_of
from parsers.docx.package import open_package
from parsers.options import Limits

LARGEST = 16 << 20
"""Bytes of a document that is looked at here; larger ones are the workers' alone."""


def worth(form: Form, format: str | None) -> bool:
    """Whether there is something to look at: a text has no directory that could be damaged."""
    known = format_of(form.name)
    named = format or (known.name if known else None)
    return named == "docx" and form.file.seek(0, 2) <= LARGEST


def glance(form: Form) -> None:
    """Open a Word document as far as its directory and its main part. Raises DocumentError."""
    form.file.seek(0)
    open_package(form.file.read(), Limits())
