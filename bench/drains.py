"""One drain of one system: fresh outputs, its process alone on core 1, CPU between two commits.

The clock starts after the records of the first generations, so that the mix of events is the full one,
and after the warm-up a system needs; it ends after so many seconds or when the outboxes are empty.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import measuring
from bench.broker import Broker, until
from bench.definitions import ROOT

SYSTEM_CORE: Final = 1
START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
STALL_SECONDS: Final = 30.0
LOGS: Final = ROOT / "build" / "bench" / "logs"


@dataclass(frozen=True)
class System:
    """How a system is started and how far it is.

    command: from the broker's address. outputs: topics it writes; compacted: those of them that are.
    done: how many input records are through, for good; what else it counts, `real_share` takes out.
    leftovers: how the names of topics begin that it makes for itself. absent: why it cannot run here.
    inboxes: topics in which what it delivers is seen. ready: what its log says once it reads, if it says so.
    warm_up_seconds: from the first output on, not counted. skip: input records that are not counted.
    """

    name: str
    command: Callable[[Broker], list[str]]
    outputs: tuple[str, ...]
    done: Callable[[Broker], int]
    group: str = ""
    compacted: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    inboxes: tuple[str, ...] = ()
    ready: str = ""
    warm_up_seconds: float = 1.0
    skip: int = 0
    leftovers: tuple[str, ...] = ("\0",)
    real_share: Callable[[Broker], float] = lambda _broker: 1.0
    absent: Callable[[], str] = lambda: ""
    note: str = ""


@dataclass(frozen=True)
class Drain:
    """What was measured in one drain."""

    system: str
    events: int
    seconds: float
    cpu_seconds: float
    rss_mb: float
    spin_before: float
    spin_after: float
    stolen_seconds: float

    @property
    def us_per_event(self) -> float:
        return self.cpu_seconds * 1e6 / self.events

    @property
    def events_per_second(self) -> float:
        return self.events / self.seconds

    @property
    def disturbed(self) -> bool:
        return not 1 / 1.15 <= self.spin_after / self.spin_before <= 1.15


def drain(system: System, broker: Broker, records: int, seconds: float, warm: bool = True) -> Drain:
    """Run it once and measure. Raises TimeoutError with its log if it does not start or stands still."""
    broker.drop([*system.outputs, *(name for name in broker.topics() if name.startswith(system.leftovers))])
    if system.group:
        broker.forget_group(system.group)
    broker.make(system.outputs, system.compacted)
    spin_before, stolen = measuring.spin(SYSTEM_CORE), measuring.stolen_seconds()
    process = start(system, broker)
    try:
        first = _reach(system, broker, process, 1, START_SECONDS)
        start_at = time.monotonic() + (system.warm_up_seconds if warm else 1.0)
        while first < system.skip or time.monotonic() < start_at:
            first = _next(system, broker, process, first)
            if first >= 0.9 * records:
                raise TimeoutError(f"{system.name} was through before its warm-up was over")
        began, cpu = time.monotonic(), measuring.cpu_seconds(process.pid)
        last = first
        while last < records and time.monotonic() - began < seconds:
            last = _next(system, broker, process, last)
        ended, cpu = time.monotonic(), measuring.cpu_seconds(process.pid) - cpu
        rss = measuring.peak_rss_mb(process.pid)
        share = system.real_share(broker)
    finally:
        stop(process)
    return Drain(
        system.name,
        round((last - first) * share),
        ended - began,
        cpu,
        rss,
        spin_before,
        measuring.spin(SYSTEM_CORE),
        measuring.stolen_seconds() - stolen,
    )


def start(system: System, broker: Broker) -> subprocess.Popen[bytes]:
    """Its process, alone on core 1; what it says goes to build/bench/logs/."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with log_of(system).open("wb") as log:
        return subprocess.Popen(
            ["taskset", "-c", str(SYSTEM_CORE), *system.command(broker)],
            env=environment() | {"GATEWAY_KAFKA__BOOTSTRAP": broker.bootstrap} | system.environment,
            stdout=log,
            stderr=log,
            cwd=LOGS,
        )


def until_it_reads(system: System, process: subprocess.Popen[bytes], seconds: float = START_SECONDS) -> None:
    """Raises TimeoutError with its log if it ends before, or does not read in that time."""

    def reads_or_ended() -> bool:
        return process.poll() is not None or system.ready in log_of(system).read_text(errors="replace")

    until(reads_or_ended, f"{system.name} does not read: {log_of(system)}", seconds)
    if process.poll() is not None:
        said = log_of(system).read_text(errors="replace")[-2000:]
        raise TimeoutError(f"{system.name} ended with {process.returncode}:\n{said}")


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def log_of(system: System) -> Path:
    return LOGS / f"{system.name.replace(' ', '-')}.log"


def _reach(
    system: System, broker: Broker, process: subprocess.Popen[bytes], wanted: int, seconds: float
) -> int:
    deadline = time.monotonic() + seconds
    while True:
        done = system.done(broker)
        if done >= wanted:
            return done
        if process.poll() is not None or time.monotonic() > deadline:
            said = log_of(system).read_text(errors="replace")[-2000:]
            raise TimeoutError(
                f"{system.name} does not go on ({shlex.join(system.command(broker))}):\n{said}"
            )
        time.sleep(0.01)


def _next(system: System, broker: Broker, process: subprocess.Popen[bytes], before: int) -> int:
    """How far it is as soon as it is further: right behind a commit."""
    return _reach(system, broker, process, before + 1, STALL_SECONDS)


def python_module(name: str, *words: str) -> list[str]:
    return [sys.executable, "-P", "-m", name, *words]
