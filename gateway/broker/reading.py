"""Look into a topic without a group: nothing is acknowledged, nobody else is disturbed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition

from gateway.broker.faults import fault
from gateway.errors import BrokerFault

ANSWER_SECONDS: Final = 10.0
BATCH: Final = 5_000
OFFSETS_PER_RECORD: Final = 4
"""A transaction of one record takes two offsets, its own and the marker; aborted ones leave more behind."""


@dataclass(frozen=True)
class TopicRecord:
    """One record as it lies in a topic. at: its Kafka timestamp, milliseconds since the epoch.

    header: the gateway's header, if it has one.
    """

    topic: str
    partition: int
    offset: int
    at: int
    key: bytes | None
    value: bytes | None
    header: bytes | None


def records(kafka: Mapping[str, str], topic: str, last: int, follow: bool) -> Iterator[TopicRecord]:
    """The last committed records of a topic, oldest first; then, if asked to follow, what comes.

    last: how many of each partition to look back at most. Raises `BrokerFault`.
    """
    consumer = _consumer(kafka)
    try:
        places = _places(consumer, topic, last)
        consumer.assign(places)
        unread = {place.partition for place in places}
        backlog: list[TopicRecord] = []
        while unread:
            backlog += _poll(consumer, unread)
        yield from sorted(_last_of_each(backlog, last), key=lambda record: record.at)
        while follow:
            yield from _poll(consumer, unread)
    except KafkaException as error:
        raise fault(f"{topic} cannot be read", error) from error
    finally:
        consumer.close()


def record_at(kafka: Mapping[str, str], topic: str, partition: int, offset: int) -> TopicRecord | None:
    """The record at a position; None if none lies there any more, or not yet. Raises `BrokerFault`."""
    found = next(records_from(kafka, topic, partition, offset), None)
    return found if found is not None and found.offset == offset else None


def records_from(
    kafka: Mapping[str, str], topic: str, partition: int, offset: int | None = None, at: int = 0
) -> Iterator[TopicRecord]:
    """The committed records of a partition from an offset, or from a time, to its end.

    at: milliseconds since the epoch, where no offset is given; 0 for all. Raises `BrokerFault`.
    """
    consumer = _consumer(kafka)
    try:
        place = TopicPartition(topic, partition, OFFSET_BEGINNING if offset is None else offset)
        if at:  # not asked for all: the embedded broker knows no times
            place.offset = at
            [place] = consumer.offsets_for_times([place], timeout=ANSWER_SECONDS)
        low, high = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
        if offset is not None and not low <= offset < high:
            return
        consumer.assign([place])
        unread = {partition}
        while unread:
            yield from _poll(consumer, unread)
    except KafkaException as error:
        raise fault(f"{topic}[{partition}] cannot be read", error) from error
    finally:
        consumer.close()


def stream(kafka: Mapping[str, str], topics: Sequence[str], follow: bool) -> Iterator[list[TopicRecord]]:
    """All committed records of these topics, in batches, each partition in its order; then what comes.

    follow: go on after the ends as they were at the start. A batch may be empty. Raises `BrokerFault`.
    """
    consumer = _consumer(kafka)
    try:
        places = [place for topic in topics for place in _places(consumer, topic, None)]
        consumer.assign(places)
        unread = {(place.topic, place.partition) for place in places}
        while unread or follow:
            yield list(_taken(consumer.consume(BATCH, 1.0), unread))
    except KafkaException as error:
        raise fault("the topics cannot be read", error) from error
    finally:
        consumer.close()


def _taken(messages: list[Message], unread: set[tuple[str, int]]) -> Iterator[TopicRecord]:
    for message in messages:
        error = message.error()
        if error is None:
            yield _record(message)
        elif error.code() == KafkaError._PARTITION_EOF:
            unread.discard((message.topic() or "", message.partition() or 0))
        else:
            raise KafkaException(error)


def _consumer(kafka: Mapping[str, str]) -> Consumer:
    return Consumer(
        {
            **kafka,
            "group.id": "gateway-look",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )


def _places(consumer: Consumer, topic: str, last: int | None) -> list[TopicPartition]:
    """Where to begin: so many records before each end, or at the beginning for None."""
    found = consumer.list_topics(topic, timeout=ANSWER_SECONDS).topics[topic]
    if found.error is not None:
        raise BrokerFault(f"{topic} is not on the brokers: run `gateway topics apply` first.")
    places = []
    for partition in found.partitions:
        low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=ANSWER_SECONDS)
        back = high if last is None else OFFSETS_PER_RECORD * last
        places.append(TopicPartition(topic, partition, max(low, high - back)))
    return places


def _last_of_each(backlog: list[TopicRecord], last: int) -> Iterator[TopicRecord]:
    """The newest records of each partition."""
    by_partition: dict[int, list[TopicRecord]] = {}
    for record in backlog:
        by_partition.setdefault(record.partition, []).append(record)
    for of_partition in by_partition.values():
        yield from of_partition[-last:]


def _poll(consumer: Consumer, unread: set[int]) -> Iterator[TopicRecord]:
    message = consumer.poll(1.0)
    if message is None:
        return
    error = message.error()
    if error is None:
        yield _record(message)
    elif error.code() == KafkaError._PARTITION_EOF:
        unread.discard(message.partition() or 0)
    else:
        raise KafkaException(error)


def _record(message: Message) -> TopicRecord:
    headers = dict(message.headers() or [])
    header = headers.get("gateway")
    return TopicRecord(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
        header if isinstance(header, bytes) else None,
    )
