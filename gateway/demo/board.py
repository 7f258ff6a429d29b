"""What a person sees while the provinces exchange: a live table, or a line every few seconds.

Everything shown is read off the tally, which has it from the ledger and the inboxes.
"""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.codec import LedgerEntry
from gateway.definitions import Region
from gateway.demo.tally import Pair, Tally, percentile
from gateway.errors import Reason
from gateway.messages import Outcome
from gateway.reasons import MEANINGS

OUTCOMES: Final = {
    Outcome.DELIVERED.value: ("送达", "green"),
    Outcome.REFUSED.value: ("退回", "yellow"),
    Outcome.DUPLICATE.value: ("重复", "cyan"),
    Outcome.QUARANTINED.value: ("隔离", "red"),
}
WIDE: Final = 96
"""Columns of a terminal that has room for air."""
LINE_SECONDS: Final = 5.0
DECISION_SECONDS: Final = 1.0
"""A person reads about one decision a second; all of them stand in the ledger."""
DECISIONS: Final = 4
OTHERS: Final = ("其他", "no known pair")
"""The row of what cannot be read, or names no region."""


class Board:
    """Shows one run, which began at `started` (monotonic seconds). plain: lines only, for logs and pipes."""

    def __init__(self, console: Console, regions: Iterable[Region], started: float, plain: bool) -> None:
        self._console = console
        self._regions = {str(region.name): region for region in regions}
        self._started = started
        self._live = None if plain else Live(console=console, auto_refresh=False, vertical_overflow="crop")
        self._tally = Tally()
        self._phase = ""
        self._told_at = 0.0
        self._last_line: dict[str, int] = {}
        self._decisions: deque[LedgerEntry] = deque(maxlen=DECISIONS)

    def step(self, words: str) -> None:
        """Something is ready: one line that stays."""
        self._console.print(Text(f"{time.monotonic() - self._started:5.1f} s  {words}"), soft_wrap=True)

    def open(self, tally: Tally) -> None:
        """Begin to show the exchange."""
        self._tally = tally
        if self._live is not None:
            self._live.start()

    def show(self, elapsed: float, phase: str) -> None:
        """Bring what is shown up to date; call it a few times a second. elapsed: seconds of exchange."""
        self._phase = phase
        pause = LINE_SECONDS if self._live is None else DECISION_SECONDS
        is_due = elapsed - self._told_at >= pause
        if is_due:
            self._told_at = elapsed
            self._note_newest()
        if self._live is not None:
            self._live.update(self._picture(), refresh=True)
        elif is_due and self._tally.outcomes() != self._last_line:
            self._last_line = self._tally.outcomes()
            self._console.print(self._line(), soft_wrap=True)

    def close(self) -> None:
        """Leave the last picture where it is."""
        if self._live is not None and self._live.is_started:
            self._live.update(self._picture(), refresh=True)
            self._live.stop()

    def _note_newest(self) -> None:
        """Of the kinds of decisions that are not shown, the one that came last."""
        shown = [self._tally.kind(entry) for entry in self._decisions]
        fresh = [entry for kind, entry in self._tally.newest.items() if kind not in shown]
        self._decisions.extend(fresh[-1:])

    def _line(self) -> Text:
        outcomes = "  ".join(f"{name} {count:,}" for name, count in self._tally.outcomes().items())
        told = "".join(f"\n{'':>13}{'  '.join(_told(entry))}" for entry in list(self._decisions)[-1:])
        return Text(f"{self._phase:>11}  {outcomes}  {in_words(self._tally.waits())}{told}")

    def _picture(self) -> RenderableType:
        told = [
            Text("  ".join(_told(entry)), "dim", no_wrap=True, overflow="ellipsis")
            for entry in self._decisions
        ]
        return Group(Text(f"\n{self._phase}\n", "bold"), self._table(), Text(), *told)

    def _table(self) -> Table:
        gap = 3 if self._console.width >= WIDE else 1
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
        return table

    def _rows(self) -> Iterator[tuple[tuple[str, str], list[Pair]]]:
        names = sorted(self._regions)
        known = [(source, target) for source in names for target in names if source != target]
        for source, target in known:
            if (source, target) in self._tally.pairs:
                chinese = f"{self._regions[source].chinese}→{self._regions[target].chinese}"
                yield (chinese, f"{source}→{target}"), [(source, target)]
        yield OTHERS, [pair for pair in self._tally.pairs if pair not in known]

    def _figures(self, pairs: list[Pair]) -> list[str]:
        found = [self._tally.pairs[pair] for pair in pairs]
        waits = [wait for pair in found for wait in pair.waits]
        counts = [sum(pair.outcomes[name] for pair in found) for name in OUTCOMES]
        shares = [percentile(waits, share) for share in (0.5, 0.99)]
        return [f"{figure:,.0f}" if figure else "·" for figure in (*counts, *shares)]


def in_words(waits: list[float]) -> str:
    """How long deliveries took, milliseconds in, one phrase out."""
    half, most = percentile(waits, 0.5), percentile(waits, 0.99)
    if half is None or most is None:
        return "nothing delivered yet"
    return f"publish to inbox p50 {half:,.0f} ms, p99 {most:,.0f} ms"


def _told(entry: LedgerEntry) -> tuple[str, ...]:
    """One decision in words: the pair, what was decided, the rule that said so."""
    pair = f"{entry.source}→{entry.target or '?'}"
    rule = () if entry.rule_id is None else (f"{entry.rule_id}@{entry.rule_version}",)
    if entry.reason is None:
        found = f"{entry.licence_state} at trust level {entry.trust_level}"
        return pair, f"delivered, not recognised 不予认可 (licence {found})", *rule
    return pair, f"{entry.outcome} {entry.reason} {MEANINGS[Reason(entry.reason)].chinese}", *rule
