"""The corpus into the outboxes, as fast as the broker takes it."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from confluent_kafka import Producer

from bench.corpus import Corpus

LEASE: Final = "gateway.outbox"
PRODUCER: Final = {
    "log_level": 2,
    "enable.idempotence": True,
    "acks": "all",
    "partitioner": "murmur2_random",
    "linger.ms": 20,
    "batch.size": 262_144,
    "queue.buffering.max.messages": 200_000,
    "queue.buffering.max.kbytes": 262_144,
}


def load(bootstrap: str, corpus: Corpus, generations: Iterable[int], made_at: int) -> Counter[str]:
    """These generations into the outboxes. Returns how many records must end how."""
    producer = Producer(PRODUCER | {"bootstrap.servers": bootstrap})
    ends: list[str] = []
    for topic, key, value, expected in corpus.records(generations, made_at):
        while True:
            try:
                producer.produce(topic, value, key)
                break
            except BufferError:
                producer.poll(0.05)
        ends.append(expected)
    left = producer.flush(60)
    if left:
        raise TimeoutError(f"{left} records were not confirmed within 60 s")
    return Counter(ends)
