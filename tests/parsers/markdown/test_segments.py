"""What becomes a segment, and of what."""

import pytest

import parsers
from parsers.document import Code, Content, Role
from parsers.masking import MaskRules
from parsers.options import ParseOptions


def shown(content: Content) -> str:
    """A content in one line: Codes as ``<label>``, ``</label>``, ``<label/>``."""
    marks = {"open": "<{}>", "close": "</{}>", "standalone": "<{}/>"}
    return "".join(marks[i.kind.value].format(i.label) if isinstance(i, Code) else i for i in content)


def segments(text: str, **options) -> list[str]:
    return [shown(s.content) for s in parsers.parse(text.encode(), "markdown", ParseOptions(**options)).segments]


@pytest.mark.parametrize(("source", "expected"), [
    ("Plain *em* text", ["Plain <em>em</em> text"]),
    ("**All of it**", ["All of it"]),
    ("a [b](c 'd e') f", ["a <link>b</link> f", "d e"]),
    ("see ![alt text](x.png \"t i\")", ["see", "alt text", "t i"]),
    ("x &nbsp;\\* y", ["x \u00a0* y"]),
    ("use `a b` now", ["use <code/> now"]),
    ("one\n  two", ["one\ntwo"]),
    ("> one\n> two", ["one\ntwo"]),
    ("a  \nb", ["a<break/>b"]),
    ("12 + 34", []),
    ("- [ ] do it", ["do it"]),
    ("> [!NOTE]\n> Mind", ["Mind"]),
    ("# Title {#id}", ["Title"]),
    ("(label)=", []),
    ("t[^1] u\n\n[^1]: note", ["t<footnote/> u", "note"]),
    ("t ^[in *it*] u", ["t <footnote/> u", "in <em>it</em>"]),
    ("| a | b\\|c |\n|---|---|\n| d | e |", ["a", "b|c", "d", "e"]),
    ("term\n: meaning", ["term", "meaning"]),
    ("[x]: y \"The title\"", ["The title"]),
    ("<kbd>Ctrl</kbd> is a key", ["<code element/> is a key"]),
    ("a <b>c</b> d", ["a <b>c</b> d"]),
    ("see <img alt='A cat' src=x> there", ["see <img/> there", "A cat"]),
    ("<p>in a <i>block</i></p>", ["in a <em>block</em>"]),
    ("a $x_1$ b", ["a <math/> b"]),
    ("a \\(x\\) b", ["a (x) b"]),
    ("a \\(\\alpha\\) b", ["a <math/> b"]),
    ("{ref}`there` it is", ["<role/> it is"]),
    ("{{< x >}} text {{< /x >}} more", ["<template/> text <template/> more"]),
    ("!!! note \"My title\"\n    body", ["My title", "body"]),
    ("!!! note\n    body", ["body"]),
    ("=== \"Tab\"\n\n    body", ["Tab", "body"]),
    ("::: tip My title\nbody\n:::", ["My title", "body"]),
    (":::{figure} a.png\nCaption\n:::", ["Caption"]),
    ("```{note}\nbody\n```", ["body"]),
    ("```{math}\nbody\n```", []),
    ("<!-- translate:off -->\n\nno\n\n<!-- translate:on -->\n\nyes", ["yes"]),
    ("see https://x.org/_a_/__init__.py, __now__", ["see <url/>, <strong>now</strong>"]),
    ("<p>a</p>\n> [like]: /definition", ["a"]),
    ("{{< fig src=\"a.png\" alt='A cat' title=\"\" >}}", ["A cat"]),
    ("import A from 'a'\n\n<Tab label=\"One\" value=\"x\">\n\nb <A title='t t'/>\n", ["One", "b <template/>", "t t"]),
    ("{% set title = \"No\" %}", []),
    ("```{figure} a.png\n:alt: A cat\n:name: fig\n:caption: 'It''s'\n\nText\n```", ["A cat", "It's", "Text"]),
    ("<div translate=no>\n\nno\n\n<div>\n</div>\n\nno\n\n</div>\n\nyes", ["yes"]),
    ("a\n[like]: /definition\nb", ["a\n<definition/>\nb"]),
])
def test_segments_of(source, expected):
    assert segments(source, masks=MaskRules(frozenset({"code", "markup"}))) == expected


def test_front_matter_keys_can_be_chosen():
    text = "---\nTitle: One\nother: Two\n---\n"
    assert segments(text) == ["One"]
    assert segments(text, front_matter_keys=frozenset({"other"})) == ["Two"]


def test_front_matter_that_is_not_valid_stays_whole():
    document = parsers.parse(b"---\ntitle: [x\n---\n\nText\n", "markdown")
    assert [shown(s.content) for s in document.segments] == ["Text"]
    assert document.protected[0].reason == "front matter"


def test_front_matter_in_json():
    source = '{\n  "title": "A \\"b\\"",\n  "tags": ["x"],\n  "params": {"subtitle": "C", "date": "D"},\n  "lang": "en"\n}\n\nText\n'
    document = parsers.parse(source.encode(), "markdown")
    assert [shown(s.content) for s in document.segments] == ['A "b"', "C", "Text"]
    assert document.language == "en"
    output = parsers.render(document, {"s0": ('E "f" \\ g',)})
    assert output.decode() == source.replace('A \\"b\\"', 'E \\"f\\" \\\\ g')
    assert parsers.compare(document, output) == ()
    assert segments('{"title"} is text\n') == ['{"title"} is text']
    assert segments('{{ title }} is text\n') == ["<template/> is text"]


def test_roles_paths_and_language():
    document = parsers.parse(b"---\nlang: en-GB\n---\n\n# One\n\n## Two\n\n- item\n\n# Three\n\ntext\n", "markdown")
    assert document.language == "en-GB"
    assert [(s.role, s.path) for s in document.segments] == [
        (Role.HEADING, ()), (Role.HEADING, ("One",)), (Role.LIST_ITEM, ("One", "Two")), (Role.HEADING, ()),
        (Role.PARAGRAPH, ("Three",))]


def test_names_on_the_list_are_masked_with_their_source_spelling():
    document = parsers.parse(b"Ask A&amp;B Corp now", "markdown",
                             ParseOptions(masks=MaskRules(do_not_translate=("A&B Corp",))))
    code = document.segments[0].content[1]
    assert isinstance(code, Code)
    assert (code.source, code.equiv, code.label) == ("A&amp;B Corp", "A&B Corp", "do_not_translate")


def test_templates_are_protected_but_for_what_is_translated():
    document = parsers.parse(b"{{< note title='Mind' kind='big' >}} text {{ name }}\n", "markdown")
    assert [(p.reason, p.text) for p in document.protected] == [
        ("template", "{{< note title=' kind='big' >}}"), ("template", "{{ name }}")]


def test_code_blocks_are_protected_with_the_reason():
    document = parsers.parse(b"```\ncode here\n```\n\n$$\nx\n$$\n", "markdown")
    assert [(p.reason, p.text) for p in document.protected] == [("code block", "code here\n"), ("math", "\nx\n")]
