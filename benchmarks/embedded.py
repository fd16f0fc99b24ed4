"""The embedded engine over real English documents: what became of every segment and every Code.

    python benchmarks/embedded.py [FOLDER] [--limit N] [--to pt-BR]

FOLDER has the folders ``markdown``, ``html`` and ``docx`` (default: DIGLOT_CORPUS). Codes are
counted by reading source and output afresh; a segment counts as falsely translated if the report
calls it translated although three or more words of it in a row stand as they were, all of them.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import parsers
from parsers.document import codes, text_of
from parsers.errors import DocumentError
from parsers.locales import Locale
from pipeline.comparison import SENTENCE, weight
from pipeline.engines import Engine, engine_named
from pipeline.languages import detect
from pipeline.report import Outcome, Report
from pipeline.translation import Job, translate

ENGLISH = Locale.parse("en")
WRITTEN = (Outcome.TRANSLATED, Outcome.REPEATED)


def documents(folder: Path, format: str, limit: int | None) -> Iterator[bytes]:
    """The English documents of a format."""
    paths = sorted(path for path in (folder / format).rglob("*") if parsers.format_of(path.name) is not None)
    random.Random(1).shuffle(paths)
    for path in paths[:limit]:
        data = path.read_bytes()
        try:
            document = parsers.parse(data, format)
        except DocumentError:
            continue
        if document.segments and detect(document).language == "en":
            yield data


def judge(report: Report) -> Counter[str]:
    """Counts of one report."""
    found: Counter[str] = Counter(report.counts)
    for translation in report.translations:
        before, after = codes(translation.segment.content), codes(translation.content)
        found["codes"] += len(before)
        lost, doubled = Counter(before) - Counter(after), Counter(after) - Counter(before)
        found["codes lost"] += lost.total()
        found["codes doubled"] += doubled.total()
        found[f"rung {translation.rung or '-'}"] += translation.outcome is Outcome.TRANSLATED
        same = text_of(translation.segment.content).split() == text_of(translation.content).split()
        found["falsely translated"] += (same and translation.outcome in WRITTEN
                                        and weight(text_of(translation.segment.content)) >= SENTENCE)
        if translation.outcome is Outcome.KEPT_SOURCE:
            found[f"kept: {(translation.reason or '').split(':')[0]}"] += 1
    found["certificates"] += report.untouched
    return found


def measure(folder: Path, format: str, limit: int | None, engine: Engine, target: Locale) -> None:
    """Translate the documents of a format and print the counts."""
    total: Counter[str] = Counter()
    began = time.perf_counter()
    for data in documents(folder, format, limit):
        total["documents"] += 1
        total += judge(translate(data, Job(format, target, ENGLISH), engine).report)
    print(f"{format}: {total.pop('documents', 0)} documents, {time.perf_counter() - began:.0f} s")
    for name, count in sorted(total.items()):
        print(f"  {name:22}{count}")
    for name in ("codes lost", "codes doubled", "falsely translated"):
        if name not in total:
            print(f"  {name:22}0")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", default=os.environ.get("DIGLOT_CORPUS"))
    options.add_argument("--limit", type=int, help="documents of each format, at random")
    options.add_argument("--to", default="pt-BR")
    chosen = options.parse_args()
    if not chosen.folder:
        sys.exit("name a folder of real documents, or set DIGLOT_CORPUS")
    engine = engine_named("embedded")
    for name in ("markdown", "html", "docx"):
        measure(Path(chosen.folder), name, chosen.limit, engine, Locale.parse(chosen.to))


if __name__ == "__main__":
    main()
