"""A decision taken again byte for byte, and judged under coming rules."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli import cli
from gateway.client import pack
from gateway.definitions import Definitions
from gateway.identifiers import slot_of
from tests import world
from tests.broker.test_exchange import a_request, publish
from tests.conftest import Broker
from tests.gateways import exchange, ledger, wait_for_entries
from tests.world import ROOT

CASE = "310000-2026-1"
SLOT = slot_of(CASE, 12)
AGREEMENT = "regions/agreements/shanghai--zhejiang.yaml"


def decide_some(kafka: Broker, data_dir: Path) -> None:
    """A request, its repeat, one for another purpose, and the answer: all in one case."""
    asked = a_request(CASE)
    curious = a_request(CASE, purpose="curiosity")
    reply = world.answer(asked, source="zhejiang", target="shanghai", made_at=asked.made_at, matched=())
    with exchange(kafka, data_dir) as running:
        values = [(CASE, pack(asked)), (CASE, pack(asked)), (CASE, pack(curious))]
        publish(kafka, "shanghai.outbox", list(values))
        wait_for_entries(kafka, 3)
        publish(kafka, "zhejiang.outbox", [(CASE, pack(reply))])
        wait_for_entries(kafka, 4)
        assert running.stop() == 0


def coming(folder: Path) -> Path:
    """The shipped definitions, but that no valid licence is accepted between these two any more."""
    for name in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / AGREEMENT
    text = path.read_text("utf-8")
    path.write_text(text.replace("accepted_states: [VALID]", "accepted_states: [NOT_ACTIVE]"), "utf-8")
    return folder


def run(kafka: Broker, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--bootstrap", kafka.bootstrap])


def test_a_decision_is_reproduced_and_judged_under_coming_rules(
    kafka: Broker, definitions: Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    kafka.fresh_topics(definitions.topics)
    decide_some(kafka, tmp_path / "data")
    assert [entry.outcome for _, entry, _ in ledger(kafka)] == [
        "delivered",
        "duplicate",
        "refused",
        "delivered",
    ]
    there = ["--definitions", str(ROOT)]
    for position in (f"shanghai.outbox[{SLOT}]@0", f"zhejiang.outbox[{SLOT}]@0"):
        again = run(kafka, "reproduce", position, *there)
        assert (again.exit_code, "✓ the same, byte for byte" in again.output) == (0, True), again.output
    changed = coming(tmp_path / "coming")
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "elsewhere"))
    last = f"zhejiang.outbox[{SLOT}]@0"
    differs = run(kafka, "reproduce", last, "--definitions", str(changed))
    assert (differs.exit_code, "is another entry when it is taken again" in differs.output) == (1, True)
    nowhere = run(kafka, "reproduce", f"zhejiang.outbox[{SLOT}]@99", *there)
    assert f"the ledger has no entry on zhejiang.outbox[{SLOT}]@99." in nowhere.output

    sample = tmp_path / "sample.jsonl"
    flips = json.loads(run(kafka, "what-if", str(changed), "--json", "--save", str(sample), *there).output)
    assert (flips["requests"], flips["answers"]) == (2, 1)
    [flip] = flips["flips"]
    assert (flip["was"], flip["would_be"], flip["example"]) == ("yes", "no", last)
    assert json.loads(run(kafka, "what-if", str(changed), "--json", "--sample", str(sample)).output) == flips


def test_a_decision_on_the_embedded_broker_is_reproduced_as_well(
    embedded_broker: Broker, definitions: Definitions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_DATA_DIR", str(tmp_path / "data"))
    embedded_broker.fresh_topics(definitions.topics)
    decide_some(embedded_broker, tmp_path / "data")
    told = run(embedded_broker, "reproduce", f"zhejiang.outbox[{slot_of(CASE, 4)}]@0")
    assert (told.exit_code, told.output.startswith("4 decisions of slot")) == (0, True), told.output
