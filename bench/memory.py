"""What the exchange takes of memory over ten minutes at half of what it can do, beside what it may take.

    python -m bench.memory [--seconds 600] [--rate 5000]

An open loop publishes beside the line on core 1. Each minute one line: resident memory of the exchange
process (VmRSS), event ids it remembers and cases it keeps (its own metrics), and the bound.
Ids are remembered for 25 hours and cases until they end, so memory grows by these two; beyond them it must
be flat. Both are taken at the price of the bound; where they cost less, what is kept besides could hide in
the difference: so a second process reads the same back at the end, and both are told beside each other.
Exit code 1 if the bound was broken.
"""

import argparse
import re
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from bench import broker, builds, drains, programs
from bench.broker import Broker
from bench.definitions import prepare
from bench.drains import System
from bench.latency import fresh_topics
from bench.measuring import rss_bytes
from bench.peers import line

FIXED_BYTES: Final = 150_000_000
ID_BYTES: Final = 132
CASE_BYTES: Final = 1_000
MB: Final = 1e6
LOOK_SECONDS: Final = 15.0
"""As often as Prometheus asks, if it is not told otherwise."""
LINE_SECONDS: Final = 60.0
SETTLED_SHARE: Final = 0.2
"""The first part of a run fills pools, queues and the first tables; what comes after must be flat."""
BEHIND_SECONDS: Final = 2.0
"""A few transactions and a metrics page; who falls further behind does not keep up with the load."""
KEPT_BYTES: Final = 8
"""The least that Python keeps of an event: one reference in a list."""
LOOKS_AT_LEAST: Final = 5
START_SECONDS: Final = 300.0
"""To read back what a long run wrote takes a while."""
CATCH_UP_SECONDS: Final = 120.0
METRICS_SECONDS: Final = 10.0
METRICS: Final = "http://127.0.0.1:19101/metrics"


@dataclass(frozen=True)
class Look:
    """The exchange at one time. seconds: since the load began. events: decided, for good."""

    seconds: float
    events: int
    rss: int
    ids: int
    cases: int

    @property
    def explained(self) -> int:
        """Bytes that ids and cases may take."""
        return self.ids * ID_BYTES + self.cases * CASE_BYTES

    @property
    def bound(self) -> int:
        return FIXED_BYTES + self.explained

    @property
    def below(self) -> int:
        """Bytes left under the bound; negative where it is broken."""
        return self.bound - self.rss

    def __str__(self) -> str:
        return (
            f"{self.seconds:5.0f} s {self.events:>10,} events  RSS {self.rss / MB:6.1f} MB "
            f"{self.ids:>10,} ids {self.cases:>10,} cases  bound {self.bound / MB:6.1f} MB, "
            f"{self.below / MB:6.1f} MB below it"
        )


def slope(points: list[tuple[float, float]]) -> float:
    """By how much y grows with each x: least squares."""
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread


def measure(system: System, kafka: Broker, seconds: float, rate: int) -> Iterator[Look]:
    """Fresh topics, an open loop for so long: a look before, those while it lasts, one when all is decided.

    The very last is of another process that has decided nothing and read the same ids and cases back.
    Raises ProgramError or TimeoutError, which say what failed.
    """
    fresh_topics(system, kafka)
    with _exchange(system, kafka) as look:
        yield look()
        with programs.running("publisher", kafka.bootstrap, str(rate), str(seconds), "0") as publisher:
            broker.until(lambda: system.done(kafka) > 0 or not publisher.runs, "nothing is decided")
            began = time.monotonic()
            while publisher.runs:
                time.sleep(LOOK_SECONDS - (time.monotonic() - began) % LOOK_SECONDS)
                yield look(began)
            publisher.told(LOOK_SECONDS)
        published = int(rate * seconds)
        broker.until(
            lambda: system.done(kafka) >= published, f"{system.name} does not catch up", CATCH_UP_SECONDS
        )
        yield look(began)
    with _exchange(system, kafka) as look:
        yield look(began)


@contextmanager
def _exchange(system: System, kafka: Broker) -> Iterator[Callable[..., Look]]:
    """It runs and holds its slots; what to call for a look at it."""
    process = drains.start(system, kafka)

    def look(began: float | None = None) -> Look:
        with urllib.request.urlopen(METRICS, timeout=METRICS_SECONDS) as answer:  # our own, on this machine
            text = answer.read().decode()
        ids, cases = (total(text, name) for name in ("gateway_window_ids", "gateway_live_cases"))
        seconds = 0.0 if began is None else time.monotonic() - began
        return Look(seconds, system.done(kafka), rss_bytes(process.pid), ids, cases)

    try:
        drains.until_it_reads(system, process, START_SECONDS)
        yield look
    finally:
        drains.stop(process)


