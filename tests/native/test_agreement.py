"""The same core interpreted and compiled: byte for byte the same, whatever comes in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import IN_CI, NATIVE, ROOT, TOOL_MISSING
from tests.native.corpus import ROUNDS

COPY = ROOT / "build" / "native"
CORPUS = Path(__file__).with_name("corpus.py")

Results = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def compiled() -> Results:
    done = subprocess.run(
        [sys.executable, NATIVE, "--into", COPY], capture_output=True, text=True, check=False
    )
    if done.returncode == TOOL_MISSING and not IN_CI:
        pytest.skip(f"compiled core: {done.stderr.strip()}")
    if done.returncode != 0:
        pytest.fail(f"compiled core: {done.stderr.strip()}", pytrace=False)
    return through(COPY)


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("pure")
    shutil.copytree(
        ROOT / "gateway", folder / "gateway", ignore=shutil.ignore_patterns("*.so", "__pycache__")
    )
    return through(folder)


def through(folder: Path) -> Results:
    """The corpus through the core in that folder, in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, CORPUS], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told: Results = json.loads(done.stdout)
    return told


def test_one_is_interpreted_and_the_other_compiled(interpreted: Results, compiled: Results) -> None:
    assert (interpreted["core"], compiled["core"]) == (".py", ".so")


def test_codecs_agree_on_valid_and_mutated_bodies(interpreted: Results, compiled: Results) -> None:
    assert compiled["codec"] == interpreted["codec"]
    assert compiled["codec"]["foreign"] == []
    assert compiled["codec"]["count"] >= 20_000
    assert compiled["codec"]["reasons"]["accepted"] >= 500
    assert set(compiled["codec"]["reasons"]) >= {
        "malformed", "trailing-bytes", "over-limit", "bad-enum", "bad-union", "bad-varint", "bad-utf8",
        "duplicate-key", "out-of-range", "bad-identifier",
    }  # fmt: skip


def test_decisions_agree_byte_for_byte(interpreted: Results, compiled: Results) -> None:
    assert compiled["line"] == interpreted["line"]
    assert compiled["line"]["count"] >= 20 * ROUNDS
    assert set(compiled["line"]["reasons"]) >= {
        "delivered", "repeat", "conflict", "stale", "clock-ahead", "wrong-source", "wrong-partition",
        "empty-value", "bad-frame", "unknown-schema", "schema-not-for-topic", "over-limit",
        "unknown-addressee", "no-agreement", "purpose-not-agreed", "field-not-agreed", "consent-missing",
        "over-quota", "not-recognised", "no-request", "illegal-transition", "crash-loop",
    }  # fmt: skip
