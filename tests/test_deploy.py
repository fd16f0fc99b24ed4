"""What is shipped for running the service: no engine of containers is here to try it, so each promise in it is looked up."""

import fnmatch
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
import yaml
from prometheus_client import generate_latest

from diglot.cli import app
from diglot.settings import KNOWN
from storage import database
from storage.jobs import JobStore
from storage.vocabulary import NewJob, ServiceClass
from workers import metrics
from workers.gauges import StoreGauges

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
DEPLOY = ROOT / "deploy"
SERVICES = yaml.safe_load(COMPOSE.read_text())["services"]
OURS = {"gateway", "worker", "watcher"}
LASTING = sorted(SERVICES.keys() - {"diglot"})
PROBES = {"python": OURS, "python3": {"vllm"}, "pg_isready": {"postgres"}, "promtool": {"prometheus"}, "wget": {"grafana"},
          "valkey-cli": {"valkey"}}
"""Commands that are in the images which ask for health with them."""


# ---- docker-compose.yml -------------------------------------------------------------------------------
def test_compose_is_valid():
    done = subprocess.run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE],
                          capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_parts_of_the_service_are_there():
    assert set(LASTING) == OURS | {"postgres", "valkey", "vllm", "prometheus", "grafana"}
    assert [name for name in LASTING if "profiles" in SERVICES[name]] == ["vllm"] and SERVICES["vllm"]["profiles"] == ["gpu"]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_can_do_no_more_than_it_must(name):
    service = SERVICES[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "pid", "ipc", "devices"} & service.keys()
    user, _, _ = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", service["user"]).partition(":")
    assert int(user) > 0
    limits = service["deploy"]["resources"]["limits"]
    assert limits.keys() == {"cpus", "memory", "pids"}
    assert any(mount.startswith("/tmp:") and "size=" in mount for mount in service["tmpfs"])
    assert not [volume for volume in service.get("volumes", []) if "docker.sock" in volume]


@pytest.mark.parametrize("name", LASTING)
def test_a_service_is_looked_after(name):
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"] and service["logging"]["options"]["max-size"]
    health = service["healthcheck"]
    assert {"interval", "timeout", "retries", "start_period"} <= health.keys()
    kind, *command = health["test"]
    [probe] = [probe for probe, homes in PROBES.items() if name in homes]
    assert probe in command if kind == "CMD" else probe in command[0]
    for code in [word for word in command if word.startswith("import ")]:
        compile(code, name, "exec")


def test_a_worker_has_time_to_give_work_back():
    from workers.tasks import GRACE

    assert int(SERVICES["worker"]["stop_grace_period"].removesuffix("s")) >= 3 * GRACE


@pytest.mark.parametrize("name", LASTING)
def test_images_are_pinned(name):
    image = SERVICES[name]["image"]
    if name in OURS:
        assert image == "diglot:local" and SERVICES[name]["build"] == "."
    else:
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?", image)


def test_nothing_is_reachable_from_other_machines_unless_asked_for():
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert name in {"gateway", "grafana"}
            assert re.fullmatch(r"\$\{\w+:-127\.0\.0\.1:\d+\}:\d+", port)
    assert yaml.safe_load(COMPOSE.read_text())["networks"]["backend"] == {"internal": True}
    for name in ("postgres", "valkey", "worker", "watcher", "prometheus"):
        assert SERVICES[name]["networks"] == ["backend"]


def test_variables_are_explained_and_passwords_are_asked_for():
    used = dict(re.findall(r"(?<!\$)\$\{(\w+)(:\?|:-)?", COMPOSE.read_text()))
    known = set(re.findall(r"^#?(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used.keys() - {"UID", "GID", "DIGLOT_BASE_URL"} <= known
    assert known - {"COMPOSE_PROFILES"} <= used.keys()
    assert all(mark == ":?" for name, mark in used.items() if "PASSWORD" in name)
    assert "PASSWORD=\n" in (ROOT / ".env.example").read_text()
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()


def test_settings_and_commands_exist():
    known = {f"DIGLOT_{name.upper()}" for name in KNOWN} | {"DIGLOT_API_KEY"}
    commands = typer.main.get_command(app).commands
    for name in OURS:
        given = {key for key in SERVICES[name]["environment"] if key.startswith("DIGLOT_")}
        assert given <= known
        assert {"DIGLOT_DATABASE", "DIGLOT_DOCUMENTS", "DIGLOT_BROKER", "DIGLOT_METRICS_PORT"} <= given
    assert {SERVICES[name]["command"][0] for name in OURS} <= commands.keys()


def test_mounts_are_there():
    volumes = yaml.safe_load(COMPOSE.read_text())["volumes"]
    for name in LASTING:
        for volume in SERVICES[name].get("volumes", []):
            source = re.sub(r"\$\{\w+:-(\w+)\}", r"\1", volume).split(":")[0]
            assert source in volumes or ((ROOT / source).is_dir() and volume.endswith(":ro"))


# ---- Dockerfile ---------------------------------------------------------------------------------------
def lines() -> list[str]:
    joined = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


def sources() -> list[str]:
    return [word for line in lines() if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]]


def test_the_image_has_every_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert all((ROOT / source).exists() for source in sources())
    assert {package.split(".")[0] for package in project["packages"]} | {"pyproject.toml", "README.md", "LICENSE"} == set(sources())
    assert any("'/src[service]'" in line for line in lines())


def test_what_is_copied_is_not_ignored():
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]

    def ignored(path: str) -> bool:
        verdict = False
        for pattern in patterns:
            if fnmatch.fnmatch(path, pattern.lstrip("!")):
                verdict = not pattern.startswith("!")
        return verdict

    assert not [source for source in sources() if ignored(source)]
    assert all(map(ignored, [".git", ".env", ".venv", "tests", "docs"]))


