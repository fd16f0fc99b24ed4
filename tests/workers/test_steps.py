"""The steps of a job over a real database and a real folder: the same bytes as without a service, whatever happens."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import replace

import pytest

from parsers.document import content
from parsers.locales import Locale
from pipeline.engines import EngineError, Request, RequestFailed, engine_named
from pipeline.translation import Job, translate
from storage.database import opened
from storage.documents import FolderDocuments, document_id
from storage.jobs import JobStore
from storage.sweep import Sweep
from storage.vocabulary import NewJob, Periods, Stage, State
from storage.work import WorkStore
from tests.parsers.docx.making import members, p, package, r
from tests.pipeline.scripted import ScriptedEngine
from workers import steps
from workers.steps import Steps

EN, PT = Locale.parse("en"), Locale.parse("pt-BR")
GUIDE = ("# Guide\n\n" + "".join(f"Paragraph {n} has **bold words** and `code{n}`, as all of them have.\n\n" for n in range(150))
         + "- The same item\n- The same item\n").encode()
SOURCES = {
    "markdown": GUIDE,
    "html": b'<html lang="en"><h1>Title</h1><p title="A tip">Some <b>bold</b> words</p><pre>code here</pre></html>',
    "docx": package(members(p(r("Some "), r("bold", "b"), r(" words")))),
}
PERIODS = Periods(lease=0.3, resend=0.0)


class Killed(BaseException):
    """The end of a worker."""


class Service:
    """The stores of a service, and as many workers as wanted."""

    def __init__(self, folder):
        self.folder = folder
        self.database = opened(f"sqlite:///{folder}/jobs.db")
        self.jobs, self.work = JobStore(self.database, PERIODS), WorkStore(self.database, PERIODS)
        self.documents = FolderDocuments(folder / "documents")

    def submit(self, data: bytes, format: str, **options):
        new = NewJob("t", f"a.{format}", "en", "pt-BR", "", len(data), options={"format": format, **options})
        self.documents.put(document_id(new.id, "source"), (data,))
        return self.jobs.create(new)

    async def run(self, waiting, engine, chance=None) -> None:
        """Do the work and what follows from it, in chance's order, each piece twice at once."""
        waiting = list(waiting)
        worker = Steps(self.work, self.documents, engine)
        while waiting:
            piece = waiting.pop(chance.randrange(len(waiting)) if chance else 0)
            for follows in await asyncio.gather(worker.perform(piece, "one"), worker.perform(piece, "two")):
                waiting += follows

    def result(self, job: str) -> bytes:
        return self.documents.read(document_id(job, "result"))

    def close(self) -> None:
        self.database.close()


@pytest.fixture
def service(tmp_path):
    made = Service(tmp_path)
    yield made
    made.close()


def shouting() -> ScriptedEngine:
    made = ScriptedEngine(lambda request: content(
        item.upper() if isinstance(item, str) else item for item in request.content))
    made.instructed = True
    return made


def direct(format: str, engine, **options):
    return translate(SOURCES[format], Job(format, PT, EN, **options), engine)


@pytest.mark.parametrize("format", SOURCES)
@pytest.mark.parametrize("engine", ["echo", "pseudo", "hostile", "embedded"])
def test_the_result_is_that_of_the_command_line(service, format, engine):
    created = service.submit(SOURCES[format], format)
    asyncio.run(service.run([created.work], engine_named(engine), random.Random(1)))
    expected = direct(format, engine_named(engine))
    assert service.result(created.job.id) == expected.output
    report = json.loads(service.documents.read(document_id(created.job.id, "report")))
    assert report["segments"] == expected.report.as_json()["segments"]
    job = service.jobs.get("t", created.job.id)
    assert job.state is (State.SUCCEEDED if expected.report.ok and not expected.report.warnings else State.WARNINGS)
    assert job.progress.outcomes == {
        outcome: count for outcome, count in expected.report.counts.items() if count}


def test_no_segment_is_asked_for_twice_though_each_message_comes_twice(service):
    engine, alone = shouting(), shouting()
    created = service.submit(GUIDE, "markdown")
    asyncio.run(service.run([created.work], engine, random.Random(2)))
    assert service.result(created.job.id) == direct("markdown", alone).output
    assert Counter(r.content for r in engine.asked) == Counter(r.content for r in alone.asked)


@pytest.mark.parametrize("seed", range(4))
def test_a_worker_that_is_ended_anywhere_repeats_only_what_was_in_flight_or_being_kept(service, seed):
    """Nothing is written by a worker after the moment that chance has chosen for its end."""
    chance = random.Random(seed)
    asked: list[Request] = []
    limit = [chance.randrange(1, 120)]

    async def slow(request: Request):
        asked.append(request)
        await asyncio.sleep(0.05)                           # longer than a checkpoint takes, as with any real engine
        if len(asked) == limit[0]:
            raise Killed
        return await answer(request)

    engine = shouting()
    answer = engine.translate
    engine.translate = slow
    created = service.submit(GUIDE, "markdown")

    async def killed_and_swept() -> None:
        waiting = [created.work]
        while service.jobs.get("t", created.job.id).state in (State.QUEUED, State.RUNNING):
            for piece in waiting:
                try:
                    waiting += await Steps(service.work, service.documents, engine).perform(piece, "worker")
                except Killed:
                    limit[0] = 0
            await asyncio.sleep(0.35)
            waiting = list(Sweep(service.database, PERIODS).run().send)

    asyncio.run(killed_and_swept())
    alone = shouting()
    assert service.result(created.job.id) == direct("markdown", alone).output
    in_flight = settled_meanwhile = ScriptedEngine.appetite
    assert len(asked) - len(alone.asked) <= in_flight + settled_meanwhile


