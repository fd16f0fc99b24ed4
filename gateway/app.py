"""The ASGI application of one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from gateway import (
    assets,
    catalogue,
    glossaries,
    health,
    job_pages,
    login,
    memories,
    pages,
    results,
    snippets,
    translations,
    webhooks,
)
from gateway.access import LOCAL, Access
from gateway.door import Answered, Door
from gateway.events import EVERY, Watcher
from gateway.health import Checks
from gateway.options import GatewayOptions
from gateway.problems import Problem, on_defect, on_error, on_http, on_invalid
from gateway.rates import Admission, Rate
from gateway.reports import Reports
from gateway.resources import Json
from gateway.sender import Sender
from gateway.service import Service
from gateway.sources import Sources
from parsers.errors import DiglotError
from storage.documents import DocumentStore, document_id
from storage.vocabulary import new_id
from workers.deployment import Stores
from workers.intake import Intake

ROUTERS = (translations.router, snippets.router, results.router, catalogue.router, glossaries.router, memories.router,
           webhooks.router, health.router, assets.router, login.router, pages.router, job_pages.router)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What others add to a gateway."""

    helpful: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    """More checks for readiness, of what jobs can wait for: broker, engine."""
    answered: Answered = lambda *_: None
    sender: Sender | None = None
    """Tells webhooks, if the options let it; None: one that reaches public addresses alone."""
    at_hand: frozenset[str] = frozenset()
    """Codes of the languages that the engine needs nothing from elsewhere for; none: that makes no difference."""
    look_every: float = EVERY
    """Seconds between two looks at jobs that somebody waits for."""
    broker: str = ""
    """URL of the broker, where requests are counted for all gateways together."""


def create_app(stores: Stores, intake: Intake, options: GatewayOptions, hooks: Hooks | None = None) -> ASGIApp:
    """The application, behind its door. Raises UsageError for options that would open it to everybody."""
    hooks = hooks or Hooks()
    options.needs_keys(made=False)                          # raises if it would be open to all
    app = FastAPI(title="Diglot", version="1", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None,
                  redirect_slashes=False, default_response_class=Json,
                  lifespan=_sending(hooks.sender or Sender(stores.deliveries)) if options.webhooks else None)
    app.state.service = Service(stores, intake, options, Watcher(stores.jobs.those, hooks.look_every),
                                Admission(stores.jobs, options), Sources(stores.documents), Reports(stores.documents))
    app.state.at_hand = hooks.at_hand
    app.state.checks = Checks(
        {"database": lambda: stores.jobs.unfinished(LOCAL),
         "documents": lambda: _kept(stores.documents)}, hooks.helpful)
    app.state.routes = [route for router in ROUTERS for route in router.routes]
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(DiglotError, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_defect)         # and it goes on to the door, which logs it
    _describe(app, keys=options.needs_keys(made=False))
    return Door(app, Access(options, stores.keys), Rate(options.rate, hooks.broker), options.most_bytes, hooks.answered)


def _kept(documents: DocumentStore) -> None:
    """Keep a document and forget it: a folder that cannot be written can often still be read. Raises StoreFault."""
    trial = document_id(new_id(), "trial")
    documents.put(trial, (b"ok",))
    documents.delete(trial)


def _sending(sender: Sender) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """The sender's life is that of the application."""
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        task = asyncio.create_task(sender.run())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    return lifespan


def _describe(app: FastAPI, *, keys: bool) -> None:
    """OpenAPI, with the problems as they are here and not as the framework has them."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                parts.pop(name, None)
            parts["Problem"] = Problem.model_json_schema()
            if keys:
                schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
                schema["security"] = [{"key": []}]
                for path in ("/healthz", "/readyz"):
                    schema["paths"][path]["get"]["security"] = []
        return app.openapi_schema or {}

    app.openapi = described     # type: ignore[method-assign]  # as FastAPI documents it


