"""Which modules are compiled, and who says so."""

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gateway.cli import version
from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FIRST_ROW_OF_THE_CORE = "(pipeline)"


@pytest.fixture(scope="module")
def native() -> ModuleType:
    spec = importlib.util.spec_from_file_location("native", ROOT / "ops" / "native.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_core_is_compiled_and_of_the_edges_what_is_named(native: ModuleType) -> None:
    layers: list[str] = PYPROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = " ".join(layers[layers.index(FIRST_ROW_OF_THE_CORE) :])
    core = set()
    for name in re.findall(r"\w+", rows):
        path = ROOT / "gateway" / name
        core |= set(path.rglob("*.py")) if path.is_dir() else {path.with_suffix(".py")}
    wanted = {str(path.relative_to(ROOT)) for path in core if path.exists()}
    left_out = {f"{name.replace('.', '/')}.py" for name in settings()["interpreted"]}
    edges = {f"{name.replace('.', '/')}.py" for name in settings()["edges"]}
    assert set(native.modules()) - edges | left_out == wanted
    assert edges <= set(native.modules())
    assert "gateway/pipeline/__init__.py" in wanted


def settings() -> dict[str, Any]:
    found: dict[str, Any] = PYPROJECT["tool"]["gateway"]["native"]
    return found


def test_what_is_left_interpreted_exists() -> None:
    for name in settings()["interpreted"]:
        assert (ROOT / f"{name.replace('.', '/')}.py").exists(), name


def test_version_says_which_core_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for place, words in (
        ("x/pipeline/__init__.py", "plain Python"),
        ("x/__init__.abi.so", "compiled by mypyc"),
    ):
        monkeypatch.setattr("gateway.pipeline.__file__", place)
        assert f"(core: {words}), Python 3." in version.line()
        assert "librdkafka 2." in version.line()


def test_a_missing_compiler_is_told_in_a_sentence(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "ops" / "native.py", "--into", tmp_path],
        env={"CC": "no-such-compiler", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert (
        done.stderr.strip()
        == "The C compiler no-such-compiler is missing: install it (Debian: gcc libc6-dev)."
    )
    assert not list(tmp_path.iterdir())