def total(text: str, name: str) -> int:
    """The sum of a gauge over its slots, in a page of metrics. Raises ValueError if it does not know it.

    A slot is told once it has decided something; so before the first event the sum is 0.
    """
    if f"# TYPE {name} gauge" not in text:
        raise ValueError(f"{METRICS} says nothing of {name}")
    return round(sum(map(float, re.findall(rf"^{name}{{[^}}]*}} (\S+)$", text, re.MULTILINE))))


def judgment(looks: list[Look]) -> str:
    """Whether memory beyond ids and cases is flat, by the looks after the first part of the run.

    Its growth is told by hour and by event, for the limit is of an event: less than one reference for each
    is less than can be kept of each. What is kept of a transaction or a second is too little to be seen.
    """
    settled = [one for one in looks if one.seconds >= SETTLED_SHARE * looks[-1].seconds]
    if len(settled) < LOOKS_AT_LEAST:
        return f"too short to judge: {len(settled)} looks after the first fifth, {LOOKS_AT_LEAST} are needed"
    by_hour = 3600 * slope([(one.seconds, one.rss - one.explained) for one in settled])
    events_by_hour = 3600 * slope([(one.seconds, one.events) for one in settled])
    limit = KEPT_BYTES * events_by_hour
    word = "flat" if by_hour <= limit else "NOT FLAT"
    return (
        f"beyond ids and cases: {by_hour / MB:+.1f} MB an hour, {by_hour / events_by_hour:+.2f} B an event: "
        f"{word} (at most {limit / MB:.1f} MB an hour, which is {KEPT_BYTES} B, one reference, an event)"
    )


def verdict(looks: list[Look]) -> str:
    """Whether all of them kept the bound, and the nearest to it."""
    nearest = min(looks, key=lambda one: one.below)
    broken = sum(one.below < 0 for one in looks)
    word = f"BROKEN in {broken} of {len(looks)} looks" if broken else f"kept in all {len(looks)} looks"
    return f"bound: {word}; nearest at {nearest.seconds:.0f} s, {nearest.below / MB:.1f} MB below it"


def behind(looks: list[Look], rate: int, seconds: float) -> str:
    """How far it fell behind the load at most: what waits in its queues takes memory too."""
    most = max(min(one.seconds, seconds) - one.events / rate for one in looks)
    word = "" if most <= BEHIND_SECONDS else ": NOT the load that was asked for, what waited is in the RSS"
    return f"at most {max(0.0, most):.1f} s behind {rate:,}/s{word}"


def rebuilt_line(last: Look, rebuilt: Look) -> str:
    """What the process that ran holds more than one that only took its slots over.

    It has the same ids and cases, but tells them only once it has decided something.
    """
    more = last.rss - rebuilt.rss
    return (
        f"a process that only read {last.ids:,} ids and {last.cases:,} cases back: "
        f"RSS {rebuilt.rss / MB:.1f} MB; the one that ran: {more / MB:+.1f} MB, "
        f"{more / last.events:+.2f} B an event"
    )


def _print_each_minute(found: Iterator[Look]) -> list[Look]:
    """All looks, most of them unsaid."""
    looks: list[Look] = []
    for one in found:
        looks.append(one)
        if one.seconds % LINE_SECONDS < LOOK_SECONDS:
            print(one, flush=True)
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=int, default=5_000, help="events offered a second")
    asked = parser.parse_args()
    programs.leave_nothing_behind()
    prepare()
    fault = builds.native()
    system = line("line", builds.pure(), "") if fault else line("line, compiled", builds.NATIVE, "")
    print(f"{system.name}{f' ({fault})' if fault else ''}: {asked.rate:,}/s offered for {asked.seconds:g} s")
    try:
        with broker.running() as kafka:
            looks = _print_each_minute(measure(system, kafka, asked.seconds, asked.rate))
    except (RuntimeError, TimeoutError, programs.ProgramError) as why:
        raise SystemExit(f"No measurement: {why}") from why
    *ran, rebuilt = looks
    print(
        ran[-1],
        rebuilt_line(ran[-1], rebuilt),
        behind(ran, asked.rate, asked.seconds),
        judgment(ran),
        verdict(ran),
        sep="\n",
    )
    sys.exit(any(one.below < 0 for one in ran))


if __name__ == "__main__":
    main()
