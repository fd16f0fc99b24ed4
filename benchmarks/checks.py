"""How often each check is right, on human translations and on errors seeded into them, and what it costs.

    DIGLOT_CORPUS=FOLDER python benchmarks/checks.py [--messages FOLDER] [--each N]

DIGLOT_CORPUS has the documentation and news of `tests.pipeline.human`; --messages is a folder of gettext
catalogues (default: /usr/share/locale, where systems keep the messages of their programs). Precision is
given for as many drafts with the error as without.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from parsers.document import Content, codes, text_of
from parsers.locales import Locale
from pipeline.findings import words
from pipeline.glossary import Entry, Glossary
from pipeline.placement import placement
from pipeline.verification import CHECKS, verify
from tests.pipeline import misplaced, seeded
from tests.pipeline.human import CORPORA, EN, MESSAGES, human, messages, target

LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "es", "fa", "fi", "fr", "gu", "he", "hi", "hu", "id", "it", "ja",
    "kk", "km", "ko", "mn", "mr", "ms", "my", "nl", "pl", "pt", "pt_BR", "ro", "ru", "sv", "ta", "te", "th", "tl", "tr",
    "ug", "uk", "vi", "zh_CN", "zh_TW")
RARE = ("numbers", "units", "pairing")
SEEDED = ("empty", "truncated", "loop", "leak", "characters", "commentary", "copied", "script", "length", *RARE)
KIN = (("pt_BR", "es"), ("es", "pt_BR"), ("fr", "it"), ("it", "fr"), ("de", "nl"), ("nl", "de"), ("ru", "uk"),
       ("uk", "ru"), ("cs", "pl"), ("ro", "it"), ("sv", "da"), ("da", "sv"), ("ca", "es"), ("tr", "de"), ("vi", "fr"),
       ("bg", "ru"), ("ar", "fa"), ("kk", "ru"))
"""Target languages, and what their drafts are in instead."""

Pairs = list[tuple[Content, Content]]


def alarms(pairs: Pairs, to: Locale) -> Counter[tuple[str, str]]:
    """In how many drafts each check finds something, by the worst that it finds."""
    found: Counter[tuple[str, str]] = Counter()
    for source, draft in pairs:
        worst: dict[str, str] = {}
        for finding in verify(source, draft, EN, to):           # errors come first
            worst.setdefault(finding.check, finding.severity)
        found.update(worst.items())
    return found


def seeds(check: str) -> Iterator[tuple[str, Content, Content]]:
    """(corpus, source, draft with an error of that check)."""
    source = random.Random(11)
    for corpus in CORPORA:
        pairs = [(a, b) for a, b in human(corpus) if len(text_of(a)) >= 40 and len(text_of(b)) >= 12]
        for a, b in random.Random(7).sample(pairs, len(pairs) if check in RARE else min(400, len(pairs))):
            if check == "codes":
                yield corpus, seeded.dressed(text_of(a)), source.choice(seeded.CODE_ERRORS)(
                    seeded.dressed(text_of(b)), source)
            elif (draft := seeded.spoilt(check, a, b, source)) is not None:
                yield corpus, (text_of(a),), (draft,)


def recall(check: str) -> tuple[int, int]:
    """(seeded errors, those that the check finds)."""
    found = [check in {f.check for f in verify(a, b, EN, target(corpus))} for corpus, a, b in seeds(check)]
    return len(found), sum(found)


def glossary_recall() -> tuple[int, int]:
    """Terms that did not come out."""
    found = []
    for a, b in human("news")[:400]:
        long = [word for word in words(text_of(a)) if len(word) > 4]
        if long:
            glossary = Glossary((Entry(long[0], "xyzzy"),))
            found.append(bool(verify(a, b, EN, target("news"), glossary=glossary, checks={"glossary"})))
    return len(found), sum(found)


def language_recall(folder: Path, each: int) -> None:
    """Drafts that are the translation of the same message into another language."""
    total: Counter[str] = Counter()
    everything = 1_000_000
    print("\nlanguage: drafts in another language of the same script, of eight words or more")
    for to, other in KIN:
        drafts = dict(messages(other, everything, folder))
        pairs = [(a, drafts[a]) for a, _ in messages(to, everything, folder) if a in drafts]
        pairs = [(a, b) for a, b in pairs if len(words(text_of(b))) >= 8]
        pairs = random.Random(3).sample(pairs, min(each, len(pairs)))
        found = [f[0].severity for a, b in pairs if (f := verify(a, b, EN, target(to), checks={"language"}))]
        print(f"  {to:6} in {other:6} {len(pairs):5} drafts, {found.count('error'):5} errors, "
              f"{found.count('warning'):4} warnings")
        total.update(drafts=len(pairs), errors=found.count("error"), warnings=found.count("warning"))
    print(f"  all: {dict(total)}")


def rank_sum(worse: list[float], better: list[float]) -> float:
    """The area under the curve: how often a worse draft has the lower score."""
    below = Counter(worse)
    at, total = 0, 0.0
    for score in sorted({*worse, *better}):
        count = better.count(score)
        total += count * (at + below[score] / 2)
        at += below[score]
    return total / (len(worse) * len(better))


def places() -> None:
    """Placement of human and of misplaced Codes."""
    print("\nplacement: drafts; area under the curve, part that the check doubts, part with less than the human draft")
    for corpus in ("pt", "es", "zh"):
        source, to = random.Random(9), target(corpus)
        pairs = [(a, b) for a, b in human(corpus) if codes(a)]
        scores = [placement(a, b, EN, to) for a, b in pairs]
        doubted = sum(bool(verify(a, b, EN, to, checks={"placement"})) for a, b in pairs)
        print(f"  {corpus}: {len(pairs)} human drafts, {doubted} doubted ({doubted / len(pairs):.1%})")
        spoilt: dict[str, list[tuple[float, bool, bool]]] = {}
        for spoil in (*misplaced.PLAIN_ERRORS, *misplaced.FINE_ERRORS):
            rows = spoilt[spoil.__name__] = []
            for (a, b), score in zip(pairs, scores, strict=True):
                draft = spoil(misplaced.pieces(b), source)
                if draft is not None and draft != b:
                    now = placement(a, draft, EN, to)
                    rows.append((now, bool(verify(a, draft, EN, to, checks={"placement"})), now < score))
        plain = [row for spoil in misplaced.PLAIN_ERRORS for row in spoilt[spoil.__name__]]
        for name, rows in (*spoilt.items(), ("all but fine", plain)):
            print(f"    {name:14}{len(rows):5}  {rank_sum([row[0] for row in rows], scores):.3f}  "
                  f"{sum(row[1] for row in rows) / len(rows):6.1%}  {sum(row[2] for row in rows) / len(rows):6.1%}")


def cost() -> None:
    """Processor time of the checks, for segments of documentation and news: the least of five rounds."""
    pairs = [(a, b, target(corpus)) for corpus in CORPORA for a, b in human(corpus)]
    pairs = random.Random(1).sample(pairs, 1_000)
    said = sum(len(text_of(a).split()) for a, _, _ in pairs) / len(pairs)
    verify(*pairs[0][:2], EN, Locale.parse("pt"))               # loads the language detector
    print(f"\nprocessor time for a segment of {said:.0f} words on average, ms")
    for name in ("all", *(check.name for check in CHECKS)):
        wanted = [check.name for check in CHECKS if name in ("all", check.name)]
        rounds = []
        for _ in range(5):
            began = time.process_time()
            for a, b, to in pairs:
                verify(a, b, EN, to, checks=wanted)
            rounds.append(time.process_time() - began)
        print(f"  {name:12}{min(rounds) / len(pairs) * 1e3:.3f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--messages", type=Path, default=MESSAGES, help="folder of gettext catalogues")
    options.add_argument("--each", type=int, default=400, help="messages of each language")
    chosen = options.parse_args()

    judged: Counter[tuple[str, str]] = Counter()
    segments = 0
    for corpus in CORPORA:
        found = alarms(human(corpus), target(corpus))
        segments += len(human(corpus))
        judged += found
        print(f"{corpus}: {len(human(corpus))} human drafts, {dict(found)}")
    told: Counter[tuple[str, str]] = Counter()
    texts = 0
    for language in LANGUAGES:
        pairs = messages(language, chosen.each, chosen.messages)
        told += alarms(pairs, target(language))
        texts += len(pairs)
    print(f"\nhuman drafts: {segments} of documentation and news, {texts} messages of programs")
    print("check        seeded  found  recall  precision   errors warnings   of messages: errors warnings")
    for check in CHECKS:
        errors, doubts = judged[check.name, "error"], judged[check.name, "warning"]
        done, hit = (glossary_recall() if check.name == "glossary" else
                     recall(check.name) if check.name in SEEDED or check.name == "codes" else (0, 0))
        rate, false = hit / max(1, done), (errors + doubts) / segments
        figures = f"{rate:7.1%} {rate / max(1e-9, rate + false):9.1%}" if done else f"{'':17}"
        print(f"{check.name:12}{done:7}{hit:7} {figures}   {errors:6}{doubts:9}   {told[check.name, 'error']:18}"
              f"{told[check.name, 'warning']:9}")
    language_recall(chosen.messages, chosen.each)
    places()
    cost()


if __name__ == "__main__":
    main()
