"""The words by which a text's language is told at a glance: how they are found, and how often they tell it rightly.

    python benchmarks/own_words.py [--messages FOLDER] [--write]

FOLDER has gettext catalogues (default: /usr/share/locale, where systems keep the messages of their programs). A word
is a language's own if it stands in one of a thousand of its messages and, in each other language of its script, is
`RATIO` times rarer. One half of the messages finds the words, the other tells how often a text is known by them and how
often a text in another language is taken for it; DIGLOT_CORPUS adds human translations of documentation and news.
--write puts the words that all messages give into pipeline/own_words.tsv.
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parents[1]))

from parsers.document import text_of
from pipeline.findings import words
from pipeline.language_checks import STRETCH, knows
from pipeline.own_words import PLACE
from tests.pipeline.human import MESSAGES, NEWS, catalogues, human, target

LANGUAGES = ("ar", "cs", "de", "en", "es", "fa", "fr", "id", "it", "mn", "nl", "pl", "pt", "ru", "tl", "tr", "ug", "uk",
             "vi")
"""Those of `pipeline.languages` whose script others share, and that have messages enough."""
AS = {"ms": "id", "fil": "tl", "nb": "no", "nn": "no"}
KIN = frozenset({"an", "ast", "crh", "eo", "fur", "ia", "li", "oc"})
"""Small or made languages with the words of a large one: a word may be theirs, too."""
MOST, RAREST, RATIO = 150, 0.001, 25
FEWEST = 200
"""Messages of a language that say anything about its words."""

Texts = list[tuple[int, list[str]]]
"""(which half, words that the source has not)."""


def texts(folder: Path) -> dict[str, Texts]:
    """Language → its messages of `STRETCH` words or more."""
    found: dict[str, Texts] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if "@" in path.name or not (path / "LC_MESSAGES").is_dir():
            continue
        language = path.name.split("_")[0]
        for (source,), (draft,) in catalogues(path.name, folder):
            held = set(words(source))
            add(found[AS.get(language, language)], source, [word for word in words(draft) if word not in held])
    for (source,), _ in catalogues("de", folder):
        add(found["en"], source, words(source))
    return {language: those for language, those in found.items() if len(those) >= FEWEST}


def add(those: Texts, source: str, found: list[str]) -> None:
    lower = [word for word in found if len(word) > 1 and word == word.lower()]
    if len(lower) >= STRETCH:
        those.append((crc32(source.encode()) & 1, lower))


def own(all_texts: dict[str, Texts], halves: set[int]) -> dict[str, list[str]]:
    """Language → its own words, the most frequent first."""
    share: dict[str, dict[str, float]] = {}
    for language, those in all_texts.items():
        some = [set(found) for half, found in those if half in halves]
        count = Counter(word for found in some for word in found)
        share[language] = {word: often / len(some) for word, often in count.items() if often > 1}
    found = {}
    for language in LANGUAGES:
        others = [share[other] for other in share if other != language and other not in KIN]
        frequent = sorted(share[language].items(), key=lambda one: (-one[1], one[0]))
        alone = [word for word, often in frequent if often >= RAREST
                 and all(other.get(word, 0) * RATIO < often for other in others)]
        found[language] = alone[:MOST]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=Path, default=MESSAGES)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    all_texts = texts(given.messages)
    print(f"{sum(map(len, all_texts.values()))} messages in {len(all_texts)} languages")
    for language, its in own(all_texts, {0}).items():
        words_of = frozenset(its)
        rest = [found for half, found in all_texts[language] if half == 1]
        right = sum(knows(words_of, found) for found in rest) / len(rest)
        wrong = {other: sum(knows(words_of, found) for _, found in those) / len(those)
                 for other, those in all_texts.items() if other != language}
        worst = sorted(wrong.items(), key=lambda one: -one[1])[:3]
        print(f"{language}: {len(its)} words, known {right:.1%}; wrongly {sum(wrong.values()) / len(wrong):.4%}: "
              + ", ".join(f"{other} {often:.2%}" for other, often in worst))
    everything = own(all_texts, {0, 1})
    for corpus in ("pt", "es", "news") if NEWS.exists() else ():
        held = [(set(words(text_of(a))), words(text_of(b))) for a, b in human(corpus)]
        rest = [found for before, after in held if len(
            found := [word for word in after if word not in before and len(word) > 1]) >= STRETCH]
        words_of = frozenset(everything[target(corpus).language])
        known = sum(knows(words_of, one) for one in rest)
        print(f"{corpus}: {len(rest)} human translations, known {known / len(rest):.1%}")
    if given.write:
        rows = [f"{language}\t{' '.join(its)}\n" for language, its in everything.items()]
        PLACE.write_text("".join(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
