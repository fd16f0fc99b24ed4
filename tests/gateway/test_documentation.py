"""docs/api.md says what is so: its commands run, and it names every address and every kind of problem."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway import problems
from tests.gateway.running import running
from tests.gateway.test_keepers import TMX

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()]


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here: apt install curl")
def test_every_command_runs(tmp_path):
    (tmp_path / "service").mkdir()
    (tmp_path / "guide.md").write_text("# Guide\n\nSome words.\n")
    (tmp_path / "terms.csv").write_text("source,target\nguide,guia\n")
    (tmp_path / "memory.tmx").write_bytes(TMX)
    with running(tmp_path / "service", webhooks=True) as service:
        job = service.finished()["id"]
        variables = {"DIGLOT": service.url, "JOB": job, "PATH": "/usr/bin:/bin"}
        for command in COMMANDS:
            if "$KEY" in command:
                continue
            ran = subprocess.run(["bash", "-c", command.replace("curl ", "curl --fail-with-body -sS ", 1)], cwd=tmp_path, env=variables,
                                 capture_output=True, text=True, timeout=30, check=False)
            assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
        assert (tmp_path / "guide.pt-BR.md").is_file() and (tmp_path / "press.tmx").is_file()


def test_every_address_and_every_problem_is_named(service):
    described = service.client.get("/v1/openapi.json").json()["paths"]
    addresses = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods} - {"POST /v1/translations"}
    assert not {one for one in addresses if f"`{one}`" not in PAGE}
    words = {kind.word for kind in vars(problems).values() if isinstance(kind, problems.Kind)} | {kind.word for _, kind in problems.KINDS}
    assert not {word for word in words if f"`{word}`" not in PAGE}
    fields = described["/v1/translations"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["properties"]
    assert not {name for name in fields if f"`{name}`" not in PAGE}
