"""From the client's messages to records: what is odd about them, without a broker."""

import time
from typing import Any

import pytest
from confluent_kafka import KafkaError, TopicPartition

from gateway.exchange.polling import LATEST, by_slot, drain
from gateway.messages import UNOPENED_BATCH, UNREADABLE_HEADERS


class Told:
    """A message of the client, or a notice."""

    def __init__(
        self, offset: int, code: int | None = None, topic: str = "east.outbox", **given: Any
    ) -> None:
        self._offset, self._topic, self._code, self._given = offset, topic, code, given

    def error(self) -> KafkaError | None:
        return None if self._code is None else KafkaError(self._code)

    def topic(self) -> str:
        return self._topic

    def partition(self) -> int:
        return 3

    def offset(self) -> int:
        return self._offset

    def timestamp(self) -> tuple[int, int]:
        return 2, self._given.get("stamp", 7)

    def value(self) -> bytes:
        return b"value"

    def headers(self) -> Any:
        if "fault" in self._given:
            raise self._given["fault"]
        return self._given.get("headers")


class Seeking:
    """A consumer that is told where to go."""

    def __init__(self) -> None:
        self.places: list[tuple[str, int, int]] = []

    def seek(self, place: TopicPartition) -> None:
        self.places.append((place.topic, place.partition, place.offset))


def polled(*messages: Told, stands: int | None = 0) -> tuple[list[Any], Seeking]:
    consumer: Any = Seeking()
    given: Any = list(messages)
    slots = by_slot(given, consumer, lambda topic, partition: stands)
    return [record for records in slots for record in records], consumer


def unopened(offset: int, topic: str = "east.outbox") -> Told:
    return Told(offset, KafkaError._BAD_COMPRESSION, topic)


def test_a_batch_that_cannot_be_opened_gives_its_first_record_unread_and_the_next_one_is_tried() -> None:
    [good, record], consumer = polled(Told(4), unopened(5))
    assert (good.offset, good.value) == (4, b"value")
    assert (record.offset, record.value, record.header_bytes) == (5, None, UNOPENED_BATCH)
    assert consumer.places == [("east.outbox", 3, 6)]


def test_within_such_a_batch_the_slot_knows_where_it_stands() -> None:
    [record], consumer = polled(unopened(5), stands=8)
    assert record.offset == 8
    assert consumer.places == [("east.outbox", 3, 9)]


def test_two_notices_of_one_poll_pass_over_one_record() -> None:
    records, consumer = polled(unopened(5), unopened(5), unopened(2, "west.outbox"))
    assert [(record.topic, record.offset) for record in records] == [("east.outbox", 5), ("west.outbox", 2)]
    assert len(consumer.places) == 2


def test_a_place_that_waits_or_is_another_s_is_left_alone() -> None:
    records, consumer = polled(unopened(5), stands=None)
    assert (records, consumer.places) == ([], [])


@pytest.mark.parametrize("fault", [SystemError(), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "")])
def test_a_header_whose_name_is_not_utf_8_is_marked(fault: Exception) -> None:
    [record], _ = polled(Told(4, fault=fault))
    assert (record.header_bytes, record.value) == (UNREADABLE_HEADERS, b"value")


def test_headers_are_counted_and_measured() -> None:
    [record], _ = polled(Told(4, headers=[("one", b"12"), ("two", None)]))
    assert (record.header_count, record.header_bytes) == (2, 8)


@pytest.mark.parametrize(("stamp", "arrived_at"), [(-1, 0), (5, 5), (2**62, LATEST)])
def test_an_arrival_fits_the_ledger(stamp: int, arrived_at: int) -> None:
    [record], _ = polled(Told(4, stamp=stamp))
    assert record.arrived_at == arrived_at


class Slow:
    """A consumer whose first record comes after a while; it keeps how long it was asked to gather."""

    def __init__(self, first_after: float) -> None:
        self.first_after = first_after
        self.gathers: list[float] = []

    def poll(self, _seconds: float) -> Told:
        time.sleep(self.first_after)
        return Told(0)

    def consume(self, _at_most: int, seconds: float) -> list[Told]:
        self.gathers.append(seconds)
        return [Told(1)]


def test_records_are_gathered_no_longer_than_the_wait_allows() -> None:
    consumer: Any = Slow(first_after=0.02)
    assert len(drain(consumer, 10, 0.03, 0.5)) == 2
    assert len(drain(consumer, 10, 0.01, 0.5)) == 2
    assert len(drain(consumer, 10, 5.0, 0.5)) == 2
    short, none, whole = consumer.gathers
    assert 0.0 <= short <= 0.01
    assert none == 0.0
    assert whole == 0.5
