"""The check of an output finds what is wrong, names the segment, and finds nothing else."""

import pytest

import parsers
from parsers.html.shape import compare

PAGE = ('<html lang="en"><meta name="description" content="About"><h1>Title</h1><p>One <b>bold</b> and <i>slanted</i> '
        '<img alt="pic" src=a></p><div> <p>Two</p> </div><!-- note --><pre>keep</pre></html>')


def faults(output, page=PAGE):
    return compare(parsers.parse(page.encode(), "html"), output.encode())


@pytest.mark.parametrize(("old", "new"), [
    ("One", "Eins"), ('lang="en"', 'lang="ar" dir="rtl"'), ('content="About"', 'content="Über"'),
    ('alt="pic"', 'alt="Bild &quot;x&quot;"'), ("<b>bold</b> and <i>slanted</i>", "<i>slanted</i> and <b>bold</b>"),
    ("One <b>", "<b>")])
def test_a_translation_is_no_fault(old, new):
    assert faults(PAGE.replace(old, new)) == ()


@pytest.mark.parametrize(("old", "new", "segment"), [
    ("<b>bold</b>", "bold", "s2"), ("<b>bold</b>", "<b>bold</i>", "s2"), ("<b>", "<b class=x>", "s2"),
    ("<i>slanted</i>", "<u>slanted</u>", "s2"), ("Two", "<b>Two</b>", "s4"), ("Two", "<script>", "s4"),
    ("src=a", "src=b", None), ("<!-- note -->", "<!-- not -->", None), ("keep", "kept", None),
    ("<div> <p>", "<div><p>", None), ('name="description"', "", None), ("</html>", "", "s4")])
def test_a_fault_is_found(old, new, segment):
    found = faults(PAGE.replace(old, new))
    assert found
    assert found[0].segment_id == segment


def test_the_segment_that_breaks_the_tree_is_named():
    page = "<p>One</p><frameset><title>a <b> b</title><p>Two"
    document = parsers.parse(page.encode(), "html")
    output = parsers.render(document, {s.id: tuple(f"{x}ü" for x in s.content) for s in document.segments})
    assert [fault.segment_id for fault in compare(document, output)] in ([], ["s1"])


def test_an_output_without_the_mark_is_a_fault():
    document = parsers.parse(b"\xef\xbb\xbf<p>One</p>", "html")
    assert compare(document, b"<p>Eins</p>")[0].message.startswith("The byte-order mark")


def test_xhtml_that_is_no_longer_well_formed_is_a_fault():
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><title/><p>a <a id="x"/> b</p></html>'
    assert faults(page.replace("a <a", "ä <a"), page) == ()
    assert faults(page.replace("a <a", "ä &bad <a"), page)
