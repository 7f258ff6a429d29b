"""What holds for every sequence of events, right or wrong, in any order and repeated at will."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.codec import DECODERS
from gateway.errors import Reason
from gateway.messages import Outcome
from gateway.slot import Slot
from tests import world
from tests.world import NOW, Desk

FIELDS = ("name", "unified_code", "address", "capital", "scope")
STATES = ("RECEIVED", "TAKEN_OVER", "ACCEPTED", "IN_REVIEW", "APPROVED", "DELIVERED", "WITHDRAWN", "REJECTED")
CASES = tuple(
    case for case in (f"310000-2026-{n}" for n in range(1, 60)) if world.slot_of(case, world.SLOTS) == 0
)[:3]

Step = Callable[[Desk, list[Any]], bytes]
"""Makes the next value from what was published before."""


def _ask(case: str, fields: tuple[str, ...], purpose: str) -> Step:
    return lambda desk, said: _keep(desk, said, world.request(case_id=case, fields=fields, purpose=purpose))


def _apply(case: str) -> Step:
    return lambda desk, said: _keep(desk, said, world.application(case_id=case))


def _progress(case: str, state: str, source: str) -> Step:
    return lambda desk, said: _keep(
        desk, said, world.progress(state, source, case_id=case, reason="because it is")
    )


def _answer(which: int, fields: tuple[str, ...]) -> Step:
    def step(desk: Desk, said: list[Any]) -> bytes:
        asked = [event for event in said if isinstance(event, world.LicenceVerificationRequested)]
        if not asked:
            return b"\x00nothing was asked yet"
        returned = tuple(world.Value(field, "v") for field in fields)
        return _keep(desk, said, world.answer(asked[which % len(asked)], returned=returned))

    return step


def _repeat(which: int) -> Step:
    return lambda desk, said: desk.frame(said[which % len(said)]) if said else b""


def _spoilt(which: int, at: int, byte: int) -> Step:
    def step(desk: Desk, said: list[Any]) -> bytes:
        value = bytearray(desk.frame(said[which % len(said)]) if said else b"\x00\x01\x02\x03\x04\x05")
        value[at % len(value)] = byte
        return bytes(value)

    return step


def _keep(desk: Desk, said: list[Any], event: Any) -> bytes:
    said.append(event)
    return desk.frame(event)


case = st.sampled_from(CASES)
some_fields = st.lists(st.sampled_from(FIELDS), max_size=4, unique=True).map(tuple)
number = st.integers(0, 1000)
step: st.SearchStrategy[Step] = st.one_of(
    st.builds(_ask, case, some_fields, st.sampled_from(("application-handling", "curiosity"))),
    st.builds(_answer, number, some_fields),
    st.builds(_apply, case),
    st.builds(_progress, case, st.sampled_from(STATES), st.sampled_from(("east", "west"))),
    st.builds(_repeat, number),
    st.builds(_spoilt, number, number, st.integers(0, 255)),
    st.binary(max_size=40).map(lambda value: lambda _desk, _said: value),
)
topic = st.sampled_from(("east.outbox", "west.outbox", "south.outbox", None))
play = st.lists(st.tuples(step, topic), max_size=40)


def run(steps: list[tuple[Step, str | None]], batches: int = 1) -> Desk:
    """Play the steps in one slot, in batches of that many records."""
    desk = Desk()
    desk.partition = 0
    said: list[Any] = []
    records = []
    for make, place in steps:
        value = make(desk, said)
        owner = f"{said[-1].source}.outbox" if said else "east.outbox"
        records.append(desk.record(value, place or owner))
    desk.decisions = []  # type: ignore[attr-defined]
    for start in range(0, len(records), batches):
        desk.decisions += desk.decide(*records[start : start + batches])  # type: ignore[attr-defined]
    desk.records = records  # type: ignore[attr-defined]
    return desk


@given(play)
def test_every_record_has_one_ending_and_every_ending_its_output(
    steps: list[tuple[Step, str | None]],
) -> None:
    desk: Any = run(steps)
    assert len(desk.decisions) == len(desk.records)
    for record, decision in zip(desk.records, desk.decisions, strict=True):
        entry = decision.entry
        assert (entry.topic, entry.offset) == (record.topic, record.offset)
        assert entry.outcome in set(Outcome)
        assert entry.reason is None or entry.reason in set(Reason)
        topics = [output.topic for output in decision.outputs]
        sender = record.topic.removesuffix(".outbox")
        wanted = {
            "delivered": [f"{entry.target}.inbox"],
            "refused": [f"{sender}.receipts"],
            "duplicate": [],
            "quarantined": ["gateway.quarantine", f"{sender}.receipts"],
        }
        assert topics == wanted[entry.outcome]
        if entry.outcome == "delivered":
            assert decision.outputs[0].value == record.value, "bytes are kept"
            assert entry.source == sender
            assert (sender, entry.target) in desk.book.pairs


@given(play)
def test_a_repeat_changes_nothing(steps: list[tuple[Step, str | None]]) -> None:
    desk: Any = run(steps)
    before = _known(desk)
    again = [desk.record(record.value, record.topic) for record in desk.records]
    decisions = desk.decide(*again)
    assert _known(desk) == before
    for first, second in zip(desk.decisions, decisions, strict=True):
        if first.entry.outcome == "delivered":
            assert (second.entry.outcome, second.entry.of) == ("duplicate", first.entry.offset)
            assert second.outputs == []


@given(play)
def test_no_field_leaves_that_the_rule_does_not_list(steps: list[tuple[Step, str | None]]) -> None:
    desk: Any = run(steps)
    listed = world.rule().fields
    asked: dict[str, set[str]] = {}
    for decision in desk.decisions:
        if decision.entry.outcome != "delivered":
            continue
        event = _event(decision)
        if isinstance(event, world.LicenceVerificationRequested):
            asked[event.event_id] = {*event.fields, *(claim.field for claim in event.claims)}
            assert asked[event.event_id] <= listed
        if isinstance(event, world.LicenceVerificationAnswered):
            assert {value.field for value in event.returned} <= asked[event.in_reply_to]


@given(play)
def test_the_order_of_a_case_is_kept(steps: list[tuple[Step, str | None]]) -> None:
    desk: Any = run(steps)
    numbers: dict[str, int] = {}
    offsets: dict[tuple[str, str], int] = {}
    for decision in desk.decisions:
        entry = decision.entry
        if entry.outcome != "delivered":
            assert entry.number is None
            continue
        numbers[entry.case_id] = numbers.get(entry.case_id, 0) + 1
        assert entry.number == numbers[entry.case_id], "delivered events of a case are numbered 1, 2, 3 ..."
        assert entry.offset > offsets.get((entry.case_id, entry.topic), -1)
        offsets[entry.case_id, entry.topic] = entry.offset


@given(play, st.integers(1, 7))
def test_the_batches_it_came_in_decide_nothing(steps: list[tuple[Step, str | None]], size: int) -> None:
    whole, cut = run(steps, 1000), run(steps, size)
    assert _plain(whole) == _plain(cut)
    previous = bytes(32)
    for number, value in enumerate(whole.entries):
        entry = world.entry_of(value)
        assert (entry.seq, entry.prev, entry.arrived_at) == (number, previous, NOW)
        previous = sha256(value).digest()


def _plain(desk: Any) -> list[tuple[str, str | None]]:
    return [(decision.entry.outcome, decision.entry.reason) for decision in desk.decisions]


def _known(desk: Desk) -> dict[str, tuple[Any, ...]]:
    """What the slot knows of cases and requests, in values that compare."""
    slot = desk.slot
    cases = {name: (kept.state, kept.last_number, kept.decision) for name, kept in slot.cases.items()}
    requests = {
        name: tuple(sorted((key, _answered(slot, name, key)) for key in slot.requests.of_case(name)))
        for name in slot.cases
    }
    return {**cases, **{f"requests of {name}": value for name, value in requests.items()}}


def _answered(slot: Slot, case_id: str, event_id: str) -> bool:
    request = slot.requests.find(case_id, event_id)
    assert request is not None
    return request.answered


def _event(decision: Any) -> Any:
    entry = decision.entry
    return DECODERS[entry.contract, entry.contract_version](decision.outputs[0].value[5:])
