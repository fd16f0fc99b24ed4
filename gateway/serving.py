"""The gateway's process: stores, messages, webhooks and uvicorn, opened and ended in order."""

from __future__ import annotations

import logging

import uvicorn
from starlette.types import ASGIApp

from gateway.app import Hooks, create_app
from gateway.engine_health import EngineHealth
from gateway.options import GatewayOptions
from parsers.errors import UsageError
from pipeline.engines import engine_named
from workers.deployment import Deployment, Stores
from workers.gauges import StoreGauges
from workers.intake import Intake
from workers.messages import CeleryMessenger, celery_app
from workers.metrics import request_answered, served

KEEP_ALIVE = 20
"""Seconds for which an idle connection stays open."""


def run(deployment: Deployment, options: GatewayOptions, metrics_at: tuple[str, int] = ("127.0.0.1", 0)) -> None:
    """Answer until SIGTERM or SIGINT; then requests under way have ``options.grace`` seconds. ``metrics_at`` is where
    metrics are served, port 0: nowhere.

    Raises StoreFault, UsageError if the address cannot be listened at.
    """
    messenger = CeleryMessenger(celery_app(deployment.broker))
    engine = engine_named(deployment.engine, deployment.server)
    remote = {"engine": EngineHealth(deployment.server)} if engine.remote else {}
    hooks = Hooks(helpful={"broker": lambda: messenger.waiting() is not None, **remote}, broker=deployment.broker,
                  at_hand=engine.at_hand(), answered=request_answered)
    with (Stores.opened(deployment) as stores,
          served(*metrics_at, StoreGauges(stores.database, messenger.waiting))):
        serve(create_app(stores, Intake(stores, messenger), options, hooks), options)


def serve(app: ASGIApp, options: GatewayOptions) -> None:
    """Run uvicorn. Raises UsageError if it cannot listen. What comes in is believed by no header: addresses of clients
    are for nothing here."""
    config = uvicorn.Config(
        app, host=options.host, port=options.port, ws="none", lifespan="on",
        proxy_headers=False, server_header=False, access_log=False, log_config=None, log_level=logging.WARNING,
        timeout_keep_alive=KEEP_ALIVE, timeout_graceful_shutdown=round(options.grace))
    try:
        uvicorn.Server(config).run()
    except SystemExit as error:         # so it ends if it cannot listen, which looks like an end in good order
        raise UsageError(f"Nothing can listen at {options.host}, port {options.port}: something else does, or this "
                         "machine has no such address; give another --port or --host.") from error
