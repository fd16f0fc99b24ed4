"""What a model server is and can do, found out by asking it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pipeline.engines import EngineError, RequestFailed, ServerOptions
from pipeline.engines.profiles import profile_named
from pipeline.engines.server import Overloaded, Served, Server, TimedOut, TryAgain, Unreachable

Found = TypeVar("Found")

PATIENCE = 120.0
"""Seconds for the answer to a probe: a few tokens, behind whatever else the server does."""
PROBE = "Answer with two digits."
PROBE_GRAMMAR = "root ::= [0-9] [0-9]"
PAUSES = (0.5, 1.0, 2.0)
"""Seconds before a server that is busy is asked again."""
LONGEST_PAUSE = 20.0
"""Seconds; of those for which a server may ask."""


@dataclass(frozen=True, slots=True)
class Examination:
    """What ``diglot engines --check`` tells."""

    base_url: str
    version: str | None
    """Of the server's software; None where it does not say."""
    model: str
    max_model_len: int | None
    """Tokens of prompt and answer together; None where the server does not say."""
    profile: str
    seconds: float
    """For an answer of a few tokens."""
    constrains: bool
    """It obeys structured outputs."""
    prioritises: bool
    """It takes priorities. vLLM takes them whether or not it schedules by them, and does not tell."""
    counts: bool
    """It tells how many tokens a text is."""
    tells_queue: bool
    """It tells how many requests wait."""


async def examine(options: ServerOptions) -> Examination:
    """Reach a server and try what Diglot uses.

    Raises EngineError if it is of no use, UsageError for a base URL or profile that is none.
    """
    server = Server(options)
    profile_named(options.profile, options.model)
    try:
        chosen = await first_answer(server, lambda: reached(server, options.model))
        began = time.monotonic()
        await first_answer(server, lambda: server.chat(_probe(chosen.name), PATIENCE))
        seconds = time.monotonic() - began
        return Examination(
            server.base, await server.version(), chosen.name, chosen.max_model_len,
            profile_named(options.profile, chosen.name).name, seconds,
            await first_answer(server, lambda: constrains(server, chosen.name)),
            await first_answer(server, lambda: _prioritises(server, chosen.name)),
            await server.tokens("one two three", chosen.name) is not None, await server.load() is not None)
    finally:
        await server.aclose()


async def reached(server: Server, wanted: str) -> Served:
    """The model that was asked for, or the only one. Raises TryAgain, or EngineError if there is none such."""
    served = await server.served()
    names = ", ".join(one.name for one in served) or "no model"
    if not wanted and len(served) == 1:
        return served[0]
    for one in served:
        if one.name == wanted:
            return one
    if wanted or not served:
        asked = f"“{wanted}”" if wanted else "a model"
        raise EngineError(f"The model server at {server.base} does not serve {asked}; it serves {names}.")
    raise EngineError(f"The model server at {server.base} serves {names}; choose one with --model.")


async def first_answer(server: Server, ask: Callable[[], Awaitable[Found]]) -> Found:
    """An answer, or EngineError: a wrong address is told at once, a busy server asked again shortly."""
    pauses = iter(PAUSES)
    while True:
        try:
            return await ask()
        except Unreachable as error:
            raise EngineError(f"No model server can be reached at {server.base} ({error}); "
                              "start it, or give its address with --base-url.") from error
        except TimedOut as error:
            raise EngineError(f"The model server at {server.base} gives {error}; look into its log.") from error
        except TryAgain as error:
            pause = next(pauses, None)
            if pause is None:
                trouble = "is busy or still starting" if isinstance(error, Overloaded) else "is out of order"
                raise EngineError(f"The model server at {server.base} {trouble} ({error}); "
                                  "try again later, or look into its log.") from error
            await asyncio.sleep(max(pause, min(error.retry_after, LONGEST_PAUSE)))
        except RequestFailed as error:
            raise EngineError(f"The model server at {server.base} answers no chat requests ({error}); "
                              "serve a model that was made for instructions.") from error


async def constrains(server: Server, model: str) -> bool:
    """Does it obey structured outputs? Servers that do not know them accept the field and ignore it."""
    try:
        text = (await server.chat({**_probe(model), "structured_outputs": {"grammar": PROBE_GRAMMAR}}, PATIENCE)).text
    except RequestFailed:
        await server.chat(_probe(model), PATIENCE)          # it may refuse whatever is asked
        return False
    return len(text) == 2 and text.isdigit()


async def _prioritises(server: Server, model: str) -> bool:
    try:
        await server.chat({**_probe(model), "priority": 1}, PATIENCE)
    except RequestFailed:
        return False
    return True


def _probe(model: str) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": PROBE}], "max_tokens": 8, "temperature": 0.0}
