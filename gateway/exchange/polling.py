"""From librdkafka's messages to the records of the core."""

import logging
import time
from collections.abc import Callable, Iterable
from operator import methodcaller
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from gateway.errors import BrokerFault
from gateway.messages import UNOPENED_BATCH, UNREADABLE_HEADERS, OutboxRecord

log = logging.getLogger("gateway.exchange")

headers_of: Final = methodcaller("headers")
"""Not `message.headers()`: for a name that is not UTF-8 the client returns a list with a hole and leaves
its error pending; a call that the interpreter has specialised does not look, and the process dies of it.
"""


LATEST: Final = 253_402_214_400_000
"""The last arrival that a ledger entry can hold; a topic that believes publishers may show later ones."""


def drain(
    consumer: Consumer, at_most: int, wait_seconds: float, gather_seconds: float = 0.0
) -> list[Message]:
    """Wait for the first record, then take what is there or comes within `gather_seconds`.

    Ends within `wait_seconds` whatever comes, so that gathering delays no transaction that is due then. It
    spares the work that each batch has apart from its records.
    """
    ends_at = time.monotonic() + wait_seconds
    first = consumer.poll(wait_seconds)
    if first is None:
        return []
    left = max(0.0, ends_at - time.monotonic())
    return [first, *consumer.consume(at_most - 1, min(gather_seconds, left))]


def by_slot(
    messages: list[Message], consumer: Consumer, next_offset: Callable[[str, int], int | None]
) -> list[list[OutboxRecord]]:
    """The records of a poll, one list for each slot.

    next_offset: where a topic-partition stands, None if it waits or is another's by now. Where a batch cannot
    be opened, the record it stands at is handed over unread, and the consumer goes to the one behind it: how
    many are in the batch cannot be seen.
    """
    slots: dict[int, list[OutboxRecord]] = {}
    passed_over: set[tuple[str, int]] = set()
    for message in messages:
        record = outbox_record(message)
        if record is None and _is_unopened(message):
            record = _unopened(message, next_offset)
            if record is None or (record.topic, record.partition) in passed_over:
                continue  # a second notice of one poll speaks of the position before the seek
            consumer.seek(TopicPartition(record.topic, record.partition, record.offset + 1))
            passed_over.add((record.topic, record.partition))
        if record is not None:
            slots.setdefault(record.partition, []).append(record)
    return list(slots.values())


def _is_unopened(message: Message) -> bool:
    """Whether this is the client's notice of a compressed batch that opens to more than it takes."""
    error = message.error()
    return error is not None and error.code() == KafkaError._BAD_COMPRESSION


def _unopened(message: Message, next_offset: Callable[[str, int], int | None]) -> OutboxRecord | None:
    """The notice names the first record of the batch, and some of it may have been passed over already."""
    topic, partition, first = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or first is None:
        raise BrokerFault("the client handed over a notice without its place")
    stands = next_offset(topic, partition)
    if stands is None:
        return None
    now = time.time_ns() // 1_000_000  # when it arrived cannot be seen either, and decides nothing here
    return OutboxRecord(topic, partition, max(first, stands), now, None, header_bytes=UNOPENED_BATCH)


def outbox_record(message: Message) -> OutboxRecord | None:
    """One polled message as the core wants it; None for a passing notice of the client."""
    error = message.error()
    if error is not None:
        if error.code() == KafkaError._AUTO_OFFSET_RESET:
            raise BrokerFault(f"records were removed before they were decided: {error.str()}")
        if error.fatal() or error.code() in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID):
            raise BrokerFault(f"this process may not go on: {error.str()}")
        log.warning("%s", error.str())
        return None
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise BrokerFault("the client handed over a record without its place")
    arrived_at = message.timestamp()[1]
    if arrived_at < 0 or arrived_at > LATEST:
        arrived_at = min(max(arrived_at, 0), LATEST)
    try:
        headers = headers_of(message)
    except (SystemError, UnicodeDecodeError):  # the client's own words for a name that is not UTF-8
        value = message.value()
        return OutboxRecord(topic, partition, offset, arrived_at, value, header_bytes=UNREADABLE_HEADERS)
    if not headers:
        return OutboxRecord(topic, partition, offset, arrived_at, message.value())
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    size = 0
    for name, content in pairs:
        size += len(name) + len(content or "")
    return OutboxRecord(topic, partition, offset, arrived_at, message.value(), len(pairs), size)


def lags(consumer: Consumer, slots: Iterable[int]) -> dict[int, int]:
    """For each slot how many records of its outboxes are not read yet, as far as the client knows."""
    unread = dict.fromkeys(slots, 0)
    for place in consumer.position(consumer.assignment()):
        _, high = consumer.get_watermark_offsets(place, cached=True)
        if high > 0 and place.partition in unread:
            unread[place.partition] += max(0, high - max(0, place.offset))
    return unread
