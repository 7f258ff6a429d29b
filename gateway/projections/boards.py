"""What the web views show, computed from rows: pure, JSON-ready, times in Asia/Shanghai.

A tally of one worker covers its slots; tallies add up, so a view asks every worker and adds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from gateway.definitions import Region
from gateway.messages import Outcome
from gateway.projections.folds import CaseRow, PairRow

SHANGHAI: Final = timezone(timedelta(hours=8))

CaseTally = dict[str, Counter[str]]
"""`states`: cases by application state. `balls`: cases by the region that must act. `totals`: the rest."""
PairTally = Counter[tuple[str, str, str, str, str, str]]
"""Events by what `PAIR_COLUMNS` names."""
PAIR_COLUMNS: Final = ("source", "target", "hour", "contract", "outcome", "reason")


def instant(milliseconds: int) -> str:
    """A time for people: ISO 8601 with the offset of Asia/Shanghai."""
    return datetime.fromtimestamp(milliseconds / 1000, SHANGHAI).isoformat(timespec="milliseconds")


def case_board(row: CaseRow) -> dict[str, Any]:
    """One case, with its times readable."""
    return {
        **row,
        "changed_at": instant(row["changed_at"]) if row["parties"] else None,
        "requests": {
            event_id: {
                **request,
                "due": instant(request["due"]),
                "answered": None if request["answered"] is None else instant(request["answered"]),
            }
            for event_id, request in row["requests"].items()
        },
        "timeline": [{**fact, "at": instant(fact["at"])} for fact in row["timeline"]],
    }


def tally_case(tally: CaseTally, row: CaseRow) -> None:
    """Count one case. A case in which nothing was delivered was never opened."""
    if not row["parties"]:
        tally["totals"]["not_opened"] += 1
        return
    tally["totals"]["cases"] += 1
    if row["state"] is None:
        tally["totals"]["without_application"] += 1
    else:
        tally["states"][row["state"]] += 1
    if row["ball"] is not None:
        tally["balls"][row["ball"]] += 1
    is_open = (request["answered"] is None for request in row["requests"].values())
    tally["totals"]["open_requests"] += sum(is_open)


def add_case_tallies(tallies: Iterable[Mapping[str, Mapping[str, int]]]) -> CaseTally:
    """The sum of the tallies of several workers."""
    total = new_case_tally()
    for tally in tallies:
        for section, counts in total.items():
            counts.update(tally[section])
    return total


def new_case_tally() -> CaseTally:
    """Nothing counted; the totals are named from the start."""
    totals = Counter(cases=0, without_application=0, not_opened=0, open_requests=0)
    return {"totals": totals, "states": Counter(), "balls": Counter()}


def tally_pair(tally: PairTally, row: PairRow) -> None:
    """Count one pair row."""
    hour = instant(row["hour"])
    for kind, events in row["counts"].items():
        contract, outcome, reason = kind.split("/")
        tally[row["source"], row["target"], hour, contract, outcome, reason] += events


def pair_board(tally: PairTally) -> list[dict[str, Any]]:
    """A pair tally as rows, by hour, then pair."""
    order = sorted(tally, key=lambda key: (key[2], *key))
    return [{**dict(zip(PAIR_COLUMNS, key, strict=True)), "events": tally[key]} for key in order]


def add_pair_boards(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The sum of the pair rows of several workers."""
    tally: PairTally = Counter()
    for row in rows:
        source, target, hour, contract, outcome, reason = (row[column] for column in PAIR_COLUMNS)
        tally[source, target, hour, contract, outcome, reason] += row["events"]
    return pair_board(tally)


def region_board(
    regions: Mapping[str, Region], pairs: Iterable[Mapping[str, Any]], cases: Mapping[str, Mapping[str, int]]
) -> list[dict[str, Any]]:
    """For each region: what became of what it sent, what it was handed, how many cases wait for it.

    pairs: rows of `pair_board`. cases: a case tally.
    """
    sent: Counter[tuple[str, str]] = Counter()
    received: Counter[str] = Counter()
    for row in pairs:
        sent[row["source"], row["outcome"]] += row["events"]
        if row["outcome"] == Outcome.DELIVERED.value:
            received[row["target"]] += row["events"]
    return [
        {
            "region": name,
            "chinese": region.chinese,
            "sent": {outcome.value: sent[name, outcome.value] for outcome in Outcome},
            "received": received[name],
            "cases_to_act_on": cases["balls"].get(name, 0),
        }
        for name, region in sorted(regions.items())
    ]
