"""Links to headings: which die with the words of a heading, and how headings keep their addresses."""

from pathlib import Path

import pytest

import parsers
from parsers.document import Code, Content, Document, content
from parsers.errors import DocumentError
from parsers.markdown import anchors
from parsers.options import PINS, ParseOptions
from pipeline.repair import render_checked
from tests.corpus import corpus_files


def turned(text: str) -> str:
    """Another text of the same length, in which no word is what it was."""
    return "".join(chr(ord("a") + (ord(char.lower()) - ord("a") + 7) % 26) if char.isascii() and char.isalpha()
                   else char for char in text)


def turned_contents(document: Document) -> dict[str, Content]:
    return {segment.id: content(item if isinstance(item, Code) else turned(item) for item in segment.content)
            for segment in document.segments}


def dead(source: str, options: ParseOptions | None = None) -> tuple[str, ...]:
    document = parsers.parse(source.encode(), "markdown", options)
    output = parsers.render(document, turned_contents(document))
    assert parsers.compare(document, output) == ()
    return parsers.dead_links(document, output)


@pytest.mark.parametrize(("source", "expected"), [
    ("[see](#set-up)\n\n## Set up\n", ("set-up",)),
    ("[see](<#set-up> \"title\")\n\nSet up\n======\n", ("set-up",)),
    ("[see][s]\n\n## Set up\n\n[s]: #set-up\n", ("set-up",)),
    ("<a href='#set-up'>see</a>\n\n## Set up\n", ("set-up",)),
    ("<div><a class=x href=\"#set-up\">see</a></div>\n\n## Set up\n", ("set-up",)),
    ("[![shot](a.png)](#set-up)\n\n## Set up\n", ("set-up",)),
    ("- [b](#b-ee)\n- [a](#a-ay)\n- [b](#b-ee)\n\n## A ay\n\n## B ee\n", ("b-ee", "a-ay")),
    ("[see](#Set-Up)\n\n## Set up\n", ("set-up",)),
    ("[see](#installa%C3%A7%C3%A3o)\n\n## Installação\n", ("installação",)),
    ("[1](#item) [2](#item-1)\n\n## Item\n\n## Item\n", ("item", "item-1")),
    ("[2](#item_1)\n\n## Item\n\n## Item\n", ("item_1",)),
    ("[see](#use-running)\n\n## Use *`run`*, now\n", ()),                       # no rule makes this of it
    ("[see](#use-run-now)\n\n## Use *`run`* [now](x)!\n", ("use-run-now",)),
    ("[see](#q--a)\n\n## Q & A\n", ("q--a",)),                                  # GitHub
    ("[see](#q-a)\n\n## Q & A\n", ("q-a",)),                                    # MkDocs
    ("[see](#version-2.0)\n\n## Version 2.0\n", ("version-2.0",)),              # Pandoc
    ("[see](#steps)\n\n## 3. Steps\n", ("steps",)),                             # Jekyll
    ("[see](#_3-steps)\n\n## 3. Steps\n", ("_3-steps",)),                       # VitePress
    ("[see](#one-two)\n\none\ntwo\n---\n", ("one-two",)),
    ("[see](#42)\n\n## 42\n", ()),                                              # the same in every language
    ("[see](#set-up)\n\n## Set up {#set-up}\n", ()),
    ("[see](#set-up)\n\n## <a name=\"set-up\"></a>Set up\n", ()),
    ("[see](#set-up)\n\n<div id='set-up'>\n\n## Set up\n\n</div>\n", ()),
    ("[see](#set-up)\n\n(set-up)=\n## Set up\n", ()),
    ("[see](#elsewhere) [there](other.md#set-up) `[code](#set-up)`\n\n## Set up\n", ()),
    ("```\n[see](#set-up)\n```\n\n## Set up\n", ()),
])
def test_dead_links(source: str, expected: tuple[str, ...]) -> None:
    assert dead(source) == expected


def test_links_that_still_lead_somewhere_are_alive() -> None:
    document = parsers.parse(b"[see](#set-up)\n\n## Set up\n", "markdown")
    assert parsers.dead_links(document, b"[siehe](#set-up)\n\n## Set-up\n") == ()


