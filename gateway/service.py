"""What the routes of one gateway work with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from gateway.events import Watcher
from gateway.options import GatewayOptions
from gateway.rates import Admission
from gateway.reports import Reports
from gateway.sources import Sources
from workers.deployment import Stores
from workers.intake import Intake

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")

WHOLE_AT_ONCE = 2
"""Whole documents, or reports, that the gateway has in memory: it has others to answer, and parses one at a time."""


@dataclass(frozen=True, slots=True)
class Service:
    """Everything behind the door."""

    stores: Stores
    intake: Intake
    options: GatewayOptions
    watcher: Watcher
    admission: Admission
    sources: Sources
    reports: Reports
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WHOLE_AT_ONCE))

    async def with_whole(self, work: Callable[Arguments, Answer], *given: Arguments.args,
                         **named: Arguments.kwargs) -> Answer:
        """Do in a thread what takes a whole document into memory. Whoever waits for a turn holds no thread: all others
        need those."""
        async with self._turns:
            return await run_in_threadpool(work, *given, **named)


def _of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceOf = Annotated[Service, Depends(_of)]
"""A parameter of a route: the service that it belongs to."""
