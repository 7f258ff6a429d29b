"""From due to visible where it is delivered, at a fixed rate: the system on core 1, all else on core 0."""

import json
import signal
import subprocess
from dataclasses import dataclass, replace
from typing import Final

from bench import drains
from bench.broker import Broker, until
from bench.drains import System, python_module
from bench.peers import OUTBOXES

RATE: Final = 5_000
WARM_UP_SECONDS: Final = 4.0
CATCH_UP_SECONDS: Final = 120.0
LATE_ALLOWED: Final = 0.001
LEASE: Final = "gateway.outbox"


@dataclass(frozen=True)
class Latency:
    """Milliseconds from due to seen, of every event delivered after the warm-up.

    late: the share of due times that the publisher missed.
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

    @property
    def void(self) -> bool:
        return self.late > LATE_ALLOWED


def measure(system: System, cycle_ms: int, broker: Broker, seconds: float, rate: int = RATE) -> Latency:
    """Fresh outboxes and outputs, an open loop for so long, and a reader of every inbox."""
    cycle = {"GATEWAY_EXCHANGE__CYCLE_MS": str(cycle_ms), "BENCH_CYCLE_MS": str(cycle_ms)}
    own = replace(system, environment=system.environment | cycle)
    broker.drop([*own.outputs, *OUTBOXES, LEASE])
    broker.forget_group(own.group)
    broker.make([*own.outputs, *OUTBOXES, LEASE], own.compacted)
    process = drains.start(own, broker)
    try:
        until(lambda: own.ready in drains.log_of(own).read_text(), f"{own.name} does not read")
        reader = _program("inboxes", broker.bootstrap, *own.inboxes)
        publisher = _program("publisher", broker.bootstrap, str(rate), str(WARM_UP_SECONDS + seconds))
        told = publisher.communicate(timeout=120 + seconds)[0]
        published, late, start = (int(word) for word in told.split())
        until(lambda: own.done(broker) >= published, f"{own.name} does not catch up", CATCH_UP_SECONDS)
        reader.send_signal(signal.SIGTERM)
        seen = json.loads(reader.communicate(timeout=60)[0])
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
        late / published,
    )


def _quantile(ages: list[float], share: float) -> float:
    return ages[min(len(ages) - 1, int(share * len(ages)))]


def _program(name: str, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        python_module(f"bench.{name}", *words),
        stdout=subprocess.PIPE,
        text=True,
        env=drains.environment(),
    )
