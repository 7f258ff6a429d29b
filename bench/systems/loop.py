"""What the two plain confluent-kafka programs share: read, work, and one transaction each cycle."""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, Message, Producer

CYCLE_SECONDS = float(os.environ.get("BENCH_CYCLE_MS", "100")) / 1000
BATCH = 1000


def run(
    group: str,
    topics: list[str],
    work: Callable[[list[Message], Producer], None],
    flush: Callable[[Producer], None],
) -> None:
    """Until SIGTERM: `work` on each batch, `flush` before each commit."""
    bootstrap = sys.argv[1]
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "fetch.queue.backoff.ms": 10,
            "fetch.wait.max.ms": 50,
            "fetch.max.bytes": 2_097_152,  # as the line has it: the plain loop gains by it too
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "transactional.id": group,
            "acks": "all",
            "linger.ms": 5,
            "batch.size": 262_144,
            "queue.buffering.max.messages": 500_000,
        }
    )
    producer.init_transactions(30)
    consumer.subscribe(topics)
    while running:
        transact(consumer, producer, work, flush)
    consumer.close()


def transact(consumer: Consumer, producer: Producer, work: Any, flush: Any) -> None:
    messages = consumer.consume(BATCH, 0.05)
    if not messages:
        return
    ends = time.monotonic() + CYCLE_SECONDS
    producer.begin_transaction()
    while messages:
        work([message for message in messages if message.error() is None], producer)
        left = ends - time.monotonic()
        messages = consumer.consume(BATCH, min(left, 0.005)) if left > 0 else []
    flush(producer)
    producer.send_offsets_to_transaction(
        consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), 30
    )
    producer.commit_transaction(30)
