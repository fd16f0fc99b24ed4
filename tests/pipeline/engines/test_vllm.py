"""The vllm engine against a server that fails as it is told to: every segment ends in a true outcome."""

import asyncio
import time
from collections import Counter

import pytest

from parsers.locales import Locale
from pipeline.engines import (
    Context,
    EngineError,
    Request,
    RequestFailed,
    Rung,
    ServerOptions,
    UnsupportedPair,
    breaker,
    vllm,
)
from pipeline.engines.vllm import VllmEngine
from pipeline.glossary import Entry, Glossary
from pipeline.translation import Job, translate, translated
from tests.pipeline.contents import mark, show
from tests.servers.scripted import Fault, Schedule, ScriptedServer, Settings, Speed

EN, PT, ZH = Locale.parse("en"), Locale.parse("pt-BR"), Locale.parse("zh")
FAST = Speed(slots=256, step_s=0.0005)
CHAT = "/v1/chat/completions"
TRUE = {"translated", "repeated", "protected", "kept_source"}
OF_THE_SERVER = (Fault.STATUS_500, Fault.STATUS_503, Fault.STATUS_429, Fault.HANG, Fault.DRIP, Fault.RESET, Fault.HTML,
                 Fault.TRUNCATED_JSON, Fault.NO_CHOICES, Fault.EMPTY_CHOICES, Fault.WRONG_COUNT)
