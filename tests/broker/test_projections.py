"""A projections worker as a process of its own, over ledger entries that the pipeline wrote.

Run as a module this file is the worker: `python -m tests.broker.test_projections <config as JSON>`.
"""

import asyncio
import http.client
import json
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from gateway.broker import connect
from gateway.codec import LedgerEntry
from gateway.definitions import Topic
from gateway.identifiers import slot_of
from gateway.ledger import LEDGER
from gateway.projections import CHANGELOGS, boards, folds
from gateway.projections.agents import FAULTS
from gateway.projections.worker import GROUP
from tests import world
from tests.conftest import Broker
from tests.world import ROOT, SLOTS, Desk

PATIENCE_SECONDS = 45.0
"""More than a killed worker's slots need to move: 10 s, and reading back."""

Json = dict[str, Any]


def topic(name: str, cleanup: str) -> Topic:
    return Topic(name, "a test", "case id", SLOTS, 1, (("cleanup.policy", cleanup),), (), ())


TOPICS = [
    topic(LEDGER, "delete"),
    topic(FAULTS, "delete"),
    *(topic(changelog, "compact") for changelog in CHANGELOGS.values()),
]


def new_desk(slot: int) -> Desk:
    """A slot under rules that hold whenever the test runs."""
    desk = Desk(
        world.definitions((world.rule(effective_from=0),), (world.service(effective_from=0),)),
    )
    desk.partition = slot
    return desk


class Ledger:
    """What an exchange would have written: a chain per slot, in transactions."""

    def __init__(self, broker: Broker) -> None:
        self.entries: list[LedgerEntry] = []
        self.desks: dict[int, Desk] = {}
        self._producer = Producer({**broker.kafka, "transactional.id": "exchange"})
        self._producer.init_transactions()

    def desk(self, case_id: str) -> Desk:
        slot = slot_of(case_id, SLOTS)
        if slot not in self.desks:
            self.desks[slot] = new_desk(slot)
        return self.desks[slot]

    def say(self, *events: Any) -> None:
        """Decide events and commit their entries in one transaction."""
        self._producer.begin_transaction()
        for event in events:
            desk = self.desk(event.case_id)
            self.entries.append(desk.send(event, arrived_at=event.made_at).entry)
            self._produce(desk.partition, desk.entries[-1])
        self._producer.commit_transaction()

    def begin_and_abort(self, event: Any) -> None:
        """Write an entry and take it back. The slot is as it was: the entry was never there."""
        self._producer.begin_transaction()
        desk = new_desk(slot_of(event.case_id, SLOTS))
        desk.send(event, arrived_at=event.made_at)
        self._produce(desk.partition, desk.entries[-1])
        self._producer.flush()
        self._producer.abort_transaction()

    def write(self, slot: int, value: bytes) -> None:
        self._producer.begin_transaction()
        self._produce(slot, value)
        self._producer.commit_transaction()

    def _produce(self, slot: int, value: bytes) -> None:
        self._producer.produce(LEDGER, value, partition=slot)


