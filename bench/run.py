"""`make bench`: every system on the same records, alone on one core, in interleaved pairs.

    python -m bench.run [--quick] [--systems copy,line,plain]

With --systems it only prints; without, it also writes build/bench.json and docs/benchmarks.md.
What cannot run here is left out, and said.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from typing import Final

from bench import broker, builds, country, growth, latency, loading, measuring, report
from bench.broker import Broker
from bench.corpus import corpus
from bench.country import Load
from bench.drains import Drain, System, drain
from bench.growth import Growth
from bench.latency import Latency
from bench.peers import COPY, FAUST, MIRROR, PLAIN, STREAMS, line
from bench.programs import ProgramError, leave_nothing_behind

CYCLES_MS: Final = (100, 25)
WARMING_SECONDS: Final = 10.0
WARMINGS_AT_MOST: Final = 8
TRIES: Final = 8
"""Of a latency whose publisher was late, which the host decides and nothing that is measured."""
TRIES_OF_THE_COPY: Final = 2
"""It has no aim to meet, and says as much when void."""
COMPILED: Final = 0.02
"""Of the broker's core: so little of it goes to its compilers when latencies begin to count."""


@dataclass(frozen=True)
class Size:
    """How long things run. generations: of the corpus, loaded at once."""

    generations: int
    seconds: float
    latency_seconds: float


FULL: Final = Size(generations=40, seconds=10, latency_seconds=30)
QUICK: Final = Size(generations=24, seconds=4, latency_seconds=15)
"""In 5 s a single commit that meets a pause of the broker is 2 % of the events, and so the p99."""


@dataclass
class Results:
    """All that was measured. passes: the drains of each interleaved pass, by system."""

    digest: str
    seconds: float = 0.0
    records: int = 0
    passes: list[dict[str, Drain]] = field(default_factory=list)
    latencies: list[Latency] = field(default_factory=list)
    growths: list[Growth] = field(default_factory=list)
    country: Load | None = None
    absent: dict[str, str] = field(default_factory=dict)


def systems(results: Results, only: list[str]) -> dict[str, System]:
    """Those that can run here; the others go to `results.absent`.

    only: what was asked for, if not everything; the core is not compiled for nothing.
    """
    folder, fault = builds.NATIVE, ""
    if not only or "line, compiled" in only:
        fault = builds.native()
    every = [
        line("line, compiled", folder, "the line, compiled by mypyc"),
        line("line", builds.pure(), "the line, plain Python"),
        COPY,
        PLAIN,
        MIRROR,
        STREAMS,
        FAUST,
    ]
    if fault:
        results.absent["line, compiled"] = fault
    results.absent |= {one.name: one.absent() for one in every if one.absent()}
    return {one.name: one for one in every if one.name not in results.absent}


def blocks(found: dict[str, System]) -> list[list[str]]:
    """What is run in turn, forwards and backwards: the line and one peer; ratios are of neighbours."""
    best = "line, compiled" if "line, compiled" in found else "line"
    wanted = [[best, peer] for peer in ("copy", "mirror", "streams", "faust")]
    wanted.insert(1, ["plain", best, "line"] if best != "line" else ["plain", "line"])
    return [block for block in wanted if all(name in found for name in block)]


def run_block(
    names: list[str], found: dict[str, System], kafka: Broker, size: Size, results: Results
) -> None:
    for order in (names, names[::-1]):
        one_pass: dict[str, Drain] = {}
        for name in order:
            try:
                one_pass[name] = drain(found[name], kafka, results.records, size.seconds)
            except TimeoutError as fault:
                results.absent[name] = str(fault).splitlines()[0]
                print(f"  {name}: {fault}", flush=True)
                continue
            print(f"  {report.drain_line(one_pass[name])}", flush=True)
        results.passes.append(one_pass)


def run_latencies(found: dict[str, System], kafka: Broker, size: Size, results: Results) -> None:
    """The line, and beside it the copy: what broker, publisher and reader allow. The broker is warm."""
    best = "line, compiled" if "line, compiled" in found else "line"
    with measuring.awake() as is_awake:
        warm(found[best], kafka)
        print(f"latencies{'' if is_awake else ', without the right to keep the cores awake'}", flush=True)
        for cycle in CYCLES_MS:
            for name, tries in ((best, TRIES), ("copy", TRIES_OF_THE_COPY)):
                one = valid(found[name], cycle, kafka, size.latency_seconds, tries, results)
                if one is not None:
                    results.latencies.append(one)


