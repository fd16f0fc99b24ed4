"""Files are whole or not there."""

import os
import stat
from pathlib import Path

import pytest

from diglot.outputs import mode_of, write
from parsers.errors import UsageError


def test_a_file_is_written_with_the_folders_above_it(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "c.md", b"text", replace=False)
    assert (tmp_path / "a" / "b" / "c.md").read_bytes() == b"text"
    assert os.listdir(tmp_path / "a" / "b") == ["c.md"]


def test_a_new_file_has_the_modes_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "a", b"", replace=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_a_file_that_has_come_meanwhile_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"precious")
    with pytest.raises(UsageError, match="--force"):
        write(tmp_path / "a", b"new", replace=False)
    assert (tmp_path / "a").read_bytes() == b"precious"
    assert os.listdir(tmp_path) == ["a"]


def test_a_replaced_file_keeps_its_modes_and_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o604)
    (tmp_path / "link").symlink_to("a")
    write(tmp_path / "link", b"new", replace=True, mode=0o666)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o604


@pytest.mark.parametrize("failing", ["fsync", "chmod", "link"])
def test_a_failure_at_any_step_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, failing, fail)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a", b"text", replace=False)
    assert os.listdir(tmp_path) == []


def test_file_systems_without_links_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    write(tmp_path / "a", b"text", replace=False)
    assert os.listdir(tmp_path) == ["a"]
    with pytest.raises(UsageError):
        write(tmp_path / "a", b"other", replace=False)


def test_an_executable_source_makes_no_executable_output(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "a").chmod(0o755)
    assert mode_of(tmp_path / "a") == 0o644
    assert mode_of(tmp_path / "missing") is None


def test_a_folder_that_takes_no_file_is_told_by_the_name_of_the_output(tmp_path, monkeypatch):
    def refuse(prefix, suffix, dir):
        raise PermissionError(13, "Permission denied", f"{dir}/{prefix}x{suffix}")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    with pytest.raises(PermissionError) as refused:
        write(tmp_path / "a.md", b"x", replace=False)
    assert refused.value.filename == str(tmp_path / "a.md")
