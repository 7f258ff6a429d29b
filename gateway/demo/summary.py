"""What a person reads at the end of the demo, and where to look for who stays."""

from collections.abc import Mapping
from typing import Final

from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cases import STATES
from gateway.demo.board import OUTCOMES, in_words
from gateway.demo.tally import Tally
from gateway.errors import Reason
from gateway.ledger import LEDGER
from gateway.messages import Outcome
from gateway.reasons import MEANINGS
from gateway.settings import Settings, load

MOST_DIFFERENCES: Final = 8
CaseCounts = Mapping[str, Mapping[str, int]]


def show(console: Console, tally: Tally, counted: CaseCounts | None) -> None:
    """What came of the run. counted: the projections' `/cases`, if they answered."""
    console.print("", _outcomes(tally), Text(f"\n{in_words(tally.waits())}\n"), sep="\n")
    if counted is None:
        console.print("the projections did not say how the cases stand")
    else:
        totals = counted["totals"]
        told = f"cases 办件 {totals['cases']:,}, requests still open 待答复 {totals['open_requests']:,}"
        console.print(Text(told, "bold"), _cases(counted), sep="\n")
    console.print()
    for check in tally.checks():
        mark = Text("✗ ", "bold red") if check.differences else Text("✓ ", "bold green")
        console.print(mark + Text(f"{check.words}: {check.held:,} of {check.wanted:,}"))
        for difference in check.differences[:MOST_DIFFERENCES]:
            console.print(Text(f"    {difference}", "red"), soft_wrap=True)


def where_to_look(console: Console, settings: Settings, region: str, case_id: str) -> None:
    """What else there is to see while the demo runs. case_id: an application that is on its way."""
    web = f"http://{settings.projections.web_host}:{settings.projections.web_port}"
    bootstrap = f"--bootstrap {settings.kafka.bootstrap}"
    is_usual = settings.projections.web_port == load().projections.web_port
    port = "" if is_usual else f"GATEWAY_PROJECTIONS__WEB_PORT={settings.projections.web_port} "
    for name, words in (
        ("web views", f"{web}/cases  /pairs  /regions  /readyz"),
        ("one case", f"{web}/cases/{case_id}"),
        ("metrics", f"http://{settings.metrics.host}:{settings.metrics.port}/metrics"),
        ("topics", f"<region>.outbox .inbox .receipts, {LEDGER} at {settings.kafka.bootstrap}"),
        ("try", f"{port}gateway case {case_id}"),
        ("", f"gateway inbox {region} {bootstrap}"),
        ("", f"gateway receipts {region} --follow {bootstrap}"),
        ("end", "Ctrl-C"),
    ):
        console.print(Text(f"{name:>10}  {words}"), soft_wrap=True)


def _outcomes(tally: Tally) -> Table:
    """Events by outcome and reason."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(justify="right")
    table.add_row(f"{tally.published:,}", "published", "发布", style="bold")
    for outcome, count in tally.outcomes().items():
        chinese, colour = OUTCOMES[outcome]
        table.add_row(f"{count:,}", outcome, chinese, style=colour)
        if outcome == Outcome.DELIVERED.value and tally.translated:
            table.add_row(f"{tally.translated:,}", "  in another form", "  经标准转换")
        for reason, times in sorted(tally.reasons[outcome].items()):
            table.add_row(f"{times:,}", f"  {reason}", f"  {MEANINGS[Reason(reason)].chinese}")
    return table


def _cases(counted: CaseCounts) -> Columns:
    """Cases by application state, as many columns as there is room for."""
    states = [
        f"{counted['states'][name]:>6,}  {state.chinese} {name}"
        for name, state in STATES.items()
        if name in counted["states"]
    ]
    only = f"{counted['totals']['without_application']:>6,}  仅核验 verification only"
    return Columns([only, *states], padding=(0, 3), column_first=True)
