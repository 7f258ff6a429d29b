"""Definitions of a whole country (bench.national): how long they take to load, and how much memory.

    python -m bench.country

Each load is a process of its own that reads, validates, cross-checks and indexes all files, as a start of
the gateway does. Seconds are those of the clock; those of the processor stand beside them, because on a
busy machine the clock also counts what others did.
"""

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from bench import national
from bench.definitions import ROOT
from gateway.definition_files import load
from gateway.definitions.book import Book

FEW: Final = 240
"""Rule versions of four regions, twelve directed pairs: as many for each pair as MANY are for 34 regions."""
MANY: Final = national.RULES
SECONDS: Final = 10.0
RSS_MB: Final = 500.0
RUNS: Final = 3


@dataclass(frozen=True)
class Load:
    """One load. rss_mb: the most the process held, interpreter and libraries included."""

    regions: int
    pairs: int
    rules: int
    megabytes: float
    seconds: float
    cpu_seconds: float
    rss_mb: float


def made(rules: int) -> Path:
    """The folder with so many rule versions, written anew."""
    regions = 4 if rules == FEW else national.REGIONS
    return national.write(ROOT / "build" / "bench" / f"national-{rules}", regions, rules)


def measure(runs: int = RUNS) -> Load:
    """The quickest of some loads, each in a process of its own."""
    folder = made(MANY)
    loads = [_in_process(folder) for _ in range(runs)]
    return min(loads, key=lambda one: one.seconds)


def _in_process(folder: Path) -> Load:
    command = [sys.executable, "-m", "bench.country", "--once", str(folder)]
    path = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, env=path, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout
    return Load(**json.loads(told))


def _once(folder: Path) -> Load:
    began, cpu = time.monotonic(), time.process_time()
    definitions = load(folder)
    book = Book(definitions, slots=12)
    seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu
    rules = sum(len(one.recognition) + len(one.services) for one in definitions.agreements)
    size = sum(path.stat().st_size for path in folder.rglob("*.yaml"))
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Load(len(definitions.regions), len(book.pairs), rules, size / 1e6, seconds, cpu_seconds, rss)


def sentence(one: Load) -> str:
    """The load in a line."""
    return (
        f"{one.regions} regions, {one.pairs} directed pairs, {one.rules} rule versions, "
        f"{one.megabytes:.1f} MB of YAML: loaded in {one.seconds:.1f} s ({one.cpu_seconds:.1f} s of the "
        f"processor), {one.rss_mb:.0f} MB of memory at most"
    )


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(asdict(_once(Path(sys.argv[2])))))
        return
    one = measure()
    print(sentence(one))
    met = one.seconds <= SECONDS and one.rss_mb <= RSS_MB
    print(f"at most {SECONDS:.0f} s and {RSS_MB:.0f} MB: {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
