"""What a process tree used, whether the machine was quiet, who goes first on it, and when no core sleeps."""

import contextlib
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

IDLE: Final = Path("/dev/cpu_dma_latency")
PROC: Final = Path("/proc")
TICKS: Final = os.sysconf("SC_CLK_TCK")
SPINS: Final = 3_000_000
PLACES: Final = 2_000_000
STEPS: Final = 1_000_000


def go_first(priority: int) -> None:
    """Run before all others on this core, as on a machine of one's own; higher priorities before lower.

    To be called before a client has its threads: they inherit it. Who goes before threads of its own client
    turns on a lock that they hold, until the kernel stops it after 0.95 s. Without the right nothing changes.
    """
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))


@contextlib.contextmanager
def awake() -> Iterator[bool]:
    """No core sleeps within the block, by Linux's PM QoS: an idle one polls. False without the right to that.

    A rented machine's core that sleeps gives its place at the host away, and gets it back 2 to 7 ms late.
    """
    with contextlib.ExitStack() as stack:
        try:
            idle = stack.enter_context(IDLE.open("wb", buffering=0))
            idle.write(bytes(4))  # microseconds until a core is awake, as long as the file is open
        except OSError:
            yield False
        else:
            yield True


def tree(pid: int) -> list[int]:
    """The process and all its descendants that live now."""
    found, asked = [], [pid]
    while asked:
        one = asked.pop()
        found.append(one)
        try:
            for task in (PROC / str(one) / "task").iterdir():
                asked += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree, with children that have ended."""
    ticks = 0
    for one in tree(pid):
        try:
            fields = (PROC / str(one) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICKS


def thread_seconds(pid: int, name: str) -> float:
    """User and system time of the living threads of this one process whose names begin so."""
    ticks = 0
    for task in (PROC / str(pid) / "task").iterdir():
        try:
            before, _, behind = (task / "stat").read_text().rpartition(")")
        except OSError:
            continue
        if before.partition("(")[2].startswith(name):
            ticks += sum(int(field) for field in behind.split()[11:13])
    return ticks / TICKS


def peak_rss_mb(pid: int) -> float:
    """The sum of the peaks of the tree's processes."""
    return _status_mb(pid, "VmHWM")


def rss_bytes(pid: int) -> int:
    """What this one process holds in memory now. Raises OSError if it is gone."""
    status = (PROC / str(pid) / "status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def _status_mb(pid: int, figure: str) -> float:
    kilobytes = 0
    for one in tree(pid):
        try:
            status = (PROC / str(one) / "status").read_text()
        except OSError:
            continue
        kilobytes += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith(figure))
    return kilobytes / 1024


@contextlib.contextmanager
def on(core: int) -> Iterator[None]:
    """Runs the block on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def spin(core: int) -> float:
    """Seconds of wall clock that a fixed loop takes on this core: longer, where somebody else runs there."""
    with on(core):
        began = time.perf_counter()
        mixed = 0
        for number in range(SPINS):
            mixed = number ^ mixed << 1 & 0xFFFF
        return time.perf_counter() - began


def memory_step_ns(core: int) -> float:
    """CPU nanoseconds of a step from place to place in more memory than caches hold, on this core.

    It doubles from one hour to another where a machine's memory is shared, and a spin does not show it.
    """
    places = list(range(PLACES))
    random.Random(1).shuffle(places)
    with on(core):
        began = time.thread_time()
        place = 0
        for _ in range(STEPS):
            place = places[place]
        return (time.thread_time() - began) / STEPS * 1e9


def stolen_seconds() -> float:
    """What the host took from all cores since it started."""
    return int((PROC / "stat").read_text().splitlines()[0].split()[8]) / TICKS


def cpu_model() -> str:
    for line in (PROC / "cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return "unknown"
