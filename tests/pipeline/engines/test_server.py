"""One model server: addresses, refusals, answers."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from parsers.errors import UsageError
from pipeline.engines import EngineError, RequestFailed, ServerOptions
from pipeline.engines.server import Faulty, Overloaded, PromptTooLong, Server, TimedOut, Unreachable, base_of
from tests.servers.odd import odd_server
from tests.servers.scripted import Fault, Schedule, ScriptedServer, Settings, Speed

FAST = Speed(step_s=0.001)
BODY = {"model": "scripted", "messages": [{"role": "user", "content": "One."}], "max_tokens": 8}


def ask(options: ServerOptions, call: Callable[[Server], Awaitable[Any]]) -> Any:
    async def asked() -> Any:
        server = Server(options)
        try:
            return await call(server)
        finally:
            await server.aclose()

    return asyncio.run(asked())


def chat(base_url: str, timeout: float = 5.0, **more: Any) -> Any:
    return ask(ServerOptions(base_url), lambda server: server.chat({**BODY, **more}, timeout))


# ---- addresses
@pytest.mark.parametrize(("given", "used"), [
    ("http://gpu:8000/v1", "http://gpu:8000/v1"), ("https://models.example.org/v1/", "https://models.example.org/v1"),
    ("http://[::1]:8000/v1", "http://[::1]:8000/v1"), ("http://gpu:8000", "http://gpu:8000"),
    ("https://example.org/openai", "https://example.org/openai")])
def test_base_urls(given: str, used: str) -> None:
    assert base_of(given) == used


@pytest.mark.parametrize("given", [
    "", "gpu:8000/v1", "gpu", "ftp://gpu/v1", "http://", "http://[::1", "http://gpu:99999/v1", "http://gpu:port/v1",
    "http://a b/v1", "http://gpu/v1?key=1", "http://gpu/v1#x", "http://gpu:0/v1"])
def test_what_is_no_base_url(given: str) -> None:
    with pytest.raises(UsageError, match="is no base URL; write it as"):
        base_of(given)


def test_a_password_is_neither_taken_nor_shown() -> None:
    with pytest.raises(UsageError) as refused:
        base_of("http://user:secret@gpu:8000/v1")
    assert "DIGLOT_API_KEY" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("route", ["chat/completions", "completions", "models", "chat/completions/"])
def test_the_address_of_a_service_is_told_from_the_base(route: str) -> None:
    with pytest.raises(UsageError, match=r"is the address of one service; the base URL is http://gpu:8000/v1\.$"):
        base_of(f"http://gpu:8000/v1/{route}")


# ---- answers
def test_a_completion_and_what_surrounds_it() -> None:
    with ScriptedServer(Settings(FAST)) as server:
        answer = chat(server.base_url)
        assert answer.text
        assert not answer.truncated
        assert answer.prompt_tokens > 0
        options = ServerOptions(server.base_url)
        assert ask(options, lambda it: it.served())[0].max_model_len == 8192
        assert ask(options, lambda it: it.version()) == "scripted"
        assert ask(options, lambda it: it.tokens("one two three", "scripted")) > 1
        assert ask(options, lambda it: it.load()) == (0, 0)
        assert ask(options, lambda it: it.healthy())


def test_what_a_server_does_not_have_is_none() -> None:
    with ScriptedServer(Settings(FAST, tokenize=False, metrics=False)) as server:
        options = ServerOptions(server.base_url)
        assert ask(options, lambda it: it.tokens("one", "scripted")) is None
        assert ask(options, lambda it: it.load()) is None
    gone = ServerOptions(server.base_url)
    assert not ask(gone, lambda it: it.healthy())
    assert ask(gone, lambda it: it.load()) is None
    assert ask(gone, lambda it: it.version()) is None


@pytest.mark.parametrize(("fault", "kind", "said"), [
    (Fault.STATUS_500, Faulty, "500: out of order"), (Fault.STATUS_503, Overloaded, "503: out of order"),
    (Fault.STATUS_429, Overloaded, "429"), (Fault.HANG, TimedOut, "no answer in 1 seconds"),
    (Fault.RESET, Unreachable, "the connection broke"), (Fault.HTML, Faulty, "no JSON"),
    (Fault.TRUNCATED_JSON, Faulty, "no JSON"), (Fault.NO_CHOICES, Faulty, "no choices"),
    (Fault.EMPTY_CHOICES, Faulty, "0 choices"), (Fault.WRONG_COUNT, Faulty, "2 choices")])
def test_faults_after_which_another_try_may_succeed(fault: Fault, kind: type[Exception], said: str) -> None:
    with ScriptedServer(Settings(FAST, Schedule(by_ordinal={0: fault}, retry_after_s=7))) as server:
        with pytest.raises(kind, match=said) as failed:
            chat(server.base_url, timeout=1.0)
        if fault is Fault.STATUS_429:
            assert isinstance(failed.value, Overloaded)
            assert failed.value.retry_after == 7


def test_a_prompt_that_is_too_long_is_told_from_a_refusal() -> None:
    with ScriptedServer(Settings(FAST, max_model_len=16)) as server, pytest.raises(PromptTooLong):
        chat(server.base_url, max_tokens=100)
    refused = json.dumps({"error": {"message": "temperature must be\x1b[2J non-negative", "code": 400}}).encode()
    with odd_server(400, refused) as base_url, pytest.raises(RequestFailed) as failed:
        chat(base_url)
    assert str(failed.value) == "the server refused the request (400): temperature must be [2J non-negative"


@pytest.mark.parametrize(("status", "body", "key", "said"), [
    (401, b'{"error":"Unauthorized"}', "", "asks for an API key; set it in DIGLOT_API_KEY"),
    (401, b'{"error":"Unauthorized"}', "k", "does not take this API key; set the right one in DIGLOT_API_KEY"),
    (403, b"<html><h1>Forbidden</h1></html>", "k", "does not take this API key"),
    (404, b'{"detail":"Not Found"}', "", "is not the base URL of a model server (it answers 404: Not Found)"),
    (404, b"<html><h1>Not found</h1></html>", "", "(it answers 404: a web page)"),
    (405, b"", "", "(it answers 405: no reason given)"), (307, b"", "", "(it answers 307 and sends on to another address)"),
    (404, b'{"error":{"message":"The model `scripted` does not exist."}}', "",
     "does not serve the model (The model `scripted` does not exist); choose one with --model")])
def test_what_makes_a_server_useless(status: int, body: bytes, key: str, said: str) -> None:
    with odd_server(status, body, ("Location", "http://127.0.0.1:9/login")) as base_url:
        with pytest.raises(EngineError) as failed:
            ask(ServerOptions(base_url, api_key=key), lambda server: server.chat(BODY, 5.0))
        assert not isinstance(failed.value, RequestFailed)
        assert said in str(failed.value)


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><title>Welcome</title>", b'{"hello": 1}', b"[]", b'{"data": 1}'])
def test_what_lists_no_models_is_no_model_server(body: bytes) -> None:
    with odd_server(200, body) as base_url, pytest.raises(EngineError, match="is not the base URL of a model server"):
        ask(ServerOptions(base_url), lambda server: server.served())


def test_the_key_goes_to_the_server_and_not_where_it_sends_on() -> None:
    with ScriptedServer(Settings(FAST, api_key="k")) as server:
        good = ServerOptions(server.base_url, api_key="k")
        assert ask(good, lambda it: it.served())
        location = ("Location", f"{server.base_url}/models")
        with odd_server(307, b"", location) as base_url, pytest.raises(EngineError, match="sends on"):
            ask(ServerOptions(base_url, api_key="k"), lambda it: it.served())
        assert server.stats()["requests"]["/v1/models"] == 1
    assert "secret" not in repr(ServerOptions(api_key="secret"))


@pytest.mark.parametrize(("base_url", "said"), [
    ("http://127.0.0.1:9/v1", "no connection to 127.0.0.1:9: Connection refused"),
    ("http://there-is-no-such-host.invalid/v1", "no connection to there-is-no-such-host.invalid:80: ")])
def test_where_no_connection_can_be_made(base_url: str, said: str) -> None:
    with pytest.raises(Unreachable) as failed:
        chat(base_url)
    assert str(failed.value).startswith(said)


def test_a_connection_that_breaks_before_the_answer() -> None:
    with odd_server(0, b"") as base_url, pytest.raises(Unreachable, match="the connection broke"):
        chat(base_url)
