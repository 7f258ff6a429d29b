"""A slot is taken over only where ledger and state are of the same transactions, and brokers answer."""

from typing import Any

import pytest
from confluent_kafka import TopicPartition

from gateway.errors import BrokerFault
from gateway.exchange.takeover import _read_to_end, expect_whole
from gateway.pipeline import decide
from gateway.slot import Slot
from tests.world import NOW, Desk, request


def test_the_state_of_a_batch_speaks_of_its_last_entry() -> None:
    desk = Desk()
    events = [request(), request()]
    records = [desk.record(desk.frame(event), f"{event.source}.outbox") for event in events]
    batch = decide(records, desk.slot, desk.book, NOW)
    told = max(change.seq for change in batch.changes.values() if change is not None)
    expect_whole(desk.partition, desk.slot, told)
    assert desk.slot.seq == 2
    with pytest.raises(BrokerFault, match=r"ledger\[4\] has 2 entries, gateway\.state speaks of 1: a trans"):
        expect_whole(4, desk.slot, told - 1)


def test_a_slot_that_nothing_was_written_of_is_whole() -> None:
    expect_whole(0, Slot(), -1)


class Silent:
    """A reader whose brokers are gone."""

    def assign(self, _places: list[TopicPartition]) -> None: ...

    def poll(self, _seconds: float) -> None: ...


def test_a_broker_that_is_gone_ends_a_take_over() -> None:
    reader: Any = Silent()
    with pytest.raises(BrokerFault, match=r"^gateway\.state cannot be read back: nothing came for 30 s"):
        _read_to_end(reader, [TopicPartition("gateway.state", 0)], lambda _message: None)