class Worker:
    """One worker process and its web views."""

    def __init__(self, broker: Broker, data_dir: Path, fetched_late: float) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.errors = data_dir.with_suffix(f".{self.port}.log")
        config = {
            "kafka": broker.kafka,
            "data_dir": str(data_dir),
            "web_host": "127.0.0.1",
            "web_port": self.port,
            "embedded": broker.kind == "embedded",
        }
        argument = json.dumps({"fetched_late": fetched_late, "config": config})
        with self.errors.open("w") as errors:
            command = [sys.executable, "-m", "tests.broker.test_projections", argument]
            self.process = subprocess.Popen(command, cwd=ROOT, stderr=errors)

    def page(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, path: str) -> tuple[int, Json]:
        status, body = self.page(path)
        return status, json.loads(body)

    def answers(self, *paths: str) -> list[tuple[int, Json]]:
        """What these pages say, once none of them is without its slots.

        A worker that a busy machine kept from its heartbeat loses its slots and gets them again: meanwhile it
        says so, with 503, and that is no wrong answer.
        """
        found: list[tuple[int, Json]] = []

        def all_there() -> bool:
            found[:] = [self.ask(path) for path in paths]
            return all(status != 503 for status, _ in found)

        self.wait_until(all_there)
        return found

    def measure(self, name: str) -> float:
        status, text = self.page("/metrics")
        if status != 200:
            raise ConnectionError(text)
        lines = text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(f"{name} "))

    def wait_until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            assert self.process.poll() is None, self.errors.read_text()[-4000:]
            try:
                if holds():
                    return
            except OSError:  # its web server is not up yet
                pass
            assert time.monotonic() < deadline, (self.page("/readyz"), self.errors.read_text()[-4000:])
            time.sleep(0.1)

    def wait_until_level(self, ledger: Ledger) -> None:
        """Until the newest fact of every slot shows in its case."""
        newest = {slot_of(str(entry.case_id), SLOTS): entry for entry in ledger.entries}
        self.wait_until(lambda: all(self.shows(entry) for entry in newest.values()))

    def shows(self, entry: LedgerEntry) -> bool:
        status, case = self.ask(f"/cases/{entry.case_id}")
        return status == 200 and case["seq"] >= entry.seq

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def worker(broker: Broker, data_dir: Path, fetched_late: float = 0.0) -> Iterator[Worker]:
    running = Worker(broker, data_dir, fetched_late)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()  # a killed one would hold its place in the group for 10 s


@pytest.fixture
def ledger(broker: Broker) -> Ledger:
    broker.fresh_topics(TOPICS)
    return Ledger(broker)


@pytest.fixture
def kafka_ledger(kafka: Broker) -> Ledger:
    kafka.fresh_topics(TOPICS)
    return Ledger(kafka)


def case_id(number: int) -> str:
    return f"310000-2026-{number}"


