"""The vllm engine and a real server with a small model that obeys badly: its words are poor, the protocol is not."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from parsers.document import codes, readable
from parsers.locales import Locale
from pipeline.engines import Context, Draft, EngineError, Request, Rung, ServerOptions, Term
from pipeline.engines.vllm import VllmEngine
from pipeline.ladder import climb
from pipeline.translation import Job, translate
from pipeline.verification import verify
from tests.pipeline.contents import mark
from tests.servers.vllm import Endpoint, Server

EN, PT = Locale.parse("en"), Locale.parse("pt-BR")
SENTENCE = "Click **Save** to store the [document](x) in `folder` now."
PATIENT_S = 900
Answer = TypeVar("Answer")


def engine(server: Endpoint, **options: object) -> VllmEngine:
    values = {"base_url": server.base_url, "model": server.model, "api_key": server.key, "answer_timeout": 600.0}
    return VllmEngine(ServerOptions(**{**values, **options}))


def asked(made: VllmEngine, question: Callable[[], Awaitable[Answer]]) -> Answer:
    async def alone() -> Answer:
        try:
            await made.prepare(EN, PT)
            return await asyncio.wait_for(question(), PATIENT_S)
        finally:
            await made.aclose()

    return asyncio.run(alone())


def request(text: str, **more: object) -> Request:
    return Request(mark(text), EN, PT, **more)


def test_plain_text_is_answered(server: Endpoint) -> None:
    made = engine(server)
    draft = asked(made, lambda: made.translate(request("The house is red.")))
    assert readable(draft.content).strip()
    assert made.signature.startswith(f"vllm/{server.model}/generic-")
    assert Rung.CONSTRAINED in made.rungs


@pytest.mark.parametrize("text", [
    SENTENCE, "**One** and *two* and `three` and **four** and *five*.", "See [the **bold** guide](x) for *more*.",
    "`a`, `b`, `c`, `d`, `e` and `f` are names."])
def test_constrained_decoding_gives_each_code_once(server: Endpoint, text: str) -> None:
    made = engine(server)
    draft = asked(made, lambda: made.translate(request(text, rung=Rung.CONSTRAINED)))
    assert draft.truncated or sorted(code.key for code in codes(draft.content)) == sorted(
        code.key for code in codes(mark(text)))


def test_the_ladder_keeps_the_codes_of_every_segment(server: Endpoint) -> None:
    made = engine(server)

    def check(asked: Request, draft: Draft) -> tuple:
        return verify(asked.content, draft.content, EN, PT, truncated=draft.truncated, checks={"codes", "truncated"})

    texts = [SENTENCE.replace("document", f"document {n}") for n in range(12)]

    async def all_of_them() -> list:
        return await asyncio.gather(*(climb(request(text), made, check) for text in texts))

    for attempt in asked(made, all_of_them):        # a model that rambles on until it is stopped is another matter
        assert {finding.check for finding in attempt.errors} <= {"truncated"}


def test_a_term_can_be_demanded(server: Endpoint) -> None:
    made = engine(server)
    wanted = request("The server stores the file.", terms=(Term("server", "servidor"),), rung=Rung.CONSTRAINED)
    draft = asked(made, lambda: made.translate(wanted))
    assert draft.truncated or "servidor" in readable(draft.content).lower()


def test_context_goes_along(server: Endpoint) -> None:
    made = engine(server)
    around = Context(("Fruit", "Apples"), ("Apples are red.", "They grow on trees."), "Colour", ("red", "green"))

    async def counted() -> list[Draft]:
        return [await made.translate(request("Green", context=context, rung=Rung.DETERMINISTIC))
                for context in (around, Context())]

    with_context, without = asked(made, counted)
    assert with_context.content != without.content      # greedy decoding: only the prompt can make a difference


def test_a_segment_longer_than_the_model_reads_is_cut(server: Endpoint) -> None:
    made = engine(server)
    text = " ".join(f"This is sentence number {n}, and it has some **words** in it." for n in range(60))
    draft = asked(made, lambda: made.translate(request(text, rung=Rung.CONSTRAINED)))
    assert draft.truncated or len(codes(draft.content)) == 120


def test_an_over_long_context_gives_way(server: Endpoint) -> None:
    made = engine(server)
    around = Context(previous=("many words " * 3000,))
    assert readable(asked(made, lambda: made.translate(request("The house.", context=around))).content)


def test_priority_reaches_the_server(server: Endpoint) -> None:
    made = engine(server)
    assert asked(made, lambda: made.translate(request("The house is red.", priority=-3))).content


def test_a_wrong_model_is_told_before_anything_is_translated(server: Endpoint) -> None:
    with pytest.raises(EngineError, match=f"does not serve “nope”; it serves {server.model}"):
        translate(b"Text.", Job("markdown", PT, EN), engine(server, model="nope"))


def test_a_wrong_key_is_told(keyed_server: Endpoint) -> None:
    with pytest.raises(EngineError, match="DIGLOT_API_KEY"):
        translate(b"Text.", Job("markdown", PT, EN), engine(keyed_server, api_key="wrong"))


def test_what_is_given_up_frees_the_server(server: Endpoint) -> None:
    made = engine(server)

    async def given_up() -> tuple[int, int] | None:
        tasks = [asyncio.create_task(made.translate(request(f"Tell a very long story about number {n}. " * 20)))
                 for n in range(8)]
        await asyncio.sleep(2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        deadline = time.monotonic() + 60
        while (load := await made._server.load()) != (0, 0) and time.monotonic() < deadline:
            await asyncio.sleep(0.5)
        return load

    assert asked(made, given_up) == (0, 0)


def test_a_restart_in_mid_document_loses_no_segment(restartable_server: Server) -> None:
    text = "".join(f"The sentence with number {n} is here.\n\n" for n in range(40)).encode()
    settled = threading.Event()
    seen: list[object] = []

    def hear(translation: object) -> None:
        seen.append(translation)
        if len(seen) == 5:
            settled.set()

    def restart() -> None:
        settled.wait(PATIENT_S)
        restartable_server.kill()
        restartable_server.start()

    other = threading.Thread(target=restart)
    other.start()
    result = translate(text, Job("markdown", PT, EN), engine(restartable_server.endpoint, patience=600.0), listener=hear)
    other.join()
    counts = result.report.counts
    assert sum(counts.values()) == 40
    assert not [t.reason for t in result.report.kept if (t.reason or "").startswith("engine")]
