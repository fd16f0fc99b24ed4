"""What is no language although it stands among language, and what stays in its line."""

import pytest

import parsers
from parsers.document import Code, Content
from tests.laws import accented, law_echo
from tests.parsers.markdown.test_segments import segments


def protected(text: str) -> list[str]:
    return [one.text for one in parsers.parse(text.encode(), "markdown").protected]


def pseudo(text: str) -> str:
    """The document with every text accented, which must keep its structure."""
    document = parsers.parse(text.encode(), "markdown")
    law_echo(document)
    output = parsers.render(document, {s.id: accented(s.content) for s in document.segments})
    assert parsers.compare(document, output) == ()
    return output.decode()


def sources(content: Content) -> list[str]:
    return [item.source for item in content if isinstance(item, Code)]


MODULE = "import A from 'a'\n\n"


@pytest.mark.parametrize(("source", "expected"), [
    ("\\begin{equation}\nE = mc\n\\end{equation}\n", []),
    ("\\begin{align*}\na\n\n\\text{where}\n\\end{align*}\n\nText\n", ["Text"]),
    ("The formula\n\\begin{foo}\nx y\n\\end{foo}\nholds\n", ["The formula", "holds"]),
    ("\\begin{center}\nA text\n\\end{center}\n", ["A text"]),
    ("In \\begin{pmatrix} a & b \\end{pmatrix} it\n", ["In <template/> it"]),
    ("See \\cite{doe2020} and \\ref{sec:a}.\n", ["See <latex/> and <latex/>."]),
    ("Smith\\cite[p. 3]{doe} says\n", ["Smith<latex/> says"]),
    ("\\newpage\n", []),
    ("A \\textbf{bold *text*} here\n", ["A <latex>bold <em>text</em></latex> here"]),
    ("A \\textcolor{red}{text} here\n", ["A <latex>text</latex> here"]),
    ("\\emph{open and `}`\n", ["open and <code/>"]),
    ("In C:\\Users\\me\\notes and \\\\server\\share, \\*not\\_, \\n\n", ["In <path/> and \\server\\share, *not_, \\n"]),
    ("{% highlight python %}\ndef a():\n\n    # say it\n{% endhighlight %}\nText\n", ["Text"]),
    ("{% raw %}\nAn {{ example }} of it\n{% endraw %}\n", []),
    ("{% raw %}\n\nProse with {{ x }}\n\n{% endraw %}\n", ["Prose with <template/>"]),
    ("{{< highlight go >}}\n// a comment\n{{< /highlight >}}\n", []),
    ("{{< mermaid >}}\nA[Start] --> B\n\nB --> C[End]\n{{< /mermaid >}}\n", []),
    ("{% comment %}\nNobody\n\nreads this\n{% endcomment %}\n", []),
    ("{{< code title=\"A name\" >}}\nx = title=\"No\"\n{{< /code >}}\n", ["A name"]),
    ("{{< note >}}\nProse\n{{< /note >}}\n", ["<template/>\nProse\n<template/>"]),
    ("Use `{% raw %}`, then `{% endraw %}`\n", ["Use <code/>, then <code/>"]),
    ("```\n{% highlight a %}\n```\n\nText\n\n```\n{% endhighlight %}\n```\n", ["Text"]),
    ("<div>\n{% highlight html %}\n<p>Code</p>\n{% endhighlight %}\nText\n</div>\n", ["<template/>\nText"]),
    (MODULE + "Now {new Date().getYear()} or {2 + 2}\n", ["Now <template/> or <template/>"]),
    (MODULE + "{/* one\n\ntwo */}\n\n{\n  // it's a note\n  x\n}\n\nText\n", ["Text"]),
    (MODULE + "<Tabs values={[\n  {label: \"x y\"},\n]} title=\"Shown\">\n", ["Shown"]),
    (MODULE + "<A b={<C title=\"No\"/>} title=\"The {yes}\"/>\n", ["The <placeholder/>"]),
    (MODULE + "<div style={{color: \"red\"}}>\nText {a && \"b\"}\n</div>\n", ["Text <template/>"]),
    (MODULE + "A <span style={{a: 'b'}}>c</span> <>d</>\n", ["A <span>c</span> <template/>d<template/>"]),
    (MODULE + "# Title {#id}\n", ["Title"]),
    ("export const a = {\n\n  b: \"No\"\n};\n\nText\n", ["Text"]),
    ("<Tabs values={[{label: \"No\"}]} />\n", []),
    ("```jsx\nimport A from 'a'\n```\n\nA {set of words} <b>\n", ["A {set of words}"]),
    ("As [@doe2020, p. 33] and @roe2021 say\n", ["As <citation/> and <mention/> say"]),
    ("[see @doe2020, chap. 3; also @roe2021]\n", []),
    ("Dear [FirstName] %%last%%\n", ["Dear <placeholder/> <placeholder/>"]),
    ("Dear [FirstName]\n\n[FirstName]: x\n", ["Dear <link><identifier/></link>"]),
    ("*[HTML]: Hyper Text\n*[W3C]: World Wide\n", ["Hyper Text", "World Wide"]),
    ("> [!tip] A title\n> The body\n> goes on\n", ["A title", "The body\ngoes on"]),
    ("> [!faq]- A *title*\n> - item\n", ["A <em>title</em>", "item"]),
    ("> [!NOTE]\n> The body\n", ["The body"]),
    ("| One line\n|   and two\n|\n| three\n", ["One line", "and two", "three"]),
    ("| a | b |\n|---|---|\n| c | d |\n", ["a", "b", "c", "d"]),
    ("Size  Colour\n----  ------\n9     brown\n\nTable: The caption\n", ["The caption"]),
    ("----  ------\n9     brown\n----  ------\n\nText\n", ["Text"]),
    ("------------\n A    B\n---- -----\n x    y\n\n z    w\n------------\n\nText\n", ["Text"]),
    ("--- ---\n\nText\n", ["Text"]),
    ("+-----+----+\n| One | Two|\n+=====+====+\n| a   | b  |\n+-----+----+\n", []),
    ("+++ A summary\nThe text\n+++\n", ["A summary", "The text"]),
    ("+++ a comment\n\nText\n", ["Text"]),
    ("/// note | A title\n    type: tip\n\nThe body\n///\n", ["A title", "The body"]),
    ("/// html | div.class\nThe body\n///\n", ["The body"]),
    ("[[_TOC_]]\n", []),
    ("Some text ^the-block\n", ["Some text"]),
    ("- An item ^37066d\n", ["An item"]),
    ("Is x ^2\n", ["Is x ^2"]),
])
def test_segments_of(source, expected):
    assert segments(source) == expected
    pseudo(source)


