"""The scripted server answers as a model server does, as fast as told, and fails on schedule."""

import heapq
import http.client
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from typing import Any

import pytest

from tests.servers.scripted import Fault, Schedule, ScriptedServer, Settings, Speed
from tests.servers.scripted.answers import Asked, source_of, translation
from tests.servers.scripted.batching import Batch, Sequence

FAST = Speed(slots=8, step_s=0.0002)
SLOW = Speed(slots=2, step_s=0.5)
PROMPT = "Translate into Brazilian Portuguese.\n\nClick <s1>Save</s1> to keep 3 files in the <x2/> folder."


def body(*prompts: str, **fields: Any) -> dict[str, Any]:
    chats = [[{"role": "user", "content": prompt}] for prompt in prompts or (PROMPT,)]
    return {"model": "scripted", "messages": chats[0] if len(chats) == 1 else chats, **fields}


@dataclass
class Reply:
    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def connected(server: ScriptedServer, timeout: float = 2) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(server.base_url.split("/")[2], timeout=timeout))


def asked(connection: http.client.HTTPConnection, path: str, content: object = None, **headers: str) -> Reply:
    connection.request("POST" if content else "GET", path, json.dumps(content) if content else None, headers)
    response = connection.getresponse()
    return Reply(response.status, response.headers, response.read())


def post(server: ScriptedServer, content: object, path: str = "chat/completions", **headers: str) -> Reply:
    with connected(server) as connection:
        return asked(connection, f"/v1/{path}", content, **headers)


def said(reply: Reply) -> list[str]:
    assert reply.status == 200
    return [choice["message"]["content"] for choice in reply.json["choices"]]


@pytest.fixture
def failing() -> Iterator[Callable[[Fault], ScriptedServer]]:
    running: list[ScriptedServer] = []

    def start(fault: Fault) -> ScriptedServer:
        schedule = Schedule(by_ordinal={0: fault}, drip_s=0.001, restart_s=0.1)
        running.append(ScriptedServer(Settings(FAST, schedule)).__enter__())
        return running[0]

    yield start
    for server in running:
        server.__exit__(None, None, None)


# ---- answers -------------------------------------------------------------------------------
def test_words_become_other_words_and_all_else_stays():
    answer = translation(Asked(PROMPT))
    assert [part for part in ("<s1>", "</s1>", "<x2/>", " 3 ") if part not in answer] == []
    assert not {"Click", "Save", "folder"} & set(answer.replace("<", " ").replace(">", " ").split())
    assert translation(Asked(PROMPT)) == answer


def test_the_target_language_is_read_from_the_prompt():
    assert any("\u4e00" <= char <= "\u9fff" for char in translation(Asked("把下面的文本翻译成中文：\n\nopen the door")))
    assert any("а" <= char <= "я" for char in translation(Asked("Translate into Russian:\n\nopen the door")))


def test_terms_of_the_prompt_are_obeyed():
    assert "Artificial Intelligence (AI)" in translation(Asked("参考下面的翻译：\n人工智能 翻译成 Artificial Intelligence (AI)\n\n"
                                                               "将以下文本翻译为英语：\n人工智能是关键"), "Portuguese")


@pytest.mark.parametrize(("prompt", "source"), [
    ("Translate.\n\nOne\ntwo", "One\ntwo"), ("参考\n\n将以下文本翻译为中文：\nOne", "One"), ("<source>x</source>\n\n<source>One\n\ntwo</source>", "One\n\ntwo"),
    ("Before.\n参考上面的信息，把下面的文本翻译成葡萄牙语：\nOne\n", "One")])
def test_the_text_to_translate_is_found(prompt: str, source: str):
    assert source_of(prompt) == source


# ---- the protocol --------------------------------------------------------------------------
def test_a_connection_serves_many_requests():
    with ScriptedServer(Settings(FAST)) as server:
        with connected(server) as connection:
            for _ in range(3):
                reply = asked(connection, "/v1/chat/completions", body())
                assert said(reply) == [translation(Asked(PROMPT))]
                assert reply.json["usage"]["completion_tokens"] > 5
        assert server.stats()["requests"] == {"/v1/chat/completions": 3}


