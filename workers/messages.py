"""What goes over the broker: names of tasks and queues, and how the workers are told.

Messages carry ids, never text. They are hints: what is to be done stands in the job store, and the sweep sends again
what nobody took.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from celery import Celery
from kombu.exceptions import OperationalError
from kombu.utils.scheduling import priority_cycle
from redis.exceptions import RedisError

from storage.vocabulary import ServiceClass, Stage, Work

TASKS = {Stage.PREPARING: "diglot.prepare", Stage.TRANSLATING: "diglot.translate", Stage.ASSEMBLING: "diglot.assemble"}
API_QUEUE = "api"
"""Of the tasks for other programs, which take milliseconds."""
BEGUN = "-begun"
"""Behind the name of a class: the queue of its later stages. What was begun is ended first: in one queue each of 10,000
jobs would wait for all others at each of its stages, and the first result would come with the last."""
QUEUES = (API_QUEUE, *(service.value + stage for service in ServiceClass for stage in (BEGUN, "")))
"""Two for each class of service, the most urgent first."""
FLOOR = 10
"""Each time that so many messages were asked for, the least urgent ones come first, so that none waits for ever."""
BROKER_SECONDS = 2.0
"""How long a broker may take to answer. † A frozen one blocks for more than 45 s otherwise."""

BROKER_ERRORS = (OperationalError, RedisError, OSError)
"""What a broker that is away, or stands still, makes of a call: celery wraps some of it and not all."""

log = structlog.get_logger(__name__)


class UrgentFirst(priority_cycle):  # type: ignore[misc]  # kombu has no types
    """The order in which a worker looks into its queues (kombu's ``queue_order_strategy``)."""

    _turn = 0

    def consume(self, n: int) -> list[str]:
        """The next ``n`` queues to look into."""
        self._turn += 1
        last = self._turn % FLOOR == 0
        return sorted(self.items, key=lambda queue: QUEUES.index(queue) if queue in QUEUES else -1, reverse=last)[:n]


def celery_app(broker: str) -> Celery:
    """A Celery application that speaks to a broker; its tasks are those of `workers.tasks`, if there are any."""
    app = Celery("diglot", broker=broker, set_as_current=False)
    app.conf.update(
        task_default_queue=ServiceClass.BATCH.value,
        task_create_missing_queues=True,
        task_ignore_result=True,
        task_publish_retry=False,               # the sweep sends again
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_serializer="json", accept_content=["json"],
        worker_disable_prefetch=True,           # what waits in a busy worker could be done by another
        # No second limit: a message that could not be acknowledged, because the broker stood still, would count as
        # under way for ever. † With one for each process workers were deaf after a broker had stood still for 30 s.
        worker_prefetch_multiplier=0,
        # A lost broker costs nothing that is under way: whoever is sent the same work is not given its lease.
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "visibility_timeout": 900,          # † of 8 s with a task of 40 s: started five times
            "queue_order_strategy": f"{__name__}:{UrgentFirst.__name__}",
            "socket_timeout": BROKER_SECONDS, "socket_connect_timeout": BROKER_SECONDS,
            "socket_keepalive": True, "health_check_interval": 10,
            "max_retries": 0,                   # † a sender waits 6 s otherwise for a broker that is down
        })
    return app


class CeleryMessenger:
    """Tells workers over a broker; see `workers.intake.Messenger`."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def send(self, work: Iterable[Work]) -> None:
        """Send one message for each piece of work. At the first that cannot be sent the rest is left to a sweep."""
        left = list(work)
        try:
            with self._app.producer_or_acquire() as producer:
                while left:
                    piece = left[0]
                    self._app.send_task(TASKS[piece.stage], kwargs={"job": piece.job, "chunk": piece.chunk},
                                        queue=_queue(piece), producer=producer, ignore_result=True)
                    left.pop(0)
        except BROKER_ERRORS as error:
            log.warning("broker_unreachable", unsent=len(left), error=type(error).__name__)

    def waiting(self) -> dict[ServiceClass, int] | None:
        """Messages of each class; None if the broker does not answer."""
        try:
            with self._app.connection_for_write() as connection:
                client = connection.default_channel.client
                return {service: int(client.llen(service.value)) + int(client.llen(service.value + BEGUN))
                        for service in ServiceClass}
        except BROKER_ERRORS as error:
            log.warning("broker_unreachable", error=type(error).__name__)
            return None


def _queue(work: Work) -> str:
    return work.service.value + ("" if work.stage is Stage.PREPARING else BEGUN)
