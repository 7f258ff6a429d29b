"""Definitions that change while the gateway runs: one switch per slot, and never to files that are wrong."""

import shutil
import time
import urllib.request
from pathlib import Path

import pytest

from gateway.broker import apply, connect, found, overridden, plan
from gateway.client import pack
from gateway.definition_files import load
from gateway.definitions import Definitions
from tests.broker.test_exchange import a_request, check_ledger, publish
from tests.conftest import ROOT, Broker
from tests.gateways import Program, exchange, free_port, ledger, until, wait_for_entries

AGREEMENT = "regions/agreements/shanghai--zhejiang.yaml"
NUMBER = "regions/definitions.yaml"
FUJIAN = ROOT / "tests" / "definitions" / "fujian"
FROM_FUJIAN = {"source": "fujian", "department": "11350000Y999000135"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Definitions of one's own, to be edited."""
    root = tmp_path / "definitions"
    for folder in ("topics", "avro", "regions"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


class Folder:
    """Definition files under edit."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def edit(self, path: str, old: str, new: str) -> None:
        text = (self.root / path).read_text("utf-8")
        assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
        (self.root / path).write_text(text.replace(old, new), "utf-8")

    def grant_term(self) -> None:
        """Shanghai may ask Zhejiang for one field more: agreement version 2, definitions 2."""
        granted = "address, approval_date{}]\n    consent_required"  # of the rule, not of an example
        self.edit(AGREEMENT, granted.format(""), granted.format(", term"))
        self.edit(AGREEMENT, "regions: [shanghai, zhejiang]", "regions: [shanghai, zhejiang]\nversion: 2")
        self.edit(NUMBER, "number: 1\n", "number: 2\n")


def ask_for_term(first: int, count: int) -> list[tuple[str, bytes | None]]:
    """Requests that definitions 1 refuse and definitions 2 grant."""
    cases = [f"310000-2026-{number}" for number in range(first, first + count)]
    return [(case, pack(a_request(case, fields=("term",)))) for case in cases]


def figures(program: Program) -> dict[str, float]:
    """What the process tells Prometheus of its definitions."""
    port = int(program.environment["GATEWAY_METRICS__PORT"])
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in lines)
        if name.startswith("gateway_definitions")
    }


def publish_until(broker: Broker, program: Program, words: str, first: int) -> int:
    """Publish in a steady trickle until the process says this; returns the number of the last request."""
    deadline = time.monotonic() + 30
    while words not in program.said():
        assert time.monotonic() < deadline, program.said()
        publish(broker, "shanghai.outbox", ask_for_term(first, 10))
        first += 10
    return first - 1


def check_switch(broker: Broker, slots: int) -> None:
    """Each slot has one seq where it went from definitions 1 to 2; each entry is decided by its own."""
    numbers: dict[int, list[int]] = {}
    for slot, entry, _ in ledger(broker):
        numbers.setdefault(slot, []).append(entry.definitions_number)
        assert entry.reason == (None if entry.definitions_number == 2 else "field-not-agreed")
    assert len(numbers) == slots
    for of_slot in numbers.values():
        assert sorted(set(of_slot)) == [1, 2]
        assert of_slot == sorted(of_slot)


def test_every_slot_switches_once_and_files_that_are_wrong_change_nothing(
    embedded_broker: Broker, definitions: Definitions, root: Path, tmp_path: Path
) -> None:
    embedded_broker.fresh_topics(definitions.topics)
    folder, quick = Folder(root), {"GATEWAY_DEFINITIONS_LOOK_SECONDS": "0.3"}
    older = shutil.copytree(root, tmp_path / "older")
    data = tmp_path / "data"
    with exchange(embedded_broker, data, GATEWAY_DEFINITIONS_ROOT=str(root), **quick) as running:
        publish(embedded_broker, "shanghai.outbox", ask_for_term(1, 40))
        wait_for_entries(embedded_broker, 40)
        folder.grant_term()
        published = publish_until(embedded_broker, running, "deciding by definitions 2", 41)
        publish(embedded_broker, "shanghai.outbox", ask_for_term(published + 1, 40))
        wait_for_entries(embedded_broker, published + 40)
        check_switch(embedded_broker, 4)

        folder.edit(AGREEMENT, "daily_cap: 200000", "daily_cap: lots")
        folder.edit(NUMBER, "number: 2\n", "number: 3\n")
        line = (root / AGREEMENT).read_text("utf-8").partition("daily_cap: lots")[0].count("\n") + 1
        running.wait_for(f"{AGREEMENT}:{line}:16: recognition[0].daily_cap: the value is the text")
        assert "are REFUSED, definitions 2" in running.said()
        until(lambda: figures(running)["gateway_definitions_refused_seconds"] > 0, "the refusal never showed")
        told = figures(running)
        assert (told["gateway_definitions_number"], told["gateway_definitions_refused_total"]) == (2, 1)

        running.kill()
        running.start()
        running.wait_for("exchange 0 decides by definitions 2")

        folder.edit(AGREEMENT, "daily_cap: lots", "daily_cap: 250000")
        folder.edit(AGREEMENT, "version: 2\n", "version: 3\n")
        running.wait_for("definitions 3 (")
        until(lambda: figures(running)["gateway_definitions_refused_seconds"] == 0, "it was never withdrawn")
        until(lambda: figures(running)["gateway_definitions_number"] == 3, "definitions 3 never ran")
    check_that_none_goes_back(embedded_broker, older, tmp_path)


def check_that_none_goes_back(broker: Broker, older: Path, folder: Path) -> None:
    """Another machine, whose files nobody renewed, takes no slot."""
    behind = Program(
        broker,
        folder / "two",
        *("run", "exchange"),
        GATEWAY_DEFINITIONS_ROOT=str(older),
        GATEWAY_METRICS__PORT=str(free_port()),
    )
    behind.start()
    behind.wait_for(
        "these slots were decided by definitions 2 already; this process has definitions 1 and takes"
    )
    assert behind.process is not None
    assert behind.process.wait(30) == 3


def test_a_new_region_takes_part_in_two_processes_while_they_run(
    kafka: Broker, definitions: Definitions, root: Path, tmp_path: Path
) -> None:
    kafka.fresh_topics(definitions.topics)
    folder, data = Folder(root), tmp_path / "data"
    given = {"GATEWAY_DEFINITIONS_ROOT": str(root), "GATEWAY_DEFINITIONS_LOOK_SECONDS": "0.3"}
    with exchange(kafka, data, 0, **given) as leads, exchange(kafka, data, 1, **given) as follows:
        leads.wait_for_slots(2)
        publish(kafka, "shanghai.outbox", ask_for_term(1, 200))
        shutil.copytree(FUJIAN, root, dirs_exist_ok=True)
        folder.grant_term()
        leads.wait_for(
            "topics:1:1: fujian.outbox is not on the brokers: run `gateway topics apply`; these files"
        )
        admin, wanted = connect(kafka.kafka), overridden(load(root).topics, copies=1)
        apply(admin, plan(wanted, found(admin, [topic.name for topic in wanted])))
        published = publish_until(kafka, follows, "deciding by definitions 2", 201)
        leads.wait_for("deciding by definitions 2")
        publish(kafka, "shanghai.outbox", ask_for_term(published + 1, 200))
        new = [f"350000-2026-{number}" for number in range(1, 51)]
        publish(kafka, "fujian.outbox", [(case, pack(a_request(case, **FROM_FUJIAN))) for case in new])
        entries = wait_for_entries(kafka, published + 250)
        assert follows.stop() == 0
    check_ledger(entries)
    check_switch(kafka, 12)
    assert sum(entry.source == "fujian" for _, entry, _ in entries) == len(new)
