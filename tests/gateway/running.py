"""A whole service in this process: a real uvicorn on loopback, real stores, and a worker loop in a thread."""

import asyncio
import functools
import queue
import shutil
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
from sqlalchemy import delete

from gateway.app import Hooks, create_app
from gateway.options import GatewayOptions
from pipeline.engines import engine_named
from storage import database
from storage.documents import FolderDocuments
from storage.schema import Base
from storage.vocabulary import Periods
from workers.deployment import Stores
from workers.intake import Intake
from workers.steps import Steps

PATIENCE = 30.0
LOOK_EVERY = 0.02
"""Seconds between two looks at jobs that somebody waits for: a test waits for each of them."""


class Workers:
    """Does what is sent, one piece after the other, while it is not held back."""

    def __init__(self, stores, engine):
        self._stores, self._engine = stores, engine
        self._waiting = queue.SimpleQueue()
        self._let = threading.Event()
        self._let.set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, work):
        for piece in work:
            self._waiting.put(piece)

    def hold(self):
        self._let.clear()

    def release(self):
        self._let.set()

    def finish(self):
        """Return when nothing is under way, and what was sent before is done."""
        self.release()
        done = threading.Event()
        self._waiting.put(done.set)
        assert done.wait(PATIENCE)

    def stop(self):
        self._waiting.put(None)
        self._let.set()
        self._thread.join(PATIENCE)

    def _run(self):
        steps = Steps(self._stores.work, self._stores.documents, self._engine, self._stores.memories.opened)
        while (piece := self._waiting.get()) is not None:
            if callable(piece):
                piece()
                continue
            self._let.wait()
            self.send(asyncio.run(steps.perform(piece, "worker")))


@dataclass
class Running:
    """The service, and how to reach it."""

    url: str
    stores: Stores
    workers: Workers
    client: httpx.Client
    folder: object
    app: object

    def submit(self, data=b"# Guide\n\nSome words.\n", name="guide.md", target="pt-BR", headers=None, **fields):
        return self.client.post("/v1/translations", files={"file": (name, data)}, headers=headers,
                                data={"target_lang": target, "source_lang": "en", **fields})

    def finished(self, data=b"# Guide\n\nSome words.\n", name="guide.md", target="pt-BR", headers=None, **fields):
        """A job that has ended."""
        answer = self.submit(data, name, target, {"Prefer": "wait=30", **(headers or {})}, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def forget_everything(self):
        """As new, for the next test."""
        self.workers.finish()
        with self.stores.database.writing() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name != "identity":
                    connection.execute(delete(table))
        self.workers.finish()                       # what came of the last steps finds nothing to do
        for path in (self.folder / "documents").iterdir():
            shutil.rmtree(path)
        self.client.cookies.clear()

    @staticmethod
    def eventually(true):
        """Until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def served(app):
    """An ASGI application on loopback; gives its URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", server_header=False, access_log=False,
                            timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@functools.cache
def empty_database():
    """A database of this version, made once: tests begin with a copy."""
    path = Path(tempfile.mkdtemp(prefix="diglot-test-")) / "jobs.db"
    database.opened(f"sqlite:///{path}").close()
    data = path.read_bytes()
    shutil.rmtree(path.parent)
    return data


@contextmanager
def running(folder, engine="pseudo", hooks=None, **options):
    """A service in a folder."""
    (folder / "jobs.db").write_bytes(empty_database())
    kept = database.opened(f"sqlite:///{folder}/jobs.db")
    stores = Stores.on(kept, FolderDocuments(folder / "documents"), Periods())
    workers = Workers(stores, engine_named(engine))
    app = create_app(stores, Intake(stores, workers), GatewayOptions(**options),
                     replace(hooks or Hooks(), look_every=LOOK_EVERY))
    try:
        with served(app) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
            yield Running(url, stores, workers, client, folder, app)
    finally:
        workers.stop()
        kept.close()