def test_batches_have_one_choice_for_each_prompt_in_order():
    prompts = "Translate.\n\nOne fine day", "Translate.\n\nTwo " + "long " * 50
    due = [translation(Asked(prompt)) for prompt in prompts]
    with ScriptedServer(Settings(FAST)) as server:
        assert said(post(server, body(*prompts), "chat/completions/batch")) == due
        texts = post(server, {"model": "scripted", "prompt": prompts}, "completions").json["choices"]
        assert [choice["text"] for choice in texts] == due
        assert server.stats()["segments"] == 4


def test_an_answer_longer_than_its_budget_is_cut():
    with ScriptedServer(Settings(FAST)) as server:
        choice = post(server, body(max_tokens=4)).json["choices"][0]
        assert choice["finish_reason"] == "length"
        assert translation(Asked(PROMPT)).startswith(choice["message"]["content"])


def test_what_cannot_be_served_is_refused_in_words():
    with ScriptedServer(Settings(FAST, max_model_len=100, api_key="secret")) as server:
        key = {"Authorization": "Bearer secret"}
        assert post(server, body()).status == 401
        assert post(server, body() | {"model": "other"}, **key).status == 404
        long = post(server, body("word " * 100), **key)
        assert (long.status, b"maximum context length" in long.body) == (400, True)
        assert post(server, body(), "nothing", **key).status == 404


def test_a_full_queue_is_refused():
    with ScriptedServer(Settings(SLOW, most_waiting=1)) as server:
        busy = [socket.create_connection(("127.0.0.1", int(server.base_url.split(":")[2][:-3]))) for _ in range(4)]
        for each in busy:
            data = json.dumps(body()).encode()
            each.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(data) + data)
        until(lambda: server.stats()["segments"] >= 1 and server.stats()["waiting"] >= 1)
        assert post(server, body()).status == 503
        for each in busy:
            each.close()


def test_a_client_that_leaves_frees_its_place():
    with ScriptedServer(Settings(SLOW)) as server:
        with connected(server, timeout=0.1) as connection, pytest.raises(TimeoutError):
            asked(connection, "/v1/chat/completions", body())
        until(lambda: server.stats()["left"] == 1)
        assert server.stats()["running"] + server.stats()["waiting"] == 0


def test_limits_counts_and_figures_can_be_asked_for():
    with ScriptedServer(Settings(FAST, max_model_len=4096)) as server, connected(server) as connection:
        assert asked(connection, "/v1/models").json["data"][0]["max_model_len"] == 4096
        assert asked(connection, "/tokenize", {"prompt": "x" * 40}).json["count"] == 11
        assert b"vllm:num_requests_waiting{" in asked(connection, "/metrics").body
        assert asked(connection, "/health").status == 200
        assert asked(connection, "/_reset").json == {}
        assert asked(connection, "/_stats").json["requests"] == {"/_stats": 1}


# ---- faults --------------------------------------------------------------------------------
@pytest.mark.parametrize(("fault", "status"), [(Fault.STATUS_500, 500), (Fault.STATUS_503, 503), (Fault.STATUS_429, 429)])
def test_refusals_by_schedule(failing: Callable[[Fault], ScriptedServer], fault: Fault, status: int):
    server = failing(fault)
    first = post(server, body())
    assert first.status == status
    assert (first.headers["retry-after"] is not None) == (status == 429)
    assert said(post(server, body())) == [translation(Asked(PROMPT))]
    assert server.stats()["faults"] == {fault: 1}


@pytest.mark.parametrize(("fault", "error"), [
    (Fault.HANG, TimeoutError), (Fault.RESET, (http.client.IncompleteRead, ConnectionError)),
    (Fault.RESTART, (http.client.RemoteDisconnected, ConnectionError))])
