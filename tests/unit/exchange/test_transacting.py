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
from gateway.exchange.pending import Pending
from gateway.exchange.transacting import Transactions
from gateway.metrics import ExchangeMetrics
from tests.world import Desk

PATIENCE_SECONDS = 20.0


class HangingProducer:
    """Its commits do not come back before `released`; `given` is how long their calls were given."""

    begin_transaction = produce = lambda *_, **__: None

    def __init__(self) -> None:
        self.given: list[float] = []
        self.made = 0
        self.committing, self.released = threading.Event(), threading.Event()
        self.refusal: KafkaException | None = None

    def init_transactions(self, _seconds: float) -> None:
        self.made += 1

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

    def transact(self) -> None:
        self.producer.committing.clear()
        self.transactions.transact(Pending(), Desk().book, {}, CONSUMER)
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
    assert for_offsets == seconds
    assert seconds - PATIENCE_SECONDS < for_both <= seconds
    line.transactions.began_at -= seconds
    line.transactions.look_after_commit()
    assert line.transactions.in_flight
    line.transactions.began_at -= 1
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
