"""`diglot profile-eval`: which way of asking a model serves best, by figures."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from diglot.console import say
from diglot.exits import Exit
from parsers.document import codes
from parsers.locales import Locale
from pipeline.engines import ServerOptions
from pipeline.engines.probing import examine
from pipeline.engines.profiles import PENALTY_FIELD, profile_named
from pipeline.engines.server import Server
from pipeline.engines.vllm import VllmEngine
from pipeline.evaluation import Score, chrf, evaluate
from pipeline.examples import Example, examples

HEADS = ("profile/recipe/penalty", "exact at once", "at last", "placed", "terms", "chrF", "kept", "requests",
         "tokens/s")
WIDTH = 30
"""Characters of the first column."""
PENALTIES = ("1.0", "1.05")
"""vLLM's counts the tokens of the prompt, tags among them; HY-MT's model cards say 1.05."""


def compare(options: ServerOptions, names: Sequence[str], penalties: Sequence[str], languages: tuple[Locale, Locale],
            file: Path | None, *, as_json: bool) -> Exit:
    """Translate the examples in every way that is asked for and print a line for each.

    ``names`` are profiles, with a recipe or without; none: the one for the model. Raises EngineError, UsageError.
    """
    chosen = examples(*languages, file)
    found = asyncio.run(examine(options))
    options = replace(options, model=found.model)
    ways = _ways(found.model, names or (options.profile or found.profile,), penalties)
    if importlib.util.find_spec("sacrebleu") is None:
        say("note: chrF is counted by sacrebleu; in the folder of Diglot: pip install --editable '.[eval]'.")
    if not as_json:
        tagged = sum(bool(codes(one.request.content)) for one in chosen)
        sys.stdout.write(f"{len(chosen)} examples, {tagged} with Codes, {languages[0].tag} → {languages[1].tag}\n\n")
        sys.stdout.write(_line(HEADS))
    for way in ways:
        score, tokens = asyncio.run(_scored(replace(options, profile=way), chosen))
        quality = chrf(score.answers, chosen)
        speed = None if tokens is None else tokens / score.seconds
        if as_json:
            told = {"way": way, **asdict(score), "chrf": quality, "tokens_per_second": speed}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write(_line((way, *_cells(score, quality, speed))))
        sys.stdout.flush()
    return Exit.OK


def _ways(model: str, names: Sequence[str], penalties: Sequence[str]) -> list[str]:
    """Profile, recipe and penalty of every run, as `profile_named` reads them.

    Raises UsageError for one that is none.
    """
    ways: list[str] = []
    for name in names:
        plain, recipe, penalty = (*name.split("/", 2), "", "")[:3]
        profile = profile_named(plain, model)
        values = (penalty,) if penalty else penalties or (PENALTIES if PENALTY_FIELD in profile.card else ("",))
        for each in (recipe,) if recipe else tuple(one.name for one in profile.recipes):
            ways += ["/".join(filter(None, (plain, each, value))) for value in values]
    for way in ways:
        profile_named(way, model)                           # told before the first run
    return ways


async def _scored(options: ServerOptions, chosen: Sequence[Example]) -> tuple[Score, int | None]:
    """The score, and the tokens of what came out, where the server can count them."""
    engine, server = VllmEngine(options), Server(options)
    try:
        score = await evaluate(engine, chosen)
        return score, await server.tokens("\n".join(score.answers), options.model)
    finally:
        await engine.aclose()
        await server.aclose()


def _cells(score: Score, quality: float | None, speed: float | None) -> tuple[str, ...]:
    return (f"{score.exact_at_once:.1%}", f"{score.exact_at_last:.1%}", f"{score.placed:.3f}", f"{score.terms:.1%}",
            "–" if quality is None else f"{quality:.1f}", str(score.kept), str(score.requests),
            "–" if speed is None else f"{speed:.0f}")


def _line(cells: Sequence[str]) -> str:
    widths = (WIDTH, *(max(8, len(head) + 2) for head in HEADS[1:]))
    return cells[0].ljust(WIDTH) + "".join(map(str.rjust, cells[1:], widths[1:])) + "\n"