def test_answers_that_never_end(failing: Callable[[Fault], ScriptedServer], fault: Fault, error: Any):
    with pytest.raises(error):
        post(failing(fault), body())


def test_a_restart_refuses_connections_for_a_while(failing: Callable[[Fault], ScriptedServer]):
    server = failing(Fault.RESTART)
    with pytest.raises(ConnectionError):
        post(server, body())
    until(lambda: _refuses(server))
    until(lambda: not _refuses(server))
    assert said(post(server, body())) == [translation(Asked(PROMPT))]


def _refuses(server: ScriptedServer) -> bool:
    try:
        post(server, body())
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.TRUNCATED_JSON])
def test_bodies_that_are_no_json(failing: Callable[[Fault], ScriptedServer], fault: Fault):
    with pytest.raises(json.JSONDecodeError):
        assert post(failing(fault), body()).json


def test_a_drip_is_whole_in_the_end(failing: Callable[[Fault], ScriptedServer]):
    assert said(post(failing(Fault.DRIP), body())) == [translation(Asked(PROMPT))]


@pytest.mark.parametrize(("fault", "choices"), [(Fault.NO_CHOICES, None), (Fault.EMPTY_CHOICES, 0), (Fault.WRONG_COUNT, 2)])
def test_choices_that_are_not_there(failing: Callable[[Fault], ScriptedServer], fault: Fault, choices: int | None):
    found = post(failing(fault), body()).json.get("choices")
    assert (found if found is None else len(found)) == choices


def test_a_batch_lacks_a_choice(failing: Callable[[Fault], ScriptedServer]):
    assert len(said(post(failing(Fault.WRONG_COUNT), body(PROMPT, PROMPT, PROMPT), "chat/completions/batch"))) == 2


@pytest.mark.parametrize(("fault", "wrong"), [
    (Fault.EMPTY, lambda text: text == ""), (Fault.LOOP, lambda text: text.count(text[:20]) > 20),
    (Fault.ECHO, lambda text: text == source_of(PROMPT)), (Fault.COMMENTARY, lambda text: text.startswith("Here is")),
    (Fault.OTHER_LANGUAGE, lambda text: text == translation(Asked(PROMPT), "German")),
    (Fault.TAGS_LOST, lambda text: "<" not in text), (Fault.TAGS_DOUBLED, lambda text: text.count("<s1>") == 2)])
def test_a_model_that_errs(failing: Callable[[Fault], ScriptedServer], fault: Fault, wrong: Callable[[str], bool]):
    assert wrong(said(post(failing(fault), body()))[0])


def test_constrained_output_keeps_its_tags(failing: Callable[[Fault], ScriptedServer]):
    constrained = body(structured_outputs={"regex": ".*"})
    assert said(post(failing(Fault.TAGS_LOST), constrained)) == [translation(Asked(PROMPT))]


def test_constraints_without_a_translation_are_obeyed():
    with ScriptedServer(Settings(FAST)) as server:
        assert said(post(server, body(structured_outputs={"regex": "[0-9]{2}"}))) == ["42"]
        assert said(post(server, body(structured_outputs={"choice": ["left", "right"]}))) == ["left"]
    with ScriptedServer(Settings(FAST, structured_outputs=False)) as server:
        assert said(post(server, body(structured_outputs={"choice": ["left"]}))) == [translation(Asked(PROMPT))]


def test_half_an_answer_says_so(failing: Callable[[Fault], ScriptedServer]):
    assert post(failing(Fault.LENGTH), body()).json["choices"][0]["finish_reason"] == "length"


def test_shares_depend_on_seed_and_prompts_but_not_on_their_order():
    prompts = [f"prompt {n}" for n in range(2000)]

    def drawn(seed: int, order: list[str]) -> dict[str, Fault | None]:
        schedule = Schedule(shares={Fault.EMPTY: 0.03, Fault.HANG: 0.02}, seed=seed)
        return {prompt: schedule.next(0, prompt) for prompt in order}

    once = drawn(1, prompts)
    assert drawn(1, prompts[::-1]) == once != drawn(2, prompts)
    assert 60 <= sum(fault is not None for fault in once.values()) <= 140


