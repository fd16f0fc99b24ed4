"""A process that logs in every way known to let a document's text out: ``python -m tests.workers.hostile_logging``.

With a broker's URL and a number of tasks it is a Celery worker whose tasks fail over their arguments.
"""

import asyncio
import logging
import sys
import threading
import warnings

import structlog

from storage.errors import StoreFault
from workers import logs

SECRET = "".join(["Whis", "tleblower", " lives at ", "Elm Street"])     # no constant of this file
WORD = SECRET.split()[0].lower()
FILE = f"{WORD}.docx"
log = structlog.get_logger("workers.hostile")
library = logging.getLogger("celery.hostile")


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as caught:
        return caught


class Rude:
    """An object that talks when it is shown."""

    def __repr__(self) -> str:
        return SECRET

    __str__ = __repr__


def as_event() -> None:
    log.info(SECRET)
    log.info(WORD)
    log.info("found %s", SECRET)
    log.error(f"found {SECRET}")


def as_value() -> None:
    log.info("swept", text=SECRET, file=FILE, sent=SECRET, job=SECRET, stage=WORD, state=WORD, error=SECRET, route=f"/{FILE}/",
             tenant=SECRET, url="redis://:" + WORD + "@host", api_key=WORD, owner=Rude(), count=Rude(), kind=[SECRET], done={SECRET: 1})


def as_context() -> None:
    structlog.contextvars.bind_contextvars(document=SECRET, service=WORD)
    log.bind(text=SECRET, level=SECRET, logger=SECRET, process=SECRET, timestamp=SECRET).warning("bound")
    structlog.contextvars.clear_contextvars()


def as_exception() -> None:
    try:
        try:
            raise ValueError(SECRET)
        except ValueError as error:
            error.add_note(SECRET)
            raise StoreFault(f"The document {SECRET} cannot be read.") from error
    except StoreFault:
        log.exception("failed", text=SECRET)
        log.error("failed", exc_info=True, stack_info=True)
        library.exception("failed %s", SECRET)
    log.error("failed", exc_info=raised(UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET)))
    log.error("failed", exc_info=ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)]))
    log.error("failed", exc_info=SECRET)


def as_exception_of_a_file() -> None:
    try:
        exec(compile("1/0", f"/documents/{FILE}", "exec"))
    except ZeroDivisionError:
        log.exception("failed")


def as_arguments() -> None:
    library.error("Document %s cannot be read: %r", SECRET, Rude())
    library.error("%(text)s", {"text": SECRET})
    library.error("%d is no number", SECRET)
    library.error("too few %s %s", SECRET)
    library.error("Document " + SECRET)
    library.error(Rude())
    library.error("Extra", extra={"text": SECRET, "data": {"args": SECRET}}, stack_info=True)
    logging.getLogger(SECRET).error("named")


def as_warning() -> None:
    warnings.warn(SECRET, stacklevel=1)


def in_a_thread() -> None:
    thread = threading.Thread(target=raised_in, name=SECRET)
    thread.start()
    thread.join()


def raised_in() -> None:
    raise ValueError(SECRET)


def in_a_task_that_nobody_awaits() -> None:
    async def forget() -> None:
        async def fail() -> None:
            raise ValueError(SECRET)
        task = asyncio.create_task(fail(), name=SECRET)
        await asyncio.sleep(0.01)
        del task
    asyncio.run(forget())


def in_a_destructor() -> None:
    class Dying:
        def __del__(self) -> None:
            raise ValueError(SECRET)
    Dying()


ATTACKS = (as_event, as_value, as_context, as_exception, as_exception_of_a_file, as_arguments, as_warning, in_a_thread,
           in_a_task_that_nobody_awaits, in_a_destructor)


def worker(broker: str, tasks: int) -> None:
    """Celery's own logging of failures, unknown tasks and odd messages."""
    from celery import signals

    from workers.messages import celery_app

    app = celery_app(broker)
    left = [tasks]

    @app.task(name="hostile.fail", max_retries=1)
    def fail(text: str, **_: str) -> None:
        raise ValueError(f"{text} is bad")

    def count(**_: object) -> None:
        left[0] -= 1
        if not left[0]:
            app.control.shutdown()

    signals.task_unknown.connect(count, weak=False)
    signals.task_rejected.connect(count, weak=False)
    signals.task_postrun.connect(lambda **_: app.control.shutdown(), weak=False)
    app.Worker(pool="prefork", concurrency=1, queues=["batch"], quiet=True, without_gossip=True, without_mingle=True,
               without_heartbeat=True, loglevel="DEBUG", hostname="hostile@%h").start()


if __name__ == "__main__":
    logs.configure("worker", "debug")
    if len(sys.argv) > 1:
        worker(sys.argv[1], int(sys.argv[2]))
    else:
        for attack in ATTACKS:
            sys.stderr.write(f"# {attack.__name__}\n")
            attack()
        sys.stderr.write("# uncaught\n")
        raise ValueError(SECRET)
