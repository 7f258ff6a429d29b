"""Who waits for the schema registry, for how long, and in which order it goes on."""

import pytest

from gateway.definitions.book import Book
from gateway.exchange.waiting import ASK_AGAIN_SECONDS, NO_SECONDS, Place, Waiting
from gateway.messages import OutboxRecord
from tests import world

CONTRACT = world.contracts()[0]
KNOWN, NEW, OTHER = CONTRACT.schema_id, 12, 13
PATIENCE = 600.0


class Clock:
    """One topic-partition and its time."""

    def __init__(self) -> None:
        self.book = Book(world.definitions(), world.SLOTS)
        self.waiting = Waiting(self.book, PATIENCE)
        self.now = 1000.0
        self._offset = 0

    def record(self, schema_id: int, topic: str = "east.outbox", partition: int = 2) -> OutboxRecord:
        self._offset += 1
        value = b"\x00" + schema_id.to_bytes(4, "big") + b"body"
        return OutboxRecord(topic, partition, self._offset, 0, value)

    def admit(self, *records: OutboxRecord) -> list[int]:
        return [
            record.offset for passed in self.waiting.admit([list(records)], self.now) for record in passed
        ]

    def released(self) -> dict[Place, list[int]]:
        released = self.waiting.released(self.now)
        return {place: [record.offset for record in records] for place, records in released.items()}

    def question(self) -> int | None:
        return self.waiting.question(self.now)

    def told(self, schema_id: int, contract: object = CONTRACT) -> None:
        self.waiting.told(schema_id, contract, self.now)  # type: ignore[arg-type]

    def silent(self) -> None:
        self.waiting.silent(self.now)

    def later(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_known_ids_and_bad_frames_wait_for_nobody(clock: Clock) -> None:
    odd = [
        OutboxRecord("east.outbox", 2, offset, 0, value)
        for offset, value in enumerate((None, b"", b"\x00\x01", b"\x07\x00\x00\x00\x63x"), start=50)
    ]
    assert clock.admit(clock.record(KNOWN), *odd) == [1, 50, 51, 52, 53]
    assert clock.admit(clock.record(0xFFFF_FFFF)) == [2], "no registry counts so far"
    assert clock.question() is None


def test_what_follows_an_unknown_id_waits_behind_it_and_other_places_go_on(clock: Clock) -> None:
    records = [
        clock.record(KNOWN),
        clock.record(NEW),
        clock.record(KNOWN),
        clock.record(KNOWN, topic="west.outbox"),
        clock.record(KNOWN, partition=3),
    ]
    assert clock.admit(*records) == [1, 4, 5]
    assert clock.admit(clock.record(KNOWN)) == []
    assert clock.waiting.holds(("east.outbox", 2))
    assert clock.released() == {}
    assert clock.question() == NEW
    clock.told(NEW)
    assert clock.book.contracts[NEW] is CONTRACT
    assert clock.released() == {("east.outbox", 2): [2, 3, 6]}
    assert not clock.waiting.holds(("east.outbox", 2))
    assert clock.admit(clock.record(NEW)) == [7], "known from now on"


def test_a_no_lets_go_and_is_remembered_for_a_minute(clock: Clock) -> None:
    assert clock.admit(clock.record(NEW)) == []
    assert clock.question() == NEW
    clock.told(NEW, None)
    assert clock.released() == {("east.outbox", 2): [1]}
    assert clock.waiting.unavailable == set(), "refused, not quarantined"
    clock.later(NO_SECONDS - 1)
    assert clock.admit(clock.record(NEW)) == [2]
    clock.later(1)
    assert clock.admit(clock.record(NEW)) == []
    assert clock.question() == NEW


def test_a_registry_that_is_silent_is_asked_once_a_second_for_each_id_in_turn(clock: Clock) -> None:
    clock.admit(clock.record(NEW), clock.record(OTHER, topic="west.outbox"))
    asked = []
    for _ in range(4):
        asked.append(clock.question())
        clock.silent()
        assert clock.question() is None
        clock.later(ASK_AGAIN_SECONDS)
    assert asked[:2] in ([NEW, OTHER], [OTHER, NEW])
    assert asked[2:] == asked[:2]


def test_after_its_patience_a_record_goes_on_as_unavailable(clock: Clock) -> None:
    clock.admit(clock.record(NEW), clock.record(KNOWN), clock.record(OTHER))
    clock.later(PATIENCE - 1)
    clock.silent()
    assert clock.released() == {}
    clock.later(1)
    assert clock.released() == {("east.outbox", 2): [1, 2, 3]}
    assert clock.waiting.unavailable == {("east.outbox", 2, 1), ("east.outbox", 2, 3)}
    assert clock.admit(clock.record(KNOWN)) == [4]
    assert clock.waiting.unavailable == set()
    assert clock.admit(clock.record(OTHER)) == [5], "it does not wait ten minutes more for the next one"
    assert clock.waiting.unavailable == {("east.outbox", 2, 5)}
    clock.later(NO_SECONDS)
    assert clock.admit(clock.record(OTHER)) == [], "but it tries again"


def test_an_answer_for_the_first_lets_go_up_to_the_next_unknown(clock: Clock) -> None:
    clock.admit(clock.record(NEW), clock.record(KNOWN), clock.record(OTHER), clock.record(KNOWN))
    clock.later(PATIENCE - 1)
    clock.told(NEW)
    assert clock.released() == {("east.outbox", 2): [1, 2]}
    assert clock.question() == OTHER
    clock.later(PATIENCE - 1)
    assert clock.released() == {}, "the next one has its own time"
    clock.later(1)
    assert clock.released() == {("east.outbox", 2): [3, 4]}
    assert clock.waiting.unavailable == {("east.outbox", 2, 3)}


def test_slots_that_are_given_up_leave_nothing_behind(clock: Clock) -> None:
    clock.admit(clock.record(NEW))
    clock.waiting.forget()
    assert clock.released() == {}
    assert clock.question() is None
    assert clock.waiting.waits() == {}
    assert clock.admit(clock.record(NEW)) == [], "whoever takes over holds it again"
