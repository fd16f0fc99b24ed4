"""The commands by which `diglot serve` starts its processes."""

import subprocess

from diglot.service import command


def test_what_lies_in_the_current_folder_is_not_run(tmp_path):
    """A clone is a folder of the same name, and a document folder may hold anything."""
    (tmp_path / "diglot").mkdir()
    (tmp_path / "parsers.py").write_text("raise SystemExit('imported from the current folder')\n")
    done = subprocess.run(command("--version"), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
