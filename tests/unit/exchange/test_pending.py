"""What is written in one transaction is folded in the same order when a slot is taken over."""

from gateway.exchange.pending import Pending
from gateway.pipeline import Batch, decide
from gateway.slot import Slot
from tests.world import CASE, NOW, Desk, answer, request


def decided(desk: Desk, *events: object) -> Batch:
    """One batch of these events, each from the outbox of its source."""
    records = [desk.record(desk.frame(event), f"{event.source}.outbox") for event in events]  # type: ignore[attr-defined]
    return decide(records, desk.slot, desk.book, NOW + 5)


def rebuilt(pending: Pending, desk: Desk) -> Slot:
    slot = Slot()
    for key, change in pending.changes[desk.partition].items():
        slot.fold_state(key, change)
    return slot


def test_the_newest_of_a_case_is_written_last_within_a_batch() -> None:
    desk, pending = Desk(), Pending()
    first, second = request(), request()
    pending.add(desk.partition, decided(desk, first, second, answer(first)))
    assert rebuilt(pending, desk).cases[CASE].last_number == desk.slot.cases[CASE].last_number == 3


def test_the_newest_of_a_case_is_written_last_within_a_transaction() -> None:
    desk, pending = Desk(), Pending()
    first, second = request(), request()
    for events in ((first,), (second,), (answer(first),)):
        pending.add(desk.partition, decided(desk, *events))
    assert rebuilt(pending, desk).cases[CASE].last_number == desk.slot.cases[CASE].last_number == 3
