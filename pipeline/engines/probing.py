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
PROBE_REGEX = "[0-9]{2}"
LONGEST_PAUSE = 20.0


@dataclass(frozen=True, slots=True)
class Examination:
    """What ``diglot engines --check`` tells."""

    model: str
    max_model_len: int | None
    """Tokens of prompt and answer together; None where the server does not say."""
    profile: str
    seconds: float
    """For an answer of a few tokens."""
    constrains: bool
    """It obeys structured outputs."""
    prioritises: bool
    """It takes priorities."""
    counts: bool
    """It tells how many tokens a text is."""
    tells_queue: bool
    """It tells how many requests wait."""


async def examine(options: ServerOptions) -> Examination:
    """Reach a server and try what Diglot uses. Raises EngineError."""
    server = Server(options)
    try:
        chosen = await first_answer(server, lambda: reached(server, options.model))
        profile = profile_named(options.profile, chosen.name)
        began = time.monotonic()
        await first_answer(server, lambda: server.chat(_probe(chosen.name), PATIENCE))
        seconds = time.monotonic() - began
        return Examination(
            chosen.name, chosen.max_model_len, profile.name, seconds, await constrains(server, chosen.name),
            await _prioritises(server, chosen.name), await server.tokens("one two three", chosen.name) is not None,
            await server.load() is not None)
    except (RequestFailed, TryAgain) as error:
        raise EngineError(f"The model server at {server.base} does not answer: {error}.") from error
    finally:
        await server.aclose()


async def reached(server: Server, wanted: str) -> Served:
    """The model that was asked for, or the only one. Raises TryAgain, or EngineError if there is none such."""
    served = await server.served()
    if not wanted and len(served) == 1:
        return served[0]
    names = ", ".join(one.name for one in served) or "none"
    for one in served:
        if one.name == wanted:
            return one
    if wanted:
        raise EngineError(f"The model server at {server.base} does not serve “{wanted}”; it serves {names}.")
    raise EngineError(f"The model server at {server.base} serves {names}; choose one with --model.")


async def first_answer(server: Server, ask: Callable[[], Awaitable[Found]]) -> Found:
    """An answer, or EngineError: a wrong address is told at once, a busy server asked again shortly."""
    for pause in (0.5, 1.0, 2.0):
        try:
            return await ask()
        except (Unreachable, TimedOut) as error:
            raise EngineError(f"The model server at {server.base} cannot be reached: {error}.") from error
        except TryAgain as error:
            await asyncio.sleep(max(pause, min(error.retry_after, LONGEST_PAUSE)))
    try:
        return await ask()
    except Overloaded as error:
        raise EngineError(f"The model server at {server.base} is busy or still starting: {error}.") from error
    except TryAgain as error:
        raise EngineError(f"The model server at {server.base} does not work: {error}.") from error


async def constrains(server: Server, model: str) -> bool:
    """Does it obey structured outputs? Servers that do not know them accept the field and ignore it."""
    try:
        text = (await server.chat({**_probe(model), "structured_outputs": {"regex": PROBE_REGEX}}, PATIENCE)).text
    except RequestFailed:
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
