"""The full kill run, `make kills`: phase after phase of faults, each on a Kafka of its own, then the sum.

python -m tests.faults.kills [--phases random,points] [--events N] [--kills N] [--seed N] [--keep]
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tests.faults import phases
from tests.faults.cluster import KafkaMissing
from tests.faults.findings import Finding, told
from tests.faults.runs import Result, Run
from tests.faults.wire import ROOT

BUILD = ROOT / "build"
MISSING = 3


class Phase(NamedTuple):
    """What is done, to how many events at which rate; `options` go to the run."""

    what: str
    events: int
    rate: float
    faults: Callable[[Run, int], None]
    options: Mapping[str, Any] = MappingProxyType({})
    kills: int = 0


PHASES = {
    "points": Phase(
        "every crash point, the 1st, 2nd and 7th time",
        30_000,
        120,
        lambda run, _: phases.crash_points(run),
        {"proxied": True},
    ),
    "random": Phase("kill -9 at random moments", 90_000, 400, phases.random_kills, kills=130),
    "zombies": Phase("stopped for 30 s, then woken", 20_000, 300, phases.zombies, kills=2),
    "members": Phase(
        "a process joins or leaves every 5 s",
        20_000,
        300,
        lambda run, _: phases.members(run, 60),
        {"processes": 2},
    ),
    "wire": Phase(
        "requests held, lost, cut, answered wrongly",
        30_000,
        250,
        lambda run, _: phases.wire(run),
        {"proxied": True},
    ),
    "late": Phase(
        "a commit arrives in the next transaction",
        5_000,
        200,
        lambda run, _: phases.late_commits(run),
        {"proxied": True},
    ),
    "broker": Phase("the only broker killed", 12_000, 300, phases.broker_killed, {"processes": 2}, kills=4),
    "projections": Phase(
        "the projections worker killed",
        12_000,
        300,
        phases.projections_killed,
        {"processes": 1},
        kills=3,
    ),
    "three": Phase(
        "one of three brokers killed",
        12_000,
        200,
        lambda run, _: phases.one_of_three_killed(run),
        {"processes": 2, "brokers": 3},
    ),
}


BY_DEFAULT = [name for name in PHASES if name != "late"]
"""`late` shows a limit of the client library, not a promise that holds: docs/faults.md."""


class Line:
    """One line on a terminal that is written over; elsewhere, nothing until a phase is over."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()

    def tell(self, text: str) -> None:
        if self._terminal or os.environ.get("TELL"):
            print(f"\r\033[K{text}", end="", flush=True)  # noqa: T201  a command line

    def say(self, text: str) -> None:
        print(f"\r\033[K{text}" if self._terminal else text, flush=True)  # noqa: T201


def run_phase(name: str, events: int, kills: int, seed: int, line: Line, keep: bool = False) -> Result:
    """One phase on a Kafka of its own."""
    phase = PHASES[name]
    folder = BUILD / "kills" / name
    shutil.rmtree(folder, ignore_errors=True)
    with Run(name, folder, events, phase.rate, seed=seed, tell=line.tell, **phase.options) as run:
        phase.faults(run, kills)
        result = run.finish()
    if result.holds and not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return result


def summed(results: list[Result]) -> list[Finding]:
    """The findings of all phases, one line per invariant."""
    sums: dict[str, Finding] = {}
    for result in results:
        for finding in result.findings:
            total = sums.setdefault(finding.invariant, Finding(finding.invariant, finding.promise))
            total.wrong += [f"{result.name}: {sentence}" for sentence in finding.wrong]
    for result in results:
        if not result.drained and "I2" in sums:
            sums["I2"].wrong.insert(0, f"{result.name}: not everything published was decided in time")
    return list(sums.values())


