"""A commit that is not coming back, or is in flight when the group is lost, is left to itself; once."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from gateway.errors import BrokerFault
from gateway.exchange import ExchangeConfig, transacting
from gateway.exchange.transacting import Transactions
from gateway.metrics import ExchangeMetrics
from gateway.pipeline import STATE, decide
from tests.world import NOW, Desk, request

PATIENCE_SECONDS = 20.0


class HangingProducer:
    """Its commits do not come back before `released`; `given` is how long their calls were given."""

    flush = lambda *_: None  # noqa: E731

    def __init__(self) -> None:
        self.begun = 0
        self.produced: list[str] = []
        self.fault: KafkaException | None = None
        self.given: list[float] = []
        self.made = 0
        self.committing, self.released = threading.Event(), threading.Event()
        self.refusal: KafkaException | None = None

    def init_transactions(self, _seconds: float) -> None:
        self.made += 1

    def begin_transaction(self) -> None:
        self.begun += 1

    def produce(self, topic: str, *_: object, **__: object) -> None:
        self.produced.append(topic)
        if self.fault is not None:
            raise self.fault

    def send_offsets_to_transaction(self, _places: object, _group: object, seconds: float) -> None:
        self.given.append(seconds)

    def commit_transaction(self, seconds: float) -> None:
        self.given.append(seconds)
        self.committing.set()
        self.released.wait(PATIENCE_SECONDS)
        if self.refusal is not None:
            raise self.refusal


class NoGroup:
    def consumer_group_metadata(self) -> None: ...


CONSUMER: Any = NoGroup()


class Line:
    """Transactions over a hanging producer; `forgotten` counts how often all slots were given up."""

    def __init__(self, producer: HangingProducer, folder: Path, seconds: int = 10) -> None:
        self.forgotten = 0
        self.producer = producer
        config = ExchangeConfig({}, "test-0", folder, transaction_timeout_ms=1000 * seconds)
        self.transactions = Transactions(config, ExchangeMetrics(1), self._forget)

    def _forget(self) -> None:
        self.forgotten += 1
        self.transactions.drop()

    def add(self) -> None:
        """Take in a batch of one request, decided in a slot of its own."""
        desk, event = Desk(), request()
        records = [desk.record(desk.frame(event), f"{event.source}.outbox")]
        self.transactions.add(desk.partition, decide(records, desk.slot, desk.book, NOW))

    def transact(self) -> None:
        self.add()
        self.commit()

    def commit(self) -> None:
        self.producer.committing.clear()
        self.transactions.commit(Desk().book, CONSUMER)
        assert self.producer.committing.wait(PATIENCE_SECONDS)


def becomes(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingProducer]:
    made = HangingProducer()
    monkeypatch.setattr(transacting, "Producer", lambda _properties: made)
    yield made
    made.released.set()


@pytest.fixture
def line(producer: HangingProducer, tmp_path: Path) -> Line:
    return Line(producer, tmp_path)


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_commit_is_given_up_a_second_after_the_broker_gave_its_transaction_up(
    producer: HangingProducer, tmp_path: Path, seconds: int
) -> None:
    line = Line(producer, tmp_path, seconds)
    line.transact()
    for_offsets, for_both = producer.given
    assert seconds - PATIENCE_SECONDS < for_both <= for_offsets <= seconds
    line.transactions._ends_at -= seconds
    line.transactions.look_after_commit()
    assert line.transactions.in_flight
    line.transactions._ends_at -= 1
    line.transactions.look_after_commit()
    assert (line.transactions.in_flight, line.forgotten) == (False, 1)


def test_a_producer_is_made_anew_when_slots_are_wanted_and_not_before(line: Line) -> None:
    line.transact()
    line.transactions.group_lost()
    line.transactions.look_after_commit()
    assert (line.producer.made, line.forgotten) == (1, 1)
    becomes(line.transactions.is_settled)
    assert line.producer.made == 2


def test_a_second_commit_that_does_not_come_back_ends_the_process(line: Line) -> None:
    line.transact()
    line.transactions.group_lost()
    becomes(line.transactions.is_settled)
    line.transact()
    with pytest.raises(BrokerFault, match=r"^two commits did not come back; the last was in flight when"):
        line.transactions.group_lost()


def test_a_commit_that_came_back_late_is_not_counted(line: Line) -> None:
    line.transact()
    line.transactions.group_lost()
    line.producer.released.set()
    becomes(line.transactions.is_settled)
    line.producer.released.clear()
    line.transact()
    line.transactions.group_lost()
    assert line.forgotten == 2


def test_a_commit_that_was_made_before_the_group_was_lost_is_one(line: Line) -> None:
    line.producer.released.set()
    line.transact()
    line.transactions.wait(PATIENCE_SECONDS)
    line.transactions.group_lost()
    line.transactions.look_after_commit()
    assert (line.transactions.is_settled(), line.forgotten) == (True, 0)


def test_a_refusal_says_that_another_has_the_slots_unless_the_group_was_lost_before(line: Line) -> None:
    line.producer.refusal = KafkaException(KafkaError(KafkaError.UNKNOWN_MEMBER_ID))
    line.producer.released.set()
    line.transact()
    line.transactions.wait(PATIENCE_SECONDS)
    line.transactions.group_lost()
    becomes(line.transactions.is_settled)
    line.transact()
    line.transactions.wait(PATIENCE_SECONDS)
    with pytest.raises(BrokerFault, match=r"^another process holds these slots now: Broker: Unknown member"):
        line.transactions.look_after_commit()


def test_what_is_decided_is_written_at_once_and_its_state_with_the_commit(line: Line) -> None:
    line.add()
    first = len(line.producer.produced)
    line.add()
    assert (line.producer.begun, len(line.producer.produced)) == (1, 2 * first)
    assert STATE not in line.producer.produced
    line.commit()
    assert set(line.producer.produced[2 * first :]) == {STATE}


def test_what_is_decided_during_a_commit_is_written_in_the_next_transaction(line: Line) -> None:
    line.add()
    line.transact()
    written = len(line.producer.produced)
    line.add()
    assert (line.producer.begun, len(line.producer.produced)) == (1, written)
    line.producer.released.set()
    line.transactions.await_commit()
    assert line.producer.begun == 2
    assert len(line.producer.produced) > written
    assert line.transactions.pending_records == 1


def test_a_transaction_that_was_open_when_the_slots_were_given_up_is_left_to_a_new_producer(
    line: Line,
) -> None:
    line.add()
    line.transactions.drop()
    line.add()
    assert (line.producer.begun, line.transactions.pending_records) == (1, 0)
    becomes(line.transactions.is_settled)
    assert line.producer.made == 2
    line.add()
    assert (line.producer.begun, line.transactions.pending_records) == (2, 1)


def test_a_record_that_cannot_be_written_gives_the_slots_up(line: Line) -> None:
    line.producer.fault = KafkaException(KafkaError(KafkaError._STATE))
    line.add()
    line.add()
    assert (len(line.producer.produced), line.transactions.pending_records, line.forgotten) == (1, 0, 1)
    line.producer.fault = None
    becomes(line.transactions.is_settled)
    assert line.producer.made == 2


def test_what_a_fenced_producer_wrote_in_part_is_not_committed_at_the_end(line: Line) -> None:
    line.producer.fault = KafkaException(KafkaError(KafkaError._FENCED))
    with pytest.raises(BrokerFault, match=r"^another process holds these slots now: "):
        line.add()
    assert line.transactions.pending_records == 0