@pytest.mark.parametrize(("source", "expected"), [
    ("\\begin{a}\nx\n\ny\n\\end{a}\n", ["\\begin{a}\nx", "y\n\\end{a}"]),
    ("> \\begin{a}\n> x\n> \\end{a}\n", ["\\begin{a}\n> x\n> \\end{a}"]),
    ("\\newpage\n", ["\\newpage"]),
    ("```\nuse {{ this }} name\n```\n", ["use {{ this }} name\n"]),
    ("+-----+\n| One |\n+-----+\n", ["+-----+\n| One |\n+-----+"]),
    ("<pre>\n{% comment %}a{% endcomment %}\n</pre>\n", ["{% comment %}a{% endcomment %}"]),
])
def test_what_is_protected_is_listed(source, expected):
    assert protected(source) == expected


@pytest.mark.parametrize(("source", "expected"), [
    ("*[HTML]: Hyper Text\n*[W3C]: World\n", "*[HTML]: Hýpér Téxtø\n*[W3C]: Wörldø\n"),
    ("> [!tip] Title\n> Body\n", "> [!tip] Tîtléø\n> Bödýø\n"),
    ("+++ Summary\nText\n+++\n", "+++ Sümmårýø\nTéxtø\n+++\n"),
    ("| One\n|  Two\n", "| Öñéø\n|  Twöø\n"),
    ("word\\newpage now\n\nA \\newpage{} b\n", "wörd\\ñéwpågé ñöwø\n\nÅ ø\\newpage{} bø\n"),
    ("a \\foo b\n", "å &#248;\\foo bø\n"),
    (MODULE + "Set {x} {'y'}, z\n", MODULE + "Sét ø{x} {'y'}, zø\n"),
])
def test_lines_stay_lines(source, expected):
    assert pseudo(source) == expected


