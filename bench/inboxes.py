"""What the addressees see: reads every inbox, committed records only, and notes how old each event is.

    python -m bench.inboxes BOOTSTRAP INBOX...

Until SIGTERM, and until nothing more comes; then prints one JSON list of [due, seen], milliseconds since
the epoch.
"""

import json
import signal
import sys
import time
from typing import Final

from confluent_kafka import Consumer, TopicPartition

from bench.corpus import read_made_at
from bench.measuring import go_first

PRIORITY: Final = 10
"""Before the system that is measured, behind the publisher."""


def main() -> None:
    bootstrap, inboxes = sys.argv[1], sys.argv[2:]
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    go_first(PRIORITY)
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "bench-inboxes",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
        }
    )
    known = consumer.list_topics(timeout=10).topics
    consumer.assign(
        [TopicPartition(topic, partition, 0) for topic in inboxes for partition in known[topic].partitions]
    )
    seen: list[tuple[float, bytes]] = []
    message = None
    while running or message is not None:
        message = consumer.poll(0.5)
        found = [] if message is None else [message, *consumer.consume(1000, 0)]
        now = time.time() * 1000
        seen += [(now, one.value() or b"") for one in found if one.error() is None]
    consumer.close()
    print(json.dumps([[read_made_at(value), at] for at, value in seen]))


if __name__ == "__main__":
    main()
