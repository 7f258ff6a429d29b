"""Records put into a broker as they are, and everything that was then written about them."""

from collections.abc import Iterable, Sequence
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from gateway.codec import decode_event_receipt_v1, decode_ledger_entry_v1
from tests.conftest import Broker
from tests.gateways import records
from tests.hostile import raw
from tests.hostile.endings import Ending, Headers, Place
from tests.hostile.scene import Sent


class Publisher:
    """Publishes records in their order, and says where each of them lies."""

    def __init__(self, broker: Broker, slots: int) -> None:
        self.slots = slots
        self.broker = broker
        self.producers: dict[str, Producer] = {}

    def publish(self, batch: Sequence[Sent], now: int) -> list[Place]:
        """Put them into the broker; their places, in their order. now: what stamps are counted from."""
        places: dict[int, Place] = {}
        last = ""
        for number, sent in enumerate(batch):
            if sent.compression != last or sent.odd_header:
                self._flush()
                last = sent.compression
            if sent.odd_header:
                places[number] = self._by_hand(sent)
                continue

            def note(error: KafkaError | None, message: Message, number: int = number) -> None:
                assert error is None, error
                places[number] = (message.topic() or "", message.partition() or 0, message.offset() or 0)

            stamp = {} if sent.stamp_ms is None else {"timestamp": now + sent.stamp_ms}
            self._producer(sent.compression).produce(
                sent.topic,
                sent.value,
                sent.case_id.encode(),
                sent.partition(self.slots),
                headers=list(sent.headers),
                on_delivery=note,
                **stamp,
            )
        self._flush()
        return [places[number] for number in range(len(batch))]

    def _producer(self, compression: str) -> Producer:
        if compression not in self.producers:
            given: dict[str, Any] = {"message.max.bytes": 64_000_000, "compression.type": compression}
            self.producers[compression] = Producer(
                {**self.broker.kafka, **given, "enable.idempotence": True, "linger.ms": 5}
            )
        return self.producers[compression]

    def _by_hand(self, sent: Sent) -> Place:
        partition = sent.partition(self.slots)
        cluster = self._producer(sent.compression).list_topics(sent.topic, timeout=10)
        leader = cluster.brokers[cluster.topics[sent.topic].partitions[partition].leader]
        records = raw.batch_with_odd_header(sent.value, sent.case_id.encode())
        return (
            sent.topic,
            partition,
            raw.produce(f"{leader.host}:{leader.port}", sent.topic, partition, records),
        )

    def _flush(self) -> None:
        for producer in self.producers.values():
            assert producer.flush(60) == 0


def endings(broker: Broker, regions: Iterable[str]) -> dict[Place, Ending]:
    """What was written about every record that anything was written about."""
    found: dict[Place, Ending] = {}
    for message in records(broker, "gateway.ledger"):
        value = message.value() or b""
        entry = decode_ledger_entry_v1(value[5:])
        place = (entry.topic, message.partition() or 0, entry.offset)
        found.setdefault(place, Ending()).entries.append((entry, value))
    for region in regions:
        for message in records(broker, f"{region}.receipts"):
            value = message.value() or b""
            receipt = decode_event_receipt_v1(value[5:])
            place = (receipt.about_topic, receipt.about_partition, receipt.about_offset)
            found[place].receipts.append((f"{region}.receipts", receipt, value))
        for message in records(broker, f"{region}.inbox"):
            headers = all_headers(message)
            found[named_in(headers)].inboxes.append((f"{region}.inbox", message.value(), headers))
    for message in records(broker, "gateway.quarantine"):
        found[named_in(all_headers(message))].quarantined.append(message.value())
    return found


def all_headers(message: Message) -> Headers:
    headers = message.headers()
    assert isinstance(headers, list)
    return [(name, content if isinstance(content, bytes) else b"") for name, content in headers]


def named_in(headers: Headers) -> Place:
    """The place that the gateway's header names."""
    _, topic, partition, offset, *_ = dict(headers)["gateway"].decode().split()
    return topic, int(partition), int(offset)