@pytest.mark.parametrize("form", ["html", "docx"])
def test_other_formats_write_their_addresses_out(form: str) -> None:
    module = parsers.format_named(form).load()
    assert module.dead_links(Document(form, b"", ()), b"") == ()


@pytest.mark.parametrize(("source", "tag", "attribute"), [
    ("## Set up\n", '## <a id="set-up"></a>Set up\n', "## Set up {#set-up}\n"),
    ("##\tSet up ##  \n", '##\t<a id="set-up"></a>Set up ##  \n', "##\tSet up ## {#set-up}  \n"),
    ("> Set\r\n> up\r\n> ===\r\n", '> <a id="set-up"></a>Set\r\n> up\r\n> ===\r\n', "> Set\r\n> up {#set-up}\r\n> ===\r\n"),
    ("---\ntitle: x\n---\n- # *Set* up", '---\ntitle: x\n---\n- # <a id="set-up"></a>*Set* up',
     "---\ntitle: x\n---\n- # *Set* up {#set-up}"),
    ("# A\n\n# A\n", '# <a id="a"></a>A\n\n# <a id="a-1"></a>A\n', "# A {#a}\n\n# A {#a-1}\n"),
    ("# A\n\n# A\n\n# A 1\n", '# <a id="a"></a>A\n\n# <a id="a-1"></a>A\n\n# <a id="a-1-1"></a>A 1\n',
     "# A {#a}\n\n# A {#a-1}\n\n# A 1 {#a-1-1}\n"),
    ("[x](#a_1)\n\n# A\n\n# A\n", '[x](#a_1)\n\n# <a id="a"></a>A\n\n# <a id="a_1"></a>A\n',
     "[x](#a_1)\n\n# A {#a}\n\n# A {#a_1}\n"),
    ("[x](#q-a)\n\n# Q & A\n", '[x](#q-a)\n\n# <a id="q-a"></a>Q & A\n', "[x](#q-a)\n\n# Q & A {#q-a}\n"),
    *[(source, source, source) for source in (
        "# Set up {#here}\n", "# <a id=here></a>Set up\n", "#\n", "# !\n", "<a id=\"set-up\"></a>\n\n# Set up\n",
        "Text\n", "```\n# no heading\n```\n")],
])
def test_pinned_headings(source: str, tag: str, attribute: str) -> None:
    for form, expected in (("tag", tag), ("attribute", attribute)):
        document = parsers.parse(source.encode(), "markdown", ParseOptions(pin_headings=form))
        assert document.source.decode() == expected
        assert parsers.render(document, {}) == document.source
        assert parsers.parse(document.source, "markdown", ParseOptions(pin_headings=form)).source == document.source


@pytest.mark.parametrize("form", PINS)
def test_pins_are_no_text(form: str) -> None:
    source = b"## Set up ##\n\n> Go *on*\n> ===\n"
    plain, pinned = (parsers.parse(source, "markdown", ParseOptions(pin_headings=one)) for one in ("", form))
    assert [one.content for one in pinned.segments] == [one.content for one in plain.segments]


@pytest.mark.parametrize("path", corpus_files("markdown", ".md"))
def test_no_link_of_a_real_document_dies_when_its_headings_are_pinned(path: Path | None) -> None:
    assert path is not None
    try:
        plain = parsers.parse(path.read_bytes(), "markdown")
    except DocumentError as error:
        pytest.skip(f"cannot be read: {error}")
    for form in PINS:
        document = parsers.parse(plain.source, "markdown", ParseOptions(pin_headings=form))
        assert [segment.content for segment in document.segments] == [segment.content for segment in plain.segments]
        output, _ = render_checked(document, turned_contents(document), None)
        assert parsers.dead_links(document, output) == ()
        assert anchors.pinned(document.skeleton, form).encode(document.skeleton.decoded.codec, "replace") in (
            document.source, document.source.removeprefix(document.skeleton.decoded.bom))
