"""The API does what its OpenAPI document says, whatever is asked of it. `make fuzz-api` asks for longer."""

import os
import subprocess
import sys
from pathlib import Path

from storage.api_keys import Scope
from tests.gateway.running import running

EXAMPLES = os.environ.get("DIGLOT_FUZZ_EXAMPLES", "3")
SECONDS = 240 if EXAMPLES == "3" else 7200
CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_the_api_does_what_it_says(tmp_path):
    with running(tmp_path, "echo", keys=True, webhooks=True, rate=0, unfinished_jobs=100_000) as service:
        _, key = service.stores.keys.make("fuzz", "test", list(Scope))
        job = service.finished(headers={"Authorization": f"Bearer {key}"})["id"]
        config = tmp_path / "schemathesis.toml"
        config.write_text(CONFIG.read_text().replace("JOB", job))
        ran = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{service.url}/v1/openapi.json",
             "--header", f"Authorization: Bearer {key}", "--max-examples", EXAMPLES, "--seed", "1", "--generation-deterministic",
             "--request-timeout", "30", "--suppress-health-check", "all", "--no-color"],
            capture_output=True, text=True, timeout=SECONDS, check=False, cwd=tmp_path)
    assert ran.returncode == 0, ran.stdout[-60_000:] + ran.stderr[-2_000:]
    assert "Tested: 31" in ran.stdout
