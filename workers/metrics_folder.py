"""Metrics of processes that count together. Import this before anything of prometheus-client: it decides by the
environment, once, how its numbers are kept."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Of prometheus-client: where each process keeps its numbers, in a file that outlasts it."""


@contextmanager
def shared_folder() -> Iterator[str]:
    """Let this process, those that it forks and those that it starts keep their numbers in one folder, which is
    removed at the end. Who has started this process may have made one already: then it is that.

    Raises RuntimeError if prometheus-client was imported before.
    """
    if os.environ.get(VARIABLE):
        yield os.environ[VARIABLE]
        return
    if "prometheus_client" in sys.modules:
        raise RuntimeError("prometheus-client was imported before its folder was made.")
    with tempfile.TemporaryDirectory(prefix="diglot-metrics-") as folder:
        os.environ[VARIABLE] = folder
        try:
            yield folder
        finally:
            del os.environ[VARIABLE]
