"""What a memory gives back: which languages ask for which, and whose Codes come out."""

import pytest

from parsers.document import Code, CodeKind, Content, content
from parsers.locales import Locale
from pipeline.engines import Draft, Engine, EngineError, Request
from pipeline.memory import Unit, VolatileMemory, asked_keys, fitted, kept_keys
from pipeline.report import Outcome
from pipeline.translation import Job, translate


def code(number: int, kind: str = "standalone", label: str = "code", equiv: str = "") -> Code:
    return Code(number, CodeKind(kind), f"<{label}{number}>", label, equiv)


def pair(number: int, label: str = "strong") -> tuple[Code, Code]:
    return code(number, "open", label), code(number, "close", label)


def imported(source: Content, target: Content, languages: tuple[str, str] = ("en", "pt-BR")) -> Unit:
    return Unit(source, target, *languages, "client.tmx", imported=True)


def found(unit: Unit, source: Content, languages: tuple[str, str] = ("en", "pt-BR")) -> Content | None:
    """The translation of a source by a memory that holds this unit alone."""
    memory = VolatileMemory()
    for key in kept_keys(unit):
        memory.put(key, unit)
    held = memory.get(asked_keys(source, *map(Locale.parse, languages)))
    return fitted(held, source) if held else None


# ---- languages
@pytest.mark.parametrize(("kept", "asked", "hit"), [
    ("pt-BR", "pt-BR", True), ("pt", "pt-BR", True), ("pt-PT", "pt-BR", False), ("pt-BR", "pt", True), ("pt", "pt", True),
    ("pt_br", "PT-BR", True), ("zh-TW", "zh-Hant", True), ("zh-Hant", "zh-TW", True), ("zh-CN", "zh", True),
    ("zh-TW", "zh-CN", False), ("zh-TW", "zh", False), ("es-419", "es-MX", False), ("fr", "pt", False)])
def test_which_targets_serve_which(kept, asked, hit):
    unit = imported(("Open the door",), ("translated",), ("en", kept))
    assert (found(unit, ("Open the door",), ("en", asked)) == ("translated",)) is hit


@pytest.mark.parametrize(("kept", "asked", "hit"), [("en-US", "en", True), ("en", "en-GB", True), ("de", "en", False)])
def test_the_region_of_the_source_does_not_count(kept, asked, hit):
    unit = imported(("Open the door",), ("translated",), (kept, "fr"))
    assert (found(unit, ("Open the door",), (asked, "fr")) is not None) is hit


def test_the_own_region_goes_before_the_language_at_large():
    memory = VolatileMemory()
    for tag in ("pt-BR", "pt"):
        unit = imported(("Bus",), (tag,), ("en", tag))
        for key in kept_keys(unit):
            memory.put(key, unit)
    assert [memory.get(asked_keys(("Bus",), Locale.parse("en"), Locale.parse(tag))).target
            for tag in ("pt-BR", "pt", "pt-PT")] == [("pt-BR",), ("pt",), ("pt",)]


# ---- texts
@pytest.mark.parametrize("source", ["Open the door", "  Open\n the\u00a0door "])
def test_how_a_text_is_spaced_does_not_count(source):
    assert found(imported(("Open the door",), ("A",)), (source,)) == ("A",)


def test_how_letters_are_composed_does_not_count():
    assert found(imported(("cafe\u0301",), ("A",)), ("caf\u00e9",)) == ("A",)


@pytest.mark.parametrize("source", ["open the door", "Open the door.", "Open the doors"])
def test_every_letter_counts(source):
    assert found(imported(("Open the door",), ("A",)), (source,)) is None


# ---- Codes
def test_codes_of_another_tool_become_the_own():
    theirs, own = pair(7, "bold"), pair(1)
    unit = imported(("Click ", theirs[0], "here", theirs[1]), (theirs[0], "Aqui", theirs[1], " clique"))
    assert found(unit, ("Click ", own[0], "here", own[1])) == (own[0], "Aqui", own[1], " clique")


def test_placeholders_serve_for_pairs():
    own = pair(1)
    unit = imported(("Click ", code(1), "here", code(2)), ("Clique ", code(1), "aqui", code(2)))
    assert found(unit, ("Click ", own[0], "here", own[1])) == ("Clique ", own[0], "aqui", own[1])


@pytest.mark.parametrize("target", [("Clique aqui",), ("Clique ", code(1), "aqui"), ("Clique ", code(1), code(1), "aqui"),
                                    ("Clique ", code(1), "aqui", code(3))])
def test_codes_that_do_not_match_one_to_one_are_no_hit(target):
    source = ("Click ", code(1), "here", code(2))
    assert found(imported(source, target), source) is None


