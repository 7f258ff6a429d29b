"""The scripts that start Kafka and a registry, as far as nothing has to be started."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.settings import Exchange
from tests.conftest import KAFKA, REGISTRY

OTHERWISE = 2
CONTROLLER_SECONDS = 3
"""What a new controller needs to be elected, if the dead broker was that too; seen: 2.4 to 4 s."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a Kafka of one broker and a registry leave behind when they are stopped."""
    (tmp_path / "broker-1").mkdir()
    settings = "listeners=PLAINTEXT://127.0.0.1:19092\nadvertised.listeners=PLAINTEXT://127.0.0.1:19092\n"
    (tmp_path / "broker-1" / "server.properties").write_text(settings)
    (tmp_path / "port").write_text("18081")
    return tmp_path


@pytest.mark.parametrize(
    ("program", "words", "told"),
    [
        (KAFKA, ["--brokers", "3"], "at 127.0.0.1:19092: --brokers 3 is for a new one."),
        (KAFKA, ["--brokers", "3", "--port", "9092"], ": --port 9092 --brokers 3 is for a new one."),
        (
            REGISTRY,
            ["--port", "8081"],
            "at http://127.0.0.1:18081/apis/ccompat/v7: --port 8081 is for a new one.",
        ),
    ],
)
def test_options_that_would_be_ignored_are_refused(
    program: Path, words: list[str], told: str, folder: Path
) -> None:
    done = subprocess.run(
        [sys.executable, program, "start", "--dir", folder, *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told in done.stderr
    assert "choose another folder with --dir" in done.stderr
    assert (done.returncode, done.stdout) == (OTHERWISE, "")


def test_a_dead_broker_is_given_up_before_a_transaction_times_out() -> None:
    found = re.search(r"^broker\.session\.timeout\.ms=(\d+)$", KAFKA.read_text(), re.MULTILINE)
    assert found is not None, "Kafka's own is 9 s"
    assert int(found[1]) + 1_000 * CONTROLLER_SECONDS < Exchange().transaction_timeout_ms
