"""What was aimed at (issue "The line proven"), and what came out: met, missed, or not measured."""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from bench import country
from bench.country import Load

if TYPE_CHECKING:
    from bench.run import Results

REASONS: Final = Path(__file__).with_name("reasons.json")
"""For each target that was missed, by its name: why, and what was tried. Written by hand."""


@dataclass(frozen=True)
class Verdict:
    """One target. found: None where it was not measured."""

    name: str
    limit: float
    found: float | None
    spread: tuple[float, float] | None
    unit: str

    @property
    def met(self) -> bool:
        return self.found is not None and self.found <= self.limit

    @property
    def word(self) -> str:
        return "not measured" if self.found is None else "met" if self.met else "missed"


RATIOS: Final = (
    ("compiled line ≤ 4.5 × bare transactional copy", "line, compiled", "copy", 4.5),
    ("compiled line ≤ 3 × MirrorMaker 2, exactly once", "line, compiled", "mirror", 3.0),
    ("compiled line ≤ 0.6 × Kafka Streams, same job", "line, compiled", "streams", 0.6),
    ("compiled line ≤ 0.6 × plain loop, same job", "line, compiled", "plain", 0.6),
    ("compiled line ≤ 1/35 × Faust, bare copy", "line, compiled", "faust", 1 / 35),
    ("plain Python line ≤ 1.3 × plain loop, same job", "line", "plain", 1.3),
)


def ratios(results: "Results", above: str, below: str) -> list[float]:
    """The ratio of CPU per event in every pass that ran both."""
    both = [one for one in results.passes if above in one and below in one]
    return [one[above].us_per_event / one[below].us_per_event for one in both]


def verdicts(results: "Results") -> list[Verdict]:
    found = []
    for name, above, below, limit in RATIOS:
        own = ratios(results, above, below)
        found.append(_verdict(name, limit, own, "×"))
    by_cycle = {one.cycle_ms: one for one in results.latencies if not one.void and one.name != "copy"}
    for name, cycle, limit, quantile in _LATENCIES:
        own = [quantile(by_cycle[cycle])] if cycle in by_cycle else []
        found.append(_verdict(name, limit, own, "ms"))
    for one in results.growths:
        if math.isinf(one.limit):
            continue
        name = f"{one.what}, {one.small:,} → {one.big:,}: at most +{(one.limit - 1) * 100:.0f} %".replace(
            ",", " ", 0
        )
        found.append(Verdict(name, one.limit, one.ratio, one.spread(), "×"))
    return found + country_verdicts(results.country)


def country_verdicts(one: Load | None) -> list[Verdict]:
    """Of the definitions of a whole country."""
    load = "definitions of 34 regions, 22 000 rule versions load in ≤ 10 s"
    memory = "definitions of 34 regions, 22 000 rule versions: ≤ 500 MB"
    return [
        Verdict(load, country.SECONDS, one.seconds if one else None, None, "s"),
        Verdict(memory, country.RSS_MB, one.rss_mb if one else None, None, "MB"),
    ]


def _verdict(name: str, limit: float, own: list[float], unit: str) -> Verdict:
    return Verdict(
        name, limit, median(own) if own else None, (min(own), max(own)) if len(own) > 1 else None, unit
    )


def reasons() -> dict[str, str]:
    """Why targets were missed, as far as somebody wrote it down."""
    found: dict[str, str] = json.loads(REASONS.read_text("utf-8")) if REASONS.exists() else {}
    return found


_LATENCIES: Final[tuple[tuple[str, int, float, Callable[..., float]], ...]] = (
    ("p99 publish to inbox ≤ 150 ms, 100 ms transactions", 100, 150.0, lambda one: one.p99),
    ("p95 publish to inbox ≤ 60 ms, 25 ms transactions", 25, 60.0, lambda one: one.p95),
)
