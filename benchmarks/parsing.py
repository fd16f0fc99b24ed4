"""MB per CPU second of parsing and rendering, without an engine, beside an obvious alternative in the same run.

    python benchmarks/parsing.py [FOLDER] [--seconds N]

FOLDER has the folders ``markdown``, ``html`` and ``docx`` with real documents (default: the one that
DIGLOT_CORPUS names). Each file is read and written by all, one after the other, best of two rounds; files
that any refuses are left out for all, and counted. The rivals change no text, so the line "read and write"
is the one to compare; "every text changed" adds splicing and escaping, "and checked" the comparison of the
output with the source that Diglot makes before writing anything.
"""

import argparse
import io
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import parsers
from parsers.document import Content, Document
from parsers.errors import DiglotError
from parsers.options import ParseOptions

ROUNDS = 2
OPTIONS = ParseOptions()
OURS = "diglot: read and write"


def copied(name: str) -> Callable[[bytes], object]:
    """Parse and render, as the rivals do."""
    module = parsers.format_named(name).load()
    return lambda data: module.render(module.parse(data, OPTIONS), {}, None)


def spliced(name: str) -> Callable[[bytes], object]:
    """Parse, change every segment, render."""
    module = parsers.format_named(name).load()

    def run(data: bytes) -> object:
        document = module.parse(data, OPTIONS)
        return module.render(document, changed(document), None)
    return run


def checked(name: str) -> Callable[[bytes], object]:
    """The same, with the comparison that precedes every output."""
    module = parsers.format_named(name).load()

    def run(data: bytes) -> object:
        document = module.parse(data, OPTIONS)
        return module.compare(document, module.render(document, changed(document), None))
    return run


def changed(document: Document) -> dict[str, Content]:
    return {s.id: tuple(item + "é" if isinstance(item, str) and item[-1:].isalpha() else item for item in s.content)
            for s in document.segments}


def mdformat_text() -> Callable[[bytes], object]:
    import mdformat

    return lambda data: mdformat.text(data.decode("utf-8"))


def beautiful_soup() -> Callable[[bytes], object]:
    import bs4

    warnings.filterwarnings("ignore", category=bs4.XMLParsedAsHTMLWarning)
    return lambda data: bs4.BeautifulSoup(data, "lxml").encode()


def python_docx() -> Callable[[bytes], object]:
    import docx

    def run(data: bytes) -> object:
        out = io.BytesIO()
        docx.Document(io.BytesIO(data)).save(out)
        return out
    return run


RIVALS = {"markdown": ("mdformat", mdformat_text), "html": ("BeautifulSoup (lxml)", beautiful_soup),
          "docx": ("python-docx load+save", python_docx)}


@dataclass
class Race:
    """One format: seconds of each contestant over the files that all of them took."""

    seconds: dict[str, float] = field(default_factory=dict)
    size: int = 0
    files: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def run(self, files: list[bytes], contestants: dict[str, Callable[[bytes], object]], limit: float) -> None:
        stop = time.monotonic() + limit
        for data in files:
            if time.monotonic() > stop:
                break
            taken = {name: self.best(name, call, data) for name, call in contestants.items()}
            if all(seconds is not None for seconds in taken.values()):
                self.size += len(data)
                self.files += 1
                for name, seconds in taken.items():
                    self.seconds[name] = self.seconds.get(name, 0.0) + (seconds or 0.0)

    def best(self, name: str, call: Callable[[bytes], object], data: bytes) -> float | None:
        times = []
        for _ in range(ROUNDS):
            start = time.process_time()
            try:
                call(data)
            except DiglotError:
                return self.refuse(name)
            except Exception:   # a rival may fail in any way
                if name.startswith("diglot"):
                    raise
                return self.refuse(name)
            times.append(time.process_time() - start)
        return min(times)

    def refuse(self, name: str) -> None:
        self.refused[name] = self.refused.get(name, 0) + 1


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("DIGLOT_CORPUS") or Path(__file__).parents[2] / "shared" / "corpus"
    options.add_argument("folder", nargs="?", default=default, type=Path)
    options.add_argument("--seconds", type=float, default=60, help="for each format, about")
    given = options.parse_args()
    if not Path(given.folder).is_dir():
        print(f"No corpus of real documents at {given.folder}: give a folder or set DIGLOT_CORPUS. Nothing measured.")
        return 0
    slower = 0
    for name, (rival, make) in RIVALS.items():
        suffixes = parsers.format_named(name).suffixes
        files = [path.read_bytes() for path in sorted((Path(given.folder) / name).rglob("*"))
                 if path.is_file() and path.suffix.lower() in suffixes]
        race = Race()
        ours = {OURS: copied(name), "diglot: every text changed": spliced(name), "diglot: and checked": checked(name)}
        race.run(files, {**ours, rival: make()}, given.seconds)
        slower += tell(name, rival, race)
    return int(slower > 0)


def tell(name: str, rival: str, race: Race) -> bool:
    refused = ", ".join(f"{who} {count}" for who, count in race.refused.items()) or "none"
    print(f"\n{name}: {race.files} files, {race.size / 1e6:.2f} MB (refused: {refused})")
    for contestant, seconds in race.seconds.items():
        ratio = race.seconds[rival] / seconds
        print(f"  {contestant:<27}{race.size / 1e6 / seconds:>9.2f} MB/s{ratio:>9.2f} x {rival}")
    return bool(race.seconds) and race.seconds[OURS] > race.seconds[rival]


if __name__ == "__main__":
    sys.exit(main())
