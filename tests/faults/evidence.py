"""All that lies in the topics of one gateway, read once, committed records only."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient, OffsetSpec

from tests.faults import wire

LEDGER, STATE, QUARANTINE = "gateway.ledger", "gateway.state", "gateway.quarantine"
GROUP = "gateway-decide"
READ_SECONDS = 30.0

Place = tuple[str, int, int]
"""Topic, partition, offset."""


class Outboxed(NamedTuple):
    """A record of an outbox."""

    at: int
    key: bytes | None
    value: bytes
    digest: bytes


class Handed(NamedTuple):
    """A record that the gateway handed over: where it lies, and its header."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    header: wire.Header

    @property
    def about(self) -> Place:
        return self.header.topic, self.header.partition, self.header.offset


class Entry(NamedTuple):
    """A ledger entry: where it lies, what it says, the SHA-256 of its value."""

    partition: int
    offset: int
    says: dict[str, Any]
    digest: bytes

    @property
    def about(self) -> Place:
        return self.says["topic"], self.partition, self.says["offset"]

    @property
    def place(self) -> str:
        return f"{LEDGER}[{self.partition}]@{self.offset}"


@dataclass
class Evidence:
    """What was read. `ledger` by partition, in order; `state` the newest entry of each key, by partition.

    partitions: how many each topic has.
    """

    outboxes: dict[Place, Outboxed] = field(default_factory=dict)
    ledger: dict[int, list[Entry]] = field(default_factory=dict)
    inboxes: list[Handed] = field(default_factory=list)
    receipts: list[Handed] = field(default_factory=list)
    quarantine: list[Handed] = field(default_factory=list)
    state: dict[int, dict[str, dict[str, Any]]] = field(default_factory=dict)
    group: dict[tuple[str, int], int] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    written: dict[str, list[bytes]] = field(default_factory=dict)
    """Raw bytes by topic of what must hold nothing personal."""

    def entries(self) -> Iterator[Entry]:
        for partition in sorted(self.ledger):
            yield from self.ledger[partition]


def read(kafka: dict[str, str]) -> Evidence:
    """Read every topic of the gateway up to its end as it is now."""
    consumer = Consumer(
        {
            **kafka,
            "group.id": "checker",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "fetch.wait.max.ms": 20,
            "check.crcs": True,
            "queued.min.messages": 100_000,
        }
    )
    try:
        found = Evidence()
        known = consumer.list_topics(timeout=READ_SECONDS).topics
        found.partitions = {name: len(topic.partitions) for name, topic in known.items()}
        places = [
            TopicPartition(name, partition, 0)
            for name, topic in known.items()
            if not name.startswith("__")
            for partition in topic.partitions
        ]
        _wait_until_settled(kafka, places)
        _read_to_end(consumer, places, found)
        found.group = _group_offsets(kafka)
        return found
    finally:
        consumer.close()


def _wait_until_settled(kafka: dict[str, str], places: list[TopicPartition]) -> None:
    """A commit is told before its markers lie in every partition: wait until every record can be read."""
    admin = AdminClient(kafka)
    latest = {place: OffsetSpec.latest() for place in places}
    deadline = time.monotonic() + READ_SECONDS
    while True:
        ends = [
            {
                (place.topic, place.partition): told.result(READ_SECONDS).offset
                for place, told in asked.items()
            }
            for asked in (
                admin.list_offsets(latest, isolation_level=IsolationLevel.READ_COMMITTED),
                admin.list_offsets(latest, isolation_level=IsolationLevel.READ_UNCOMMITTED),
            )
        ]
        unsettled = [place for place, end in ends[0].items() if end < ends[1][place]]
        if not unsettled:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"{len(unsettled)} partitions hold records of a transaction that is left open")
        time.sleep(0.2)


def _group_offsets(kafka: dict[str, str]) -> dict[tuple[str, int], int]:
    admin = AdminClient(kafka)  # held until it has answered
    asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(GROUP)])
    places = asked[GROUP].result(READ_SECONDS).topic_partitions
    return {(place.topic, place.partition): place.offset for place in places if place.offset >= 0}


def _read_to_end(consumer: Consumer, places: list[TopicPartition], found: Evidence) -> None:
    consumer.assign(places)
    unread = {(place.topic, place.partition) for place in places}
    quiet_since = time.monotonic()
    while unread:
        for message in consumer.consume(10_000, 0.2):
            quiet_since = time.monotonic()
            error = message.error()
            if error is None:
                _take(message, found)
            elif error.code() == KafkaError._PARTITION_EOF:
                unread.discard((message.topic(), message.partition()))
            else:
                raise RuntimeError(f"{message.topic()} cannot be read: {error}")
        if time.monotonic() - quiet_since > READ_SECONDS:
            raise RuntimeError(
                f"{len(unread)} partitions do not come to their end: is a transaction left open?"
            )
    consumer.unassign()


def _take(message: Any, found: Evidence) -> None:
    topic = message.topic()
    kind = topic.rpartition(".")[2]
    if kind in ("outbox", "inbox", "receipts"):
        {"outbox": _outbox, "inbox": _inbox, "receipts": _receipt}[kind](message, found)
    elif topic in (LEDGER, STATE, QUARANTINE):
        {LEDGER: _ledger, STATE: _state, QUARANTINE: _quarantined}[topic](message, found)
    if kind not in ("outbox", "inbox", "quarantine"):
        _keep_bytes(message, topic, found)


def _keep_bytes(message: Any, topic: str, found: Evidence) -> None:
    kept = found.written.setdefault(topic, [])
    kept += [message.key() or b"", message.value() or b""]
    kept += [content or b"" for _, content in message.headers() or []]


def _outbox(message: Any, found: Evidence) -> None:
    value = message.value() or b""
    place = message.topic(), message.partition(), message.offset()
    found.outboxes[place] = Outboxed(message.timestamp()[1], message.key(), value, sha256(value).digest())


def _ledger(message: Any, found: Evidence) -> None:
    value = message.value()
    known, says = wire.decode(value)
    if known.name != "ledger-entry":
        raise ValueError(f"{LEDGER}[{message.partition()}]@{message.offset()} is a {known.name}")
    entry = Entry(message.partition(), message.offset(), says, sha256(value).digest())
    found.ledger.setdefault(entry.partition, []).append(entry)


def _state(message: Any, found: Evidence) -> None:
    """A request's entry carries its case too; the last entry of a case to be written is its newest."""
    kept = found.state.setdefault(message.partition(), {})
    key = message.key().decode()
    if message.value() is None:
        kept.pop(key, None)
        return
    says = wire.decode(message.value())[1]
    for section in ("position", "case", "request"):
        if says[section] is not None:
            about = f"case/{says['case']['case_id']}" if section == "case" else key
            kept[about] = {"seq": says["seq"], section: says[section]}


def _handed(message: Any) -> Handed:
    headers = message.headers() or []
    if len(headers) != 1 or headers[0][0] != "gateway":
        raise ValueError(
            f"{message.topic()}[{message.partition()}]@{message.offset()} has {len(headers)} headers"
        )
    return Handed(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value() or b"",
        wire.read_header(headers[0][1]),
    )


def _inbox(message: Any, found: Evidence) -> None:
    found.inboxes.append(_handed(message))


def _receipt(message: Any, found: Evidence) -> None:
    found.receipts.append(_handed(message))


def _quarantined(message: Any, found: Evidence) -> None:
    found.quarantine.append(_handed(message))