def life(number: int) -> list[Any]:
    """What happens in a case: an application, a question and its answer, and a mistake."""
    own: Json = {"case_id": case_id(number), "made_at": time.time_ns() // 1_000_000}
    asked = world.request(**own)
    return [
        world.application(**own),
        world.progress("RECEIVED", "east", **own),
        world.progress("APPROVED", **own),
        asked,
        world.answer(asked, made_at=own["made_at"]),
        world.progress("TAKEN_OVER", **own),
    ]


def has_read_all(running: Worker) -> bool:
    """What `/readyz` says, which looks once a second."""
    status, ready = running.ask("/readyz")
    detail: str = ready["parts"]["ledger"]["detail"]
    return status == 200 and detail == "0 records behind"


def assert_shows_the_fold(running: Worker, ledger: Ledger) -> None:
    """Every case is as the pure fold has it, and every entry is counted once."""
    rows: dict[str, folds.CaseRow] = {}
    for entry in ledger.entries:
        name = str(entry.case_id)
        rows[name] = folds.fold_case(rows.get(name), entry)
    *cases, (_, pairs) = running.answers(*(f"/cases/{name}" for name in rows), "/pairs")
    assert cases == [(200, boards.case_board(row)) for row in rows.values()]
    assert pairs["slots"] == list(range(SLOTS))
    assert sum(row["events"] for row in pairs["pairs"]) == len(ledger.entries)


def test_views_show_the_ledger_added_up(broker: Broker, ledger: Ledger, tmp_path: Path) -> None:
    for number in range(12):
        ledger.say(*life(number))
    with worker(broker, tmp_path / "data") as running:
        running.wait_until_level(ledger)

        assert_shows_the_fold(running, ledger)
        [cases, (_, board)] = running.answers("/cases", "/regions")
        assert cases == (
            200,
            {
                "slots": [0, 1, 2, 3],
                "totals": {"cases": 12, "without_application": 0, "not_opened": 0, "open_requests": 0},
                "states": {"TAKEN_OVER": 12},
                "balls": {"west": 12},
            },
        )
        assert [(row["region"], row["received"]) for row in board["regions"]] == [
            ("east", 24),
            ("south", 0),
            ("west", 36),
        ]
        running.wait_until(lambda: has_read_all(running))
        assert running.ask("/livez") == (200, {"alive": True})
        assert running.answers("/cases/310000-2026-99")[0][0] == 404
        assert running.ask("/cases/99")[0] == 400
        assert running.ask("/pairs?hours=0")[0] == 400
        for faults_own in ("/", "/table/", "/router/", "/stats/", "/graph", "/performance/"):
            assert running.page(faults_own)[0] == 404
        assert running.stop() == 0


def test_killed_worker_comes_back_exact(broker: Broker, ledger: Ledger, tmp_path: Path) -> None:
    for number in range(80):
        ledger.say(*life(number))
    with worker(broker, tmp_path / "data") as killed:
        killed.wait_until(lambda: killed.measure("gateway_projection_entries_total") >= 100)
        killed.process.kill()
        killed.process.wait()
    for number in range(80, 90):
        ledger.say(*life(number))

    with worker(broker, tmp_path / "data") as running:
        running.wait_until_level(ledger)
        assert_shows_the_fold(running, ledger)


def test_new_machine_reads_the_tables_back_and_builds_a_lost_one_again(
    kafka: Broker, kafka_ledger: Ledger, tmp_path: Path
) -> None:
    for number in range(20):
        kafka_ledger.say(*life(number))
    with worker(kafka, tmp_path / "first") as running:
        running.wait_until_level(kafka_ledger)
        assert running.stop() == 0

    with worker(kafka, tmp_path / "second") as running:
        running.wait_until_level(kafka_ledger)
        assert_shows_the_fold(running, kafka_ledger)
        assert running.measure("gateway_projection_entries_total") < len(kafka_ledger.entries)
        assert running.stop() == 0

    lost = CHANGELOGS["cases"]
    admin = connect(kafka.kafka)
    admin.delete_topics([lost])[lost].result()
    with worker(kafka, tmp_path / "without") as running:
        assert running.process.wait(PATIENCE_SECONDS) != 0
        assert "gateway.cases has no partition" in running.errors.read_text()

    make_again(admin, lost)
    # As a worker leaves it that ends before its last records are committed.
    commit(kafka, dict.fromkeys(range(SLOTS), 8))
    with worker(kafka, tmp_path / "third", fetched_late=2.0) as running:
        running.wait_until_level(kafka_ledger)
        assert_shows_the_fold(running, kafka_ledger)


def make_again(admin: AdminClient, name: str) -> None:
    """Create a topic as soon as Kafka has forgotten the one before it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while name in admin.list_topics(timeout=10).topics:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    admin.create_topics([NewTopic(name, SLOTS, 1, config={"cleanup.policy": "compact"})])[name].result()


def test_aborted_entry_is_handed_to_no_agent(kafka: Broker, kafka_ledger: Ledger, tmp_path: Path) -> None:
    taken_back, *_ = life(1)
    kafka_ledger.begin_and_abort(taken_back)
    for number in range(2, 12):
        kafka_ledger.say(*life(number))
    with worker(kafka, tmp_path / "data") as running:
        running.wait_until_level(kafka_ledger)

        assert running.answers(f"/cases/{taken_back.case_id}")[0][0] == 404
        assert_shows_the_fold(running, kafka_ledger)
        running.wait_until(
            lambda: running.measure("gateway_projection_entries_total") == len(kafka_ledger.entries)
        )


def test_record_beyond_the_agent_is_set_aside_then_passed(
    broker: Broker, ledger: Ledger, tmp_path: Path
) -> None:
    ledger.say(*life(1))
    slot = slot_of(case_id(1), SLOTS)
    ledger.write(slot, b"not an entry")
    first, *rest = life(2)
    ledger.say(first)
    with worker(broker, tmp_path / "data") as running:
        running.wait_until_level(ledger)
        fault = read_one(broker, FAULTS)
        headers = {name: value.decode() for name, value in fault.headers()}
        ledger.say(*rest)
        running.wait_until_level(ledger)
        assert_shows_the_fold(running, ledger)
        assert running.measure("gateway_projection_faults_total") == 1
        running.wait_until(lambda: committed(broker, slot) > int(headers["offset"]))

    assert fault.value() == b"not an entry"
    assert {name: headers[name] for name in ("agent", "topic", "partition", "error")} == {
        "agent": "ledger",
        "topic": LEDGER,
        "partition": str(slot),
        "error": "KeyError",
    }


def read_one(broker: Broker, name: str) -> Any:
    reader = Consumer({**broker.kafka, "group.id": "test", "fetch.wait.max.ms": 10})
    reader.assign([TopicPartition(name, partition, 0) for partition in range(SLOTS)])
    try:
        record = reader.poll(20)
        assert record is not None
        return record
    finally:
        reader.close()


def commit(broker: Broker, positions: dict[int, int]) -> None:
    """Say for the group how far it read."""
    reader = Consumer({**broker.kafka, "group.id": GROUP})
    try:
        reader.commit(
            offsets=[TopicPartition(LEDGER, slot, offset) for slot, offset in positions.items()],
            asynchronous=False,
        )
    finally:
        reader.close()


def committed(broker: Broker, slot: int) -> int:
    reader = Consumer({**broker.kafka, "group.id": GROUP})
    try:
        [position] = reader.committed([TopicPartition(LEDGER, slot)], timeout=10)
        return int(position.offset)
    finally:
        reader.close()


def test_two_workers_answer_for_each_other(kafka: Broker, kafka_ledger: Ledger, tmp_path: Path) -> None:
    for number in range(12):
        kafka_ledger.say(*life(number))
    with worker(kafka, tmp_path / "one") as one, worker(kafka, tmp_path / "two") as two:
        one.wait_until(lambda: holds_half(one))
        two.wait_until(lambda: holds_half(two))
        for running in (one, two):
            running.wait_until_level(kafka_ledger)
        for running in (one, two):
            assert_shows_the_fold(running, kafka_ledger)
        assert one.answers("/cases") == two.answers("/cases")
        for number in range(12):
            own = [running.ask(f"/cases/{case_id(number)}?scope=worker")[0] for running in (one, two)]
            assert sorted(own) == [200, 503]  # exactly one of them holds it


def holds_half(running: Worker) -> bool:
    status, cases = running.ask("/cases?scope=worker")
    return status == 200 and len(cases["slots"]) == SLOTS / 2


def test_missing_entry_stops_the_worker_loudly(embedded_broker: Broker, tmp_path: Path) -> None:
    embedded_broker.fresh_topics(TOPICS)
    ledger = Ledger(embedded_broker)
    ledger.say(*life(1))
    desk = ledger.desk(case_id(1))
    desk.send(world.request(case_id=case_id(1)))
    ledger.say(*life(1))
    with worker(embedded_broker, tmp_path / "data") as running:
        assert running.process.wait(PATIENCE_SECONDS) != 0
        assert "entry 7 follows entry 5; 1 missing" in running.errors.read_text()


def run_worker(fetched_late: float, config: dict[str, Any]) -> None:
    """Run a worker; `fetched_late`: seconds until Faust gets the first ledger records that are read."""
    from gateway.projections import ProjectionConfig, driver, run

    fetch = driver.CommittedThread._fetch_records
    late = [fetched_late]

    async def fetch_late(thread: Any, *args: Any, **kwargs: Any) -> Any:
        records = await fetch(thread, *args, **kwargs)
        if late and any(tp.topic == LEDGER for tp in records):
            await asyncio.sleep(late.pop())
        return records

    driver.CommittedThread._fetch_records = fetch_late  # type: ignore[method-assign]
    book = new_desk(0).book
    run(ProjectionConfig(**config | {"data_dir": Path(config["data_dir"])}), lambda: book)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    run_worker(**json.loads(sys.argv[1]))