@pytest.mark.parametrize(("source", "text", "expected"), [
    ("{\n  \"title\": \"a\",\n  \"tags\": [\"b\"]\n}\n\nText\n", "say \"c\" \\ d\n",
     "{\n  \"title\": \"say \\\"c\\\" \\\\ d\\n\",\n  \"tags\": [\"b\"]\n}\n\nText\n"),
    ("{\"params\": {\"subtitle\": \"\\u00e9\", \"x\": 1}}\nText\n", "ü", "{\"params\": {\"subtitle\": \"\\u00fc\", \"x\": 1}}\nText\n"),
    ("*[A]: b\n", "c\nd | *e*", "*[A]: c d | \\*e\\*\n"),
    ("| a\n| b\n", "c | d", "| c &#124; d\n| b\n"),
    ("a\n", "*[HTML]: b", "\\*[HTML]: b\n"),
    ("a\n", "/// note", "\\/// note\n"),
    ("a\n", "so \\cite{b} c", "so \\\\cite{b} c\n"),
    (MODULE + "a\n", "{b} < c", MODULE + "&#123;b} &lt; c\n"),
])
def test_written(source, text, expected):
    document = parsers.parse(source.encode(), "markdown")
    output = parsers.render(document, {document.segments[0].id: (text,)})
    assert output.decode() == expected
    assert parsers.compare(document, output) == ()


@pytest.mark.parametrize(("old", "new"), [
    ("E = m", "E = n"), ("\\cite{a}", "\\cite{b}"), ("# say", "# sag"), ("[HTML]", "[HTMX]"), ("[!tip]", "[!tipp]"),
    ("/// note", "/// notiz"), ("| One", "| Eins"), ("[[_TOC_]]", "[[_INHALT_]]"), ("\"tags\": [\"x\"]", "\"tags\": \"x\"")])
def test_a_change_of_it_is_a_fault(old, new):
    source = ("{\n\"title\": \"a\",\n\"tags\": [\"x\"]\n}\n\n\\begin{equation}\nE = m\n\\end{equation}\n\nText \\cite{a} here\n\n"
              "{% highlight py %}\n# say\n{% endhighlight %}\n\n*[HTML]: Hyper\n\n> [!tip] Title\n> Body\n\n/// note | T\n\nx\n\n///\n\n"
              "+-----+\n| One |\n+-----+\n\n[[_TOC_]]\n")
    assert old in source
    assert parsers.compare(parsers.parse(source.encode(), "markdown"), source.replace(old, new).encode())


def test_a_code_shows_its_source_in_an_html_block():
    document = parsers.parse((MODULE + "<p>a {b.map(c => <i>{c}</i>)} d</p>\n").encode(), "markdown")
    assert sources(document.segments[0].content) == ["{b.map(c => <i>{c}</i>)}"]


def test_an_escaped_bracket_opens_no_formula():
    document = parsers.parse(b"[a] b\n.\n\\begin{equation} a \\end{equation}\n", "markdown")
    output = parsers.render(document, {"s0": ("[[á] b\n.]",)})
    assert output.startswith(b"\\[[")
    assert parsers.compare(document, output) == ()
