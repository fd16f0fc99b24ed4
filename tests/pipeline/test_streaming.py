"""Segments as they settle, in reading order."""

import asyncio
import random
import threading
import time
from contextlib import closing

import pytest

from parsers import parse
from parsers.document import text_of
from parsers.errors import DocumentError, UsageError
from parsers.locales import Locale
from pipeline.engines import Draft, Engine, EngineError, Request
from pipeline.report import Outcome, Translation
from pipeline.streaming import InOrder, Stream, followed
from pipeline.translation import Job, translate
from tests.parsers.docx.making import members, p, package, r

JOB = Job("markdown", Locale.parse("fr"), Locale.parse("en"))
TEXT = "# The title of it\n\nA first one.\n\nA second one.\n\nA first one.\n\nA third one.\n"


class Gated(Engine):
    """Answers each text when it is let, with the text in capitals."""

    name = "gated"
    signature = "gated"     # type: ignore[assignment]
    remote = True

    def __init__(self, *shut: str) -> None:
        self.shut = set(shut)
        self.asked: list[str] = []
        self.cancelled: list[str] = []
        self.closed = False

    async def translate(self, request: Request) -> Draft:
        text = text_of(request.content)
        self.asked.append(text)
        try:
            while text in self.shut:
                await asyncio.sleep(0.002)
        except asyncio.CancelledError:
            self.cancelled.append(text)
            raise
        if "poison" in text:
            raise EngineError("The engine has stopped answering.")
        return Draft(tuple(item.upper() if isinstance(item, str) else item for item in request.content))

    async def aclose(self) -> None:
        self.closed = True


def test_any_order_becomes_reading_order():
    translations = [Translation(segment, segment.content, Outcome.TRANSLATED)
                    for segment in parse(TEXT.encode(), "markdown").segments]
    passed: list[Translation] = []
    mixed = translations.copy()
    random.Random(1).shuffle(mixed)
    in_order = InOrder(passed.append)
    for one in mixed:
        in_order(one)
        assert passed == translations[:len(passed)]
    assert passed == translations


@pytest.mark.parametrize(("data", "format"), [
    (("---\ntitle: A title\n---\n\n" + TEXT + "\n| a | b |\n|---|---|\n| c | *d* |\n").encode(), "markdown"),
    (b"<html lang=en><head><title>A page</title></head><body><p title='A tip'>Some <b>text</b>.<p>More.", "html"),
    (package(members(p(r("Some text.")) + p(r("More text.")))), "docx")])
def test_ids_count_in_reading_order_in_every_format(data: bytes, format: str):
    ids = [segment.id for segment in parse(data, format).segments]
    assert ids == [f"s{number}" for number in range(len(ids))]
    assert len(ids) > 1


def test_each_segment_comes_once_and_the_result_is_that_of_translate():
    stream = Stream(TEXT.encode(), JOB, engine := Gated())
    given = list(stream)
    assert [one.segment.id for one in given] == ["s0", "s1", "s2", "s3", "s4"]
    assert [one.outcome.value for one in given] == ["translated", "translated", "translated", "repeated", "translated"]
    whole = translate(TEXT.encode(), JOB, Gated())
    assert stream.result.output == whole.output
    assert stream.result.report.translations == tuple(given)
    assert engine.closed
    assert list(stream) == []


def test_a_slow_segment_holds_the_others_back_but_not_their_progress():
    engine = Gated("The title of it")
    counts: list[int] = []

    def progress(done: int, total: int) -> None:
        counts.append(done)
        if done == total - 1:
            engine.shut.clear()

    stream = Stream(TEXT.encode(), JOB, engine, progress=progress)
    assert next(stream).content == ("THE TITLE OF IT",)
    assert counts[-1] == 4
    assert len(list(stream)) == 4


def test_what_is_ready_comes_while_another_is_waited_for():
    engine = Gated("A second one.")
    stream = Stream(TEXT.encode(), JOB, engine)
    assert [next(stream).segment.id for _ in range(2)] == ["s0", "s1"]
    assert "A second one." in engine.shut                   # nobody has let it go on
    engine.shut.clear()
    assert next(stream).segment.id == "s2"
    assert stream.result.report.ok


def test_closing_cancels_what_is_under_way():
    engine = Gated("A second one.", "A third one.")
    with Stream(TEXT.encode(), JOB, engine) as stream:
        next(stream)
    assert sorted(engine.cancelled) == ["A second one.", "A third one."]
    assert engine.closed
    with pytest.raises(UsageError, match="no result"):
        _ = stream.result
    assert list(stream) == []


def test_a_stream_that_is_forgotten_ends_its_work():
    engine = Gated("A second one.")
    before = threading.active_count()
    for _ in Stream(TEXT.encode(), JOB, engine):
        break
    assert engine.cancelled == ["A second one."]
    assert threading.active_count() == before


def test_a_stream_that_is_never_read_begins_nothing():
    engine = Gated()
    Stream(TEXT.encode(), JOB, engine).close()
    assert engine.asked == []


def test_errors_come_when_they_happen():
    stream = Stream(TEXT.replace("second", "poison").encode(), JOB, engine := Gated())
    with pytest.raises(EngineError, match="stopped answering"):
        list(stream)
    assert engine.closed
    with pytest.raises(UsageError, match="no result"):
        _ = stream.result
    with pytest.raises(DocumentError):
        next(Stream(b"no package", Job("docx", Locale.parse("fr")), Gated()))


def test_the_result_may_be_asked_for_without_reading():
    assert Stream(TEXT.encode(), JOB, Gated()).result.report.counts["translated"] == 4


def test_news_are_followed_in_order_and_the_end_is_returned():
    async def work(tell):
        for number in range(3):
            tell(number)
            await asyncio.sleep(0)
        return "done"

    news = followed(work)
    assert [next(news) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(StopIteration) as end:
        next(news)
    assert end.value.value == "done"


def test_leaving_waits_for_the_end_of_what_is_left():
    ended = []

    async def work(tell):
        tell("begun")
        try:
            await asyncio.sleep(3600)
        finally:
            time.sleep(0.05)
            ended.append(True)

    with closing(followed(work)) as news:
        assert next(news) == "begun"
    assert ended == [True]
