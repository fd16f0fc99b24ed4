"""Nothing misshapen is written: segments that would break the document keep their source."""

import pytest

import parsers
from parsers.document import Document, Role, Segment, ShapeFault
from parsers.errors import ShapeError
from pipeline import repair

SEGMENTS = tuple(Segment(f"s{n}", (f"t{n}",), Role.PARAGRAPH) for n in range(20))
DOCUMENT = Document("markdown", b"source", SEGMENTS)
ALL = {segment.id: ("new",) for segment in SEGMENTS}


@pytest.fixture
def format_that_breaks(monkeypatch):
    """A stand-in for a format whose shape breaks at given segments (a real one must not)."""
    def install(bad, *, named, always=False):
        def render(_document, contents, _target=None):
            return ",".join(sorted(contents)).encode()

        def compare(_document, output):
            present = [i for i in bad if i in output.decode().split(",")]
            if always:
                return (ShapeFault("lost a table"),)
            return tuple(ShapeFault(f"broke at {i}", i if named else None) for i in present)

        monkeypatch.setattr(parsers, "render", render)
        monkeypatch.setattr(parsers, "compare", compare)
    return install


def test_named_faults_are_left_out(format_that_breaks):
    format_that_breaks(["s3", "s7"], named=True)
    output, dropped = repair.render_checked(DOCUMENT, ALL, None)
    assert dropped == {"s3": "broke at s3", "s7": "broke at s7"}
    assert output.decode().split(",") == sorted(set(ALL) - {"s3", "s7"})


def test_unnamed_faults_are_searched_for(format_that_breaks):
    format_that_breaks(["s0", "s11", "s19"], named=False)
    _, dropped = repair.render_checked(DOCUMENT, ALL, None)
    assert set(dropped) == {"s0", "s11", "s19"}


def test_a_fault_that_no_segment_explains_is_an_error(format_that_breaks):
    format_that_breaks([], named=False, always=True)
    with pytest.raises(ShapeError, match="lost a table"):
        repair.render_checked(DOCUMENT, ALL, None)


def test_nothing_changed_is_not_compared(format_that_breaks, monkeypatch):
    format_that_breaks([], named=False, always=True)
    monkeypatch.setattr(parsers, "render", lambda document, _contents, _target=None: document.source)
    assert repair.render_checked(DOCUMENT, {}, None) == (b"source", {})
