"""Whatever is logged, and however, no text, file name or key gets into the log."""

import ast
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from parsers.errors import UsageError
from tests.workers.hostile_logging import ATTACKS, FILE, SECRET
from workers import logs

ROOT = Path(__file__).parents[2]
TRACES = [*SECRET.lower().split(), FILE]
"""Any of these would have come from a document."""


def run(script: str, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *script.split(), *arguments], cwd=ROOT, text=True, timeout=120, check=False,
                          capture_output=True, stdin=subprocess.DEVNULL, **options)


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def leaks(text: str) -> list[str]:
    return [word for word in TRACES if word not in {"at", "lives"} and word in text.lower()]


@pytest.fixture(scope="module")
def sections() -> dict[str, str]:
    """What each attack got into the log."""
    done = run("-m tests.workers.hostile_logging")
    assert done.stdout == ""
    parts = done.stderr.split("# ")[1:]
    return dict(part.split("\n", 1) for part in parts)


@pytest.mark.parametrize("attack", [*(attack.__name__ for attack in ATTACKS), "uncaught"])
def test_no_text_gets_through(sections, attack):
    written = lines(sections[attack])
    assert written, "an event is told of, if without its text"
    assert not leaks(sections[attack])
    known = {"level", "process", "event", "message", "source", "logger", "error", "because", "at", "timestamp"}
    assert all(line.keys() <= known | logs.ALLOWED.keys() for line in written)


def test_what_may_be_told_is_told(sections):
    failed = lines(sections["as_exception"])[0]
    assert failed["event"] == "failed" and failed["error"] == "StoreFault" and failed["because"] == ["ValueError"]
    assert failed["at"][0].startswith("tests/workers/hostile_logging.py:")
    group = lines(sections["as_exception"])[4]
    assert group["error"] == "ExceptionGroup" and group["because"] == ["ValueError", "KeyError"]
    assert lines(sections["as_exception_of_a_file"])[0]["at"][-1] == "withheld:1"
    sentence = lines(sections["as_arguments"])[0]
    assert sentence["message"] == "Document %s cannot be read: %r" and sentence["logger"] == "celery.hostile"
    assert lines(sections["as_arguments"])[4]["message"] == logs.WITHHELD
    assert lines(sections["uncaught"])[0]["error"] == "ValueError"


PLAIN = """
import structlog
from storage.vocabulary import ServiceClass, Stage
from workers import logs
logs.configure("sweeper", "info")
log = structlog.get_logger("workers.sweeping")
log.debug("unheard")
log.info("step_done", job="0195f3a0-7c3e-7d6a-8f00-0123456789ab", stage=Stage.TRANSLATING, service=ServiceClass.BATCH, chunk=3,
         seconds=1.25, tenant="acme", owner="host-1:17:ab12", route="/v1/translations/{id}:cancel", method="POST", status=202,
         error="StoreFault", kind="damaged-document", state=None)
"""


def test_allowed_values_are_shown_as_they_are(tmp_path):
    (tmp_path / "plain.py").write_text(PLAIN)
    done = run(str(tmp_path / "plain.py"), env={**os.environ, "PYTHONPATH": str(ROOT)})
    [line] = lines(done.stderr)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "level": "info", "process": "sweeper", "logger": "workers.sweeping", "event": "step_done",
        "job": "0195f3a0-7c3e-7d6a-8f00-0123456789ab", "stage": "translating", "service": "batch", "chunk": 3, "seconds": 1.25,
        "tenant": "acme", "owner": "host-1:17:ab12", "route": "/v1/translations/{id}:cancel", "method": "POST", "status": 202,
        "error": "StoreFault", "kind": "damaged-document", "state": None}


def test_a_terminal_gets_lines_for_people(tmp_path):
    (tmp_path / "plain.py").write_text(PLAIN)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as reader:
        subprocess.run([sys.executable, tmp_path / "plain.py"], cwd=ROOT, stderr=theirs, timeout=120, check=True,
                       env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"})
        os.close(theirs)
        shown = reader.read(10_000).decode()
    assert "step_done" in shown and not shown.startswith("{")


def test_a_level_that_is_none_is_told():
    with pytest.raises(UsageError, match="no log level “loud”"):
        logs.configure("worker", "loud")


def test_celery_tells_nothing_of_what_fails(tmp_path):
    """A task that fails, one that nobody knows, a message that is none: Celery would print arguments and all."""
    from tests.servers import valkey
    from workers.messages import celery_app

    with valkey.running(tmp_path / "valkey") as server:
        broker = f"redis://127.0.0.1:{server.port}/0"
        app = celery_app(broker)
        app.send_task("hostile.unknown", kwargs={"text": SECRET}, queue="batch")
        with app.producer_pool.acquire() as producer:
            producer.publish({"text": SECRET}, serializer="json", routing_key="batch", exchange="")
        app.send_task("hostile.fail", args=(SECRET,), kwargs={"name": FILE}, queue="batch")
        done = run("-m tests.workers.hostile_logging", broker, "9")
    assert not leaks(done.stderr), done.stderr
    assert not leaks(done.stdout)
    written = lines(done.stderr)
    assert "Received unregistered task of type %s." in {line.get("message", "").split("\n")[0] for line in written}
    assert any(line.get("error") == "ValueError" and any(
        place.startswith("tests/workers/hostile_logging.py:") for place in line["at"]) for line in written)


def test_every_key_that_the_program_logs_is_allowed():
    """A key that is not would be dropped, and nobody would notice."""
    unknown = []
    for path in [path for room in logs.OURS for path in (ROOT / room).rglob("*.py")]:
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            function = call.func
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name) and function.value.id == "log":
                keys = {keyword.arg for keyword in call.keywords if keyword.arg} - {"exc_info"}
                unknown += [f"{path.relative_to(ROOT)}: {key}" for key in keys - logs.ALLOWED.keys()]
    assert not unknown
