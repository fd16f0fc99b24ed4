"""What the engine takes for granted of vLLM, asked of a real one with nothing of Diglot in between."""

import http.client
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.servers.vllm import Endpoint

HELLO = [{"role": "user", "content": "Say hello."}]
TAGGED = "<s1>[a-z]{2,9}</s1> and <s2>[a-z]{2,9}</s2>"
LONG_SECONDS = 60
"""For what happens at once on an idle machine; the server speaks 20 to 300 tokens a second."""


def ask(server: Endpoint, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Status and JSON of one request: GET without a body, else POST."""
    headers = {"Content-Type": "application/json"}
    if server.key:
        headers["Authorization"] = f"Bearer {server.key}"
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(server.root + path, data, headers), timeout=300) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def chat(server: Endpoint, **fields: Any) -> tuple[int, Any]:
    return ask(server, "/v1/chat/completions", {"model": server.model, "messages": HELLO, "max_tokens": 8} | fields)


def longest_context(server: Endpoint) -> int:
    status, body = ask(server, "/v1/models")
    assert status == 200, body
    return int(next(entry for entry in body["data"] if entry["id"] == server.model)["max_model_len"])


def token_ids(server: Endpoint, text: str) -> list[int]:
    status, body = ask(server, "/tokenize", {"model": server.model, "prompt": text})
    assert status == 200, body
    assert body["count"] == len(body["tokens"])
    return list(body["tokens"])


def said(answer: tuple[int, Any]) -> str:
    status, body = answer
    assert status == 200, body
    return str(body["choices"][0]["message"]["content"])


def metric(server: Endpoint, name: str) -> float:
    with urllib.request.urlopen(f"{server.root}/metrics", timeout=10) as answer:
        found = re.findall(rf"^vllm:{name}(?:{{.*}})? (\S+)$", answer.read().decode(), re.MULTILINE)
    assert found, f"no vllm:{name} in /metrics"
    return sum(map(float, found))


def until(server: Endpoint, name: str, wanted: Any) -> None:
    """Wait for a metric to be as wanted."""
    deadline = time.monotonic() + LONG_SECONDS
    while not wanted(metric(server, name)):
        assert time.monotonic() < deadline, f"{name} stayed {metric(server, name)}"
        time.sleep(0.02)


@pytest.fixture
def connection(server: Endpoint) -> Iterator[http.client.HTTPConnection]:
    """One that a test may close while it waits for the answer."""
    address = urlsplit(server.root)
    opened = http.client.HTTPConnection(address.hostname or "", address.port, timeout=LONG_SECONDS)
    yield opened
    opened.close()


def test_the_models_tell_their_longest_context(server: Endpoint) -> None:
    assert longest_context(server) >= 2048


def test_a_chat_is_answered_and_counted(server: Endpoint) -> None:
    status, body = chat(server, max_tokens=3, ignore_eos=True)
    assert status == 200
    assert body["choices"][0]["message"]["content"]
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["completion_tokens"] == 3


def test_unknown_fields_are_ignored(server: Endpoint) -> None:
    assert chat(server, term_glossary={"a": "b"}, guided_regex="nothing")[0] == 200


def test_a_regex_is_obeyed(server: Endpoint) -> None:
    answer = said(chat(server, max_tokens=40, structured_outputs={"regex": TAGGED}))
    assert re.fullmatch(TAGGED, answer), answer


def test_a_grammar_is_obeyed(server: Endpoint) -> None:
    either = 'root ::= "<s1>a</s1> <s2>b</s2>" | "<s2>b</s2> <s1>a</s1>"'
    answer = said(chat(server, max_tokens=40, structured_outputs={"grammar": either}))
    assert answer in {"<s1>a</s1> <s2>b</s2>", "<s2>b</s2> <s1>a</s1>"}


def test_a_constraint_is_void_when_tokens_run_out(server: Endpoint) -> None:
    status, body = chat(server, max_tokens=3, structured_outputs={"regex": TAGGED})
    assert status == 200
    assert body["choices"][0]["finish_reason"] == "length"
    assert not re.fullmatch(TAGGED, body["choices"][0]["message"]["content"])


def test_a_bad_regex_is_refused(server: Endpoint) -> None:
    status, body = chat(server, structured_outputs={"regex": "(unclosed[a"})
    assert status == 400
    assert "regex" in body["error"]["message"]


def test_without_structured_outputs_the_field_is_ignored(unconstrained_server: Endpoint) -> None:
    answer = said(chat(unconstrained_server, temperature=0, structured_outputs={"regex": TAGGED}))
    assert answer == said(chat(unconstrained_server, temperature=0))


def test_tokens_are_counted_for_texts_and_chats(server: Endpoint) -> None:
    assert len(token_ids(server, "hello <s1>world</s1>")) > len(token_ids(server, "hello world"))
    status, whole = ask(server, "/tokenize", {"model": server.model, "messages": HELLO})
    assert status == 200
    assert whole["count"] == chat(server)[1]["usage"]["prompt_tokens"]


def test_a_prompt_too_long_is_refused_with_the_limit(server: Endpoint) -> None:
    status, body = chat(server, messages=[{"role": "user", "content": "hello world " * 3000}])
    assert status == 400
    assert "maximum context length" in body["error"]["message"]


def test_an_answer_without_room_is_cut_and_says_so(server: Endpoint) -> None:
    """What is asked beyond the context is no error: only `finish_reason` tells."""
    limit = longest_context(server)
    overhead = chat(server, messages=[{"role": "user", "content": "a"}])[1]["usage"]["prompt_tokens"] - 1
    words = " ".join(["a"] * (limit - overhead - 3))
    status, body = chat(server, messages=[{"role": "user", "content": words}], max_tokens=limit - 1, ignore_eos=True)
    assert status == 200, body
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["usage"]["total_tokens"] == limit


def test_a_wrong_model_is_named(server: Endpoint) -> None:
    status, body = chat(replace(server, model="another"))
    assert (status, body["error"]["param"]) == (404, "model")
    assert "another" in body["error"]["message"]


@pytest.mark.parametrize("key", ["wrong", ""])
def test_a_wrong_key_is_refused(keyed_server: Endpoint, key: str) -> None:
    """The one error without a message: `error` is a string."""
    assert chat(replace(keyed_server, key=key)) == (401, {"error": "Unauthorized"})
    assert ask(replace(keyed_server, key=key), "/v1/models") == (401, {"error": "Unauthorized"})


def test_several_chats_fit_in_one_request(server: Endpoint) -> None:
    several = {"model": server.model, "messages": [HELLO, HELLO, HELLO], "max_tokens": 4, "temperature": 0}
    status, body = ask(server, "/v1/chat/completions/batch", several)
    assert status == 200
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]


def test_prompts_may_be_lists_of_tokens(server: Endpoint) -> None:
    prompts = [token_ids(server, text) for text in ("a b", "c d e")]
    status, body = ask(server, "/v1/completions", {"model": server.model, "prompt": prompts, "max_tokens": 2})
    assert status == 200
    assert len(body["choices"]) == 2


def test_the_load_is_in_the_metrics(server: Endpoint) -> None:
    for name in ("num_requests_running", "num_requests_waiting", "kv_cache_usage_perc", "generation_tokens_total"):
        assert metric(server, name) >= 0


def test_a_lower_priority_number_is_earlier(server: Endpoint) -> None:
    """With all places taken, the urgent request overtakes those that wait, not those that run."""
    ended: list[str] = []

    def tell(name: str, priority: int, tokens: int) -> None:
        said(chat(server, priority=priority, max_tokens=tokens, ignore_eos=True))
        ended.append(name)

    with ThreadPoolExecutor(64) as pool:
        crowd = [pool.submit(tell, "crowd", 0, 48) for _ in range(48)]
        until(server, "num_requests_waiting", lambda waiting: waiting > 0)
        asked = [pool.submit(tell, "later", 9, 1), pool.submit(tell, "urgent", -9, 1)]
        for each in crowd + asked:
            each.result()
    assert ended.index("urgent") < ended.index("later")
    assert ended.index("urgent") < len(crowd)


def test_a_client_that_leaves_frees_its_place(server: Endpoint, connection: http.client.HTTPConnection) -> None:
    until(server, "num_requests_running", lambda running: running == 0)
    before = metric(server, "generation_tokens_total")
    body = {"model": server.model, "messages": HELLO, "max_tokens": 1900, "ignore_eos": True}
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {server.key}"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
    until(server, "num_requests_running", lambda running: running == 1)
    connection.close()
    until(server, "num_requests_running", lambda running: running == 0)
    assert metric(server, "generation_tokens_total") - before < 1900
