"""`diglot engines --check`: for every kind of server the right sentence and the right exit code."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from pipeline.engines import probing, server
from tests.diglot.conftest import ROOT, Done, Run
from tests.servers.odd import odd_server
from tests.servers.scripted import Fault, Schedule, ScriptedServer, Settings, Speed

GOOD = Settings(Speed(step_s=0.001), model="hy-mt2-7b")


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PAUSES", (0.01, 0.01))


def refused(done: Done, code: int, said: str) -> None:
    """One sentence, with nothing before it."""
    assert done.code == code, done.err
    assert done.text == ""
    assert done.err.startswith("diglot: ")
    assert len(done.err.splitlines()) == 1
    assert said in done.err


def rows(done: Done) -> dict[str, str]:
    return dict(re.findall(r"^(\S.*?) {2,}(.*)$", done.text, re.MULTILINE))


# ---- servers that can be used
def test_a_fit_server(diglot: Run) -> None:
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url, "--model", "hy-mt2-7b")
    assert (done.code, done.err) == (0, "")
    assert done.text.endswith("The server is fit for use.\n")
    found = rows(done)
    assert found["server"] == f"{it.base_url} (version scripted)"
    assert (found["model"], found["profile"]) == ("hy-mt2-7b", "hy-mt2 (by the model's name)")
    assert found["context length"] == "8,192 tokens"
    assert found["structured outputs"] == found["counts tokens"] == found["tells its queue"] == "yes"
    assert found["priorities"].startswith("taken")


def test_the_only_model_is_taken_and_a_profile_that_is_named(diglot: Run) -> None:
    with ScriptedServer(replace(GOOD, model="mine")) as it:
        done = diglot("engines", "--check", "--base-url", f"{it.base_url}/", "--profile", "hy-mt1.5")
    assert (done.code, done.err) == (0, "")
    assert (rows(done)["model"], rows(done)["profile"]) == ("mine", "hy-mt1.5")


def test_a_server_without_structured_outputs_is_a_warning(diglot: Run) -> None:
    with ScriptedServer(replace(GOOD, structured_outputs=False)) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    assert done.code == 1
    assert done.err.startswith("warning: The server ignores structured outputs")
    assert len(done.err.splitlines()) == 1
    assert rows(done)["structured outputs"] == "no"
    assert "fit for use" not in done.text


def test_a_short_model_of_unknown_name_is_noted(diglot: Run) -> None:
    with ScriptedServer(replace(GOOD, model="mine", max_model_len=2048)) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    assert done.code == 0
    short, unknown = done.err.splitlines()
    assert short.startswith("note: The model reads 2,048 tokens at once")
    assert unknown.startswith("note: The name mine tells no profile")
    assert rows(done)["profile"] == "generic (by the model's name)"


def test_what_a_plainer_server_does_not_have(diglot: Run) -> None:
    with ScriptedServer(replace(GOOD, tokenize=False, metrics=False)) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    assert done.code == 0
    assert rows(done)["counts tokens"].startswith("no;")
    assert rows(done)["tells its queue"].startswith("no;")


def test_a_server_that_refuses_priorities(diglot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> bool:
        raise server.RequestFailed("the server refused the request (400): priority")

    asked = server.Server.chat

    async def chat(self, body, timeout):  # type: ignore[no-untyped-def]
        return await (refuse() if "priority" in body else asked(self, body, timeout))

    monkeypatch.setattr(server.Server, "chat", chat)
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    assert done.code == 0
    assert rows(done)["priorities"] == "refused (vLLM: --scheduling-policy priority)"


def test_a_server_that_is_busy_for_a_moment(diglot: Run) -> None:
    faults = {0: Fault.STATUS_503, 2: Fault.STATUS_429, 4: Fault.STATUS_500}
    with ScriptedServer(replace(GOOD, schedule=Schedule(by_ordinal=faults, retry_after_s=0.01))) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    assert (done.code, done.err) == (0, "")


# ---- servers that cannot
def test_a_wrong_model(diglot: Run) -> None:
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url, "--model", "other")
    refused(done, 4, f"The model server at {it.base_url} does not serve “other”; it serves hy-mt2-7b.")


def test_several_models_and_none_is_named(diglot: Run) -> None:
    with odd_server(200, b'{"data": [{"id": "one"}, {"id": "two"}]}') as base_url:
        refused(diglot("engines", "--check", "--base-url", base_url), 4, "serves one, two; choose one with --model.")
    with odd_server(200, b'{"data": []}') as base_url:
        refused(diglot("engines", "--check", "--base-url", base_url), 4, "does not serve a model; it serves no model.")


@pytest.mark.parametrize(("key", "said"), [
    (None, "asks for an API key; set it in DIGLOT_API_KEY."), ("", "asks for an API key"), (" \n", "asks for an API key"),
    ("wrong", "does not take this API key; set the right one in DIGLOT_API_KEY.")])
def test_a_key_that_is_wrong_or_missing(diglot: Run, monkeypatch: pytest.MonkeyPatch, key: str | None, said: str) -> None:
    if key is not None:
        monkeypatch.setenv("DIGLOT_API_KEY", key)
    with ScriptedServer(replace(GOOD, api_key="right")) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    refused(done, 4, said)
    assert "wrong" not in done.err


@pytest.mark.parametrize("key", ["right", "right\n"])
def test_the_right_key(diglot: Run, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("DIGLOT_API_KEY", key)
    with ScriptedServer(replace(GOOD, api_key="right")) as it:
        assert diglot("engines", "--check", "--base-url", it.base_url).code == 0


@pytest.mark.parametrize("key", ["clé", "a\nb", "“k”"])
def test_a_key_that_no_header_can_carry(diglot: Run, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("DIGLOT_API_KEY", key)
    done = diglot("engines", "--check", "--base-url", "http://127.0.0.1:9/v1")
    refused(done, 2, "DIGLOT_API_KEY holds characters that no API key has")
    assert key not in done.err


@pytest.mark.parametrize(("base_url", "said"), [
    ("http://127.0.0.1:9/v1", "(no connection to 127.0.0.1:9: Connection refused); start it, or give its address with --base-url."),
    ("http://there-is-no-such-host.invalid:8000/v1", "(no connection to there-is-no-such-host.invalid:8000: ")])
def test_where_nobody_listens(diglot: Run, base_url: str, said: str) -> None:
    refused(diglot("engines", "--check", "--base-url", base_url), 4, f"No model server can be reached at {base_url} {said}")


def test_a_base_url_without_v1(diglot: Run) -> None:
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url.removesuffix("/v1"))
    refused(done, 4, f"perhaps it is {it.base_url}.")


@pytest.mark.parametrize(("base_url", "said"), [
    ("http://127.0.0.1:9/v1/chat/completions", "is the address of one service; the base URL is http://127.0.0.1:9/v1."),
    ("127.0.0.1:9/v1", "is no base URL; write it as http://host:8000/v1.")])
def test_what_is_no_base_url_is_bad_usage(diglot: Run, base_url: str, said: str) -> None:
    refused(diglot("engines", "--check", "--base-url", base_url), 2, said)


@pytest.mark.parametrize(("status", "said"), [
    (200, "it answers with a web page"), (404, "it answers 404: a web page"), (302, "it answers 302 and sends on")])
def test_a_web_page_instead_of_a_server(diglot: Run, status: int, said: str) -> None:
    with odd_server(status, b"<!DOCTYPE html><title>Welcome</title>", ("Location", "http://127.0.0.1:9/login")) as base_url:
        done = diglot("engines", "--check", "--base-url", base_url)
    refused(done, 4, f"{base_url} is not the base URL of a model server ({said}")


@pytest.mark.parametrize(("status", "body", "said"), [
    (503, b'{"error":{"message":"loading"}}', "is busy or still starting (the server answered 503: loading); try again later"),
    (500, b"<html>Error</html>", "is out of order (the server answered 500: a web page)"),
    (200, b'{"data": [{"id": "x"}', "is out of order (the answer is no JSON"),
    (0, b"", "(the connection broke")])
def test_a_server_that_does_not_work(diglot: Run, status: int, body: bytes, said: str) -> None:
    with odd_server(status, body) as base_url:
        refused(diglot("engines", "--check", "--base-url", base_url), 4, said)


def test_a_model_that_takes_no_chat(diglot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise server.RequestFailed("the server refused the request (400): no chat template")

    monkeypatch.setattr(server.Server, "chat", refuse)
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    refused(done, 4, "answers no chat requests (the server refused the request (400): no chat template)")


@pytest.mark.parametrize("share", [0, 1])
def test_a_server_that_hangs_is_left_in_time(diglot: Run, monkeypatch: pytest.MonkeyPatch, share: int) -> None:
    monkeypatch.setattr(probing, "PATIENCE", 0.3)
    with ScriptedServer(replace(GOOD, schedule=Schedule(by_ordinal={share: Fault.HANG}))) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url)
    refused(done, 4, "look into its log.")


def test_an_unknown_profile_is_bad_usage_before_anything_is_asked(diglot: Run) -> None:
    with ScriptedServer(GOOD) as it:
        done = diglot("engines", "--check", "--base-url", it.base_url, "--profile", "other")
        assert it.stats()["requests"] == {}
    refused(done, 2, "There is no profile “other”; there are hy-mt2, ")


def test_an_interruption_ends_it() -> None:
    with ScriptedServer(replace(GOOD, schedule=Schedule(by_ordinal={0: Fault.HANG}))) as it:
        words = [sys.executable, "-m", "diglot", "engines", "--check", "--base-url", it.base_url]
        process = subprocess.Popen(words, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE)
        deadline = time.monotonic() + 60
        while not it.stats()["requests"].get("/v1/chat/completions") and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.decode().splitlines() == ["diglot: Interrupted; what is finished stays, and nothing is half-written."]