def test_a_prompt_meets_its_fault_so_many_times():
    schedule = Schedule(by_prompt=[("bad", Fault.EMPTY, 2)])
    assert [schedule.next(0, text) for text in ("bad", "good", "bad", "bad")] == [Fault.EMPTY, None, Fault.EMPTY, None]


# ---- speed ---------------------------------------------------------------------------------
class Clock:
    """An event loop's time, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.calls = itertools.count()

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.due, (when, next(self.calls), call))

    def run(self) -> None:
        while self.due:
            self.now, _, call = heapq.heappop(self.due)
            call()


def batch_of(speed: Speed) -> tuple[Clock, Batch, Callable[..., Sequence], list[tuple[str, float]]]:
    clock, done = Clock(), []
    batch = Batch(clock, speed)     # type: ignore[arg-type]

    def submit(name: str, length: int, priority: int = 0, prompt: int = 0) -> Sequence:
        sequence = Sequence(prompt, length, priority, lambda: done.append((name, clock.now)))
        batch.submit(sequence)
        return sequence
    return clock, batch, submit, done


def test_a_step_gives_every_running_sequence_a_token():
    clock, batch, submit, done = batch_of(Speed(slots=3, step_s=1))
    submit("starts at once", 2)
    submit("second step", 2)
    submit("also", 1)
    clock.run()
    assert done == [("starts at once", 2), ("also", 2), ("second step", 3)]
    assert batch.busy()["whole"] == pytest.approx(5 / 9)


def test_a_full_batch_is_busy():
    clock, batch, submit, _ = batch_of(Speed(slots=2, step_s=1))
    for _ in range(10):
        submit("", 4)
    clock.run()
    assert batch.busy()["whole"] == pytest.approx(40 / 42)      # the first step had one sequence, the last another
    assert batch.busy()["steady"] == 0          # all had arrived before it was full
    assert batch.filled_after() == 1
    assert batch.account.most_running == 2


def test_the_steady_share_leaves_filling_and_draining_out():
    clock, batch, submit, _ = batch_of(Speed(slots=2, step_s=1))
    submit("", 10)
    submit("", 5)
    clock.call_at(10.5, lambda: submit("", 10))      # the second slot has been free for some steps, then both
    clock.call_at(20.2, lambda: submit("", 1))       # from here on two are left, as many as there are slots
    clock.call_at(20.2, lambda: submit("", 1))
    clock.run()
    assert batch.busy() == {"whole": pytest.approx(27 / 43), "steady": pytest.approx(23 / 38.4)}
    since, until = batch.steady()
    assert until - since == pytest.approx(19.2)


def test_waiting_sequences_start_by_priority():
    clock, _, submit, done = batch_of(Speed(slots=1, step_s=1))
    for name, priority in (("running", 0), ("late", 5), ("first", -1), ("second", 0)):
        submit(name, 1, priority)
    clock.run()
    assert [name for name, _ in done] == ["running", "first", "second", "late"]


def test_prompts_make_a_step_longer_and_do_not_count_as_idle():
    clock, batch, submit, done = batch_of(Speed(slots=1, step_s=1, prefill_s=0.1))
    submit("", 2, prompt=10)
    clock.run()
    assert done == [("", 3)]
    assert batch.busy()["whole"] == pytest.approx(1)


def test_dropped_sequences_give_their_slot_away():
    clock, batch, submit, done = batch_of(Speed(slots=1, step_s=1))
    running, waiting = submit("running", 100), submit("waiting", 1)
    submit("next", 1)
    batch.drop(running)
    batch.drop(waiting)
    batch.drop(waiting)
    clock.run()
    assert [name for name, _ in done] == ["next"]
    assert (batch.running, batch.waiting) == (0, 0)


def until(reached: Callable[[], bool]) -> None:
    for _ in range(500):
        if reached():
            return
        time.sleep(0.01)
    raise AssertionError("That has not come about within five seconds.")
