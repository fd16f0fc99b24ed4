"""Prompts, byte for byte: one file for each profile and use.

Files that are named for a use alone (``plain``, ``terms``…) hold a published template; ``with`` in a name
means that several were put together, which is ours.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from parsers.document import Role
from parsers.locales import Locale
from pipeline.engines import Context, Request, Term
from pipeline.engines.profiles import PROFILES, Shown, profile_named
from tests.pipeline.contents import mark

GOLDEN = Path(__file__).parent / "golden"

PLAIN = Request(mark("The engine must be switched off before the cover is opened."), Locale.parse("en"), Locale.parse("pt-BR"))
TERMS = replace(PLAIN, terms=(Term("engine", "motor"), Term("cover", "tampa")))
TAGS = replace(PLAIN, content=mark("The **engine** must be switched off with `stop` before the cover is opened."))
CONTEXT = replace(PLAIN, context=Context(("Safety", "Before you begin"), ("Read this page.", "Wear gloves.")))
SHORT = Request(mark("Open"), Locale.parse("en"), Locale.parse("pt-BR"), Role.TABLE_CELL,
                Context(("Orders",), ("All orders of this week.",), "Status / Order 17", ("12 May", "Closed")))
ALL = replace(TAGS, context=CONTEXT.context, terms=TERMS.terms)
FROM_CHINESE = replace(PLAIN, content=("打开盖子之前必须关闭发动机。",), source=Locale.parse("zh"), target=Locale.parse("en"))

CASES = {
    "plain": PLAIN, "terms": TERMS, "tags": TAGS, "context": CONTEXT, "short": SHORT,
    "from-chinese": FROM_CHINESE, "tags-with-terms": replace(ALL, context=Context()),
    "tags-with-terms-and-context": ALL, "terms-with-context": replace(CONTEXT, terms=TERMS.terms),
}
USES = [(name, case) for name in ("hy-mt2", "hy-mt2/chinese", "hy-mt1.5", "hy-mt1.5/full", "generic") for case in CASES]
EDITIONS = {"hy-mt2": "1 5cf76065fad1", "hy-mt1.5": "1 7f10d4a9f21e", "generic": "1 dbe3925ae4a8"}
"""The edition of each profile and the beginning of the digest of its golden files."""


@pytest.mark.parametrize(("name", "case"), USES, ids=["-".join(use) for use in USES])
def test_a_prompt_is_as_in_its_file(name, case):
    message, = profile_named(name, "").messages(Shown.of(CASES[case]))
    assert message == {"role": "user", "content": (GOLDEN / name.replace("/", "-") / f"{case}.txt").read_text()}


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.name)
def test_a_change_of_prompts_is_a_new_edition(profile):
    """The edition is part of the key of every remembered translation."""
    files = sorted(path for folder in GOLDEN.glob(f"{profile.name}*") for path in folder.iterdir())
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    assert f"{profile.edition} {digest[:12]}" == EDITIONS[profile.name]
