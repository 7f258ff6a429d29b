"""`gateway demo` as anybody starts it: all provinces exchange, and the exit code says that all came right."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, Broker

PATIENCE_SECONDS = 180
FUJIAN = ROOT / "tests" / "definitions" / "fujian"
ENTRIES = re.compile(r"✓ every published event has exactly one ledger entry: ([\d,]+) of ([\d,]+)")


def demo(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gateway", "demo", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(started: subprocess.Popen[str]) -> str:
    """What it printed, once it ended with 0 and every check held."""
    printed, _ = started.communicate(timeout=PATIENCE_SECONDS)
    assert started.returncode == 0, printed
    held = ENTRIES.search(printed)
    assert held, printed
    assert held[1] == held[2] != "0"
    assert "✗" not in printed
    return printed


def test_provinces_exchange_on_the_embedded_broker() -> None:
    printed = finished(demo("--seconds", "8", "--plain"))
    assert "4 provinces exchange under 6 agreements" in printed
    for reason in ("field-not-agreed", "bad-frame", "repeat", "conflict", "illegal-transition"):
        assert reason in printed
    assert "in another form" in printed, "two of the four provinces write in their own form"


def test_provinces_exchange_on_kafka(kafka: Broker) -> None:
    kafka.fresh_topics(())
    printed = finished(demo("--seconds", "8", "--plain", "--bootstrap", kafka.bootstrap))
    assert "exchange holds 12 slots" in printed
    again = demo("--seconds", "8", "--plain", "--bootstrap", kafka.bootstrap)
    refused, _ = again.communicate(timeout=PATIENCE_SECONDS)
    assert again.returncode == 1
    assert "holds records already" in refused


def test_a_province_added_by_files_takes_part(tmp_path: Path) -> None:
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copytree(FUJIAN, tmp_path, dirs_exist_ok=True)
    printed = finished(demo("--seconds", "5", "--plain", GATEWAY_DEFINITIONS_ROOT=str(tmp_path)))
    assert "5 provinces exchange under 8 agreements" in printed
    assert "no-agreement" in printed


def test_who_stays_is_told_where_to_look_and_gets_the_summary_at_the_end() -> None:
    staying = demo("--stay", "--plain")
    assert staying.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        line = staying.stdout.readline()
        assert line, printed
        printed += line
    assert "/cases" in printed
    assert "/metrics" in printed
    staying.send_signal(signal.SIGINT)
    finished(staying)


def test_a_process_that_ends_is_told_with_what_it_wrote(tmp_path: Path) -> None:
    crashing = demo("--seconds", "30", "--plain", GATEWAY_CRASH_AT="after-seek:1", TMPDIR=str(tmp_path))
    printed, _ = crashing.communicate(timeout=PATIENCE_SECONDS)
    assert crashing.returncode == 1
    assert "the demo stopped: exchange-0 ended" in printed
    assert "over 4 slots" in printed
    assert list(tmp_path.glob("gateway-demo-*/exchange-0.log"))
