"""Metrics that are read from the stores at the moment when somebody asks: the same numbers, whoever is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.census import Census, take
from storage.database import Database
from storage.errors import StoreFault
from storage.vocabulary import ServiceClass

log = structlog.get_logger(__name__)


class StoreGauges(Collector):
    """Jobs, segments and messages that there are."""

    def __init__(self, database: Database, waiting: Callable[[], Mapping[ServiceClass, int] | None]) -> None:
        """``waiting``: messages in each queue; see `workers.messages.CeleryMessenger.waiting`."""
        self._database, self._waiting = database, waiting

    def describe(self) -> list[Metric]:
        """Nothing, so that nothing is asked of the stores when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Every gauge; of a store that does not answer only that it does not."""
        try:
            census = take(self._database)
        except StoreFault as error:
            log.warning("store_unavailable", error=type(error).__name__)
            census = None
        yield GaugeMetricFamily("diglot_database_up", "Whether the database answers.", census is not None)
        if census is not None:
            yield from _jobs(census)
        queues = self._waiting()
        yield GaugeMetricFamily("diglot_broker_up", "Whether the broker answers.", queues is not None)
        if queues is not None:
            yield _by_service("diglot_queue_messages", "Messages that no worker has taken yet.", queues)


def _jobs(census: Census) -> Iterator[Metric]:
    unfinished = GaugeMetricFamily("diglot_unfinished_jobs", "Jobs that are queued or running.",
                                   labels=["service", "state", "stage"])
    for (service, state, stage), number in census.unfinished.items():
        unfinished.add_metric([service.value, state.value, stage.value], number)
    yield unfinished
    ended = GaugeMetricFamily("diglot_ended_jobs", "Jobs that ended and are still listed.", labels=["state"])
    for state, number in census.ended.items():
        ended.add_metric([state.value], number)
    yield ended
    yield _by_service("diglot_waiting_segments", "Segments to be translated; of unread documents an estimate.",
                      census.segments)
    yield _by_service("diglot_oldest_job_seconds", "Age of the oldest job that no worker has begun; 0 without one.",
                      {service: census.oldest.get(service, 0.0) for service in ServiceClass})


def _by_service(name: str, documentation: str, numbers: Mapping[ServiceClass, float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=["service"])
    for service, number in numbers.items():
        family.add_metric([service.value], number)
    return family
