"""What the processes of a service log: JSON lines that hold no text of a document, whoever writes them.

What is known to be harmless gets through, nothing else. An event is a word that stands in the source of who logs it,
its values are those of `ALLOWED` and look as these do. Libraries log sentences with values in them: of theirs the
sentence stays without the values, if it stands in their source. An exception is told by its type and where it was
raised, never by its message.
"""

from __future__ import annotations

import ast
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from enum import Enum, StrEnum
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from celery import signals
from structlog.typing import EventDict, WrappedLogger

from parsers.errors import UsageError
from pipeline.report import Outcome
from storage.vocabulary import ServiceClass, Stage, State, is_id

ROOTS = (Path(__file__).parents[1], Path(structlog.__file__).parents[1], Path(logging.__file__).parents[1])
"""Where the program is, where its libraries are, and those of Python."""
OURS = ("parsers", "pipeline", "storage", "workers", "gateway", "diglot")
LEVELS = ("debug", "info", "warning", "error")
WORD = re.compile(r"[a-z][a-z0-9_-]{0,60}")
"""Events, engines, formats, kinds of problem."""
NAME = re.compile(r"[A-Za-z_][\w.]{0,100}", re.ASCII)
"""Types and modules of programs."""
PARTY = re.compile(r"[\w.@:-]{1,100}", re.ASCII)
"""Tenants, workers, ids of keys."""
ROUTE = re.compile(r"/|(/[a-z]{1,20}|/v[0-9]|/\{[a-z_]+\})+(:[a-z]+)?")
"""Templates of addresses, such as ``/v1/translations/{id}:cancel``."""
METHOD = re.compile(r"[A-Z]{3,10}")
MOST_FRAMES = 12
"""Places of a traceback that are told, the innermost ones."""
MOST_CAUSES = 5
WITHHELD = "withheld"
"""Stands for a value that is not what it should be."""


def _number(value: object) -> bool:
    return value is None or isinstance(value, bool | int | float)


def _like(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: value is None or (isinstance(value, str) and pattern.fullmatch(value) is not None)


def _one_of(words: type[StrEnum]) -> Callable[[object], bool]:
    return lambda value: value is None or value in list(words)


def _id(value: object) -> bool:
    return isinstance(value, str) and is_id(value)


NUMBERS = ("attempt", "bytes", "chunk", "chunks", "count", "crashes", "done", "exit_code", "freed", "jobs", "pid",
           "port", "processes", "quarantined", "seconds", "segments", "sent", "signal", "status", "unsent", "waiting")
ALLOWED: dict[str, Callable[[object], bool]] = {
    **dict.fromkeys(NUMBERS, _number),
    **dict.fromkeys(("job", "request", "delivery"), _id),
    "service": _one_of(ServiceClass), "stage": _one_of(Stage), "state": _one_of(State), "outcome": _one_of(Outcome),
    **dict.fromkeys(("engine", "format", "kind", "queue", "result", "what"), _like(WORD)),
    **dict.fromkeys(("error", "because"), _like(NAME)),
    **dict.fromkeys(("key", "owner", "tenant", "worker"), _like(PARTY)),
    "route": _like(ROUTE), "method": _like(METHOD),
}
"""Every key that an event may have, and what its value must look like."""


def configure(process: str, level: str = "info") -> None:
    """Let this process, and those forked from it, log to standard error: JSON lines, or in a terminal readable ones.

    ``process`` is a word for what it does: ``gateway``, ``worker`` … Everything that Python or a library would write
    there by itself (uncaught exceptions, warnings) goes the same way. Raises UsageError for a level that is none.
    """
    if level not in LEVELS:
        raise UsageError(f"There is no log level “{level}”; there are {', '.join(LEVELS)}.")
    number = logging.getLevelNamesMapping()[level.upper()]
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(process, terminal=handler.stream.isatty()))
    logging.raiseExceptions = False             # else a record that cannot be formatted is shown with all its values
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number if level == "debug" else max(number, logging.WARNING))     # libraries inform of too much
    for name in OURS:
        logging.getLogger(name).setLevel(number)
    for name in list(root.manager.loggerDict):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(capture=True)
    signals.setup_logging.connect(_leave_logging, weak=False, dispatch_uid="diglot.logs")
    sys.excepthook = _uncaught
    threading.excepthook = lambda thread: _uncaught(thread.exc_type, thread.exc_value, thread.exc_traceback)
    sys.unraisablehook = lambda lost: _uncaught(lost.exc_type, lost.exc_value, lost.exc_traceback)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=False)


