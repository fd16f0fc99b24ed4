"""`diglot engines --check`: is the model server fit for use?"""

from __future__ import annotations

import asyncio
import sys

from diglot.exits import Exit
from pipeline.engines import ServerOptions
from pipeline.engines.probing import examine


def check(options: ServerOptions) -> Exit:
    """Say what the server serves and can do. Ends with warnings if it cannot guarantee Codes.

    Raises EngineError if it cannot be used at all, UsageError for a base URL or profile that is none.
    """
    found = asyncio.run(examine(options))
    length = f"{found.max_model_len:,} tokens" if found.max_model_len else "not told"
    rows = (
        ("server", options.base_url), ("model", found.model), ("profile", found.profile),
        ("context length", length), ("short answer", f"{found.seconds:.1f} s"),
        ("structured outputs", "yes" if found.constrains else "no"),
        ("priorities", "yes" if found.prioritises else "no (vLLM: --scheduling-policy priority)"),
        ("counts tokens", "yes" if found.counts else "no; lengths are estimated"),
        ("tells its queue", "yes" if found.tells_queue else "no; at most 64 requests at once"))
    for name, value in rows:
        sys.stdout.write(f"{name:<20}{value}\n")
    if not found.constrains:
        sys.stderr.write("warning: The server ignores structured outputs: Codes that the model loses are put back "
                         "by comparing texts, not by constrained decoding.\n")
        return Exit.WARNINGS
    sys.stdout.write("The server is fit for use.\n")
    return Exit.OK
