"""Do Codes survive a model server? Tagged segments of real documents through the whole ladder.

    python benchmarks/tags.py FOLDER --base-url http://127.0.0.1:8411/v1 [--segments 2000] [--profile generic]

FOLDER has documents of any format, in any folders (default: DIGLOT_CORPUS). Up to 25 segments with
Codes are taken of each document, without their context. Prints the share of each rung, and what became
of the Codes: they are exact if each is there once and nested as in the source. Ctrl-C ends it with the
account of those that have ended. Ends with 1 if any accepted draft has other Codes, or a segment kept
its source for its Codes alone.
"""

import argparse
import asyncio
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
from pipeline.engines import Request, ServerOptions
from pipeline.engines.vllm import VllmEngine
from pipeline.ladder import CODES_ALONE, Attempt, climb
from pipeline.planning import plan
from pipeline.verification import Finding, verify

ENGLISH = Locale.parse("en")
OF_A_DOCUMENT = 25
AT_ONCE = 192


def tagged(folder: Path, target: Locale, longest: int) -> Iterator[Request]:
    """Requests for the tagged segments of a folder's documents, in an order that is the same each time."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and parsers.format_of(path.name))
    random.Random(3).shuffle(paths)
    for path in paths:
        known = parsers.format_of(path.name)
        try:
            planned = plan(parsers.parse(path.read_bytes(), known.name if known else ""), instructed=False)
        except DocumentError:
            continue
        found = [one for one in planned.unique if codes(one.content) and text_of(one.content).isascii()
                 and len(text_of(one.content)) <= longest]
        random.Random(1).shuffle(found)
        for one in found[:OF_A_DOCUMENT]:
            yield Request(one.content, ENGLISH, target, one.role)


async def climbed(requests: list[Request], engine: VllmEngine, ended: list[tuple[Request, Attempt]]) -> None:
    """Climb, `AT_ONCE` segments at once, and note each that has ended."""
    def check(request: Request, draft: object) -> tuple[Finding, ...]:
        return verify(request.content, draft.content, request.source, request.target,  # type: ignore[attr-defined]
                      truncated=draft.truncated, checks=engine.checks)  # type: ignore[attr-defined]

    waiting = iter(requests)

    async def ask() -> None:
        for request in waiting:
            ended.append((request, await climb(request, engine, check)))
            if len(ended) % 100 == 0:
                print(f"{len(ended)} of {len(requests)}", file=sys.stderr, flush=True)

    try:
        await engine.prepare(ENGLISH, requests[0].target)
        await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    finally:
        await engine.aclose()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", type=Path, default=os.environ.get("DIGLOT_CORPUS"))
    options.add_argument("--base-url", default=ServerOptions().base_url)
    options.add_argument("--model", default="")
    options.add_argument("--profile", default="")
    options.add_argument("--segments", type=int, default=2000)
    options.add_argument("--longest", type=int, default=10_000, metavar="CHARACTERS")
    options.add_argument("--to", default="pt-BR")
    given = options.parse_args()
    if given.folder is None:
        options.error("name a folder of documents, or set DIGLOT_CORPUS")
    requests = []
    for request in tagged(Path(given.folder), Locale.parse(given.to), given.longest):
        requests.append(request)
        if len(requests) == given.segments:
            break
    engine = VllmEngine(ServerOptions(given.base_url, given.model, given.profile, answer_timeout=900, patience=60))
    began = time.monotonic()
    ended: list[tuple[Request, Attempt]] = []
    try:
        asyncio.run(climbed(requests, engine, ended))
    except KeyboardInterrupt:
        print(f"interrupted: {len(ended)} of {len(requests)} segments have ended")
    return told(ended, time.monotonic() - began)


def told(ended: list[tuple[Request, Attempt]], seconds: float) -> int:
    """Print the account."""
    requests, attempts = [request for request, _ in ended], [attempt for _, attempt in ended]
    usable = [attempt for attempt in attempts if not attempt.errors]
    rungs = Counter(attempt.rung.value for attempt in usable)
    worst = [min(attempt.errors, key=lambda finding: finding.check in CODES_ALONE).check
             for attempt in attempts if attempt.errors]
    failed = Counter(worst)
    exact = sum(not verify(request.content, attempt.content, request.source, request.target, checks={"codes"})
                for request, attempt in zip(requests, attempts, strict=True) if not attempt.errors)
    for_codes = sum(check in CODES_ALONE for check in worst)
    total = max(1, len(requests))
    print(f"{total} tagged segments with {sum(len(codes(r.content)) for r in requests)} Codes in {seconds:.0f} s")
    print(f"accepted with exact Codes      {exact} of {len(usable)}")
    for rung, count in rungs.most_common():
        print(f"usable at rung {rung:<15} {count} ({count / total:.1%})")
    for check, count in failed.most_common():
        print(f"source kept for {check:<14} {count} ({count / total:.1%})")
    print(f"source kept for Codes alone    {for_codes}")
    return 1 if for_codes or exact < len(usable) else 0


if __name__ == "__main__":
    sys.exit(main())
