"""Every document of a folder through a running service and through the pipeline alone: the same bytes, or refused.

    diglot serve --engine pseudo
    python benchmarks/served.py FOLDER [--url http://127.0.0.1:8600] [--to fr] [--engine pseudo]

Ends with 1 if a document is different, or refused by one of the two alone.
"""

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parents[1]))

from parsers import format_of
from parsers.errors import DiglotError
from parsers.locales import Locale
from parsers.sniffing import sniff
from pipeline.engines import engine_named
from pipeline.translation import Job, translate

AT_ONCE = 8
ENDED = {"succeeded", "warnings", "failed", "cancelled"}


async def served(files: list[Path], given: argparse.Namespace) -> dict[Path, bytes | None]:
    """What the service makes of each; None: it is refused, or fails."""
    found: dict[Path, bytes | None] = {}
    places = asyncio.Semaphore(AT_ONCE)

    async def one(client: aiohttp.ClientSession, file: Path) -> None:
        async with places:
            form = aiohttp.FormData({"source_lang": "en", "target_lang": given.to})
            form.add_field("file", file.read_bytes(), filename=file.name)
            async with client.post(f"{given.url}/v1/translations", data=form) as answer:
                job = await answer.json()
                taken = answer.status == 202
            while taken and job["state"] not in ENDED:
                async with client.get(f"{given.url}{job['links']['self']}?wait=30") as answer:
                    job = await answer.json()
            found[file] = None
            if taken and "result" in job["links"]:
                async with client.get(f"{given.url}{job['links']['result']}") as answer:
                    found[file] = await answer.read()

    async with aiohttp.ClientSession() as client:
        await asyncio.gather(*(one(client, file) for file in files))
    return found


def alone(file: Path, given: argparse.Namespace) -> bytes | None:
    """What the pipeline makes of it."""
    data = file.read_bytes()
    known = format_of(file.name) or sniff(data, file.name)
    try:
        job = Job(known.name if known else "", Locale.parse(given.to), Locale.parse("en"))
        return translate(data, job, engine_named(given.engine)).output
    except DiglotError:
        return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:8600")
    parser.add_argument("--to", default="fr")
    parser.add_argument("--engine", default="pseudo", help="that of the service")
    given = parser.parse_args()
    files = sorted(file for file in given.folder.rglob("*") if file.is_file())
    if not files:
        parser.error(f"there is no document in {given.folder}")
    outcomes: Counter[str] = Counter()
    for file, data in asyncio.run(served(files, given)).items():
        expected = alone(file, given)
        outcome = "different" if data != expected else "refused by both" if data is None else "the same"
        outcomes[outcome] += 1
        if outcome == "different":
            print(f"different: {file}")
    print(f"{len(files)} documents: {dict(outcomes)}")
    return 1 if outcomes["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
