"""The public corpus of real documents, where it is on this machine."""

import os
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("DIGLOT_CORPUS", Path(__file__).parents[2] / "shared" / "corpus"))


def corpus_files(folder: str, *suffixes: str) -> list:
    """Parameters for a test over every real document in a folder, or one that skips with the reason."""
    found = sorted(p for p in (CORPUS / folder).rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
    if not found:
        reason = f"no corpus of real documents at {CORPUS / folder}; set DIGLOT_CORPUS to run this"
        return [pytest.param(None, marks=pytest.mark.skip(reason=reason))]
    return [pytest.param(p, id=str(p.relative_to(CORPUS))) for p in found]
