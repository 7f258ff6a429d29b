"""How long a commit is waited for: as long as the broker keeps its transaction, by the settings."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.exchange import ExchangeConfig, transacting
from gateway.exchange.pending import Pending
from gateway.exchange.transacting import Transactions
from gateway.metrics import ExchangeMetrics
from tests.world import Desk

PATIENCE_SECONDS = 20.0


class HangingProducer:
    """Its commit does not come back before `released`; `given` is how long its two calls were given."""

    begin_transaction = produce = init_transactions = lambda *_, **__: None

    def __init__(self) -> None:
        self.given: list[float] = []
        self.committing, self.released = threading.Event(), threading.Event()

    def send_offsets_to_transaction(self, _places: object, _group: object, seconds: float) -> None:
        self.given.append(seconds)

    def commit_transaction(self, seconds: float) -> None:
        self.given.append(seconds)
        self.committing.set()
        self.released.wait(PATIENCE_SECONDS)


class NoGroup:
    def consumer_group_metadata(self) -> None: ...


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> Iterator[HangingProducer]:
    made = HangingProducer()
    monkeypatch.setattr(transacting, "Producer", lambda _properties: made)
    yield made
    made.released.set()


@pytest.mark.parametrize("seconds", [5, 60])
def test_a_commit_is_stuck_a_second_after_the_broker_gave_its_transaction_up(
    producer: HangingProducer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    ended: list[float] = []
    monkeypatch.setattr(transacting, "end_stuck", ended.append)
    config = ExchangeConfig({}, "test-0", tmp_path, transaction_timeout_ms=1000 * seconds)
    transactions = Transactions(config, ExchangeMetrics(1), lambda: None)
    consumer: Any = NoGroup()
    transactions.transact(Pending(), Desk().book, {}, consumer)
    assert producer.committing.wait(PATIENCE_SECONDS)
    for_offsets, for_both = producer.given
    assert for_offsets == seconds
    assert seconds - PATIENCE_SECONDS < for_both <= seconds
    transactions.began_at -= seconds
    transactions.look_after_commit()
    assert not ended
    transactions.began_at -= 1
    transactions.look_after_commit()
    assert ended == [seconds + 1]
    transactions.close()
