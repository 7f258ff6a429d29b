"""From due to seen where it is delivered, at a fixed rate: the broker alone on core 0, all else on core 1."""

import json
from dataclasses import dataclass, replace
from typing import Final

from bench import drains, measuring, programs
from bench.broker import Broker, until
from bench.drains import System
from bench.peers import OUTBOXES

RATE: Final = 5_000
WARM_UP_SECONDS: Final = 20.0
START_SECONDS: Final = 120.0
TELL_SECONDS: Final = 60.0
CATCH_UP_SECONDS: Final = 120.0
LATE_ALLOWED: Final = 0.001
LEASE: Final = "gateway.outbox"


@dataclass(frozen=True)
class Latency:
    """Milliseconds from due to seen, of every event that was due after the warm-up and delivered.

    late: the share of due times that the publisher missed. compiling: how much of the broker's core went to
    compiling it meanwhile, warm-up included. memory_ns: what a step through memory took just before.
    """

    name: str
    cycle_ms: int
    rate: int
    samples: int
    p50: float
    p95: float
    p99: float
    p999: float
    most: float
    late: float
    compiling: float
    memory_ns: float

    @property
    def void(self) -> bool:
        return self.late > LATE_ALLOWED


def measure(system: System, cycle_ms: int, broker: Broker, seconds: float, rate: int = RATE) -> Latency:
    """Fresh outboxes and outputs, an open loop for so long, and a reader of every inbox.

    Raises ProgramError or TimeoutError, which say what failed.
    """
    cycle = {"GATEWAY_EXCHANGE__CYCLE_MS": str(cycle_ms), "BENCH_CYCLE_MS": str(cycle_ms)}
    own = replace(system, environment=system.environment | cycle)
    fresh_topics(own, broker)
    memory_ns = measuring.memory_step_ns(drains.SYSTEM_CORE)
    process = drains.start(own, broker)
    offered = WARM_UP_SECONDS + seconds
    asked, published = (rate, offered, WARM_UP_SECONDS), int(rate * offered)
    try:
        drains.until_it_reads(own, process)
        with (
            programs.running("inboxes", broker.bootstrap, *own.inboxes) as reader,
            programs.running("publisher", broker.bootstrap, *map(str, asked)) as publisher,
        ):
            compiled = broker.compiler_seconds()
            late, start = map(int, publisher.told(START_SECONDS + offered).split())
            compiling = (broker.compiler_seconds() - compiled) / offered
            until(lambda: own.done(broker) >= published, f"{own.name} does not catch up", CATCH_UP_SECONDS)
            reader.ask_to_end()
            seen = json.loads(reader.told(TELL_SECONDS))
    finally:
        drains.stop(process)
    begin = start + WARM_UP_SECONDS * 1000
    ages = sorted(at - due for due, at in seen if due >= begin)
    return Latency(
        system.name,
        cycle_ms,
        rate,
        len(ages),
        *(_quantile(ages, share) for share in (0.5, 0.95, 0.99, 0.999, 1.0)),
        late / (rate * seconds),
        compiling,
        memory_ns,
    )


def fresh_topics(system: System, broker: Broker) -> None:
    """Nothing in the outboxes, nothing written, nothing read."""
    broker.drop([*system.outputs, *OUTBOXES, LEASE])
    broker.forget_group(system.group)
    broker.make([*system.outputs, *OUTBOXES, LEASE], system.compacted)


def _quantile(ages: list[float], share: float) -> float:
    return ages[min(len(ages) - 1, int(share * len(ages)))]
