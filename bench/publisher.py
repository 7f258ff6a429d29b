"""The publisher of an open loop: makes the events, and becomes bench/jvm/OpenLoop.java, which publishes them.

    python -m bench.publisher BOOTSTRAP RATE SECONDS UNCOUNTED_SECONDS

Prints how many events were published more than 1 ms late, those of the first seconds not counted, and when
it began, in milliseconds since the epoch. The due time stands in the event, as the time at which it was made.

Kafka's own client publishes them: it sends what is due of all 48 partitions in one request. librdkafka sends
one for each, at this rate almost one for each event: 31 % of the system's core, and a fifth to two fifths of
what the broker did. It is handed what fell due within 5 ms, and does not linger that long itself: it woke
thousands of times a second for that, and took 37 % of the core instead of 14 (docs/decisions/0015).
"""

import contextlib
import os
import struct
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from bench import java
from bench.corpus import EVENTS, GENERATIONS_AT_MOST, LAG, MADE_AT, Corpus, corpus, varint
from bench.peers import OUTBOXES

GENERATION: Final = 5_000
"""Small, so that answers follow their requests within seconds."""
FRESH_SHARE: Final = 0.9
"""At least so much of a generation is neither a repeat nor a conflict."""
PRIORITY: Final = 20
"""Before the reader: what is published late makes the run void."""
JAVA_OPTIONS: Final = (
    "-XX:TieredStopAtLevel=1",
    "-Xcomp",
    "-Xms3g",
    "-Xmx3g",
    "-Xmn2500m",
    "-XX:+AlwaysPreTouch",
    "-XX:+UseTransparentHugePages",
)
"""Nothing shall keep an event from being published in time. All is compiled when it is first called, and by
the first compiler: the second takes the core for so long that 1 % of the events were late. And so much room
that nothing is collected within a run of latencies, which took 7 to 36 ms. All of it is touched before: a
machine that gives memory when it is touched took a fifth of the core for that (docs/decisions/0015).
"""
SENDER: Final = "kafka-producer-"
"""How the client's own thread is called, as far as Linux keeps it."""
LOOK_SECONDS: Final = 0.05
HEAD: Final = struct.Struct(">BB")
SIZE: Final = struct.Struct(">H")


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


def events(found: Corpus, count: int) -> Iterator[tuple[str, bytes, bytes, int]]:
    """Topic, key, value, and where in it the time stands at which it is made; without repeats."""
    made = varint(MADE_AT)
    fresh = (
        (topic, key, value)
        for topic, key, value, expected in found.records(range(GENERATIONS_AT_MOST + 1), MADE_AT)
        if expected not in ("repeat", "conflict")
    )
    for topic, key, value in islice(fresh, count):
        yield topic, key, value, value.index(made)


def write(pipe: BinaryIO, count: int) -> None:
    """As OpenLoop reads them: topic, key and value behind their lengths, where in it the time stands."""
    places = {topic: place for place, topic in enumerate(OUTBOXES)}
    for topic, key, value, made in events(corpus(generation_size(count)), count):
        parts = (HEAD.pack(places[topic], len(key)), key, SIZE.pack(len(value)), value, SIZE.pack(made))
        pipe.write(b"".join(parts))


def put_first(publisher: int) -> None:
    """Let this process go before the reader and the system, but the client's own thread behind its others.

    To be called once its memory is touched and its events are made, which would keep the reader waiting for
    seconds. The client's thread made events late. Unlike librdkafka's, Java's locks are waited for asleep:
    nobody turns on one that it holds.
    """
    is_complete = False
    while not is_complete and os.getppid() == publisher:
        time.sleep(LOOK_SECONDS)
        for task in Path(f"/proc/{publisher}/task").iterdir():
            with contextlib.suppress(OSError):  # it ended, or nobody here may say who goes first
                is_sender = (task / "comm").read_text().startswith(SENDER)
                is_complete |= is_sender
                os.sched_setscheduler(int(task.name), os.SCHED_FIFO, os.sched_param(PRIORITY - is_sender))


def main() -> None:
    bootstrap, rate = sys.argv[1], float(sys.argv[2])
    count, uncounted = (int(rate * float(seconds)) for seconds in sys.argv[3:5])
    if fault := java.missing():
        raise SystemExit(fault)
    words = ("OpenLoop", bootstrap, str(rate), str(count), str(uncounted), *OUTBOXES)
    command = java.java(*words, options=JAVA_OPTIONS)
    publisher = os.getpid()
    reads, writes = os.pipe()
    if os.fork():
        os.dup2(reads, sys.stdin.fileno())
        os.close(writes)
        os.execvp(command[0], command)  # noqa: S606 - it becomes the publisher, which ends with its run
    os.close(reads)
    with contextlib.suppress(OSError):  # it ended
        with os.fdopen(writes, "wb") as pipe:
            write(pipe, count)
        put_first(publisher)


if __name__ == "__main__":
    main()
