"""The core alone, without Kafka: CPU per event of `gateway.pipeline.decide` on the corpus.

    python -m bench.core [--events N] [--batch N] [--profile]

One batch is one slot's, as the exchange makes them. The first generations, in which nobody answers
yet, warm it up and are not counted. Another build of the package: PYTHONPATH=FOLDER:. python -P -m bench.core
"""

import argparse
import cProfile
import gc
import pstats
import resource
import time
from collections import Counter
from collections.abc import Iterator
from typing import Final

from bench.corpus import EVENTS, LAG, corpus
from bench.definitions import CATALOGUE
from gateway import pipeline
from gateway.definition_files import load
from gateway.definitions.book import Book
from gateway.identifiers import slot_of
from gateway.messages import OutboxRecord
from gateway.slot import Slot

SLOTS: Final = 12
Batch = tuple[int, list[OutboxRecord]]


def batches(generations: int, size: int, now: int) -> Iterator[tuple[Batch, list[str]]]:
    """Batches of one slot each, with the ends that are expected of their records."""
    offsets: Counter[tuple[str, int]] = Counter()
    waiting: list[tuple[list[OutboxRecord], list[str]]] = [([], []) for _ in range(SLOTS)]
    partitions: dict[bytes, int] = {}
    for topic, key, value, expected in corpus().records(range(generations), now - 1000):
        partition = partitions.get(key)
        if partition is None:
            partition = partitions[key] = slot_of(key.decode(), SLOTS)
        records, ends = waiting[partition]
        records.append(OutboxRecord(topic, partition, offsets[topic, partition], now, value))
        offsets[topic, partition] += 1
        ends.append(expected)
        if len(records) == size:
            yield (partition, records), ends
            waiting[partition] = ([], [])


class Tally:
    """What was counted: microseconds per event of each batch, and how its records ended."""

    def __init__(self) -> None:
        self.spans: list[float] = []
        self.events = 0
        self.ends: Counter[str] = Counter()
        self.wanted: Counter[str] = Counter()

    def add(self, took: int, batch: pipeline.Batch, expected: list[str]) -> None:
        self.spans.append(took / len(expected) / 1000)
        self.events += len(expected)
        self.ends.update(decision.entry.reason or decision.entry.outcome for decision in batch.decisions)
        self.wanted.update(expected)


def run(events: int, size: int, profile: cProfile.Profile | None) -> Tally:
    """Decide the warm-up, then so many events in batches of that size."""
    now = time.time_ns() // 1_000_000
    prepared = list(batches(LAG + 1 + events // EVENTS, size, now))
    slots = [Slot() for _ in range(SLOTS)]
    book = Book(load(CATALOGUE), SLOTS)
    tally, seen = Tally(), 0
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000, 1_000, 1_000)  # as `gateway run exchange` does
    for (partition, records), expected in prepared:
        counts = seen >= LAG * EVENTS
        seen += len(records)
        if counts and profile is not None:
            profile.enable()
        began = time.process_time_ns()
        batch = pipeline.decide(records, slots[partition], book, now + 100)
        took = time.process_time_ns() - began
        if profile is not None:
            profile.disable()
        if counts:
            tally.add(took, batch, expected)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=120_000, help="counted, after the warm-up")
    parser.add_argument("--batch", type=int, default=800)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    profile = cProfile.Profile() if asked.profile else None
    tally = run(asked.events, asked.batch, profile)
    spans = sorted(tally.spans)
    print(f"corpus sha256 {corpus().digest[:16]}, {tally.events} events in batches of {asked.batch}")
    print(f"{pipeline.__file__}")
    print(
        f"{sum(spans) / len(spans):.2f} us/event (median batch {spans[len(spans) // 2]:.2f}, "
        f"10 % {spans[len(spans) // 10]:.2f}, 90 % {spans[len(spans) * 9 // 10]:.2f})"
    )
    print(f"ends: {dict(tally.ends.most_common())}")
    if tally.ends != tally.wanted:
        print(f"NOT as expected: {dict(tally.wanted.most_common())}")
    print(f"peak RSS {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB, with the corpus")
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)


if __name__ == "__main__":
    main()