def test_a_cancelled_job_stops_its_workers(service, monkeypatch):
    monkeypatch.setattr(steps, "HEARTBEAT", 0.05)
    engine = shouting()

    async def never(request: Request):
        await asyncio.sleep(60)

    created = service.submit(SOURCES["html"], "html")

    async def cancelled() -> float:
        waiting = await Steps(service.work, service.documents, engine).perform(created.work, "w")
        engine.translate = never
        began = asyncio.get_running_loop().time()
        task = asyncio.create_task(Steps(service.work, service.documents, engine).perform(waiting[0], "w"))
        await asyncio.sleep(0.1)
        service.jobs.cancel("t", created.job.id)
        assert await task == ()
        return asyncio.get_running_loop().time() - began

    assert asyncio.run(cancelled()) < 5
    assert service.jobs.get("t", created.job.id).state is State.CANCELLED


@pytest.mark.parametrize(("data", "options", "kind"), [
    (b"PK\x03\x04 no zip", {"format": "docx"}, "damaged-document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), {"format": "docx"}, "encrypted-document"),
    (package({**members(p(r("a"))), "word/document.xml": "<!DOCTYPE a><a/>"}), {"format": "docx"}, "unsafe-document"),
    (package({**members(p(r("a"))), **{f"word/media/{n}": "" for n in range(10_000)}}), {"format": "docx"}, "too-large-document"),
    (b"%PDF-1.4\n\x00\x01\x02" * 20, {"format": "markdown"}, "undecodable-document"),
    (b"text", {"format": "pdf"}, "impossible-request"),
    (b"text", {"format": "markdown", "colour": "red"}, "impossible-request"),
], ids=range(7))
def test_a_document_that_cannot_be_translated_fails_with_a_sentence(service, data, options, kind):
    created = service.submit(data, **options)
    asyncio.run(service.run([created.work], engine_named("pseudo")))
    job = service.jobs.get("t", created.job.id)
    assert (job.state, job.problem.kind) == (State.FAILED, kind)
    assert job.problem.message.endswith(".")


def test_an_engine_that_does_not_answer_costs_a_job_nothing(service, monkeypatch):
    monkeypatch.setattr(steps, "PAUSE", 0.0)
    engine = shouting()
    answer, away = engine.translate, [True]

    async def translate_or_not(request: Request):
        if away[0]:
            raise EngineError("The model server has gone.")
        return await answer(request)

    engine.translate = translate_or_not
    created = service.submit(SOURCES["html"], "html")
    asyncio.run(service.run([created.work], engine))
    for _ in range(5):
        asyncio.run(service.run(Sweep(service.database, PERIODS).run().send, engine))
    assert service.jobs.get("t", created.job.id).state is State.RUNNING
    away[0] = False
    asyncio.run(service.run(Sweep(service.database, PERIODS).run().send, engine))
    assert service.jobs.get("t", created.job.id).state is State.SUCCEEDED


def test_a_defect_is_told_at_once_and_sets_its_document_aside_after_three_tries(service, monkeypatch):
    monkeypatch.setattr(steps, "PAUSE", 0.0)
    engine = shouting()
    answer = engine.translate

    async def stumble_over_one(request: Request):
        if "149" in str(request.content):
            raise ZeroDivisionError
        return await answer(request)

    engine.translate = stumble_over_one
    created, other = service.submit(GUIDE, "markdown"), service.submit(SOURCES["html"], "html")
    sweep, waiting, tries = Sweep(service.database, PERIODS), [created.work], 0
    for _ in range(20):
        try:
            asyncio.run(service.run(waiting, engine))
        except ZeroDivisionError:
            tries += 1
        swept = sweep.run()
        if swept.quarantined:
            break
        waiting = [work for work in swept.send if work.job == created.job.id]
    job = service.jobs.get("t", created.job.id)
    assert (swept.quarantined, job.state, job.problem.kind) == ((created.job.id,), State.FAILED, "quarantined")
    assert tries == 3
    asyncio.run(service.run([other.work], engine))
    assert service.jobs.get("t", other.job.id).state is State.SUCCEEDED


def test_a_segment_that_is_refused_keeps_its_source_and_the_job_has_warnings(service):
    engine = shouting()
    answer = engine.translate

    async def refuse_one(request: Request):
        if "Title" in str(request.content):
            raise RequestFailed("the server refused the request (400)")
        return await answer(request)

    engine.translate = refuse_one
    created = service.submit(SOURCES["html"], "html")
    asyncio.run(service.run([created.work], engine))
    assert service.jobs.get("t", created.job.id).state is State.WARNINGS
    assert b"<h1>Title</h1>" in service.result(created.job.id)


def test_a_document_that_parses_otherwise_than_it_was_planned_is_not_mixed_up(service):
    created = service.submit(GUIDE, "markdown")

    async def swapped() -> None:
        waiting = await Steps(service.work, service.documents, shouting()).perform(created.work, "w")
        service.documents.put(document_id(created.job.id, "source"), (b"# Another\n\nText of other words.\n",))
        assert await Steps(service.work, service.documents, shouting()).perform(waiting[0], "new") == ()

    asyncio.run(swapped())
    job = service.jobs.get("t", created.job.id)
    assert (job.state, job.problem.kind) == (State.FAILED, "changed-program")


def test_work_that_nobody_knows_is_nobodys(service):
    created = service.submit(b"text", "markdown")
    asyncio.run(service.run([replace(created.work, stage=Stage.ASSEMBLING), replace(created.work, job="x")],
                            engine_named("echo")))
    assert service.jobs.get("t", created.job.id).state is State.QUEUED