def shown(results: list[Result], whole: bool) -> list[Finding]:
    """What the run as a whole must show, beside the invariants."""
    kills, events = sum(result.kills for result in results), sum(result.events for result in results)
    finding = Finding("run", "as large as asked", f"{kills} kills over {events} events")
    if whole:
        finding.expect(kills >= 200, f"{kills} kills, 200 wanted")
        finding.expect(events >= 200_000, f"{events} events, 200000 wanted")
    points = Finding("F2", "every crash point")
    for result in results:
        if result.name == "points":
            reached = set(result.facts["crash points reached"])
            wanted = {f"{name}:{count}" for name in phases.POINTS for count in phases.TIMES}
            points.counted = f"{len(reached)} of {len(wanted)} points and times"
            points.wrong += sorted(f"{point} was never reached" for point in wanted - reached)
    zombies = Finding("F3", "zombies notice")
    gaps = Finding("F9", "gap of three brokers")
    for result in results:
        for fate in result.facts.get("woken processes", []):
            well = fate not in ("ended with 0", "forgot its commit")
            zombies.expect(well, f"a woken process {fate}, as if nothing had been")
            zombies.counted += f"{fate}  "
        for gap in result.facts.get("gaps in seconds", []):
            gaps.expect(gap <= 15, f"{gap} s without an entry, at most 15 s wanted")
            gaps.counted += f"{gap} s  "
    return [finding, *(each for each in (points, zombies, gaps) if each.counted)]


def write(results: list[Result], findings: list[Finding], seconds: float, path: Path) -> None:
    """build/kills.json."""
    path.parent.mkdir(exist_ok=True)
    told_phases = [
        {
            "name": result.name,
            "events": result.events,
            "kills": result.kills,
            "seconds": round(result.seconds, 1),
            "longest_gap_seconds": round(result.longest_gap, 1),
            "drained": result.drained,
            "facts": result.facts,
            "findings": [
                {
                    "invariant": each.invariant,
                    "holds": each.holds,
                    "counted": each.counted,
                    "wrong": each.wrong[:20],
                }
                for each in result.findings
            ],
        }
        for result in results
    ]
    summary = {
        "seconds": round(seconds, 1),
        "kills": sum(result.kills for result in results),
        "events": sum(result.events for result in results),
        "holds": all(finding.holds for finding in findings),
        "phases": told_phases,
    }
    path.write_text(json.dumps(summary, ensure_ascii=False, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--phases", default=",".join(BY_DEFAULT), help=f"of {', '.join(PHASES)}")
    parser.add_argument("--events", type=int, help="per phase, instead of its own number")
    parser.add_argument("--kills", type=int, help="in phases that count them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="keep what lies in build/kills")
    asked = parser.parse_args()
    names = asked.phases.split(",")
    whole = names == BY_DEFAULT and asked.events is None and asked.kills is None
    line, results, began = Line(), list[Result](), time.monotonic()
    for name in names:
        phase = PHASES[name]
        try:
            result = run_phase(
                name, asked.events or phase.events, asked.kills or phase.kills, asked.seed, line, asked.keep
            )
        except KafkaMissing as missing:
            line.say(str(missing))
            return MISSING
        except (TimeoutError, RuntimeError) as fault:
            stuck = Finding("run", f"phase {name}", "did not come to its end", [str(fault)])
            result = Result(name, 0, 0, 0.0, 0.0, False, [stuck])
        results.append(result)
        mark = "✓" if result.holds else "✗"
        line.say(
            f"{mark} {name:<12} {phase.what:<46} {result.events:>7} events {result.kills:>4} kills "
            f"{result.seconds:>5.0f} s  gap {result.longest_gap:>4.1f} s"
        )
        if not result.holds:
            line.say(told([each for each in result.findings if not each.holds]))
    findings = [*results[0].findings] if len(results) == 1 else summed(results)
    findings += shown(results, whole)
    line.say("")
    line.say(told(findings))
    write(results, findings, time.monotonic() - began, BUILD / "kills.json")
    return 0 if all(finding.holds for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main())
