"""A daily cap holds over a crash: what was delivered under a rule is counted from the ledger read back."""

import shutil
from pathlib import Path

from gateway.client import pack
from gateway.definitions import Definitions
from tests.broker.test_exchange import a_request, publish
from tests.conftest import ROOT, Broker
from tests.gateways import exchange, wait_for_entries

AGREEMENT = "regions/agreements/shanghai--zhejiang.yaml"
CASE = "310000-2026-1"
SHARE = 100


def capped(folder: Path) -> Path:
    """The definitions, with a cap of so many requests for each of twelve slots."""
    for part in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / part, folder / part)
    text = (folder / AGREEMENT).read_text("utf-8")
    assert text.count("daily_cap: 200000") == 1
    (folder / AGREEMENT).write_text(text.replace("daily_cap: 200000", f"daily_cap: {12 * SHARE}"), "utf-8")
    return folder


def test_a_daily_cap_holds_over_a_crash(kafka: Broker, definitions: Definitions, tmp_path: Path) -> None:
    kafka.fresh_topics(definitions.topics)
    root = capped(tmp_path / "definitions")
    with exchange(kafka, tmp_path / "data", GATEWAY_DEFINITIONS_ROOT=str(root)) as running:
        for part in range(3):
            publish(kafka, "shanghai.outbox", [(CASE, pack(a_request(CASE))) for _ in range(50)])
            entries = wait_for_entries(kafka, 50 * (part + 1))
            running.kill()
            running.start()
    ended = [entry.reason or entry.outcome for _, entry, _ in entries]
    assert ended == ["delivered"] * SHARE + ["over-quota"] * 50
