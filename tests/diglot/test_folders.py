"""What a folder holds."""

from pathlib import Path

from diglot.folders import listing


def make(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("")


def found(root: Path) -> list[str]:
    return [one.as_posix() for one in listing(root).files]


def test_files_come_sorted_and_relative(tmp_path: Path) -> None:
    make(tmp_path, "b.md", "a/z.md", "a/b/c.md", ".github/readme.md")
    assert found(tmp_path) == [".github/readme.md", "a/b/c.md", "a/z.md", "b.md"]


def test_tools_and_half_written_files_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "a.md", ".git/x.md", "node_modules/p/readme.md", "~$report.docx", "b.md.part", "c.tmp")
    assert found(tmp_path) == ["a.md"]
    assert sorted(map(str, listing(tmp_path).left_out)) == [".git", "node_modules"]


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    make(tmp_path, "in/a.md", "shared/b.md")
    (tmp_path / "in" / "one").symlink_to(tmp_path / "shared")
    (tmp_path / "in" / "two").symlink_to(tmp_path / "shared")
    (tmp_path / "shared" / "back").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "broken.md").symlink_to("nowhere")
    assert found(tmp_path / "in") == ["a.md", "one/b.md", "two/b.md"]


def test_the_output_is_no_input(tmp_path: Path) -> None:
    make(tmp_path, "a.md", "out/a.md")
    without = frozenset({(tmp_path / "out").resolve()})
    assert [str(one) for one in listing(tmp_path, without).files] == ["a.md"]
