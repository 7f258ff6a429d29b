"""`python -m tests.hostile.fuzz --bodies 1000000`: mutated bodies against the generated decoders.

The decoders run in a child process with bounded memory (`fuzz_child`); this one watches it, adds up and
prints. `--seed 7 --portion 41` runs one portion of an earlier run again. Exit code 1 if a promise of
`judging` was broken, or memory passed its limit.
"""

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.hostile import portions
from tests.hostile.fuzz_child import PLACE
from tests.hostile.judging import SLOW_NS, Tally

MAX_RSS_MB: Final = 200
PATIENCE_SECONDS: Final = 60.0
"""For one portion, which takes a fraction of a second: a decoder that does not return is found by it."""
ENOUGH_COMPLAINTS: Final = 10
"""Faults repeat themselves; a run ends when it has so many."""
SHOWN_EVERY_SECONDS: Final = 10.0
OUR_DECODERS: Final = "gateway.codec:DECODERS"
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass
class Report:
    """What a run saw. complaints: one line each, with what brings the body back."""

    seed: int
    tally: Tally = field(default_factory=Tally)
    rss_mb: float = 0.0
    complaints: list[str] = field(default_factory=list)


def fuzz(
    seed: int,
    first: int,
    last: int,
    decoders: str = OUR_DECODERS,
    patience_seconds: float = PATIENCE_SECONDS,
    show: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Judge the portions from `first` to `last` in a child process."""
    report = Report(seed)
    with tempfile.NamedTemporaryFile() as place:
        place.write(PLACE.pack(first, 0))
        place.flush()
        with child(seed, first, last, place.name, decoders) as process:
            assert process.stdout is not None
            for line in watched(process, patience_seconds):
                add(report, json.loads(line))
                show(report)
                if len(report.complaints) >= ENOUGH_COMPLAINTS:
                    process.kill()
                    return report
        if process.returncode != 0:
            portion, number = PLACE.unpack(Path(place.name).read_bytes())
            fate = f"the process ended with {process.returncode} (a negative number is a signal)"
            report.complaints.append(complaint(seed, portion, number, fate))
    if report.rss_mb > MAX_RSS_MB:
        report.complaints.append(
            f"memory went up to {report.rss_mb:.0f} MB, at most {MAX_RSS_MB} are allowed"
        )
    return report


@contextmanager
def child(seed: int, first: int, last: int, place: str, decoders: str) -> Iterator[subprocess.Popen[str]]:
    words = ("--seed", str(seed), "--first", str(first), "--last", str(last), "--place", place)
    command = [sys.executable, "-m", "tests.hostile.fuzz_child", *words, "--decoders", decoders]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def watched(process: subprocess.Popen[str], patience_seconds: float) -> Iterator[str]:
    """The child's lines; it is killed when it prints none for so long."""
    assert process.stdout is not None
    while True:
        timer = threading.Timer(patience_seconds, process.kill)
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            return
        yield line


def add(report: Report, seen: dict[str, Any]) -> None:
    tally = seen["tally"]
    counted = {name: Counter(tally.pop(name)) for name in ("refused", "fastavro_only")}
    report.tally.add(Tally(**tally, **counted))
    report.rss_mb = max(report.rss_mb, seen["rss_mb"])
    for number, what in seen["complaints"]:
        report.complaints.append(complaint(report.seed, seen["portion"], number, what))


def complaint(seed: int, portion: int, number: int, what: str) -> str:
    contract, version = portions.key_of(portion)
    body = next(body for index, body in enumerate(portions.bodies(seed, portion)) if index == number)
    shown = body.hex() if len(body) <= 600 else f"{body[:600].hex()}... ({len(body)} bytes)"
    return f"{contract} v{version} (--seed {seed} --portion {portion}, body {number}): {what}\n  {shown}"


# ── what is printed ──────────────────────────────────────────────────────────────────────────────


class Progress:
    """One line every ten seconds."""

    def __init__(self) -> None:
        self.shown_at = time.monotonic()

    def __call__(self, report: Report) -> None:
        if time.monotonic() - self.shown_at >= SHOWN_EVERY_SECONDS:
            self.shown_at = time.monotonic()
            sys.stdout.write(f"{brief(report)}\n")
            sys.stdout.flush()


def brief(report: Report) -> str:
    tally = report.tally
    return (
        f"{tally.bodies:>11,} bodies   {tally.accepted / max(1, tally.bodies):.1%} accepted   "
        f"slowest {tally.slowest_ns / 1e6:.2f} ms   {report.rss_mb:.0f} MB"
    )


def summary(report: Report, seconds: float) -> str:
    tally = report.tally
    refused = ", ".join(f"{reason} {count:,}" for reason, count in tally.refused.most_common())
    only = ", ".join(f"{reason} {count:,}" for reason, count in tally.fastavro_only.most_common())
    lines = (
        f"{tally.bodies:,} bodies of {len(portions.KEYS)} contracts, seed {report.seed}, {seconds:.0f} s",
        f"  accepted   {tally.accepted:,}, {tally.in_blocks:,} of them with arrays in blocks of their own",
        f"  refused    {tally.refused.total():,}: {refused}",
        f"             {tally.fastavro_only.total():,} of them fastavro takes: {only}",
        f"  slowest    {tally.slowest_ns / 1e6:.2f} ms of the processor ({SLOW_NS / 1e6:.0f} ms are allowed)",
        f"  memory     {report.rss_mb:.0f} MB ({MAX_RSS_MB} MB are allowed)",
        f"  promises   {f'{len(report.complaints)} BROKEN' if report.complaints else 'all kept'}",
    )
    return "\n".join(lines)


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    words.add_argument("--bodies", type=int, default=1_000_000, help="how many, in whole portions of 2 000")
    words.add_argument("--seed", type=int, help="of an earlier run; without it, a new one")
    words.add_argument("--portion", type=int, help="this portion alone")
    given = words.parse_args()
    seed = secrets.randbelow(10**9) if given.seed is None else given.seed
    first = given.portion or 0
    count = 1 if given.portion is not None else -(-given.bodies // portions.SIZE)
    start = time.monotonic()
    report = fuzz(seed, first, first + count - 1, show=Progress())
    for line in report.complaints:
        sys.stdout.write(f"BROKEN: {line}\n")
    sys.stdout.write(f"{summary(report, time.monotonic() - start)}\n")
    return 1 if report.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
