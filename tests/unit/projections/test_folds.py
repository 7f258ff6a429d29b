"""The folds and boards, over entries that the pipeline itself wrote."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.codec import LedgerEntry
from gateway.projections import boards
from gateway.projections.folds import (
    KEPT_FACTS,
    KEPT_REQUESTS,
    CaseRow,
    PairRow,
    case_key,
    fold_case,
    fold_pair_hour,
    pair_key,
)
from tests import world
from tests.world import CASE, HOUR, NOW, SLOTS, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def entries(desk: Desk) -> Iterator[LedgerEntry]:
    return (world.entry_of(value) for value in desk.entries)


def case_of(desk: Desk) -> CaseRow:
    row = None
    for entry in entries(desk):
        row = fold_case(row, entry)
    assert row is not None
    return row


def pairs_of(desk: Desk) -> dict[str, PairRow]:
    rows: dict[str, PairRow] = {}
    for entry in entries(desk):
        key = pair_key(entry, desk.partition)
        rows[key] = fold_pair_hour(rows.get(key), entry)
    return rows


def test_delivery_moves_the_case(desk: Desk) -> None:
    desk.send(world.application())
    desk.send(world.progress("RECEIVED", "east"))

    row = case_of(desk)

    assert (row["state"], row["ball"], row["number"]) == ("FORWARDED", "west", 2)
    assert (row["parties"], row["opened_by"], row["item"]) == (["east", "west"], "east", "company-change")
    assert [fact["state_after"] for fact in row["timeline"]] == ["SUBMITTED", "FORWARDED"]


def test_refusal_stands_in_the_timeline_and_changes_nothing_else(desk: Desk) -> None:
    desk.send(world.application())
    before = case_of(desk)
    desk.send(world.progress("APPROVED"))

    row = case_of(desk)

    assert row["timeline"][-1]["reason"] == "illegal-transition"
    unchanged = ("state", "ball", "number", "parties", "changed_at", "requests")
    assert [row[name] for name in unchanged] == [before[name] for name in unchanged]  # type: ignore[literal-required]


def test_request_is_open_until_its_answer(desk: Desk) -> None:
    asked = world.request()
    desk.send(asked)
    request = case_of(desk)["requests"][asked.event_id]
    assert (request["asker"], request["asked"], request["answered"]) == ("east", "west", None)
    assert request["due"] == NOW + HOUR

    desk.send(world.answer(asked), arrived_at=NOW + 60_000)

    assert case_of(desk)["requests"][asked.event_id]["answered"] == NOW + 60_000


def test_entry_at_or_below_the_rows_seq_changes_nothing(desk: Desk) -> None:
    asked = world.request()
    for event in (asked, world.answer(asked), asked):
        desk.send(event)
    case, pairs = case_of(desk), pairs_of(desk)

    for entry in entries(desk):
        assert fold_case(case, entry) == case
        key = pair_key(entry, desk.partition)
        assert fold_pair_hour(pairs[key], entry) == pairs[key]


def test_fold_leaves_the_row_before_as_it_was(desk: Desk) -> None:
    asked = world.request()
    desk.send(asked)
    before, again = case_of(desk), case_of(desk)
    desk.send(world.answer(asked))

    fold_case(before, list(entries(desk))[-1])

    assert before == again


def test_row_is_bounded(desk: Desk) -> None:
    asked = [world.request() for _ in range(KEPT_REQUESTS + 1)]
    for event in asked:
        desk.send(event)
        if event is asked[5]:
            desk.send(world.answer(event))

    row = case_of(desk)

    assert len(row["timeline"]) == KEPT_FACTS
    assert row["timeline"][-1]["seq"] == row["seq"]
    assert set(row["requests"]) == {event.event_id for event in asked if event is not asked[5]}


def test_oldest_request_leaves_when_none_is_answered(desk: Desk) -> None:
    asked = [world.request() for _ in range(KEPT_REQUESTS + 1)]
    for event in asked:
        desk.send(event)

    assert asked[0].event_id not in case_of(desk)["requests"]


def test_record_on_a_wrong_partition_is_kept_from_the_case(desk: Desk) -> None:
    entry = desk.send(world.request(), partition=(desk.partition + 1) % SLOTS).entry

    assert entry.reason == "wrong-partition"
    assert case_key(entry, desk.partition, SLOTS) == CASE
    assert case_key(entry, (desk.partition + 1) % SLOTS, SLOTS) is None


def test_unreadable_record_has_no_case_and_counts_in_its_pair(desk: Desk) -> None:
    entry = desk.send(b"garbage", "east.outbox").entry

    assert case_key(entry, desk.partition, SLOTS) is None
    assert pair_key(entry, 3) == "east/-/2026-03-02T03/3"
    assert fold_pair_hour(None, entry)["counts"] == {"-/refused/bad-frame": 1}


def test_case_board_shows_times_in_shanghai(desk: Desk) -> None:
    asked = world.request()
    desk.send(asked)

    board = boards.case_board(case_of(desk))

    assert board["changed_at"] == board["timeline"][0]["at"] == "2026-03-02T11:00:00.000+08:00"
    assert board["requests"][asked.event_id]["due"] == "2026-03-02T12:00:00.000+08:00"
    assert "null" not in board["timeline"][0]


def test_case_that_was_never_opened_has_no_time_of_change(desk: Desk) -> None:
    desk.send(world.request(purpose="curiosity"))

    assert boards.case_board(case_of(desk))["changed_at"] is None


def test_tallies_of_workers_add_up(desk: Desk) -> None:
    desk.send(world.application())
    asked = world.request()
    desk.send(asked)
    application = case_of(desk)
    never = fold_case(None, desk.send(world.request(purpose="curiosity", case_id="310000-2026-9")).entry)
    here, there = boards.new_case_tally(), boards.new_case_tally()
    boards.tally_case(here, application)
    boards.tally_case(there, application)
    boards.tally_case(there, never)

    total = boards.add_case_tallies([here, there])

    assert total["states"] == {"SUBMITTED": 2}
    assert total["balls"] == {"east": 2}
    assert total["totals"] == {"cases": 2, "without_application": 0, "not_opened": 1, "open_requests": 2}


def test_pair_rows_of_workers_add_up_and_make_the_region_board(desk: Desk) -> None:
    asked = world.request()
    desk.send(asked)
    desk.send(world.answer(asked))
    desk.send(world.request(purpose="curiosity"))
    rows = _pair_rows(desk)

    added = boards.add_pair_boards([*rows, *rows])

    assert [row["events"] for row in added] == [2 * row["events"] for row in rows]
    cases: dict[str, dict[str, int]] = {"balls": {"west": 4}}
    east, _, west = boards.region_board(desk.book.regions, added, cases)
    assert east["sent"] == {"delivered": 2, "refused": 2, "duplicate": 0, "quarantined": 0}
    assert (east["received"], west["received"], west["cases_to_act_on"]) == (2, 2, 4)


def _pair_rows(desk: Desk) -> list[dict[str, Any]]:
    tally: boards.PairTally = Counter()
    for row in pairs_of(desk).values():
        boards.tally_pair(tally, row)
    return boards.pair_board(tally)
