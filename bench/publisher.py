"""An open loop: event i is published when it is due, t0 + i/rate, whatever became of those before.

    python -m bench.publisher BOOTSTRAP RATE SECONDS

The due time stands in the event, as the time at which it was made. Prints how many were published, how
many of them more than 1 ms late, and when it began, in milliseconds since the epoch. Events are made as
they fall due, so that a long run needs no more memory than a short one.
"""

import sys
import time
from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from confluent_kafka import Producer

from bench.corpus import EVENTS, GENERATIONS_AT_MOST, LAG, MADE_AT, MADE_AT_BYTES, Corpus, corpus, varint
from bench.measuring import go_first

GENERATION: Final = 5_000
"""Small, so that answers follow their requests within seconds."""
FRESH_SHARE: Final = 0.9
"""At least so much of a generation is neither a repeat nor a conflict."""
LATE_SECONDS: Final = 0.001
TICK_SECONDS: Final = 0.0005
"""It sleeps no shorter, and then publishes all that fell due: each waking takes the core from the system."""
PRIORITY: Final = 20
"""Before the reader: what is published late makes the run void."""


def generation_size(count: int) -> int:
    """How large a generation must be for so many events: there are no fresh ids beyond 100 of them.

    Raises ValueError where even the largest does not suffice.
    """
    full = GENERATIONS_AT_MOST - LAG
    for size in (GENERATION, EVENTS):
        if count <= full * size * FRESH_SHARE:
            return size
    raise ValueError(
        f"{count} events are too many: at most {int(full * EVENTS * FRESH_SHARE)} have fresh ids"
    )


def events(found: Corpus, count: int) -> Iterator[tuple[str, bytes, bytes, bytes]]:
    """Topic, key, and the value before and behind the time at which it is made; without repeats."""
    made = varint(MADE_AT)
    fresh = (
        (topic, key, value)
        for topic, key, value, expected in found.records(range(GENERATIONS_AT_MOST + 1), MADE_AT)
        if expected not in ("repeat", "conflict")
    )
    for topic, key, value in islice(fresh, count):
        before, _, behind = value.partition(made)
        yield topic, key, before, behind


def main() -> None:
    bootstrap, rate, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    count = int(rate * seconds)
    offered = events(corpus(generation_size(count)), count)
    first = next(offered)  # to make it takes as long as a hundred others
    go_first(PRIORITY)
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
    late, gap = 0, 1 / rate
    start = time.time() + 0.2
    for number, (topic, key, before, behind) in enumerate(chain([first], offered)):
        due = start + number * gap
        left = due - time.time()
        if left > 0:
            time.sleep(max(left, TICK_SECONDS))
        elif left < -LATE_SECONDS:
            late += 1
        made = varint(int(due * 1000))
        assert len(made) == MADE_AT_BYTES
        producer.produce(topic, before + made + behind, key)
        producer.poll(0)  # a report that nobody takes keeps its place in the queue of 100 000
    if left := producer.flush(30):
        raise SystemExit(f"{left} of {count} events were not confirmed within 30 s")
    print(count, late, int(start * 1000))


if __name__ == "__main__":
    main()
