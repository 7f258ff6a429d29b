"""Whether two systems did the same job: what their ledgers say became of each event."""

import io
import json
from collections import Counter
from typing import Final

from confluent_kafka import Consumer, KafkaError, TopicPartition
from fastavro import parse_schema, schemaless_reader

from bench.definitions import ROOT

LEDGER: Final = "gateway.ledger"
PATIENCE_SECONDS: Final = 10.0
End = tuple[str, str | None, str | None, str, str | None]
"""Source, case id, event id, outcome, reason."""


def ends(bootstrap: str) -> Counter[End]:
    """Every committed ledger entry, as the identity of its event and what became of it."""
    schema = parse_schema(json.loads((ROOT / "avro" / "ledger-entry" / "v1.avsc").read_text()))
    found: Counter[End] = Counter()
    for value in committed(bootstrap, LEDGER):
        entry = schemaless_reader(io.BytesIO(value[5:]), schema)  # type: ignore[call-arg]
        assert isinstance(entry, dict)
        found[entry["source"], entry["case_id"], entry["event_id"], entry["outcome"], entry["reason"]] += 1
    return found


def reasons(found: Counter[End]) -> Counter[str]:
    """How many ended how: the reason, or the outcome where there is none."""
    counted: Counter[str] = Counter()
    for (*_, outcome, reason), count in found.items():
        counted[reason or outcome] += count
    return counted


def committed(bootstrap: str, topic: str) -> list[bytes]:
    """The values of every committed record of a topic."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-oracle",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
        }
    )
    partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    values, unread = [], len(partitions)
    while unread:
        message = consumer.poll(PATIENCE_SECONDS)
        if message is None:
            raise TimeoutError(f"{topic} does not answer")
        fault = message.error()
        if fault is None:
            values.append(message.value() or b"")
        elif fault.code() == KafkaError._PARTITION_EOF:
            unread -= 1
        else:
            raise TimeoutError(fault.str())
    consumer.close()
    return values
