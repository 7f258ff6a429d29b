"""How one exchange process is set up, and who is told how it goes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from confluent_kafka import KafkaError

from gateway.calm import BROKERS
from gateway.exchange.crash_points import CrashPoints
from gateway.pipeline import Ending
from gateway.slot import Slot

GROUP: Final = "gateway-decide"
GATHERINGS: Final = 10
"""How often records are gathered and decided in one cycle, at most."""
QUIET: Final = 2
"""librdkafka's level for what is critical: its errors reach us as exceptions, or by `tell`."""

Properties = dict[str, str | int | bool | Callable[[KafkaError], None]]


def tell(error: KafkaError) -> None:
    """Log what librdkafka says of its brokers while it tries again."""
    logging.getLogger(BROKERS).warning("%s", error.str())


class Observer(Protocol):
    """What wants to know how it goes; called once per batch or commit, never per event."""

    def decided(self, partition: int, slot: Slot, headers: int) -> None: ...

    def committed(self, endings: list[dict[Ending, int]], seconds: float) -> None: ...

    def unclear(self) -> None: ...

    def holding(self, lags: dict[int, int]) -> None: ...

    def switched(self, number: int) -> None: ...

    def waiting(self, seconds: dict[tuple[str, int], float]) -> None: ...


@dataclass(frozen=True)
class ExchangeConfig:
    """How one exchange process runs. kafka: librdkafka's connection properties (brokers, TLS, SASL).

    patience_seconds: how long a topic-partition waits for a schema registry that does not answer.
    place: stable name of this process place; its `transactional.id` and group instance follow from it.
    """

    kafka: dict[str, str]
    place: str
    data_dir: Path
    cycle_seconds: float = 0.1
    max_batch: int = 500
    transaction_timeout_ms: int = 10_000
    session_timeout_ms: int = 6_000
    embedded: bool = False
    patience_seconds: float = 600.0
    crash_points: CrashPoints = field(default_factory=CrashPoints)

    def producer(self) -> Properties:
        return {
            **self.kafka,
            "transactional.id": f"gateway-exchange-{self.place}",
            "transaction.timeout.ms": self.transaction_timeout_ms,
            "enable.idempotence": True,
            "acks": "all",
            "linger.ms": round(2000 * self.cycle_seconds),  # until a commit flushes: a request per partition
            "batch.size": 262_144,
            "message.max.bytes": 1_114_112,  # a record of 1 MiB, copied to quarantine with its header
            "queue.buffering.max.messages": 500_000,
            "compression.type": "none",  # what reads an inbox may know no codec; topics can set theirs
            "log_level": QUIET,
        }

    def lease(self) -> Properties:
        return {
            **self.reader(),
            "group.id": GROUP,
            "group.instance.id": f"gateway-exchange-{self.place}",
            "partition.assignment.strategy": "range",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.session_timeout_ms // 4,
            # When slots are handed over, two commits may be waited for without polling.
            "max.poll.interval.ms": max(30_000, 2 * self.transaction_timeout_ms + 10_000),
            "enable.partition.eof": False,
            # A fetch waits no longer than records are gathered anyway, and the broker answers fewer of them.
            "fetch.min.bytes": 65_536,
            "fetch.max.bytes": 2_097_152,  # what is fetched shall still be warm when it is decided
            "fetch.wait.max.ms": max(1, round(self.cycle_seconds * 1000 / GATHERINGS)),
        }

    def reader(self) -> Properties:
        return {
            **self.kafka,
            "group.id": f"{GROUP}-rebuild",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "isolation.level": "read_committed",
            "auto.offset.reset": "error",
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10 if self.embedded else 50,
            "fetch.queue.backoff.ms": 10,
            "queued.min.messages": 2_000,  # of each partition, ahead of the loop: more is only memory
            "log_level": QUIET,
            "error_cb": tell,
        }
