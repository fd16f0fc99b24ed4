"""The commands by which `diglot serve` starts its processes."""

import socket
import subprocess

from diglot.service import command


def test_what_lies_in_the_current_folder_is_not_run(tmp_path):
    """A clone is a folder of the same name, and a document folder may hold anything."""
    (tmp_path / "diglot").mkdir()
    (tmp_path / "parsers.py").write_text("raise SystemExit('imported from the current folder')\n")
    done = subprocess.run(command("--version"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_a_port_that_is_taken_is_bad_usage(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run([*command("gateway"), "--engine", "echo", "--broker", "redis://127.0.0.1:1/0", "--port", port,
                               "--data", str(tmp_path)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert f"diglot: Nothing can listen at 127.0.0.1, port {port}" in done.stderr and "Traceback" not in done.stderr
