"""A slot is taken over only where its ledger and its state are of the same transactions."""

import pytest

from gateway.errors import BrokerFault
from gateway.exchange.takeover import expect_whole
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
