"""`diglot engines --check`: is the model server fit for use?"""

from __future__ import annotations

import asyncio
import sys

from diglot.console import say
from diglot.exits import Exit
from pipeline.engines import ServerOptions
from pipeline.engines.probing import Examination, examine

SHORT = 4096
"""Tokens of prompt and answer; with less, prompts with context leave little for a long paragraph."""

UNCONSTRAINED = ("warning: The server ignores structured outputs, so that markup which the model loses is put back by "
                 "comparing texts; vLLM has them, and guarantees it.")


def check(options: ServerOptions) -> Exit:
    """Say what the server serves and can do. Ends with warnings if it cannot guarantee Codes.

    Raises EngineError if it cannot be used at all, UsageError for a base URL or profile that is none.
    """
    found = asyncio.run(examine(options))
    for name, value in _rows(found, options.profile):
        sys.stdout.write(f"{name:<20}{value}\n")
    if found.max_model_len and found.max_model_len < SHORT:
        say(f"note: The model reads {found.max_model_len:,} tokens at once, so that long paragraphs are cut at their "
            "sentences and have less context; 8,192 are better (vLLM: --max-model-len 8192).")
    if found.profile == "generic" and not options.profile:
        say(f"note: The name {found.model} tells no profile, so the model is asked in general words; "
            "name one with --profile, generic if that is meant.")
    if not found.constrains:
        say(UNCONSTRAINED)
        return Exit.WARNINGS
    sys.stdout.write("The server is fit for use.\n")
    return Exit.OK


def _rows(found: Examination, profile: str) -> tuple[tuple[str, str], ...]:
    version = f" (version {found.version})" if found.version else ""
    length = f"{found.max_model_len:,} tokens" if found.max_model_len else "not told; 8,192 tokens assumed"
    return (
        ("server", found.base_url + version),
        ("model", found.model),
        ("profile", profile or f"{found.profile} (by the model's name)"),
        ("context length", length),
        ("short answer", f"{found.seconds:.1f} s"),
        ("structured outputs", "yes" if found.constrains else "no"),
        ("priorities", "taken (vLLM goes by them with --scheduling-policy priority)" if found.prioritises else
         "refused (vLLM: --scheduling-policy priority)"),
        ("counts tokens", "yes" if found.counts else "no; lengths are estimated"),
        ("tells its queue", "yes" if found.tells_queue else "no; at most 64 requests at once"))
