"""What was measured, as text, as build/bench.json, and as docs/benchmarks.md with its picture."""

import json
import math
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from string import Template
from typing import TYPE_CHECKING, Any, Final

from bench import country, measuring
from bench.definitions import ROOT
from bench.drains import Drain
from bench.latency import Latency
from bench.peers import COPY, FAUST, MIRROR, PLAIN, STREAMS
from bench.targets import ratios, reasons, verdicts

if TYPE_CHECKING:
    from bench.run import Results

TEMPLATE: Final = Path(__file__).with_name("benchmarks.template.md")
PAGE: Final = ROOT / "docs" / "benchmarks.md"
PICTURE: Final = ROOT / "docs" / "benchmarks.svg"
JSON: Final = ROOT / "build" / "bench.json"
QUICK_PAGE: Final = ROOT / "build" / "bench" / "benchmarks.md"
WORDS: Final = {
    "line, compiled": "**the gateway**, compiled: whole job",
    "line": "**the gateway**, plain Python: whole job",
    **{one.name: one.note for one in (COPY, PLAIN, MIRROR, STREAMS, FAUST)},
}
LABELS: Final = {
    "copy": "confluent-kafka, copy",
    "mirror": "MirrorMaker 2, copy",
    "faust": "Faust, copy",
    "streams": "Kafka Streams, whole job",
    "plain": "plain loop, whole job",
    "line": "the gateway, plain Python",
    "line, compiled": "the gateway, compiled",
}


def drain_line(one: Drain) -> str:
    return (
        f"{one.system:15} {one.us_per_event:8.2f} us/event {one.events_per_second:9.0f}/s "
        f"{one.rss_mb:6.0f} MB  {one.events} events in {one.seconds:.1f} s, "
        f"spin {one.spin_before:.2f} {one.spin_after:.2f} s, "
        f"stolen {one.stolen_seconds:.2f} s{'  DISTURBED' if one.disturbed else ''}"
    )


def latency_line(one: Latency) -> str:
    return (
        f"{one.name}, {one.cycle_ms} ms transactions, {one.rate}/s: p50 {one.p50:.0f}, p95 {one.p95:.0f}, "
        f"p99 {one.p99:.0f}, p99.9 {one.p999:.0f}, most {one.most:.0f} ms of {one.samples}; "
        f"late {one.late:.2%}{'  VOID' if one.void else ''}, "
        f"broker compiling {one.compiling:.1%}, memory {one.memory_ns:.0f} ns a step"
    )


def rows(results: "Results") -> list[dict[str, Any]]:
    """One row for each system, cheapest first."""
    drains: dict[str, list[Drain]] = {}
    for one_pass in results.passes:
        for name, one in one_pass.items():
            drains.setdefault(name, []).append(one)
    found = []
    for name, own in drains.items():
        costs = [one.us_per_event for one in own]
        found.append(
            {
                "name": name,
                "us_per_event": round(median(costs), 2),
                "spread": [round(min(costs), 2), round(max(costs), 2)],
                "events_per_second": round(median(one.events_per_second for one in own)),
                "rss_mb": round(max(one.rss_mb for one in own)),
                "ratio_to_copy": _ratio_to_copy(results, name),
            }
        )
    return sorted(found, key=lambda row: float(row["us_per_event"]))


def _ratio_to_copy(results: "Results", name: str) -> float | None:
    """By way of the line that ran beside both, so that no two blocks are compared."""
    if name == "copy":
        return 1.0
    if own := ratios(results, name, "copy"):
        return round(median(own), 2)
    for bridge in ("line, compiled", "line"):
        near, far = ratios(results, name, bridge), ratios(results, bridge, "copy")
        if near and far:
            return round(median(near) * median(far), 2)
    return None


def text(results: "Results") -> str:
    lines = ["", f"{'':16}{'us/event':>9}  {'spread':>17}  {'events/s':>9}  {'RSS MB':>6}  {'x copy':>7}"]
    for row in rows(results):
        low, high = row["spread"]
        ratio = "" if row["ratio_to_copy"] is None else f"{row['ratio_to_copy']:.2f}"
        lines.append(
            f"{row['name']:16}{row['us_per_event']:9.2f}  {low:8.2f}-{high:8.2f}  "
            f"{row['events_per_second']:9}  {row['rss_mb']:6}  {ratio:>7}"
        )
    lines.append("")
    for one in verdicts(results):
        if one.found is None and not results.latencies:
            continue  # only some systems were asked for
        value = "" if one.found is None else f"{one.found:.3g} {one.unit}"
        spread = "" if one.spread is None else f" ({one.spread[0]:.3g}-{one.spread[1]:.3g})"
        lines.append(f"{one.word:13} {one.name}: {value}{spread}")
        if one.found is not None and not one.met:
            lines.append(f"{'':14}reason: {reasons().get(one.name, 'not yet written (bench/reasons.json)')}")
    lines += [f"left out: {name}: {why}" for name, why in results.absent.items()]
    return "\n".join(lines)


def write(results: "Results", keep: bool) -> None:
    """keep: a full run; a quick one leaves docs/ alone and writes beside its logs."""
    JSON.parent.mkdir(exist_ok=True)
    JSON.write_text(json.dumps(rows(results), indent=1) + "\n")
    page, picture = (PAGE, PICTURE) if keep else (QUICK_PAGE, QUICK_PAGE.with_suffix(".svg"))
    page.write_text(markdown(results), "utf-8")  # first: it says whether files were changed
    picture.write_text(svg(rows(results)), "utf-8")
    print(f"wrote {JSON.relative_to(ROOT)}, {page.relative_to(ROOT)}, {picture.relative_to(ROOT)}")