OF_THE_MODEL = (Fault.EMPTY, Fault.LOOP, Fault.LENGTH, Fault.ECHO, Fault.OTHER_LANGUAGE, Fault.COMMENTARY, Fault.TAGS_LOST,
                Fault.TAGS_DOUBLED)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(vllm, "PER_TOKEN", 0.0)
    monkeypatch.setattr(vllm, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(breaker, "LONGEST_PAUSE", 0.2)


def engine(server: ScriptedServer, **options) -> VllmEngine:
    return VllmEngine(ServerOptions(**{"base_url": server.base_url, "answer_timeout": 3.0, "patience": 10.0, **options}))


def document(paragraphs: int) -> bytes:
    return "".join(f"The ordinary sentence with number {n} speaks of the **bold words** and a `code{n}` as well.\n\n"
                   for n in range(paragraphs)).encode()


def asked(server: ScriptedServer) -> int:
    """Chat requests but for the one that tries structured outputs."""
    return server.stats()["requests"][CHAT] - 1


def run(data: bytes, server: ScriptedServer, *, target=PT, glossary=None, **options):
    return translate(data, Job("markdown", target, EN, glossary or Glossary()), engine(server, **options))


def settled(result, paragraphs: int) -> Counter:
    counts = Counter(t.outcome.value for t in result.report.translations)
    assert counts.total() == paragraphs
    assert counts.keys() <= TRUE
    for translation in result.report.translations:
        assert (translation.outcome.value == "kept_source") == bool(translation.reason)
    return counts


def test_segments_are_translated_with_their_codes():
    with ScriptedServer(Settings(speed=FAST)) as server:
        result = run(document(50), server)
        assert asked(server) == 50
    assert settled(result, 50) == {"translated": 50}
    assert b"**" in result.output and b"`code7`" in result.output


@pytest.mark.parametrize("fault", [*OF_THE_SERVER, *OF_THE_MODEL])
def test_each_fault_once_in_twenty_costs_no_segment(fault: Fault):
    with ScriptedServer(Settings(speed=FAST, schedule=Schedule(shares={fault: 0.05}, seed=1))) as server:
        began = time.monotonic()
        result = run(document(200), server)
        assert server.stats()["faults"].get(fault, 0) > 2
        requests = asked(server)
    counts = settled(result, 200)
    assert counts["kept_source"] == 0
    assert requests <= 1.2 * 200
    assert time.monotonic() - began < 60


def test_all_faults_together():
    shares = dict.fromkeys((*OF_THE_SERVER, *OF_THE_MODEL), 0.05 / 19)
    with ScriptedServer(Settings(speed=FAST, schedule=Schedule(shares=shares, seed=4))) as server:
        result = run(document(600), server)
        assert len(server.stats()["faults"]) > 12
        requests = asked(server)
    assert settled(result, 600)["kept_source"] == 0
    assert requests <= 1.2 * 600


@pytest.mark.parametrize("fault", [Fault.STATUS_500, Fault.HTML, Fault.RESET, Fault.HANG])
def test_a_segment_that_always_fails_is_named_and_the_others_go_on(fault: Fault):
    schedule = Schedule(by_prompt=[("<source>The ordinary sentence with number 17 ", fault, -1)])
    with ScriptedServer(Settings(speed=FAST, schedule=schedule)) as server:
        result = run(document(40), server, answer_timeout=0.3)
    assert settled(result, 40) == {"translated": 39, "kept_source": 1}
    kept, = result.report.kept
    assert kept.reason.startswith("engine: ")
    assert "again and again" in kept.reason


@pytest.mark.parametrize("fault", [Fault.ECHO, Fault.EMPTY, Fault.LOOP, Fault.OTHER_LANGUAGE, Fault.COMMENTARY])
def test_what_the_model_never_gets_right_keeps_its_source(fault: Fault):
    schedule = Schedule(by_prompt=[("<source>The ordinary sentence with number 17 ", fault, -1)])
    with ScriptedServer(Settings(speed=FAST, schedule=schedule)) as server:
        result = run(document(40), server)
    kept = [t for t in result.report.translations if t.outcome.value == "kept_source"]
    assert len(kept) <= 1
    assert settled(result, 40)["translated"] == 40 - len(kept)


@pytest.mark.parametrize("fault", [Fault.TAGS_LOST, Fault.TAGS_DOUBLED])
def test_codes_that_the_model_always_spoils_are_kept_by_constraint(fault: Fault):
    with ScriptedServer(Settings(speed=FAST, schedule=Schedule(shares={fault: 1.0}))) as server:
        result = run(document(30), server)
    assert settled(result, 30) == {"translated": 30}
    assert {t.rung for t in result.report.translations} == {Rung.CONSTRAINED}


def test_without_structured_outputs_codes_are_projected():
    settings = Settings(speed=FAST, structured_outputs=False, schedule=Schedule(shares={Fault.TAGS_LOST: 1.0}))
    with ScriptedServer(settings) as server:
        result = run(document(30), server)
    assert settled(result, 30) == {"translated": 30}
    assert {t.rung for t in result.report.translations} == {Rung.PROJECTED}


def test_a_server_that_restarts_loses_nothing():
    schedule = Schedule(by_ordinal={60: Fault.RESTART, 150: Fault.RESTART}, restart_s=1.0)
    with ScriptedServer(Settings(speed=FAST, schedule=schedule)) as server:
        result = run(document(300), server)
    assert settled(result, 300) == {"translated": 300}


def test_a_server_that_stays_away_ends_the_document():
    schedule = Schedule(by_ordinal={20: Fault.RESTART}, restart_s=30.0)
    with ScriptedServer(Settings(speed=FAST, schedule=schedule)) as server, pytest.raises(EngineError, match="has not answered"):
        run(document(100), server, patience=0.5)


def test_an_engine_that_lives_on_finds_a_server_that_was_away_for_longer_than_its_patience():
    """As in a worker, where one engine serves many documents in one event loop."""
    async def asked_twice(server: ScriptedServer) -> list[bytes]:
        living, outputs = engine(server, patience=0.5), []
        for data in (document(100), document(30)):
            while True:
                try:
                    outputs.append((await translated(data, Job("markdown", PT, EN), living)).output)
                    break
                except EngineError:
                    await asyncio.sleep(0.2)
        await living.aclose()
        return outputs

    with ScriptedServer(Settings(speed=FAST, schedule=Schedule(by_ordinal={20: Fault.RESTART}, restart_s=3.0))) as server:
        outputs = asyncio.run(asyncio.wait_for(asked_twice(server), 60))
    with ScriptedServer(Settings(speed=FAST)) as server:
        assert outputs == [run(document(n), server).output for n in (100, 30)]


def test_a_full_server_after_a_restart_is_no_dead_end():
    """What is let through first to see whether the server is well may be told to come later."""
    schedule = Schedule(by_ordinal={20: Fault.RESTART, **dict.fromkeys(range(21, 90), Fault.STATUS_429)}, restart_s=1.0)
    with ScriptedServer(Settings(speed=FAST, schedule=schedule)) as server:
        result = run(document(100), server)
    assert settled(result, 100) == {"translated": 100}


def test_a_server_that_fails_everything_ends_the_document():
    with ScriptedServer(Settings(speed=FAST, schedule=Schedule(shares={Fault.STATUS_500: 1.0}))) as server, \
            pytest.raises(EngineError):
        run(document(100), server, patience=1.0)


def test_a_full_server_is_pressed_less():
    settings = Settings(speed=Speed(slots=4, step_s=0.001), most_waiting=4)
    with ScriptedServer(settings) as server:
        result = run(document(100), server)
    assert settled(result, 100) == {"translated": 100}


def test_terms_go_into_the_prompt_and_come_out():
    glossary = Glossary((Entry("人工智能", "Artificial Intelligence (AI)"),))
    with ScriptedServer(Settings(speed=FAST)) as server:
        result = translate("人工智能是未来发展的关键\n".encode(), Job("markdown", EN, ZH, glossary), engine(server))
    assert b"Artificial Intelligence (AI)" in result.output
    assert [(t.hits, t.misses) for t in result.report.terms] == [(1, 0)]


def test_too_long_segments_are_cut_at_sentences():
    text = " ".join(f"This is sentence number {n} of a very long paragraph with **bold {n}** words." for n in range(120))
    with ScriptedServer(Settings(speed=FAST, max_model_len=1024)) as server:
        result = run(text.encode(), server)
        assert asked(server) > 5
    assert settled(result, 1) == {"translated": 1}
    assert all(f"{n}**".encode() in result.output for n in range(120))


def test_what_cannot_be_cut_is_told():
    async def alone(server):
        own = engine(server)
        try:
            await own.prepare(EN, PT)
            with pytest.raises(RequestFailed, match="longer than the model reads"):
                await own.translate(Request(mark("**" + "unending words " * 2000 + "**"), EN, PT))
        finally:
            await own.aclose()

    with ScriptedServer(Settings(speed=FAST, max_model_len=512)) as server:
        asyncio.run(alone(server))


def test_context_gives_way_to_the_text():
    seen = []

    def answer(asked):
        seen.append(asked.prompt)
        return "uma frase"

    around = Context(("Heading",), ("far " * 900, "near " * 20), "", ("one", "two"))
    with ScriptedServer(Settings(speed=FAST, max_model_len=1024, answer=answer)) as server:
        own = engine(server)

        async def alone():
            try:
                return await own.translate(Request(mark("A short sentence."), EN, PT, context=around))
            finally:
                await own.aclose()

        assert show(asyncio.run(alone()).content) == "uma frase"
    assert "near near" in seen[-1] and "far far" not in seen[-1]


def test_pairs_that_the_model_does_not_know_are_refused_before_anything_is_sent():
    with ScriptedServer(Settings(speed=FAST)) as server:
        with pytest.raises(UnsupportedPair, match="it knows zh, en, fr"):
            run(b"Text of some length.", server, target=Locale.parse("nb"), profile="hy-mt2")
        assert not server.stats()["requests"]


def test_one_engine_serves_one_event_loop_after_another():
    with ScriptedServer(Settings(speed=FAST)) as server:
        own = engine(server)
        job = Job("markdown", PT, EN)
        assert translate(document(5), job, own).output == translate(document(5), job, own).output


def test_the_next_request_is_sent_before_an_answer_is_looked_at():
    async def two(server: ScriptedServer) -> int:
        own = engine(server, most_at_once=1)
        await own.prepare(EN, PT)

        async def one(text: str) -> int:
            await own.translate(Request((text,), EN, PT))
            time.sleep(0.3)                                 # as a check does, with the event loop standing still
            return asked(server)

        sent, _ = await asyncio.gather(one("A text of some words."), one("Another text of some words."))
        await own.aclose()
        return sent

    with ScriptedServer(Settings(speed=FAST)) as server:
        assert asyncio.run(two(server)) == 2


def test_it_reads_with_a_profile_of_any_name():
    for profile in ("hy-mt2", "hy-mt1.5", "generic"):
        with ScriptedServer(Settings(speed=FAST)) as server:
            result = run(document(5), server, profile=profile)
        assert settled(result, 5) == {"translated": 5}, profile


def test_a_server_that_never_tells_its_queue_is_not_asked_for_ever(monkeypatch):
    monkeypatch.setattr(vllm, "LOOK", 0.01)
    monkeypatch.setattr(vllm, "FIRST_LOOK", 0.01)
    with ScriptedServer(Settings(speed=Speed(slots=2, step_s=0.005), metrics=False)) as server:
        result = run(document(20), server)
        looks = server.stats()["requests"]["/metrics"]
    assert settled(result, 20) == {"translated": 20}
    assert looks == vllm.LOOKS


def test_a_document_that_is_in_the_target_language_already_is_kept_and_told():
    portuguese = "Este documento já está em português e ninguém precisa de o traduzir outra vez.\n".encode()
    with ScriptedServer(Settings(speed=FAST)) as server:
        result = translate(portuguese, Job("markdown", PT), engine(server, profile="hy-mt2"))
        assert CHAT not in server.stats()["requests"]
    assert result.output == portuguese
    kept, = result.report.kept
    assert "in pt already" in kept.reason
