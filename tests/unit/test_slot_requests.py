"""Requests by case and event id, whether a case has none, one, or many."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.codec import KeptRequest
from gateway.slot_requests import SlotRequests

CASES = ("310000-2026-1", "310000-2026-2")
IDS = ("e-1", "e-2", "e-3")
STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "answer", "forget"]), st.sampled_from(CASES), st.sampled_from(IDS)),
    max_size=30,
)


def a_request(case_id: str, event_id: str, answered: bool) -> KeptRequest:
    return KeptRequest(case_id, event_id, "east", "west", "a-licence", "a-rule", 1, ("name",), 0, answered)


@given(STEPS)
def test_it_is_a_table_by_both_ids(steps: list[tuple[str, str, str]]) -> None:
    requests, table = SlotRequests(), dict[tuple[str, str], KeptRequest]()
    for step, case_id, event_id in steps:
        if step == "forget":
            requests.forget(case_id, event_id)
            table.pop((case_id, event_id), None)
        else:
            table[case_id, event_id] = a_request(case_id, event_id, answered=step == "answer")
            requests.keep(table[case_id, event_id])
    found: dict[tuple[str, str], Any] = {
        (case_id, event_id): requests.find(case_id, event_id) for case_id in CASES for event_id in IDS
    }
    assert {ids: kept for ids, kept in found.items() if kept is not None} == table
    assert {(one, of) for one in CASES for of in requests.of_case(one)} == set(table)
    assert len(requests) == len(table)
    assert requests.unanswered == sum(not kept.answered for kept in table.values())
