"""What the routes of one gateway work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from gateway.events import Watcher
from gateway.options import GatewayOptions
from gateway.rates import Admission
from gateway.sources import Sources
from workers.deployment import Stores
from workers.intake import Intake


@dataclass(frozen=True, slots=True)
class Service:
    """Everything behind the door."""

    stores: Stores
    intake: Intake
    options: GatewayOptions
    watcher: Watcher
    admission: Admission
    sources: Sources


def _of(request: Request) -> Service:
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


ServiceOf = Annotated[Service, Depends(_of)]
"""A parameter of a route: the service that it belongs to."""