def test_the_image_runs_as_nobody_special_and_builds_nothing():
    last = lines()[max(n for n, line in enumerate(lines()) if line.startswith("FROM ")):]
    assert "USER 10001:10001" in last and 'ENTRYPOINT ["diglot"]' in last
    assert not re.search(r"\b(apt-get|gcc|build-essential|pip install|curl)\b", "\n".join(last))
    images = [line.split()[1] for line in lines() if line.startswith("FROM ")]
    assert len(set(images)) == 1 and re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", images[0])


# ---- deploy/ ------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> set[str]:
    """Names of all metrics, as Prometheus reads them from a service that has a job."""
    kept = database.opened(f"sqlite:///{tmp_path_factory.mktemp('deploy')}/jobs.db")
    JobStore(kept).create(NewJob("t", "a", "en", "pt", "", 1))
    for ended in (False, True):
        created = JobStore(kept).create(NewJob("t", "a", "en", "pt", "", 1))
        if ended:
            JobStore(kept).cancel("t", created.job.id)
    text = generate_latest(metrics.registry(StoreGauges(kept, lambda: dict.fromkeys(ServiceClass, 0)))).decode()
    kept.close()
    found = set(re.findall(r"^# TYPE (diglot_\w+)", text, re.MULTILINE))
    return found | {f"{name}{part}" for name in found for part in ("_bucket", "_count", "_sum")}


def rules() -> list[dict]:
    return [rule for group in yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())["groups"] for rule in group["rules"]]


def used(expression: str) -> set[str]:
    return set(re.findall(r"\bdiglot[_:][a-z_:]+", re.sub(r"\"[^\"]*\"", "", expression)))


def test_rules_and_dashboards_speak_of_metrics_that_exist(exported):
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    board = json.loads((DEPLOY / "grafana/dashboards/diglot.json").read_text())
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    for expression in [*expressions, *(rule["expr"] for rule in rules())]:
        assert used(expression) <= exported | recorded, expression
    assert len(set().union(*map(used, expressions))) > 12


def test_every_metric_is_shown_or_watched_and_is_in_the_manual(exported):
    board = (DEPLOY / "grafana/dashboards/diglot.json").read_text() + (DEPLOY / "prometheus/rules.yml").read_text()
    manual = (ROOT / "docs/operations.md").read_text()
    names = {name for name in exported if not name.endswith(("_bucket", "_count", "_sum", "_created"))}
    assert not [name for name in names if name not in board]
    assert not [name for name in names if f"`{name}" not in manual]
    assert not [rule["alert"] for rule in rules() if "alert" in rule and rule["alert"] not in manual]


def test_panels_do_not_overlap():
    board = json.loads((DEPLOY / "grafana/dashboards/diglot.json").read_text())
    taken = [(x, y) for panel in board["panels"] for at in [panel["gridPos"]]
             for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    assert len(taken) == len(set(taken)) and max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_grafana_finds_prometheus_and_the_dashboard():
    [source] = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yml").read_text())["datasources"]
    board = json.loads((DEPLOY / "grafana/dashboards/diglot.json").read_text())
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
    [provider] = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/diglot.yml").read_text())["providers"]
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in SERVICES["grafana"]["volumes"]


def test_prometheus_asks_the_parts_where_they_answer():
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    ours = next(job for job in config["scrape_configs"] if job["job_name"] == "diglot")["dns_sd_configs"][0]
    assert set(ours["names"]) == OURS
    assert {SERVICES[name]["environment"]["DIGLOT_METRICS_PORT"] for name in OURS} == {str(ours["port"])}


@pytest.mark.parametrize("arguments", [["check", "config", "prometheus.yml"], ["test", "rules", "rules.test.yml"]], ids=["config", "rules"])
def test_prometheus_takes_the_rules(arguments):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool here: install it (Debian and Ubuntu: apt install prometheus)")
    done = subprocess.run([promtool, *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