def warm(system: System, kafka: Broker) -> None:
    """Runs that do not count, until Java has little of the broker left to compile: minutes, on one core."""
    print("latencies, uncounted", flush=True)
    for _ in range(WARMINGS_AT_MOST):
        one = measured(system, min(CYCLES_MS), kafka, WARMING_SECONDS, Results(""))
        if one is None or one.compiling <= COMPILED:
            return
    print(f"  the broker still compiles itself, after {WARMINGS_AT_MOST} uncounted runs", flush=True)


def valid(
    system: System, cycle_ms: int, kafka: Broker, seconds: float, tries: int, results: Results
) -> Latency | None:
    """Measured again while it is void, a few times at most; each try is printed, the last one counts."""
    for _ in range(tries):
        one = measured(system, cycle_ms, kafka, seconds, results)
        if one is None or not one.void:
            break
    return one


def measured(
    system: System, cycle_ms: int, kafka: Broker, seconds: float, results: Results
) -> Latency | None:
    """None where it cannot be had; `results.absent` says why."""
    try:
        one = latency.measure(system, cycle_ms, kafka, seconds)
    except (ProgramError, TimeoutError) as fault:
        results.absent[f"latency of {system.name}, {cycle_ms} ms"] = str(fault).splitlines()[0]
        print(f"  {system.name}, {cycle_ms} ms transactions: {fault}", flush=True)
        return None
    print(f"  {report.latency_line(one)}", flush=True)
    return one


def only_latencies(size: Size) -> Results:
    """The latencies without the drains."""
    results = Results(corpus().digest)
    with broker.running() as kafka:
        run_latencies(systems(results, []), kafka, size, results)
    return results


def run(size: Size, quick: bool, only: list[str]) -> Results:
    found = corpus()
    results = Results(found.digest, size.seconds)
    print(f"corpus sha256 {found.digest}")
    runnable = systems(results, only)
    for name, why in results.absent.items():
        print(f"without {name}: {why}")
    with broker.running() as kafka:
        kafka.make([*found.topics, loading.LEASE])
        began = time.monotonic()
        made_at = time.time_ns() // 1_000_000
        results.records = loading.load(kafka.bootstrap, found, range(size.generations), made_at).total()
        print(f"{results.records} records loaded in {time.monotonic() - began:.0f} s")
        for names in [only] if only else blocks(runnable):
            print(f"{' | '.join(names)}, forwards and backwards", flush=True)
            run_block(names, runnable, kafka, size, results)
        if not only:
            run_latencies(runnable, kafka, size, results)
    if not only:
        results.growths = growth.in_build(
            builds.NATIVE if "line, compiled" in runnable else builds.PURE, quick
        )
        results.country = country.measure(1 if quick else country.RUNS)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="shorter drains; its numbers are not for keeping"
    )
    parser.add_argument("--keep", action="store_true", help="write docs/ after a quick run too; it says so")
    parser.add_argument("--latency", action="store_true", help="only the latencies; only prints")
    parser.add_argument("--systems", default="", help="only these, in one interleaved block")
    asked = parser.parse_args()
    leave_nothing_behind()
    began = time.monotonic()
    only = [name for name in asked.systems.split(",") if name]
    only = ["line, compiled" if name == "compiled" else name for name in only]
    try:
        if asked.latency:
            found = only_latencies(QUICK if asked.quick else FULL)
            sys.exit(len(found.latencies) < 2 * len(CYCLES_MS))
        results = run(QUICK if asked.quick else FULL, asked.quick, only)
    except RuntimeError as missing:
        raise SystemExit(f"No benchmark without a broker: {missing}") from missing
    print(report.text(results))
    if not only:
        report.write(results, keep=asked.keep or not asked.quick)
    print(f"took {(time.monotonic() - began) / 60:.1f} min")


if __name__ == "__main__":
    main()
