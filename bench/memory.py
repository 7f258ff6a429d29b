"""What the exchange takes of memory in ten minutes at a steady rate, beside what it may take.

    python -m bench.memory [--minutes 10] [--rate 2500]

An open loop publishes, the line runs alone on core 1. Each minute: resident memory of the exchange, event
ids it remembers and cases it keeps (its own metrics), and the limit that is aimed at: 150 MB, 132 B an id,
1 KB a case. What is flat is the memory beyond those two: ids are remembered for 25 hours, so they grow.
"""

import argparse
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from typing import Final

from bench import broker, builds, drains
from bench.broker import Broker, until
from bench.drains import System, python_module
from bench.latency import LEASE
from bench.measuring import rss_mb
from bench.peers import OUTBOXES, line

FIXED_MB: Final = 150.0
ID_BYTES: Final = 132
CASE_BYTES: Final = 1_000
SETTLED_AFTER: Final = 0.3
"""The first part of a run fills pools and buffers; what comes after must be flat."""
METRICS: Final = "http://127.0.0.1:19101/metrics"


@dataclass(frozen=True)
class Sample:
    """One look at the exchange. seconds: since the publisher began."""

    seconds: float
    events: int
    rss_mb: float
    ids: int
    cases: int

    @property
    def limit_mb(self) -> float:
        return FIXED_MB + self.owed_mb

    @property
    def owed_mb(self) -> float:
        """What ids and cases account for."""
        return (self.ids * ID_BYTES + self.cases * CASE_BYTES) / 1e6

    def __str__(self) -> str:
        beyond = self.rss_mb - self.owed_mb
        return (
            f"{self.seconds / 60:5.1f} min  {self.events:>10,} events  {self.rss_mb:6.0f} MB  "
            f"{self.ids:>10,} ids  {self.cases:>8,} cases  limit {self.limit_mb:6.0f} MB  "
            f"beyond ids and cases {beyond:6.1f} MB"
        )


def measure(system: System, kafka: Broker, minutes: float, rate: int) -> list[Sample]:
    """Fresh outboxes and outputs, an open loop for so long, a look each minute."""
    kafka.drop([*system.outputs, *OUTBOXES, LEASE])
    kafka.forget_group(system.group)
    kafka.make([*system.outputs, *OUTBOXES, LEASE], system.compacted)
    process = drains.start(system, kafka)
    samples: list[Sample] = []
    try:
        until(lambda: system.ready in drains.log_of(system).read_text(), f"{system.name} does not read")
        words = python_module("bench.publisher", kafka.bootstrap, str(rate), str(minutes * 60))
        publisher = subprocess.Popen(
            ["taskset", "-c", "0", *words], stdout=subprocess.PIPE, text=True, env=drains.environment()
        )
        until(lambda: system.done(kafka) > 0, "nothing is published", 600)
        began = time.monotonic()
        while publisher.poll() is None:
            time.sleep(min(60.0, minutes * 6))
            samples.append(_look(system, kafka, process.pid, time.monotonic() - began))
            print(samples[-1], flush=True)
    finally:
        drains.stop(process)
    return samples


def slope(samples: list[Sample]) -> float:
    """MB a minute by which the memory beyond ids and cases grows, least squares, once it has settled."""
    late = samples[int(len(samples) * SETTLED_AFTER) :]
    times = [one.seconds / 60 for one in late]
    beyond = [one.rss_mb - one.owed_mb for one in late]
    middle, mean = sum(times) / len(times), sum(beyond) / len(beyond)
    spread = sum((at - middle) ** 2 for at in times)
    return sum((at - middle) * (mb - mean) for at, mb in zip(times, beyond, strict=True)) / spread


def _look(system: System, kafka: Broker, pid: int, seconds: float) -> Sample:
    with urllib.request.urlopen(METRICS, timeout=10) as answer:  # our own process, on this machine
        text = answer.read().decode()
    figures = [
        int(sum(float(value) for value in re.findall(rf"^{name}{{[^}}]*}} (\S+)$", text, re.MULTILINE)))
        for name in ("gateway_window_ids", "gateway_live_cases")
    ]
    return Sample(seconds, system.done(kafka), rss_mb(pid), *figures)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=int, default=2_500, help="events offered a second")
    asked = parser.parse_args()
    if builds.native():
        system = line("line", builds.pure(), "the line, plain Python")
    else:
        system = line("line, compiled", builds.NATIVE, "the line, compiled by mypyc")
    print(f"{system.note}, {asked.rate:,} events offered a second for {asked.minutes:g} min")
    with broker.running() as kafka:
        samples = measure(system, kafka, asked.minutes, asked.rate)
    last = samples[-1]
    verdict = "met" if last.rss_mb <= last.limit_mb else "missed"
    print(f"at the end {last.rss_mb:.0f} MB, aimed at most {last.limit_mb:.0f} MB: {verdict}")
    print(f"beyond ids and cases {slope(samples):+.2f} MB a minute")


if __name__ == "__main__":
    main()
