"""The state of one slot: what a fold forgets, and what is there already."""

import pytest

from gateway.codec import KeptCase, KeptPosition, KeptRequest, StateEntry
from gateway.slot import DAY_MS, REMOVAL_SLACK_MS, REMOVED_AT_ONCE, Slot, case_key, request_key, shanghai_day
from tests.world import CASE, NOW, Desk, answer, application, entry_of, request


def kept_case(expires_at: int | None = None) -> KeptCase:
    return KeptCase(CASE, "east", "west", 1, 1000, expires_at=expires_at)


def kept_request(event_id: str = "e-1", answered: bool = False) -> KeptRequest:
    return KeptRequest(
        CASE, event_id, "east", "west", "id-card", "a-rule", 1, fields=(), due=5000, answered=answered
    )


@pytest.fixture
def slot() -> Slot:
    """One of everything, folded in."""
    slot = Slot()
    slot.fold_state(case_key(CASE), StateEntry(1, case=kept_case()))
    slot.fold_state(request_key(CASE, "e-1"), StateEntry(2, case=kept_case(), request=kept_request()))
    slot.fold_state("position/east.outbox", StateEntry(4, position=KeptPosition("east.outbox", 5, 1000)))
    return slot


def test_what_is_folded_in_is_there(slot: Slot) -> None:
    assert slot.case_at(CASE, 0) is not None
    assert slot.requests.find(CASE, "e-1") is not None
    assert slot.requests.find(CASE, "e-2") is None
    assert slot.requests.find("310000-2026-2", "e-1") is None
    assert slot.positions["east.outbox"].next_offset == 5
    assert slot.requests.unanswered == 1


def test_one_string_names_a_case_however_often_it_is_read_back() -> None:
    slot = Slot()
    for event_id in ("e-1", "e-2", "e-1"):
        case, request = kept_case(), kept_request(event_id)
        case.case_id, request.case_id = CASE[:6] + CASE[6:], CASE[:6] + CASE[6:]
        slot.fold_state(request_key(CASE, event_id), StateEntry(1, case=case, request=request))
    [(name, kept)] = slot.cases.items()
    asked = [slot.requests.find(CASE, event_id) for event_id in ("e-1", "e-2")]
    assert all(one is not None and one.case_id is name for one in [kept, *asked])


def test_a_tombstone_takes_away_what_stood_under_its_key(slot: Slot) -> None:
    for key in (case_key(CASE), request_key(CASE, "e-1")):
        slot.fold_state(key, None)
    assert (slot.cases, len(slot.requests), slot.requests.unanswered) == ({}, 0, 0)
    assert set(slot.positions) == {"east.outbox"}


@pytest.mark.parametrize("key", [request_key(CASE, "e-9"), request_key("310000-2026-9", "e-1"), "other/1"])
def test_a_tombstone_of_what_was_never_there_changes_nothing(slot: Slot, key: str) -> None:
    slot.fold_state(key, None)
    assert (len(slot.cases), len(slot.requests), slot.requests.unanswered) == (1, 1, 1)


def test_an_answered_request_is_open_no_more_and_leaves_as_quietly(slot: Slot) -> None:
    answered = StateEntry(5, case=kept_case(), request=kept_request(answered=True))
    for _ in range(2):
        slot.fold_state(request_key(CASE, "e-1"), answered)
        assert slot.requests.unanswered == 0
    slot.fold_state(request_key(CASE, "e-2"), StateEntry(6, case=kept_case(), request=kept_request("e-2")))
    slot.fold_state(request_key(CASE, "e-1"), None)
    assert (slot.requests.of_case(CASE), slot.requests.unanswered) == (["e-2"], 1)


def test_an_entry_that_says_nothing_is_folded_without_a_trace(slot: Slot) -> None:
    slot.fold_state(case_key(CASE), StateEntry(7))
    assert slot.case_at(CASE, 0) is not None


def test_what_was_delivered_under_a_rule_is_counted_from_the_ledger_alone() -> None:
    desk, today = Desk(), shanghai_day(NOW)
    asked = request()
    sent = [asked, asked, request(purpose="curiosity"), answer(asked), application(), request()]
    entries = [desk.send(event).entry for event in sent]
    assert [entry.reason for entry in entries] == [None, "repeat", "purpose-not-agreed", None, None, None]
    rule, service = str(entries[0].rule_id), str(entries[4].rule_id)
    rebuilt = Slot()
    for value in desk.entries:
        rebuilt.fold_entry(entry_of(value), bytes(32))
    for slot in (desk.slot, rebuilt):
        assert (slot.used(rule, today), slot.used(service, today)) == (2, 1)
        assert (slot.used(rule, today - 1), slot.used("another", today)) == (0, 0)


def test_a_day_of_use_is_forgotten_when_no_record_of_that_day_can_come_any_more() -> None:
    slot, entry = Slot(), Desk().send(request()).entry
    rule, first = str(entry.rule_id), shanghai_day(NOW)
    for days, left in ((0, 1), (REMOVAL_SLACK_MS // DAY_MS, 1), (REMOVAL_SLACK_MS // DAY_MS + 1, 0)):
        entry.arrived_at = NOW + days * DAY_MS
        slot.fold_entry(entry, bytes(32))
        assert (slot.used(rule, first), slot.used(rule, first + days)) == (left, 1)


def test_a_case_leaves_with_its_requests_and_only_when_its_last_date_is_over(slot: Slot) -> None:
    for expires_at in (2000, 9000, 9000):
        slot.fold_state(case_key(CASE), StateEntry(5, case=kept_case(expires_at)))
    assert slot.case_at(CASE, 8999) is not None
    assert slot.case_at(CASE, 9000) is None
    assert slot.expired(2000 + REMOVAL_SLACK_MS) == []
    assert slot.expired(9000 + REMOVAL_SLACK_MS) == [request_key(CASE, "e-1"), case_key(CASE)]


def test_a_window_is_kept_for_topics_that_were_seen() -> None:
    desk = Desk()
    desk.send(application())
    decided = desk.send(request())
    assert desk.slot.window_size() == 2
    desk.slot.forget_before("never.outbox", decided.entry.arrived_at)
    assert desk.slot.window_size() == 2
    assert entry_of(decided.entry_value).seq == desk.slot.seq - 1


def test_a_crowd_of_cases_leaves_in_portions() -> None:
    slot = Slot()
    for serial in range(REMOVED_AT_ONCE + 1):
        case_id = f"310000-2026-{serial}"
        slot.fold_state(
            case_key(case_id), StateEntry(1, case=KeptCase(case_id, "east", "west", 1, 0, expires_at=9))
        )
    over = 9 + REMOVAL_SLACK_MS
    assert [len(slot.expired(over)) for _ in range(3)] == [REMOVED_AT_ONCE, 1, 0]
