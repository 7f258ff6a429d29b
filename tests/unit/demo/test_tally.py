"""The tally puts confirmations, ledger entries and inboxes side by side, and says what differs."""

from typing import Any

import pytest

from gateway.codec import LedgerEntry
from gateway.demo.mistakes import RIGHT, Expected
from gateway.demo.tally import Tally, percentile
from gateway.errors import Reason
from gateway.messages import Outcome
from tests import world

PLACE = ("east.outbox", 2, 7)
PAIR = ("east", "west")
REFUSED = Expected(Outcome.REFUSED, Reason.CONSENT_MISSING, "asks without consent")


def entry(**changed: Any) -> LedgerEntry:
    """East's request at PLACE, delivered, unless changed."""
    decided = world.Desk().send(world.request()).entry
    decided.offset = PLACE[2]
    for name, value in changed.items():
        setattr(decided, name, value)
    return decided


def refused() -> LedgerEntry:
    return entry(outcome="refused", reason="consent-missing", state_after=None)


def differences(tally: Tally) -> list[str]:
    return [difference for check in tally.checks() for difference in check.differences]


def test_a_delivered_record_with_its_entry_in_its_inbox_is_as_it_should_be() -> None:
    tally = Tally()
    tally.publish(PLACE, RIGHT)
    tally.decide(2, entry())
    tally.deliver(PLACE, PAIR, 80.0)
    assert differences(tally) == []
    assert [(check.held, check.wanted) for check in tally.checks()] == [(1, 1)] * 3
    assert tally.outcomes() == {"delivered": 1, "refused": 0, "duplicate": 0, "quarantined": 0}
    assert tally.pairs[PAIR].outcomes["delivered"] == 1
    assert tally.waits() == [80.0]
    assert tally.last[2].case_id == world.CASE
    assert tally.application == ""
    assert tally.under_way() == []


@pytest.mark.parametrize("first", ["confirmation", "entry"])
def test_the_order_in_which_confirmation_and_entry_come_does_not_matter(first: str) -> None:
    tally = Tally()
    steps = [lambda: tally.publish(PLACE, REFUSED), lambda: tally.decide(2, refused())]
    for step in steps if first == "confirmation" else reversed(steps):
        step()
    assert tally.reasons == {"refused": {"consent-missing": 1}}
    assert differences(tally) == []


def test_what_others_publish_is_not_counted() -> None:
    tally = Tally()
    tally.decide(2, entry())
    assert tally.published == 0
    assert sum(tally.outcomes().values()) == 0
    assert [check.wanted for check in tally.checks()] == [0, 0, 0]


def test_a_record_without_entry_is_under_way_and_differs() -> None:
    tally = Tally()
    tally.publish(PLACE, RIGHT)
    assert tally.under_way() == [PLACE]
    assert differences(tally) == ["east.outbox[2]@7 has 0 ledger entries"]


def test_a_record_with_two_entries_differs() -> None:
    tally = Tally()
    tally.publish(PLACE, REFUSED)
    tally.decide(2, refused())
    tally.decide(2, refused())
    assert differences(tally) == ["east.outbox[2]@7 has 2 ledger entries"]


def test_another_outcome_than_expected_is_told_with_the_mistake() -> None:
    tally = Tally()
    tally.publish(PLACE, REFUSED)
    tally.decide(2, entry())
    tally.deliver(PLACE, PAIR, 80.0)
    assert differences(tally) == [
        "east.outbox[2]@7 (asks without consent) was delivered, expected refused (consent-missing)"
    ]


def test_a_delivered_record_that_never_comes_is_under_way_and_differs() -> None:
    tally = Tally()
    tally.publish(PLACE, RIGHT)
    tally.decide(2, entry())
    assert tally.under_way() == [PLACE]
    assert differences(tally) == ["east.outbox[2]@7 is 0 times in its inbox"]


def test_a_record_in_its_inbox_twice_or_without_delivery_differs() -> None:
    tally = Tally()
    other = ("east.outbox", 2, 8)
    tally.publish(PLACE, RIGHT)
    tally.publish(other, REFUSED)
    tally.decide(2, entry())
    tally.decide(2, entry(outcome="refused", reason="consent-missing", offset=8))
    for place in (PLACE, PLACE, other):
        tally.deliver(place, PAIR, 80.0)
    assert differences(tally) == [
        "east.outbox[2]@7 is 2 times in its inbox",
        "east.outbox[2]@8 is 1 times in its inbox",
    ]


@pytest.mark.parametrize(("wanted", "found"), [(True, False), (False, True), (None, True)])
def test_an_answer_recognised_otherwise_than_expected_differs(wanted: bool | None, found: bool) -> None:
    tally = Tally()
    tally.ask("asked", wanted)
    tally.publish(PLACE, RIGHT)
    tally.decide(2, entry(in_reply_to="asked", recognised=found))
    tally.deliver(PLACE, PAIR, 80.0)
    assert differences(tally) == [f"east.outbox[2]@7 answers with recognised {found}, expected {wanted}"]


def test_what_was_broken_off_can_be_left_out() -> None:
    tally = Tally()
    tally.publish(PLACE, RIGHT)
    tally.forget_under_way()
    assert tally.published == 0
    assert differences(tally) == []


def test_the_last_delivered_entry_of_each_slot_is_known_in_whatever_order_they_count() -> None:
    tally = Tally()
    for offset, partition in ((1, 0), (2, 1), (3, 0)):
        tally.decide(partition, entry(offset=offset, seq=offset, state_after="SUBMITTED"))
    for offset, partition in ((3, 0), (2, 1), (1, 0)):
        tally.publish(("east.outbox", partition, offset), RIGHT)
    assert {slot: last.seq for slot, last in tally.last.items()} == {0: 3, 1: 2}
    assert tally.application == world.CASE


def test_the_newest_of_each_kind_stands_last() -> None:
    tally = Tally()
    for offset, reason in enumerate(("conflict", "repeat", "conflict")):
        tally.publish(("east.outbox", 2, offset), RIGHT)
        tally.decide(2, entry(outcome="refused", reason=reason, offset=offset))
    assert list(tally.newest) == ["repeat", "conflict"]
    assert tally.newest["conflict"].offset == 2


def test_only_reasons_and_unrecognised_licences_are_worth_telling() -> None:
    assert Tally.kind(entry()) == ""
    assert Tally.kind(entry(recognised=True)) == ""
    assert Tally.kind(entry(recognised=False)) == "not recognised"
    assert Tally.kind(refused()) == "consent-missing"


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)])
def test_percentiles_are_nearest_ranks(share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(100, 0, -1)], share) == expected


def test_nothing_has_no_percentile() -> None:
    assert percentile([], 0.5) is None
