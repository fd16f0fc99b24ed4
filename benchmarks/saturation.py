"""How full a model server is kept by ``diglot translate`` over a folder of documents.

    python benchmarks/saturation.py [FOLDER] [--base-url http://127.0.0.1:8000/v1 --model NAME]

Two figures in one run:

1. With --base-url: tokens/s of that server under diglot ÷ its tokens/s under a bare load generator, which sends the
   very same requests at several concurrencies; the best counts. A relay stands before the server for both, records
   the requests, counts tokens by the server's own ``usage``, and salts vLLM's prefix cache so that no run finds what
   another has left there. The clock of diglot runs from the start of its process to its end.
2. Always: how busy one diglot process, on one core, keeps a scripted server of GPU speed (20,000 tokens/s: 256
   sequences at once, a step of 12.8 ms), which has another core. Its tokens ÷ the tokens that it would have produced
   if it had always been full: from the first request to the last token ("whole"), and from the moment when it was
   full for the first time until fewer requests are left than it takes at once ("steady": without filling and
   draining, which long runs do not feel). Where others share the core, it may be half as fast a second later: beside it
   stands what a plain loop takes on that core before and after, and how busy the server was by what it took meanwhile.

FOLDER (default: markdown/ of the one that DIGLOT_CORPUS names) is read for Markdown documents. An API key is taken
from DIGLOT_API_KEY.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.pace import Watch, by_pace, pace
from benchmarks.saturation_load import load, passed, relay
from tests.servers.scripted import process

DIGLOT_CORE, SERVER_CORE = 0, 1


@dataclass(frozen=True, slots=True)
class Run:
    """One ``diglot translate`` over the folder."""

    wall_s: float
    cpu_s: float
    """Of the process and all its threads."""
    code: int


def translated(folder: Path, given: argparse.Namespace, base_url: str, model: str, core: int | None = None) -> Run:
    """Translate the folder with the server at ``base_url``; on one core if it is given."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "diglot", "translate", str(folder), "-o", out, "--from", "en", "--quiet",
                   "--to", given.to, "--engine", "vllm", "--base-url", base_url, "--model", model,
                   "--profile", given.profile]
        pinned = ["taskset", "-c", str(core)] if core is not None else []
        started = time.perf_counter()
        running = subprocess.Popen([*pinned, *command], stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        return Run(time.perf_counter() - started, used.ru_utime + used.ru_stime, running.returncode)


def documents(folder: Path, count: int, into: Path) -> Path:
    """Links to some of the English Markdown documents of a folder, in a mixed order; ``count`` 0: all."""
    found = sorted(path for path in folder.rglob("*.md") if path.is_file() and in_english(path.read_bytes()))
    if not found:
        sys.exit(f"There are no English Markdown documents in {folder}; name another folder, or set DIGLOT_CORPUS.")
    random.Random(0).shuffle(found)     # long paragraphs stand in some folders, cells of tables in others
    for number, path in enumerate(found[:count or None]):
        (into / f"{number:04}-{path.name}").symlink_to(path.resolve())
    return into


def in_english(data: bytes) -> bool:
    """Prose, not a fixture of a parser: English has a “the” in a hundred characters, code and markup have none."""
    return data.count(b" the ") > len(data) // 400 + 2


def beside_load(folder: Path, given: argparse.Namespace) -> None:
    """The first figure."""
    key = os.environ.get("DIGLOT_API_KEY")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    with relay(given.base_url) as base_url:
        passed(base_url)
        run = translated(folder, given, base_url, given.model)
        ours = passed(base_url)
        print(f"\n{given.model} at {given.base_url}, exit {run.code}: {ours.requests} requests, {ours.failed} failed")
        print(f"{'':38}{'tokens':>9}{'seconds':>9}{'tokens/s':>10}")
        row("diglot translate, the whole process", ours.answer_tokens, run.wall_s)
        row("diglot, first request to last answer", ours.answer_tokens, ours.last - ours.first)
        best = 0.0
        for concurrency in map(int, given.concurrency.split(",")):
            asyncio.run(load(base_url, ours.bodies, concurrency, headers))
            bare = passed(base_url)
            row(f"bare load, {concurrency} at once", bare.answer_tokens, bare.last - bare.first)
            best = max(best, bare.tokens_per_s)
    print(f"tokens/s of diglot ÷ best of the bare load: {ours.answer_tokens / run.wall_s / best:.3f} "
          f"(between first request and last answer {ours.tokens_per_s / best:.3f})")


def row(name: str, tokens: int, seconds: float) -> None:
    """A line of the table."""
    print(f"{name:38}{tokens:9}{seconds:9.1f}{tokens / seconds:10.1f}")


def at_gpu_speed(folder: Path, given: argparse.Namespace) -> None:
    """The second figure."""
    before = pace(DIGLOT_CORE)
    speed = ["--slots", str(given.slots), "--step-ms", str(given.slots / given.tokens_per_s * 1e3)]
    with process(*speed, core=SERVER_CORE) as base_url:
        watch = Watch(DIGLOT_CORE, lambda: at_and_tokens(stats(base_url)))
        watch.start()
        run = translated(folder, given, base_url, "scripted", core=DIGLOT_CORE)
        moments, seen = watch.stop(), stats(base_url)
    print(f"\nscripted server, {seen['tokens_per_s']:.0f} tokens/s, {given.slots} sequences at once; diglot on one: "
          f"exit code {run.code}")
    print(f"requests {seen['segments']}, tokens {seen['answer_tokens']}, process {run.wall_s:.1f} s, "
          f"{run.cpu_s:.1f} s of CPU ({run.cpu_s / max(1, seen['segments']) * 1e3:.2f} ms a request)")
    filled = seen["filled_after_s"]
    print(f"busy, whole {seen['busy']['whole']:.3f}")
    print(f"busy, steady {seen['busy']['steady']:.3f} (full after {filled:.1f} s)" if filled else "never full")
    print(f"a million turns of a plain loop on that core: {before:.0f} ms before, {pace(DIGLOT_CORE):.0f} ms after")
    for name, seconds, tokens_per_s in by_pace(moments, *seen["steady"]) if filled else ():
        print(f"  while it took {name:11}{seconds:6.1f} s, busy {tokens_per_s / seen['tokens_per_s']:.3f}")


def stats(base_url: str) -> dict[str, Any]:
    """What the scripted server has seen by now."""
    with urllib.request.urlopen(base_url.removesuffix("/v1") + "/_stats") as response:
        seen: dict[str, Any] = json.load(response)
        return seen


def at_and_tokens(seen: dict[str, Any]) -> tuple[float, int]:
    """The end of the last step, on the server's clock, and all tokens until then."""
    return seen["at"], seen["tokens"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    corpus = os.environ.get("DIGLOT_CORPUS")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(corpus) / "markdown" if corpus else None)
    parser.add_argument("--base-url", help="a real server, up to /v1; without it only the second figure")
    parser.add_argument("--model", default="", help="as the server calls it")
    parser.add_argument("--profile", default="generic")
    parser.add_argument("--to", default="pt-BR", metavar="LANGUAGE")
    parser.add_argument("--documents", type=int, default=0, metavar="N", help="so many documents of the folder; 0: all")
    parser.add_argument("--concurrency", default="32,64,128", help="of the bare load generator")
    parser.add_argument("--slots", type=int, default=256, help="sequences that the scripted server runs at once")
    parser.add_argument("--tokens-per-s", type=float, default=20000, help="of the scripted server when it is full")
    given = parser.parse_args()
    if given.folder is None:
        parser.error("name a folder of Markdown documents, or set DIGLOT_CORPUS")
    if shutil.which("taskset") is None:
        parser.error("processes are tied to cores with taskset (util-linux), which is not on this machine")
    with tempfile.TemporaryDirectory() as into:
        folder = documents(given.folder, given.documents, Path(into))
        if given.base_url:
            beside_load(folder, given)
        at_gpu_speed(folder, given)


if __name__ == "__main__":
    main()