def test_other_numbers_of_codes_are_no_hit():
    assert found(imported(("Click ", code(1), "here"), ("Clique ", code(1), "aqui")), ("Click ", "here")) is None


URL, NAME = code(1, label="url", equiv="https://a.example/b"), code(2, label="placeholder", equiv="{name}")


def test_what_is_masked_here_is_text_elsewhere():
    unit = imported(("See https://a.example/b, {name}",), ("{name}, veja https://a.example/b",))
    assert found(unit, content(("See ", URL, ", ", NAME))) == (NAME, ", veja ", URL)


@pytest.mark.parametrize("target", ["Veja https://a.example/pt, {name}", "Veja https://a.example/b, {name} {name}", "Veja"])
def test_masked_text_that_the_translation_changes_is_no_hit(target):
    unit = imported(("See https://a.example/b, {name}",), (target,))
    assert found(unit, ("See ", URL, ", ", NAME)) is None


def test_inline_code_is_no_mask():
    unit = imported(("Call foo() now",), ("Chame foo() agora",))
    assert found(unit, ("Call ", code(1, equiv="foo()"), " now")) is None


# ---- in a document
class Speaker(Engine):
    """Answers with the same words, however it is asked."""

    name = "speaker"
    checks = frozenset({"codes"})
    multilingual = True

    def __init__(self, signature: str = "speaker/1") -> None:
        self._signature = signature
        self.asked: list[Content] = []

    @property
    def signature(self) -> str:
        return self._signature

    async def translate(self, request: Request) -> Draft:
        self.asked.append(request.content)
        return Draft(content(item.upper() if isinstance(item, str) else item for item in request.content))


DOCUMENT = b"# The door of the house is here\n\nOpen **the door** of the [house](a.html) now.\n"


def run(memory, engine=None, **wanted):
    engine = engine or Speaker()
    result = translate(DOCUMENT, Job("markdown", Locale.parse("pt-BR"), Locale.parse("en"), **wanted), engine, memory=memory)
    return result, engine


def test_a_second_engine_is_asked_and_a_second_run_is_not():
    memory = VolatileMemory()
    first, engine = run(memory)
    again, idle = run(memory)
    _, other = run(memory, Speaker("speaker/2"))
    assert (len(engine.asked), len(idle.asked), len(other.asked)) == (2, 0, 2)
    assert again.output == first.output
    assert {t.outcome for t in again.report.translations} == {Outcome.FROM_MEMORY}


def test_what_was_imported_goes_before_what_an_engine_made():
    memory = VolatileMemory()
    run(memory)
    unit = imported(("Open ", code(1), "the door", code(2), " of the ", code(3), "house", code(4), " now."),
                    ("Abra ", code(1), "a porta", code(2), " da ", code(3), "casa", code(4), " agora."))
    for key in kept_keys(unit):
        memory.put(key, unit)
    result, engine = run(memory, Speaker("speaker/2"))
    assert b"Abra **a porta** da [casa](a.html) agora." in result.output
    assert len(engine.asked) == 1
    assert result.report.translations[1].reason == "from client.tmx"


@pytest.mark.parametrize("target", [
    (code(3), "casa", code(4), code(2), " agora", code(1)), (" \n",), ("Abra\0",)])
def test_a_remembered_target_is_held_to_the_laws_of_drafts(target):
    source = ("Open ", code(1), "the door", code(2), " of the ", code(3), "house", code(4), " now.")
    memory = VolatileMemory()
    unit = imported(source, target)
    for key in kept_keys(unit):
        memory.put(key, unit)
    _, engine = run(memory)
    assert len(engine.asked) == 2


def test_a_name_that_the_engine_left_is_not_counted_as_translated_next_time():
    class Silent(Speaker):
        async def translate(self, request):
            self.asked.append(request.content)
            return Draft(request.content)

    memory = VolatileMemory()
    first, _ = run(memory, Silent())
    again, idle = run(memory, Silent())
    assert [t.outcome for t in again.report.translations] == [t.outcome for t in first.report.translations]
    assert {t.outcome for t in again.report.translations} == {Outcome.PROTECTED}
    assert not idle.asked


def test_a_document_that_fails_keeps_what_it_had():
    class Failing(Speaker):
        async def translate(self, request):
            if self.asked:
                raise EngineError("The server has gone.")
            return await super().translate(request)

    class Watched(VolatileMemory):
        flushed = 0

        def flush(self):
            self.flushed = sum(1 for _ in self.units())

    memory = Watched()
    with pytest.raises(EngineError):
        run(memory, Failing())
    assert memory.flushed == 1
