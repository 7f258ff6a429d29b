"""What a person sees: a live table on a terminal, a line every few seconds elsewhere, and the summary.

Everything shown is read off the tally, which has it from the ledger and the inboxes.
"""

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cases import STATES
from gateway.codec import LedgerEntry
from gateway.definitions import Region
from gateway.demo.tally import Pair, Tally, percentile
from gateway.errors import Reason
from gateway.ledger import LEDGER
from gateway.messages import Outcome
from gateway.reasons import MEANINGS
from gateway.settings import Settings

OUTCOMES: Final = {
    Outcome.DELIVERED.value: ("送达", "green"),
    Outcome.REFUSED.value: ("退回", "yellow"),
    Outcome.DUPLICATE.value: ("重复", "cyan"),
    Outcome.QUARANTINED.value: ("隔离", "red"),
}
WIDE: Final = 100
LINE_SECONDS: Final = 5.0
DECISION_SECONDS: Final = 1.0
"""A person reads about one decision a second; all of them stand in the ledger."""
DECISIONS: Final = 4
MOST_DIFFERENCES: Final = 8
OTHERS: Final = "others"
"""The row of what names no region, or not two of them."""


class Board:
    """Shows one run. plain: without a terminal's arts, for logs and pipes."""

    def __init__(self, console: Console, regions: Mapping[str, Region], tally: Tally, plain: bool) -> None:
        self._console = console
        self._regions = regions
        self._tally = tally
        self._plain = plain
        self._started = time.monotonic()
        self._live: Live | None = None
        self._told_at = 0.0
        self._decisions: deque[LedgerEntry] = deque(maxlen=DECISIONS)

    def step(self, words: str) -> None:
        """Something is ready: one line that stays."""
        self._console.print(Text(f"{time.monotonic() - self._started:5.1f} s  {words}"))

    def where_to_look(self, settings: Settings, case_id: str) -> None:
        """What else there is to see, for who stays. case_id: an application that is on its way."""
        web = f"http://{settings.projections.web_host}:{settings.projections.web_port}"
        bootstrap = f"--bootstrap {settings.kafka.bootstrap}"
        port = f"GATEWAY_PROJECTIONS__WEB_PORT={settings.projections.web_port}"
        region = min(self._regions)
        for name, words in (
            ("web views", f"{web}/cases  {web}/pairs  {web}/regions  {web}/readyz"),
            ("one case", f"{web}/cases/{case_id}"),
            ("metrics", f"http://{settings.metrics.host}:{settings.metrics.port}/metrics"),
            ("topics", f"<region>.outbox .inbox .receipts and {LEDGER} at {settings.kafka.bootstrap}"),
            ("try", f"{port} gateway case {case_id}"),
            ("", f"gateway inbox {region} {bootstrap}"),
            ("", f"gateway receipts {region} --follow {bootstrap}"),
            ("end", "Ctrl-C"),
        ):
            self._console.print(Text(f"{name:>10}  {words}"), soft_wrap=True)

    def open(self) -> None:
        """Begin to show the exchange."""
        if not self._plain:
            self._live = Live(console=self._console, auto_refresh=False, vertical_overflow="crop")
            self._live.start()

    def show(self, elapsed: float, phase: str) -> None:
        """Bring what is shown up to date; call it a few times a second. elapsed: seconds of exchange."""
        pause = LINE_SECONDS if self._live is None else DECISION_SECONDS
        if elapsed - self._told_at >= pause:
            self._told_at = elapsed
            self._note_newest()
            if self._live is None:
                self._console.print(self._line(phase), soft_wrap=True)
        if self._live is not None:
            self._live.update(self._table(phase), refresh=True)

    def close(self) -> None:
        """Leave the last picture where it is."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def summary(self, states: Mapping[str, Mapping[str, int]] | None) -> None:
        """What came of the run. states: the projections' count of cases, if they answered."""
        self._console.print()
        self._console.print(_outcomes(self._tally))
        self._console.print(Text(_waits(self._tally)))
        self._console.print(_cases(states))
        for check in self._tally.checks():
            mark = Text("✓ ", "green") if not check.differences else Text("✗ ", "bold red")
            self._console.print(mark + Text(f"{check.words}: {check.held:,} of {check.wanted:,}"))
            for difference in check.differences[:MOST_DIFFERENCES]:
                self._console.print(Text(f"    {difference}", "red"), soft_wrap=True)

    def _note_newest(self) -> None:
        """Of the kinds of decisions that are not shown, the one that came last."""
        shown = [self._tally.kind(entry) for entry in self._decisions]
        fresh = [entry for kind, entry in self._tally.newest.items() if kind not in shown]
        self._decisions.extend(fresh[-1:])

    def _line(self, phase: str) -> Text:
        counts = _totals(self._tally)
        outcomes = "  ".join(f"{name} {counts[name]:,}" for name in OUTCOMES)
        decision = f"\n          {_told(self._decisions[-1])}" if self._decisions else ""
        return Text(f"{phase:>10}  {outcomes}  {_waits(self._tally)}{decision}")

    def _table(self, phase: str) -> RenderableType:
        gap = 1 if self._console.width < WIDE else 3
        table = Table(box=None, padding=(0, gap, 0, 0), header_style="bold")
        table.add_column("发→收\n", no_wrap=True)
        table.add_column("from→to\n", no_wrap=True)
        for name, (chinese, colour) in OUTCOMES.items():
            table.add_column(f"{chinese}\n{name}", justify="right", style=colour, no_wrap=True)
        for share in ("p50", "p99"):
            table.add_column(f"{share}\nms", justify="right", no_wrap=True)
        for label, pairs in self._rows():
            table.add_row(*label, *self._figures(pairs))
        table.add_row("合计", "all", *self._figures(list(self._tally.pairs)), style="bold")
        decisions = [
            Text(_told(entry), "dim", no_wrap=True, overflow="ellipsis") for entry in self._decisions
        ]
        return Group(Text(), table, Text(), *decisions, Text(), Text(phase, "bold"))

    def _rows(self) -> Iterable[tuple[tuple[str, str], list[Pair]]]:
        names = sorted(self._regions)
        known = [(source, target) for source in names for target in names if source != target]
        for source, target in known:
            if (source, target) in self._tally.pairs:
                chinese = f"{self._regions[source].chinese}→{self._regions[target].chinese}"
                yield (chinese, f"{source}→{target}"), [(source, target)]
        yield ("其他", OTHERS), [pair for pair in self._tally.pairs if pair not in known]

    def _figures(self, pairs: list[Pair]) -> list[str]:
        found = [self._tally.pairs[pair] for pair in pairs]
        waits = [wait for pair in found for wait in pair.waits]
        counts = [sum(pair.outcomes[name] for pair in found) for name in OUTCOMES]
        shares = [percentile(waits, share) for share in (0.5, 0.99)]
        return [f"{count:,}" if count else "·" for count in counts] + [
            "·" if wait is None else f"{wait:,.0f}" for wait in shares
        ]


