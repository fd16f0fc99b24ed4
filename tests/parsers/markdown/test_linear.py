"""Hostile input takes time in proportion to its length: no paragraph may hold up a worker."""

import time

import pytest

import parsers
from parsers.markdown.grammar import build, parse_inline

UNITS = ("[", "![", "^[", "[a", "[a][", "[a](", "![a](", "\\(", "\\[", "*a ", "**a b*", "_a", "~~a ", "`", "$a ", "<a ", "&",
         "{", "{{ ", "{% ", "[^a", "[a]: ", "https://_a", "- ", "> ", "- a\n", "* a\n", "1. a\n", "a\nb *c*\n", "| a | b |\n|---|---|\n", "a\n: b\n",
         "[a]: b\n", "!!! a\n", ":::a\n", "<div>\n", "a\n===\n",
         "\\begin{a}", "\\begin{a}x\\end{a}\n", "\\emph{", "\\cite[", "{% highlight x %}", "{{< highlight >}}", "{% raw %}\n\n", "*[a]: b\n",
         "| a\n", "+++ a\n", "/// a\n", "+--+\n", "a\n-- --\n", "----------\n", "> [!a] b\n", "^ab\n", "``", "~~~\n", "[see @a")

MODULE = "import a from 'a'\n\n"
LINK = "[a](#a)\n\n"
ADDRESSES = ("# a\n", "[a](#a) ", "[a](#", "<a ", "<p><a ", "<p><a href='#a'>\n", "{ ", "{:  ", "{#", "(a)=\n\n", " ^a", "a\n=\n")
EXPRESSIONS = ("{", "{'", "{/* ", "<A a={", "<a b='", "export const a = {\n", "{`a} ", "<a {b}>\n", "{\n\n}\n")


def seconds(*sources: bytes) -> list[float]:
    """Processor time for each, the best of four. They take turns: a core that others share may change its pace."""
    best = [float("inf")] * len(sources)
    for _ in range(4):
        for at, source in enumerate(sources):
            start = time.process_time()
            document = parsers.parse(source, "markdown")
            output = parsers.render(document, {s.id: (*s.content, "x") for s in document.segments})
            parsers.dead_links(document, output)
            best[at] = min(best[at], time.process_time() - start)
    return best


@pytest.mark.parametrize(("begin", "left", "right"), [
    *(("", unit, "") for unit in UNITS), ("", "[", "]"), ("", "^[", "]"), ("", "[a ", "](b)"),
    *((MODULE, unit, "") for unit in EXPRESSIONS), *((LINK, unit, "") for unit in ADDRESSES)])
def test_eight_times_the_text_takes_about_eight_times_as_long(begin, left, right):
    short, long = seconds(*((begin + left * n + right * n).encode() for n in (400, 3200)))
    assert long < 24 * short + 0.02                         # 64 times if it were quadratic


def test_labels_end_where_brackets_match():
    tokens = parse_inline(build(), "[a [b] *c* [d](e)] [f *g*](h)", {})
    assert [token.type for token in tokens if token.nesting == 1] == ["em_open", "link_open", "link_open", "em_open"]
    nested = parse_inline(build(), "[" * 30 + "a" + "](x)" * 30, {})
    assert [token.type for token in nested].count("link_open") == 1