def _leave_logging(**_: object) -> None:
    """Celery configures logging itself, with all values of tasks, unless somebody listens to this signal."""


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt | SystemExit):
        structlog.get_logger(__name__).error("uncaught", exc_info=(kind, error, trace))


def _formatter(process: str, *, terminal: bool) -> logging.Formatter:
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        use_get_message=False,
        processors=[_Filter(process), structlog.processors.TimeStamper(fmt="iso", utc=True), renderer])


class _Filter:
    """Makes an event anew of what may be told of it."""

    def __init__(self, process: str) -> None:
        self._process = process

    def __call__(self, _logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        """The last of all processors but those that write."""
        record: logging.LogRecord = event["_record"]
        told: dict[str, Any] = {"level": event.get("level", "info"), "process": self._process}
        if event["_from_structlog"]:
            word = _constant(event.get("event"), record)
            told["event"] = word if WORD.fullmatch(word) else WITHHELD
            told |= {key: shown(key, value) for key, value in event.items() if key in ALLOWED}
        else:
            told |= {"event": "library", "message": _constant(record.msg, record),
                     "source": f"{record.filename}:{record.lineno}"}
        if NAME.fullmatch(record.name):
            told["logger"] = record.name
        return told | _exception(event.get("exc_info"))


def shown(key: str, value: object) -> object:
    """A value, if it looks as those of this key do."""
    plain = value.value if isinstance(value, Enum) else value
    return plain if ALLOWED[key](plain) else WITHHELD


# ---- what stands in a source --------------------------------------------------------------------------
def _constant(message: object, record: logging.LogRecord) -> str:
    """A sentence or word as the program has it, if it is one of the file that logs it: no value can be in it."""
    text = message.strip() if isinstance(message, str) else ""
    return text if text in _constants(record.pathname) else WITHHELD


@lru_cache(maxsize=128)
def _constants(path: str) -> frozenset[str]:
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(node.value.strip() for node in ast.walk(tree)
                     if isinstance(node, ast.Constant) and isinstance(node.value, str))


# ---- exceptions ---------------------------------------------------------------------------------------
def _exception(info: object) -> dict[str, Any]:
    """``error``: its type; ``because``: types of what led to it; ``at``: where it was raised, the innermost last."""
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if not isinstance(info, tuple) or len(info) != 3 or not isinstance(info[0], type):
        return {}
    kind, error, trace = info
    told: dict[str, Any] = {"error": kind.__name__, "at": [*_places(trace)][-MOST_FRAMES:]}
    causes = [type(cause).__name__ for cause in _causes(error)]
    return told | ({"because": causes} if causes else {})


def _causes(error: object) -> list[BaseException]:
    """What led to an error, nearest first, and the parts of a group."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < MOST_CAUSES:
        now = waiting.pop(0)
        if isinstance(now, BaseException):
            members = now.exceptions if isinstance(now, BaseExceptionGroup) else ()
            cause = now.__cause__ or (None if now.__suppress_context__ else now.__context__)
            new = [one for one in (*members, cause) if one is not None and one not in found]
            found += new
            waiting += new
    return found[:MOST_CAUSES]


def _places(trace: Any) -> Iterator[str]:
    """``file:line`` of each frame. Celery's tracebacks from other processes are of a type of its own."""
    while trace is not None:
        yield f"{_shortened(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
        trace = trace.tb_next


def _shortened(path: str) -> str:
    """A path in the program or its libraries; names of all other files are nobody's business."""
    file = Path(path)
    root = next((one for one in ROOTS if file.is_relative_to(one)), None)
    return file.relative_to(root).as_posix() if root else WITHHELD
