"""The face of the package: its names, what it loads, and the rules that hold in every module."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import servqual

HEAVY = {"scipy.stats", "scipy.optimize", "pandas", "polars", "pyarrow", "matplotlib"}
ON_USE = {"narwhals", "cattrs", "scipy.special"}  # imported by the functions that need them
PACKAGE = Path(servqual.__file__).parent
MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages([str(PACKAGE)], "servqual.")
    if info.name != "servqual.__main__"
)
PUBLIC = [name for name in MODULES if not any(part[0] == "_" for part in name.split("."))]


def loaded_after(code):
    """Return the modules that a fresh interpreter has loaded after some code."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("name", servqual.__all__)
def test_every_name_loads_and_is_listed(name):
    assert getattr(servqual, name) is not None
    assert name in dir(servqual)


def test_face_is_small_and_has_no_name_twice():
    assert len(servqual.__all__) == len(set(servqual.__all__)) <= 45  # design.md, 2


def test_modules_are_reached_after_one_import():
    code = "import servqual; servqual.plot.gaps, servqual.scoring.gap_scores, servqual.tables.Table"
    assert "servqual.plot" in loaded_after(code)


def test_unknown_name():
    with pytest.raises(AttributeError, match="'servqual' has no attribute 'gap_score'"):
        servqual.gap_score  # noqa: B018


@pytest.mark.parametrize(
    ("code", "forbidden"),
    [
        ("import servqual", HEAVY | ON_USE),
        ("import servqual; servqual.gap_scores", HEAVY),
        ("from servqual import *", HEAVY),
    ],
)
def test_import_is_cheap(code, forbidden):
    assert not loaded_after(code) & forbidden


@pytest.mark.parametrize("module", MODULES)
def test_function_has_no_name_of_a_module_on_its_path(module):
    functions = inspect.getmembers(importlib.import_module(module), inspect.isroutine)
    own = {name for name, value in functions if value.__module__ == module}
    assert not own & set(module.split("."))


@pytest.mark.parametrize("package", ["servqual", *PUBLIC])
def test_name_hides_no_module_of_its_package(package):
    found = importlib.import_module(package)
    for info in pkgutil.iter_modules(getattr(found, "__path__", [])):
        module = importlib.import_module(f"{package}.{info.name}")
        assert info.name not in found.__all__ or getattr(found, info.name) is module


@pytest.mark.parametrize("module", MODULES)
def test_module_says_what_is_public(module):
    found = importlib.import_module(module)
    if module in PUBLIC:
        assert found.__all__
    for name in getattr(found, "__all__", []):
        assert hasattr(found, name)


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.stem)
def test_no_assert_in_the_package(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    assert not [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def test_a_name_of_a_module_is_said_to_be_there():
    with pytest.raises(AttributeError, match=r"it is servqual\.priorities\.relative_importance$"):
        servqual.relative_importance  # noqa: B018
