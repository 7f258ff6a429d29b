"""The embedded broker: there at once, reached by other processes, gone with its holder."""

import socket
import subprocess
import sys

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from gateway.embedded import PARTITIONS, EmbeddedBroker

PUBLISH = """
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": sys.argv[1]})
producer.produce("zhejiang.outbox", b"hello", partition=3)
sys.exit(producer.flush(10))
"""


HOLD = """
from gateway.embedded import EmbeddedBroker
with EmbeddedBroker() as broker:
    address = broker.bootstrap
print(address, end="")
"""


def consumer(bootstrap: str) -> Consumer:
    return Consumer({"bootstrap.servers": bootstrap, "group.id": "test", "fetch.wait.max.ms": 10})


def test_touched_topics_are_there() -> None:
    with EmbeddedBroker() as broker:
        broker.touch(["zhejiang.outbox", "gateway.ledger"])
        reader = consumer(broker.bootstrap)
        topics = reader.list_topics(timeout=5).topics
        reader.close()
    assert {name: len(topic.partitions) for name, topic in topics.items()} == {
        "zhejiang.outbox": PARTITIONS,
        "gateway.ledger": PARTITIONS,
    }


def test_child_process_reaches_it() -> None:
    with EmbeddedBroker() as broker:
        broker.touch(["zhejiang.outbox"])
        subprocess.run([sys.executable, "-c", PUBLISH, broker.bootstrap], check=True, timeout=30)
        reader = consumer(broker.bootstrap)
        reader.assign([TopicPartition("zhejiang.outbox", 3, OFFSET_BEGINNING)])
        record = reader.poll(10)
        reader.close()
    assert record is not None
    assert record.value() == b"hello"


def test_it_ends_with_its_holder_and_says_nothing() -> None:
    """In a process of its own: in this one, clients of other tests may miss their brokers and say so."""
    held = subprocess.run(
        [sys.executable, "-c", HOLD], capture_output=True, text=True, check=True, timeout=30
    )
    host, _, port = held.stdout.partition(":")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, int(port)), timeout=1)
    assert held.stderr == ""
