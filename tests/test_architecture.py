"""The house stands as docs/architecture.md says: which room may know which."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "parsers": {"parsers"},
    "pipeline": {"parsers", "pipeline"},
    "storage": {"parsers", "pipeline", "storage"},
    "workers": {"parsers", "pipeline", "storage", "workers"},
    "gateway": {"parsers", "pipeline", "storage", "workers", "gateway"},
    "diglot": {"parsers", "pipeline", "storage", "workers", "gateway", "diglot"},
}
ONLY_IN = {"celery": "workers", "kombu": "workers", "fastapi": "gateway", "typer": "diglot", "rich": "diglot",
           "sqlalchemy": "storage", "alembic": "storage", "psycopg": "storage", "obstore": "storage"}
SOURCES = sorted(path for room in MAY_IMPORT for path in (ROOT / room).rglob("*.py"))
LONGEST_FILE = 450
LONGEST_FUNCTION = 80
"""Lines. docs: files up to about 400, functions mostly under 30, none over 80."""


def imports(tree: ast.AST) -> set[str]:
    """Top-level names that a module imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_point_one_way(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    found = imports(ast.parse(path.read_text()))
    assert found & set(MAY_IMPORT) <= MAY_IMPORT[room]
    assert not found & {"tests", "benchmarks"}
    assert not {library for library, home in ONLY_IN.items() if library in found and home != room}


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_command_line_prints(path: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    printing = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]
    assert not printing
    if path.relative_to(ROOT).parts[0] != "diglot":
        assert not re.search(r"\bsys\.std(out|err)\b", path.read_text())


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


def names_of(kind: ast.expr | None) -> set[str]:
    """The names of what an except clause catches; all, if it says nothing."""
    return {"BaseException"} if kind is None else {node.id for node in ast.walk(kind) if isinstance(node, ast.Name)}


def test_broad_excepts_stand_at_boundaries_only() -> None:
    broad = [name_of(path) for path in SOURCES for node in ast.walk(ast.parse(path.read_text()))
             if isinstance(node, ast.ExceptHandler) and names_of(node.type) & {"Exception", "BaseException"}
             and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)]
    assert broad == ["diglot/cli.py", "diglot/work.py", "gateway/door.py"]


def test_every_package_is_listed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in SOURCES}
    assert set(project["tool"]["setuptools"]["packages"]) == packages


def test_every_package_says_what_it_is() -> None:
    for path in SOURCES:
        assert ast.get_docstring(ast.parse(path.read_text())), name_of(path)


def test_no_vague_names() -> None:
    assert not [name_of(path) for path in SOURCES if path.stem in {"utils", "helpers", "manager", "common", "misc"}]


def test_no_gpu_library_is_needed() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]               # "vllm" is for those who serve models themselves
    needed = " ".join([*project["dependencies"], *(name for extra in extras.keys() - {"vllm"} for name in extras[extra])])
    assert not re.search(r"\b(torch|tensorflow|jax|cuda|vllm)\b", needed)
