"""An open loop: event i is published when it is due, t0 + i/rate, whatever became of those before.

    python -m bench.publisher BOOTSTRAP RATE SECONDS

The due time stands in the event, as the time at which it was made. Prints how many were published, and
how many of them more than 1 ms late.
"""

import contextlib
import os
import sys
import time
from typing import Final

from confluent_kafka import Producer

from bench.corpus import MADE_AT, MADE_AT_BYTES, Corpus, corpus, varint

GENERATION: Final = 5_000
"""Small, so that answers follow their requests within seconds."""
LATE_SECONDS: Final = 0.001
PRIORITY: Final = 10


def prepared(found: Corpus, count: int) -> list[tuple[str, bytes, bytes, bytes]]:
    """Topic, key, and the value before and behind the time at which it is made; without repeats."""
    made = varint(MADE_AT)
    events = []
    generations = count // GENERATION + 2
    for topic, key, value, expected in found.records(range(generations), MADE_AT):
        if expected not in ("repeat", "conflict"):
            before, _, behind = value.partition(made)
            events.append((topic, key, before, behind))
    return events[:count]


def main() -> None:
    bootstrap, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    events = prepared(corpus(GENERATION), int(rate * seconds))
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "acks": "all",
            "partitioner": "murmur2_random",
            "linger.ms": 1,
        }
    )
    producer.list_topics(timeout=10)
    with contextlib.suppress(OSError):  # without the right, the share of late ones tells
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    late, gap = 0, 1 / rate
    start = time.time() + 0.2
    for number, (topic, key, before, behind) in enumerate(events):
        due = start + number * gap
        left = due - time.time()
        if left > 0:
            time.sleep(left)
        elif left < -LATE_SECONDS:
            late += 1
        made = varint(int(due * 1000))
        assert len(made) == MADE_AT_BYTES
        producer.produce(topic, before + made + behind, key)
    producer.flush(30)
    print(len(events), late, int(start * 1000))


if __name__ == "__main__":
    main()
