"""The corpus into the outboxes, as fast as the broker takes it."""

import time
from typing import Final

from confluent_kafka import Producer

from bench.broker import Broker
from bench.corpus import Corpus

LEASE: Final = "gateway.outbox"
PRODUCER: Final = {
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",
    "linger.ms": 20,
    "batch.size": 262_144,
    "queue.buffering.max.messages": 200_000,
    "queue.buffering.max.kbytes": 262_144,
}


def load(broker: Broker, corpus: Corpus, generations: int) -> int:
    """So many generations into new outboxes, all made now. Returns how many records that is."""
    broker.make([*corpus.topics, LEASE])
    producer = Producer(broker.kafka | PRODUCER)
    now = time.time_ns() // 1_000_000
    count = 0
    for topic, key, value, _ in corpus.records(generations, now):
        while True:
            try:
                producer.produce(topic, value, key)
                break
            except BufferError:
                producer.poll(0.05)
        count += 1
    left = producer.flush(60)
    if left:
        raise TimeoutError(f"{left} records were not confirmed within 60 s")
    return count