def markdown(results: "Results") -> str:
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        systems=_systems_table(results),
        targets=_targets_table(results),
        latency=_latency_table(results),
        growth=_growth_table(results),
        country=country.sentence(results.country) if results.country else "Not measured.",
        conditions=_conditions(results),
        digest=results.digest,
        records=f"{results.records:,}".replace(",", " "),
    )


def _systems_table(results: "Results") -> str:
    lines = ["| System | µs of CPU per event | lowest – highest | events/s, one core | RSS, MB | × copy |"]
    lines.append("|---|---|---|---|---|---|")
    for row in rows(results):
        low, high = row["spread"]
        ratio = "" if row["ratio_to_copy"] is None else f"{row['ratio_to_copy']:.1f}"
        rate = f"{row['events_per_second']:,}".replace(",", " ")
        lines.append(
            f"| {WORDS[row['name']]} | {row['us_per_event']:.1f} | {low:.1f} – {high:.1f} | {rate} "
            f"| {row['rss_mb']} | {ratio} |"
        )
    return "\n".join(lines + [f"\nLeft out: {name}: {why}" for name, why in results.absent.items()])


def _targets_table(results: "Results") -> str:
    lines = ["| Target | Found | Spread | |", "|---|---|---|---|"]
    missed = []
    for one in verdicts(results):
        found = "–" if one.found is None else f"{one.found:.3g} {one.unit}"
        spread = "" if one.spread is None else f"{one.spread[0]:.3g} – {one.spread[1]:.3g}"
        lines.append(
            f"| {one.name} | {found} | {spread} | {'**missed**' if one.word == 'missed' else one.word} |"
        )
        if one.word == "missed":
            missed.append(f"- *{one.name}*: {reasons().get(one.name, 'the reason is not yet written')}")
    return "\n".join([*lines, *(["", "Missed, and why:", "", *missed] if missed else [])])


def _latency_table(results: "Results") -> str:
    lines = [
        "| System | Transactions | p50 | p95 | p99 | p99.9 | most | events | late | compiling | memory |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.cycle_ms} ms | {one.p50:.0f} ms | {one.p95:.0f} ms | {one.p99:.0f} ms | "
        f"{one.p999:.0f} ms | {one.most:.0f} ms | {one.samples} | "
        f"{one.late:.2%}{', **void**' if one.void else ''} | {one.compiling:.1%} "
        f"| {one.memory_ns:.0f} ns |"
        for one in results.latencies
    ]
    return "\n".join(lines)


def _growth_table(results: "Results") -> str:
    lines = [
        "| What grew | From | To | µs per event | Ratio | 95 % of resampled medians |",
        "|---|---|---|---|---|---|",
    ]
    for one in results.growths:
        low, high = one.spread()
        small, big = one.us_per_event
        lines.append(
            f"| {one.what} | {one.small} | {one.big} | {small:.1f} → {big:.1f} | {one.ratio:.3f} "
            f"| {low:.3f} – {high:.3f} |"
        )
    return "\n".join(lines)


def _conditions(results: "Results") -> str:
    drains = [one for one_pass in results.passes for one in one_pass.values()]
    disturbed = sum(one.disturbed for one in drains)
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    libraries = ("confluent-kafka", "fastavro", "faust-streaming", "mypy")
    versions = ", ".join(f"{name} {version(name)}" for name in libraries)
    stolen = sum(one.stolen_seconds for one in drains)
    return (
        f"- {datetime.now(UTC):%Y-%m-%d}, commit {commit or 'unknown'}\n"
        f"- {measuring.cpu_model()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}\n"
        f"- Python {platform.python_version()}, {versions}, Apache Kafka 4.1.0\n"
        f"- {len(drains)} drains of {results.seconds:.0f} s; in {disturbed} of them the core's speed changed "
        f"by more than 15 % from before to after, and they count too; {stolen:.1f} s taken by the host in all"
    )


# The picture: a dot at the median, a bar from lowest to highest, on a logarithmic axis.

WIDTH, LEFT, RIGHT, STEP = 760, 210, 60, 34


def svg(found: list[dict[str, Any]]) -> str:
    height = STEP * (len(found) + 2)
    top = 10 ** math.ceil(math.log10(max([row["spread"][1] for row in found], default=10.0)))

    def x(microseconds: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * math.log10(max(1.0, microseconds)) / math.log10(top)

    font = 'font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {font}>',
        "<title>CPU per event, microseconds, logarithmic</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
    ]
    for power in range(round(math.log10(top)) + 1):
        at = x(10**power)
        parts.append(f'<line x1="{at:.0f}" x2="{at:.0f}" y1="12" y2="{height - 30}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{at:.0f}" y="{height - 12}" text-anchor="middle" fill="#555">{10**power} µs</text>'
        )
    for number, row in enumerate(found):
        y = STEP * (number + 1)
        ours = row["name"].startswith("line")
        colour = "#b3261e" if ours else "#37618e"
        low, high = row["spread"]
        weight = ' font-weight="bold"' if ours else ""
        parts += [
            f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end"{weight}>{LABELS[row["name"]]}</text>',
            f'<path d="M{x(low):.1f} {y}H{x(high):.1f}" stroke="{colour}" stroke-width="4"/>',
            f'<circle cx="{x(row["us_per_event"]):.1f}" cy="{y}" r="6" fill="{colour}"/>',
            f'<text x="{x(high) + 12:.1f}" y="{y + 4}" fill="#333">{row["us_per_event"]:.1f}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"
