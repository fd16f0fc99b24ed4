"""The one function behind every door, with real formats."""

import pytest

import parsers
from parsers.document import content, has_letters
from parsers.errors import DocumentError, UsageError
from parsers.locales import Locale
from pipeline.engines import EngineError, Request, Rung, engine_named
from pipeline.glossary import Entry, Glossary
from pipeline.memory import VolatileMemory
from pipeline.report import Outcome
from pipeline.translation import Job, certificate, estimate, translate
from pipeline.verification import CHECKS
from pipeline.work import UNCHANGED
from tests.parsers.docx.making import members, p, package, r
from tests.pipeline.scripted import ScriptedEngine

EN, PT = Locale.parse("en"), Locale.parse("pt-BR")
ALL = frozenset(check.name for check in CHECKS)
MARKDOWN = b"# The title\n\nSome **bold** words in `code`.\n\n- The same item\n- The same item\n\n12 34\n"
HTML = b'<html lang="en"><p title="A tip">Some <b>bold</b> words</p><pre>code here</pre></html>'
DOCX = package(members(p(r("Some "), r("bold", "b"), r(" words"))))
SOURCES = {"markdown": MARKDOWN, "html": HTML, "docx": DOCX}


def shouted(request: Request):
    """A translation that is plainly another text, with every Code in its place."""
    return content(item.upper() if isinstance(item, str) else item for item in request.content)


def job(format="markdown", **options):
    return Job(format, PT, EN, **options)


@pytest.mark.parametrize("format", SOURCES)
def test_every_segment_has_one_outcome_and_the_totals_add_up(format):
    report = translate(SOURCES[format], job(format), ScriptedEngine(shouted)).report
    assert sum(report.counts.values()) == len(parsers.parse(SOURCES[format], format).segments)
    assert report.counts["translated"] >= 1
    assert report.ok


@pytest.mark.parametrize("format", SOURCES)
def test_echo_gives_the_bytes_back_and_claims_no_more(format):
    result = translate(SOURCES[format], job(format), engine_named("echo"))
    assert result.output == SOURCES[format]
    assert result.report.counts["translated"] == 0
    assert UNCHANGED in {t.reason for t in result.report.translations if t.outcome is Outcome.PROTECTED}


def test_repeats_are_asked_once():
    engine = ScriptedEngine(shouted)
    report = translate(MARKDOWN, job(), engine).report
    assert report.counts["repeated"] == 1
    assert sum("item" in str(request.content) for request in engine.asked) == 1


def test_what_no_rung_can_translate_keeps_its_source_and_is_told():
    engine = ScriptedEngine(lambda request: ("",) if "bold" in str(request.content) else shouted(request), ALL)
    result = translate(MARKDOWN, job(), engine)
    kept, = result.report.kept
    assert kept.reason
    assert not result.report.ok
    assert b"Some **bold** words in `code`." in result.output
    assert b"# THE TITLE" in result.output
    assert any("bold" in warning for warning in result.report.warnings)


def test_progress_goes_to_the_end_and_never_back():
    seen = []
    translate(MARKDOWN, job(), ScriptedEngine(shouted), progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


def test_glossary_terms_are_asked_for_checked_and_counted():
    glossary = Glossary((Entry("title", "título"), Entry("item", "artigo")))
    engine = ScriptedEngine(lambda request: ("O TÍTULO",) if "title" in str(request.content) else shouted(request), ALL)
    report = translate(MARKDOWN, job(glossary=glossary), engine).report
    assert [(t.source, t.hits, t.misses) for t in report.terms] == [("title", 1, 0), ("item", 0, 2)]
    assert any("artigo" in warning for warning in report.warnings)
    assert all(request.terms for request in engine.asked if "item" in str(request.content))


def test_terms_that_stay_are_masked():
    engine = ScriptedEngine(shouted)
    result = translate(b"Ask the Frobnicator today", job(glossary=Glossary((Entry("Frobnicator", "Frobnicator"),))), engine)
    assert result.output == b"ASK THE Frobnicator TODAY"
    assert result.report.masks == {"do_not_translate": 1}


def test_a_memory_is_asked_first_and_learns():
    memory = VolatileMemory()
    first, second = ScriptedEngine(shouted), ScriptedEngine(shouted)
    one = translate(MARKDOWN, job(), first, memory=memory)
    two = translate(MARKDOWN, job(), second, memory=memory)
    assert two.output == one.output
    assert {(u.source_language, u.target_language, u.origin) for u in memory.units()} == {("en", "pt-BR", "scripted/1")}
    assert (len(first.asked), len(second.asked)) == (3, 0)
    assert two.report.counts["from_memory"] == 3


@pytest.mark.parametrize("format", SOURCES)
def test_the_certificate_proves_that_only_text_has_changed(format):
    result = translate(SOURCES[format], job(format), engine_named("pseudo"))
    assert result.output != SOURCES[format]
    assert result.report.untouched
    assert result.report.hashes == certificate(SOURCES[format], result.output, format)


@pytest.mark.parametrize(("format", "output"), [
    ("markdown", MARKDOWN.replace(b"`code`", b"`cade`")), ("markdown", MARKDOWN.replace(b"- ", b"* ")),
    ("html", HTML.replace(b"code here", b"code there")), ("html", HTML.replace(b"<b>", b"<b >")),
    ("docx", package(members(p(r("Some "), r("bold", "i"), r(" words")))))])
def test_the_certificate_shows_any_other_change(format, output):
    found = certificate(SOURCES[format], output, format)
    assert found["outside_source"] != found["outside_output"]


def test_engines_of_one_language_are_not_given_another_script():
    engine = ScriptedEngine(shouted)
    engine.multilingual = False
    report = translate("Some English words here.\n\nЭто по-русски.\n".encode(), job(), engine).report
    assert [t.outcome for t in report.translations] == [Outcome.TRANSLATED, Outcome.PROTECTED]
    assert "script" in (report.translations[1].reason or "")


def test_an_empty_document_is_a_document():
    result = translate(b"", job(), ScriptedEngine(shouted))
    assert (result.output, result.report.counts["translated"]) == (b"", 0)


def test_errors_are_typed():
    with pytest.raises(DocumentError):
        translate(b"PK\x03\x04 nothing", job("docx"), ScriptedEngine(shouted))
    with pytest.raises(EngineError, match="both en"):
        translate(MARKDOWN, Job("markdown", EN, EN), engine_named("embedded"))
    with pytest.raises(UsageError, match="--from"):
        translate(b"Hi", Job("markdown", PT), engine_named("embedded"))


def test_an_estimate_asks_no_engine():
    found = estimate(MARKDOWN, job())
    assert (found.segments, found.repeats) == (4, 1)
    assert found.words == 13
    assert found.tokens > 0


def test_the_embedded_engine_translates_whole_sentences_with_their_codes():
    source = b"Click **Save** to store the document, then read [the installation guide](guide.md).\n"
    result = translate(source, job(), engine_named("embedded"))
    assert result.output.decode() == (
        "Clique em **Salvar** para armazenar o documento e, em seguida, leia [o guia de instalação](guide.md).\n")
    assert [t.rung for t in result.report.translations] == [Rung.FREE]


def test_the_embedded_engine_keeps_to_the_glossary():
    glossary = Glossary((Entry("document", "arquivo"),))
    result = translate(b"Click **Save** to store the document.\n", job(glossary=glossary), engine_named("embedded"))
    assert b"arquivo" in result.output
    assert result.report.terms[0].misses == 0
    assert has_letters(result.output.decode())
