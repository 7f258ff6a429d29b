"""From librdkafka's messages to the records of the core."""

import logging
from operator import methodcaller
from typing import Final

from confluent_kafka import Consumer, KafkaError, Message

from gateway.errors import BrokerFault
from gateway.messages import UNREADABLE_HEADERS, OutboxRecord

log = logging.getLogger("gateway.exchange")

headers_of: Final = methodcaller("headers")
"""Not `message.headers()`: for a name that is not UTF-8 the client returns a list with a hole and leaves
its error pending; a call that the interpreter has specialised does not look, and the process dies of it.
"""


def drain(
    consumer: Consumer, at_most: int, wait_seconds: float, gather_seconds: float = 0.0
) -> list[Message]:
    """Block for the first record, then take what is there, or comes within `gather_seconds`.

    Gathering costs no latency where it ends before the next transaction begins, and spares the work that
    each batch has apart from its records.
    """
    first = consumer.poll(wait_seconds)
    if first is None:
        return []
    return [first, *consumer.consume(at_most - 1, gather_seconds)]


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
    try:
        headers = headers_of(message)
    except (SystemError, UnicodeDecodeError):  # the client's own words for a name that is not UTF-8
        stamp, value = message.timestamp()[1], message.value()
        return OutboxRecord(topic, partition, offset, stamp, value, header_bytes=UNREADABLE_HEADERS)
    if not headers:
        return OutboxRecord(topic, partition, offset, message.timestamp()[1], message.value())
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    size = 0
    for name, content in pairs:
        size += len(name) + len(content or "")
    return OutboxRecord(topic, partition, offset, message.timestamp()[1], message.value(), len(pairs), size)
