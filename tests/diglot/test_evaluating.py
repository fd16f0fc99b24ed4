"""`diglot profile-eval`."""

import json

import pytest

from tests.diglot.conftest import Run
from tests.servers.scripted import ScriptedServer, Settings, Speed

SERVER = Settings(Speed(step_s=0.001), model="hy-mt2-7b")


def test_a_line_for_each_recipe_and_penalty(diglot: Run) -> None:
    with ScriptedServer(SERVER) as it:
        done = diglot("profile-eval", "--base-url", it.base_url)
    assert done.code == 0, done.err
    first, _, heads, *lines = done.text.splitlines()
    assert first.startswith("40 examples, 34 with Codes, en → pt")
    assert heads.split()[0] == "profile/recipe/penalty"
    assert [line.split()[0] for line in lines] == [
        f"hy-mt2/{recipe}/{penalty}" for recipe in ("full", "lean", "single", "bare", "chinese", "regional")
        for penalty in ("1.0", "1.05")]
    assert all(len(line.split()) == 9 for line in lines)


def test_named_profiles_and_examples_of_ones_own(diglot: Run, tmp_path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(json.dumps({"en": "The <1>house</1> is red.", "de": "Das <1>Haus</1> ist rot."}))
    with ScriptedServer(SERVER) as it:
        done = diglot("profile-eval", "--base-url", it.base_url, "--profile", "hy-mt1.5/lean", "--profile", "generic/full/1.1",
                      "--penalty", "1.0", "--set", str(file), "--to", "de", "--json")
    assert done.code == 0, done.err
    found = [json.loads(line) for line in done.text.splitlines()]
    assert [one["way"] for one in found] == ["hy-mt1.5/lean/1.0", "generic/full/1.1"]
    assert all(one["segments"] == one["tagged"] == 1 and one["exact_at_last"] == 1 and len(one["answers"]) == 1 for one in found)


@pytest.mark.parametrize(("arguments", "said"), [
    (["--profile", "gpt"], "There is no profile “gpt”"), (["--profile", "hy-mt2/rich"], "has no recipe “rich”"),
    (["--penalty", "much"], "“much” is no repetition penalty")])
def test_what_makes_no_sense_is_told_before_the_first_run(diglot: Run, arguments: list[str], said: str) -> None:
    with ScriptedServer(SERVER) as it:
        done = diglot("profile-eval", "--base-url", it.base_url, *arguments)
    assert done.code == 2
    assert said in done.err and done.text == ""


def test_an_unknown_language_needs_examples(diglot: Run) -> None:
    done = diglot("profile-eval", "--to", "de")
    assert done.code == 2
    assert "--set" in done.err
