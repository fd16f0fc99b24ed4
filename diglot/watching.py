"""`diglot watch`, once its options are read."""

from __future__ import annotations

import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from diglot.exits import Exit
from diglot.service import check, require_service

if TYPE_CHECKING:
    from diglot import watch_settings
    from diglot.settings import Settings


def watch(chosen: Settings) -> Exit:
    """Watch until a signal says stop; without a broker in the settings, with a worker and a broker of its own.

    Raises UsageError, EngineError, StoreFault.
    """
    require_service()
    from diglot import watch_settings
    from workers.watching.places import prepare

    wished = watch_settings.read(chosen.watch, edition(chosen))
    wished.profiles.check()
    prepare(wished.folder)
    check(chosen)
    if not chosen.broker:
        from diglot.supervision import supervise

        return supervise(chosen, ("worker", "watch"))
    _watch(chosen, wished)
    return Exit.OK


def _watch(chosen: Settings, wished: watch_settings.Watch) -> None:
    from diglot.supervision import end_with_parent
    from workers import logs
    from workers.deployment import Stores
    from workers.intake import Intake
    from workers.messages import CeleryMessenger, celery_app
    from workers.metrics import served
    from workers.watching.watcher import Watcher

    logs.configure("watcher", chosen.log_level)
    end_with_parent()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Stores.opened(chosen.deployment) as stores, served(chosen.metrics_host, chosen.metrics_port):
        messenger = CeleryMessenger(celery_app(chosen.broker))
        options = replace(wished.options, most_bytes=chosen.largest_upload << 20)
        Watcher(wished.folder, Intake(stores, messenger), wished.profiles, options).run(stop)


def edition(chosen: Settings) -> str:
    """Who translates: what one has made is not taken for what another would make."""
    from diglot import __version__

    return f"{__version__} {chosen.engine} {chosen.server.base_url} {chosen.model} {chosen.profile}"
