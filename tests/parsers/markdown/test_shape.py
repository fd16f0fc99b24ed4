"""The run-time check finds what a bad output would lose, and names the segment."""

import pytest

import parsers

SOURCE = """---
title: A title
tags: [a]
---

# Heading

A *text* with `code` and a [link](x).

- item one
- item two

| a | b |
|---|---|
| c | d |

<p class="x">block</p>

```
code
```

{{< shortcode >}}

[ref]: http://example.org
"""


@pytest.mark.parametrize(("old", "new"), [
    ("# Heading", "## Heading"), ("*text*", "text"), ("`code`", "`kode`"), ("](x)", "](y)"), ("- item two", "item two"),
    ("| c | d |\n", ""), ('class="x"', 'class="y"'), ("```\ncode", "```\nkode"), ("{{< shortcode >}}", "{{< short >}}"),
    ("[ref]: http://example.org", "[ref]: http://example.com"), ("tags: [a]", "tags: a"), ("title:", "titel:"),
    ("item one", "item one\n\n  more")])
def test_a_lost_thing_is_a_fault(old, new):
    document = parsers.parse(SOURCE.encode(), "markdown")
    assert old in SOURCE
    assert parsers.compare(document, SOURCE.replace(old, new).encode())


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("*text*", "text", "A "), ("item two", "> item two", "item two"), ("# Heading", "Heading\n\nmore", "Heading")])
def test_a_fault_names_its_segment(old, new, expected):
    document = parsers.parse(SOURCE.encode(), "markdown")
    named = {fault.segment_id for fault in parsers.compare(document, SOURCE.replace(old, new).encode())}
    assert any(s.id in named and str(s.content[0]).startswith(expected) for s in document.segments)


@pytest.mark.parametrize(("old", "new"), [
    ("A *text* with `code`", "Ein `code` mit *Text*"), ("Heading", "Titel"), ("item one", "Ding"), ("block", "Klotz"),
    ("title: A title", "title: 'Ein: Titel'")])
def test_a_translation_is_no_fault(old, new):
    document = parsers.parse(SOURCE.encode(), "markdown")
    assert parsers.compare(document, SOURCE.replace(old, new).encode()) == ()


def test_what_only_looks_like_front_matter_is_text():
    document = parsers.parse(b"+++\n%}\ntitle = 'a\n+++\n\nText\n", "markdown")
    changed = {s.id: (*s.content, "x") for s in document.segments}
    assert parsers.compare(document, parsers.render(document, changed)) == ()


def test_a_text_that_becomes_front_matter_is_a_fault():
    document = parsers.parse(b"---\nNote well\n---\n\nText\n", "markdown")
    assert parsers.compare(document, b"---\nNote: well\n---\n\nText\n")


def test_bytes_that_are_no_text_are_a_fault():
    document = parsers.parse(SOURCE.encode(), "markdown")
    assert parsers.compare(document, b"PK\x03\x04")
