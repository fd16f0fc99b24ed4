"""What is asked of the engine, and what is not."""

from parsers.document import Document, Role, Segment
from pipeline.planning import CONTEXT_CHARACTERS, memory_key, plan, with_codes_of
from tests.pipeline.contents import mark, show


def document(*texts: str) -> Document:
    return Document("markdown", b"", tuple(Segment(f"s{n}", mark(text), Role.PARAGRAPH, ("Guide",))
                                           for n, text in enumerate(texts)))


def test_each_text_is_asked_once():
    planned = plan(document("Open", "Close", "Open", "12 `x`"))
    assert [segment.id for segment in planned.unique] == ["s0", "s1"]
    assert planned.repeats == {"s2": "s0"}
    assert planned.untouched == {"s3": "no letters outside protected text"}


def test_repeats_keep_their_own_links():
    first, second = mark("see [here](a)"), mark("see [here](b)")
    assert plan(Document("markdown", b"", (Segment("s0", first, Role.PARAGRAPH),
                                           Segment("s1", second, Role.PARAGRAPH)))).repeats == {"s1": "s0"}
    assert show(with_codes_of(mark("veja [aqui](a)"), second)) == "veja [aqui](b)"


def test_equal_text_with_other_codes_is_no_repeat():
    assert plan(document("run `a`", "run `b`", "run a")).repeats == {}


def test_context_is_the_nearest_text_within_the_budget():
    planned = plan(document("first", "x" * CONTEXT_CHARACTERS, "third", "fourth"))
    assert planned.contexts["s3"].previous == ("third",)
    assert planned.contexts["s2"].previous == ("x" * CONTEXT_CHARACTERS,)
    assert planned.contexts["s1"].previous == ("first",)
    assert planned.contexts["s3"].headings == ("Guide",)


def test_short_segments_are_remembered_with_their_context():
    short, long = (document("a b", text, "c d", text) for text in ("Open", "This sentence is long enough to stand alone."))
    answer = ("en", "pt", "engine", "v1")

    def keys(doc):
        segments = doc.segments
        contexts = plan(document("a b", "x y z", "c d", "x")).contexts
        return [memory_key(segments[n], contexts[f"s{n}"], answer) for n in (1, 3)]

    assert keys(short)[0] != keys(short)[1]
    assert keys(long)[0] == keys(long)[1]


def test_memory_keys_know_languages_engine_and_glossary():
    segment = document("This sentence is long enough to stand alone.").segments[0]
    context = plan(document("x")).contexts["s0"]
    keys = {memory_key(segment, context, answer) for answer in (("en", "pt"), ("en", "fr"), ("en", "pt", "g"))}
    assert len(keys) == 3