def _totals(tally: Tally) -> Counter[str]:
    totals: Counter[str] = Counter()
    for (outcome, _), count in tally.reasons.items():
        totals[outcome] += count
    return totals


def _waits(tally: Tally) -> str:
    waits = tally.waits()
    half, most = percentile(waits, 0.5), percentile(waits, 0.99)
    if half is None or most is None:
        return "nothing delivered yet"
    return f"publish to inbox p50 {half:,.0f} ms, p99 {most:,.0f} ms"


def _told(entry: LedgerEntry) -> str:
    """One decision in words."""
    rule = "" if entry.rule_id is None else f"  {entry.rule_id}@{entry.rule_version}"
    if entry.reason is None:
        told = f"delivered, not recognised 不予认可: licence is {entry.licence_state}"
    else:
        told = f"{entry.outcome} {entry.reason} {MEANINGS[Reason(entry.reason)].chinese}"
    return f"{entry.source}→{entry.target or '?'}  {told}{rule}"


def _outcomes(tally: Tally) -> Table:
    """Events by outcome and reason."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right")
    totals = _totals(tally)
    table.add_row(f"{tally.published:,}", "published", "发布", style="bold")
    for outcome, (chinese, colour) in OUTCOMES.items():
        table.add_row(f"{totals[outcome]:,}", outcome, chinese, style=colour)
        for (of_outcome, reason), count in sorted(tally.reasons.items()):
            if of_outcome == outcome and reason:
                table.add_row(f"{count:,}", f"  {reason}", f"  {MEANINGS[Reason(reason)].chinese}")
    return table


def _cases(counted: Mapping[str, Mapping[str, int]] | None) -> Text:
    """The projections' count of cases, by application state."""
    if counted is None:
        return Text("cases 办件: the projections did not answer")
    totals, states = counted["totals"], counted["states"]
    by_state = [f"{name} {STATES[name].chinese} {states[name]:,}" for name in STATES if name in states]
    return Text(
        f"cases 办件 {totals['cases']:,}: verification only 仅核验 {totals['without_application']:,}, "
        f"{', '.join(by_state)}; requests still open 待答复 {totals['open_requests']:,}"
    )
