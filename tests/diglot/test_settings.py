"""Options before the environment, the environment before diglot.toml."""

import os
import re
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from diglot.service import environment
from diglot.settings import KNOWN, Settings, settings
from parsers.errors import UsageError
from tests.diglot.conftest import MARKDOWN, ROOT, Run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with nothing set."""
    for name in [name for name in os.environ if name.startswith("DIGLOT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_nothing_set_is_the_embedded_engine_and_the_server_of_this_machine():
    found = settings({"engine": None, "base_url": None})
    assert found == Settings()
    assert found.engine == "embedded"
    assert found.server.base_url == "http://127.0.0.1:8000/v1"


def test_an_option_goes_before_a_variable_and_a_variable_before_the_file(here: Path, monkeypatch: pytest.MonkeyPatch):
    (here / "diglot.toml").write_text('engine = "vllm"\nmodel = "of-file"\nprofile = "hy-mt2"\npriority = 3\n')
    assert settings({}).model == "of-file"
    monkeypatch.setenv("DIGLOT_MODEL", "of-variable")
    monkeypatch.setenv("DIGLOT_PROFILE", "generic")
    found = settings({"model": "of-option", "profile": None})
    assert (found.engine, found.model, found.profile, found.priority) == ("vllm", "of-option", "generic", 3)


def test_every_setting_has_a_variable(monkeypatch: pytest.MonkeyPatch):
    given = {"engine": "vllm", "base_url": "http://gpu:8000/v1", "model": "m", "profile": "generic", "most_at_once": "7",
             "patience": "1.5", "answer_timeout": "20", "priority": "-2", "glossary": f"a.csv{os.pathsep}~/b.csv",
             "memory": "~/memory.sqlite", "data": "~/data", "database": "postgresql://db/diglot", "documents": "s3://b/d",
             "broker": "redis://queue/0", "host": "0.0.0.0", "port": "80", "metrics_port": "9000", "processes": "3",
             "keys": "true", "public_hosts": "a.example, b.example", "largest_upload": "5", "rate": "0", "unfinished_jobs": "9",
             "webhooks": "yes",
             "keep_documents": "1.5", "keep_jobs": "7", "task_folder": "~/shared", "metrics_host": "0.0.0.0", "log_level": "debug",
             "watch": '{"folder": "/srv/translate", "profiles": {"press": {"to": "fr"}}}'}
    assert set(given) == set(KNOWN)
    for name, value in given.items():
        monkeypatch.setenv(f"DIGLOT_{name.upper()}", value)
    found = settings({})
    assert (found.most_at_once, found.patience, found.answer_timeout, found.priority) == (7, 1.5, 20.0, -2)
    assert found.glossary == (Path("a.csv"), Path.home() / "b.csv")
    assert found.memory == Path.home() / "memory.sqlite"
    assert found.server.most_at_once == 7
    where = found.deployment
    assert (where.database, where.documents, where.broker) == ("postgresql://db/diglot", "s3://b/d", "redis://queue/0")
    assert (where.periods.documents, where.periods.rows) == (1.5 * 3600, 7 * 86_400)
    assert (found.data, found.task_folder) == (Path.home() / "data", Path.home() / "shared")
    door = found.gateway
    assert (door.keys, door.public_hosts, door.most_bytes) == (True, ("a.example", "b.example"), 5 << 20)
    assert (door.rate, door.unfinished_jobs, door.webhooks) == (0, 9, True)
    assert (found.host, found.port, found.metrics_port, found.processes) == ("0.0.0.0", 80, 9000, 3)


def test_a_service_on_one_machine_keeps_everything_in_one_folder(tmp_path: Path):
    where = settings({"data": tmp_path}).deployment
    assert where.database == f"sqlite:///{tmp_path}/jobs.db"
    assert where.documents == f"{tmp_path}/documents"


def test_another_command_has_the_same_settings_and_no_files(here: Path, monkeypatch: pytest.MonkeyPatch):
    """What is empty is empty there too, whatever lies beside it."""
    (here / "diglot.toml").write_text('metrics_port = 9100\ndatabase = "postgresql://other/db"\nkeys = false\n')
    (here / "prod.toml").write_text('engine = "echo"\nmetrics_port = 9200\n')
    for config in (None, here / "prod.toml"):
        found = settings({}, config)
        variables = {**environment(found), "DIGLOT_METRICS_PORT": ""}
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            assert settings({}) == replace(found, metrics_port=0)


def test_an_empty_variable_sets_nothing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DIGLOT_BASE_URL", "")
    monkeypatch.setenv("DIGLOT_PRIORITY", "")
    assert settings({}) == Settings()


def test_paths_of_a_file_are_relative_to_it(here: Path, monkeypatch: pytest.MonkeyPatch):
    (here / "project" / "deep").mkdir(parents=True)
    (here / "project" / "diglot.toml").write_text('glossary = ["terms.csv", "/all/terms.csv", "~/mine.csv"]\nmemory = "m.sqlite"\n')
    monkeypatch.chdir(here / "project" / "deep")
    found = settings({})
    assert found.glossary == (here / "project" / "terms.csv", Path("/all/terms.csv"), Path.home() / "mine.csv")
    assert found.memory == here / "project" / "m.sqlite"
    (here / "project" / "diglot.toml").write_text('glossary = "terms.csv"')
    assert settings({}).glossary == (here / "project" / "terms.csv",)
    assert settings({"glossary": (Path("terms.csv"),)}).glossary == (Path("terms.csv"),)


def test_which_file_is_read(here: Path, monkeypatch: pytest.MonkeyPatch):
    for place, model in ((".config/diglot/diglot.toml", "user"), ("a/diglot.toml", "above"), ("other.toml", "named"),
                         ("variable.toml", "variable")):
        (here / place).parent.mkdir(parents=True, exist_ok=True)
        (here / place).write_text(f'model = "{model}"')
    (here / "a" / "b" / "c").mkdir(parents=True)
    assert settings({}).model == "user"
    monkeypatch.chdir(here / "a" / "b" / "c")
    assert settings({}).model == "above"
    monkeypatch.setenv("DIGLOT_CONFIG", str(here / "variable.toml"))
    assert settings({}).model == "variable"
    assert settings({}, here / "other.toml").model == "named"


def test_a_folder_of_that_name_is_no_file(here: Path):
    (here / "diglot.toml").mkdir()
    assert settings({}) == Settings()


def test_the_key_comes_from_the_environment_alone(here: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DIGLOT_API_KEY", "secret")
    assert settings({}).server.api_key == "secret"
    assert "secret" not in repr(settings({})) + repr(settings({}).server)
    (here / "diglot.toml").write_text('api_key = "secret"')
    with pytest.raises(UsageError) as refused:
        settings({})
    assert str(refused.value) == (f"An API key does not belong into {here}/diglot.toml; set it in the environment, "
                                  "as DIGLOT_API_KEY.")


@pytest.mark.parametrize(("text", "said"), [
    ('modell = "x"', "has “modell”, which is no setting; there are engine, base_url, model, "),
    ("[vllm]\nmodel = 'x'", "has “vllm”, which is no setting"),
    ("model = x", "are no TOML: "), ("model = 'caf\xe9", "are no TOML: "),
    ("most_at_once = 0", "The setting most_at_once in {file} makes no sense: input should be greater than or equal to 1."),
    ("most_at_once = 2.5", "The setting most_at_once in {file} makes no sense: input should be a valid integer"),
    ("patience = -1", "The setting patience in {file} makes no sense: input should be greater than or equal to 0."),
    ("answer_timeout = 0", "The setting answer_timeout in {file} makes no sense: input should be greater than 0."),
    ("answer_timeout = nan", "The setting answer_timeout in {file} makes no sense"),
    ("model = 5", "The setting model in {file} makes no sense: input should be a valid string."),
    ("glossary = 5", "The setting glossary in {file} makes no sense"),
    ("glossary = ['a.csv', 5]", "The setting glossary in {file} makes no sense"),
    ("memory = ['a', 'b']", "The setting memory in {file} makes no sense")])
def test_what_makes_no_sense_in_a_file(here: Path, text: str, said: str):
    file = here / "diglot.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError) as refused:
        settings({})
    assert said.format(file=file) in str(refused.value)
    assert str(refused.value).count("\n") == 0


@pytest.mark.parametrize(("name", "value", "said"), [
    ("DIGLOT_MOST_AT_ONCE", "many", "The setting most_at_once (DIGLOT_MOST_AT_ONCE) makes no sense: input should be a valid"),
    ("DIGLOT_PATIENCE", "5 min", "The setting patience (DIGLOT_PATIENCE) makes no sense"),
    ("DIGLOT_KEEP_DOCUMENTS", "inf", "The setting keep_documents (DIGLOT_KEEP_DOCUMENTS) makes no sense"),
    ("DIGLOT_KEEP_JOBS", "1e9", "The setting keep_jobs (DIGLOT_KEEP_JOBS) makes no sense"),
    ("DIGLOT_PRIORITY", "high", "The setting priority (DIGLOT_PRIORITY) makes no sense")])
def test_what_makes_no_sense_in_a_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str):
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as refused:
        settings({})
    assert said in str(refused.value)


def test_a_variable_hides_what_makes_no_sense_in_the_file(here: Path, monkeypatch: pytest.MonkeyPatch):
    (here / "diglot.toml").write_text("priority = 'high'")
    monkeypatch.setenv("DIGLOT_PRIORITY", "1")
    assert settings({}).priority == 1


def test_a_file_that_is_named_must_be_there(here: Path):
    with pytest.raises(UsageError, match=r"The settings .*none\.toml cannot be read: No such file or directory\."):
        settings({}, here / "none.toml")


# ---- as the commands use them
def test_a_command_goes_by_the_file(diglot: Run, here: Path):
    Path("a.md").write_text(MARKDOWN)
    Path("diglot.toml").write_text('engine = "pseudo"\nglossary = "terms.csv"\n')
    Path("terms.csv").write_text("title,titre\n")
    assert diglot("translate", "a.md", "--to", "fr", "--from", "en", "-o", "b.md").code == 1      # a term is missed
    assert Path("b.md").read_text() != MARKDOWN
    assert diglot("translate", "a.md", "--to", "fr", "--from", "en", "-o", "c.md", "--engine", "echo").code == 0
    assert Path("c.md").read_text() == MARKDOWN


@pytest.mark.parametrize("arguments", [("translate", "a.md", "--to", "fr"), ("engines", "--check")])
def test_settings_that_make_no_sense_are_bad_usage(diglot: Run, arguments: tuple[str, ...]):
    Path("a.md").write_text(MARKDOWN)
    Path("diglot.toml").write_text("patience = 'long'")
    done = diglot(*arguments)
    assert (done.code, done.text, len(done.err.splitlines())) == (2, "", 1)
    assert "diglot.toml makes no sense" in done.err
    Path("other.toml").write_text("")
    assert diglot("engines", "--check", "--config", "other.toml", "--base-url", "http://127.0.0.1:9/v1").code == 4


# ---- what the documents say
def test_the_example_of_the_guide_is_true(here: Path):
    guide = (ROOT / "docs" / "vllm.md").read_text()
    example = re.search(r"^    engine = .*?(?=^\S)", guide, re.MULTILINE | re.DOTALL)
    assert example
    (here / "diglot.toml").write_text(textwrap.dedent(example[0]))
    found = settings({})
    assert found.glossary == (here / "terms.csv",)
    for name in ("most_at_once", "answer_timeout", "patience", "priority"):
        assert f"{name} = " in example[0]
        assert getattr(found, name) == getattr(Settings(), name)


def test_every_setting_is_in_the_manual():
    manual = (ROOT / "docs" / "cli.md").read_text()
    assert not [name for name in KNOWN if f"`{name}`" not in manual]
