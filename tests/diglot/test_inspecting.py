"""The commands that only look."""

import json
import re
from pathlib import Path

from tests.diglot.conftest import HTML, MARKDOWN, Run


def test_check_finds_nothing_in_a_good_translation(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN)
    diglot("translate", "a.md", "-o", "b.md", "--to", "fr", "--engine", "pseudo")
    done = diglot("check", "a.md", "b.md")
    assert (done.code, done.err) == (0, "")
    assert done.text == "0 differences in structure; 0 of 4 segments untranslated; 0 short ones the same in both.\n"


def test_check_finds_a_lost_link_and_an_untranslated_sentence(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN + "\nThis sentence was forgotten by somebody.\n")
    Path("b.md").write_text(MARKDOWN.replace("[link](https://example.org/a)", "lien").replace("Some", "Du").replace(
        "item", "élément").replace("A good", "Un bon") + "\nThis sentence was forgotten by somebody.\n")
    done = diglot("check", "a.md", "b.md")
    assert done.code == 1
    assert re.search("^structure: .+ \\(at “Some plain text with a link.”\\)$", done.text, re.MULTILINE)
    assert "untranslated: This sentence was forgotten by somebody.\n" in done.text
    found = json.loads(diglot("check", "--json", "a.md", "b.md").text)
    assert not found["ok"]
    assert found["faults"]
    assert [one["text"] for one in found["untranslated"]] == ["This sentence was forgotten by somebody."]


def test_check_refuses_different_formats(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN)
    Path("b.html").write_text(HTML)
    assert diglot("check", "a.md", "b.html").code == 2


def test_segments_are_json_lines(diglot: Run) -> None:
    Path("a.md").write_text(MARKDOWN + "\n```\ncode\n```\n")
    lines = [json.loads(line) for line in diglot("segments", "a.md").text.splitlines()]
    assert [line["role"] for line in lines] == ["heading", "paragraph", "list_item", "list_item"]
    assert lines[1]["text"] == "Some plain text with a link."
    assert lines[1]["path"] == ["A good title"]
    assert {code["label"] for code in lines[1]["content"] if isinstance(code, dict)} == {"em", "link"}
    more = [json.loads(line) for line in diglot("segments", "a.md", "--protected").text.splitlines()]
    assert any("code" in line["text"] for line in more if "protected" in line)


def test_segments_from_standard_input(diglot: Run) -> None:
    done = diglot("segments", "-", "--format", "markdown", stdin=b"Hello you.\n")
    assert json.loads(done.text)["text"] == "Hello you."


def test_lists(diglot: Run) -> None:
    assert "docx" in diglot("formats").text
    assert "embedded" in diglot("engines").text
    assert "pt" in diglot("languages").text
    assert "葡萄牙语" in diglot("languages").text
