"""A broker in memory, for trying and developing: librdkafka's own mock cluster.

It lives as long as its holder; other processes reach it by its address. It has no disk, keeps about
5 MB per partition, gives every topic 4 partitions when it is first asked for, and neither aborts nor
fences transactions: nothing about exactly-once is ever shown on it.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Final, Self

from confluent_kafka import KafkaException, Producer

from gateway.errors import BrokerFault

PARTITIONS: Final = 4
ANSWER_SECONDS: Final = 5.0


class EmbeddedBroker:
    """Holds the broker from `with` to its end. bootstrap: HOST:PORT on this machine."""

    def __enter__(self) -> Self:
        self._holder = Producer(
            {
                "test.mock.num.brokers": "1",
                "bootstrap.servers": "embedded",  # has to be there; the mock cluster takes its place
                "log_level": "0",  # its words are about a cluster that nobody runs
            }
        )
        brokers = self._holder.list_topics(timeout=ANSWER_SECONDS).brokers.values()
        self.bootstrap = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._holder.close()

    def touch(self, topics: Iterable[str]) -> None:
        """Make topics be there, with `PARTITIONS` partitions each. Raises `BrokerFault`."""
        for topic in topics:
            try:
                self._holder.list_topics(topic, timeout=ANSWER_SECONDS)
            except KafkaException as error:
                raise BrokerFault(f"the embedded broker did not make {topic} ({error}).") from error
