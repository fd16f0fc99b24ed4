"""Human translations as the checks see them: sources and drafts with Codes, read by Diglot's own parsers."""

import gettext
import json
import random
import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import parsers
from parsers.document import codes, content, text_of
from parsers.locales import Locale
from tests.corpus import CORPUS

PARALLEL = CORPUS / "parallel"
BLOCKS = {language: PARALLEL / "docs" / "otel" / f"blocks.en-{language}.jsonl" for language in ("pt", "es", "zh")}
NEWS = PARALLEL / "ntrex" / "eng-spa.tsv"
CORPORA = ("pt", "es", "zh", "news")
EN = Locale.parse("en")

REFERENCE = re.compile(r"\]\[([^\]\n]+)\]|\[([^\]\n]+)\](?![(\[:])")


def target(corpus):
    return Locale.parse({"news": "es", "zh_CN": "zh", "zh_TW": "zh-TW"}.get(corpus, corpus).replace("_", "-"))


@cache
def human(corpus):
    """(source, draft) of every segment that has words in both and, in both, the same Codes."""
    if corpus == "news":
        lines = NEWS.read_text(encoding="utf-8").splitlines()
        return [((a,), (b,)) for a, b in (line.split("\t") for line in lines)]
    found = []
    for line in BLOCKS[corpus].read_text(encoding="utf-8").splitlines():
        block = json.loads(line)
        before, after = segments(block["en"]), segments(block[corpus])
        if len(before) == len(after):
            found += [(a, fitted) for a, b in zip(before, after, strict=True) if (fitted := with_codes_of(a, b))]
    return found


def segments(markdown):
    """The contents of a piece of Markdown, its links by reference included."""
    names = sorted({name for pair in REFERENCE.findall(markdown) for name in pair if name})
    definitions = "".join(f"\n[{name}]: https://example.org/{at}" for at, name in enumerate(names))
    document = parsers.parse(f"{markdown}\n{definitions}\n".encode(), "markdown")
    return [s.content for s in document.segments if any(map(str.isalpha, text_of(s.content)))]


def with_codes_of(source, draft):
    """The draft with the Codes of the source where it has the same ones; None where it has others."""
    ours, theirs = signs(source), signs(draft)
    if Counter(ours.values()) != Counter(theirs.values()) or not any(map(str.isalpha, text_of(draft))):
        return None
    free = defaultdict(list)
    for number in sorted(ours, reverse=True):
        free[ours[number]].append(number)
    number_of = {number: free[sign].pop() for number, sign in sorted(theirs.items())}
    code_of = {code.key: code for code in codes(source)}
    return content(item if isinstance(item, str) else code_of[number_of[item.id], item.kind] for item in draft)


def signs(items):
    """What each Code is, by its id: its halves, labels and sources."""
    halves = defaultdict(list)
    for code in codes(items):
        halves[code.id].append((code.kind.value, code.label, code.source.strip()))
    return {number: tuple(sorted(found)) for number, found in halves.items()}


# ---- messages of programs ------------------------------------------------------------------
MESSAGES = Path("/usr/share/locale")
"""Where systems keep the translated messages of their programs, if they do."""
NO_LANGUAGE = re.compile(r"(?m)^\s+-|  -|\t|[Uu]sage:|^[^a-z]*$")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+ #0-9.$]*(?:hh?|ll?|z|j)?[a-zA-Z%]|\{[^{}]*\}|<[^<>]*>|\$\{?\w+\}?")


def messages(language, count, folder=MESSAGES):
    """Messages of programs of forty characters or more, the same in every run; placeholders are spaces."""
    pairs = catalogues(language, folder)
    return random.Random(5).sample(pairs, min(count, len(pairs)))


@cache
def catalogues(language, folder):
    found = {}
    for path in sorted((folder / language / "LC_MESSAGES").glob("*.mo")):
        if path.stem.startswith(("xkeyboard", "iso_")):
            continue                                        # names of keyboards, languages and countries
        for key, value in catalogue(path).items():
            if isinstance(key, str) and isinstance(value, str) and not NO_LANGUAGE.search(key):
                a, b = (" ".join(PLACEHOLDER.sub(" ", text.split("\x04")[-1]).split()) for text in (key, value))
                if 40 <= len(a) <= 400 and sum(map(str.isalpha, a)) > 0.6 * len(a) and b and a != b:
                    found[(a,)] = (b,)
    return sorted(found.items())


def catalogue(path):
    try:
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)._catalog
    except (OSError, UnicodeDecodeError, IndexError):
        return {}                                           # a few headers are damaged
