"""What an agreement allows, beyond dates and scopes: conditions, grace, manual review, newer versions."""

import pytest

from gateway.definition_files.conditions import compiled
from gateway.definitions import FAVOURABLE, REVIEW, RecognitionRule
from gateway.definitions.book import Book
from gateway.definitions.conditions import DATE, Condition, Facts
from gateway.errors import Reason
from gateway.slot import shanghai_day
from tests import world
from tests.world import NOW, Desk, answer, request, rule

KINDS = {"unified_code": "text", "address": "text", "valid_to": DATE, "established": DATE}
TODAY = shanghai_day(NOW)


def condition(text: str) -> Condition:
    return compiled(text, KINDS, "regions/agreements/east--west.yaml:7")


def under(*rules: RecognitionRule) -> Desk:
    return Desk(world.definitions(recognition=rules))


def judged(desk: Desk, **changed: object) -> tuple[bool | None, str]:
    """What becomes of an answer: recognised, and as the header says it."""
    asked = request()
    assert desk.outcome(asked) == "delivered"
    reply = desk.send(answer(asked, **changed))
    return reply.entry.recognised, reply.outputs[0].header.decode().split(" ")[6]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ('request.holder == "organisation"', "delivered"),
        ('request.holder == "person"', "not-recognised"),
        ('request.asking_division.startsWith("31") && request.consent == false', "delivered"),
        ('claimed.unified_code != ""', "delivered"),
        ('claimed.address == "x"', "not-recognised"),
        ('request.day >= "2026-01-01" && size(request.fields) <= 3', "delivered"),
    ],
)
def test_a_condition_on_the_request_decides_whether_it_is_delivered(text: str, outcome: str) -> None:
    assert under(rule(asked_when=(condition(text),))).outcome(request()) == outcome


def test_a_refusal_names_the_condition_and_no_value() -> None:
    desk = under(
        rule(asked_when=(condition('claimed.unified_code == "示例商行"'), condition("request.consent")))
    )
    refused = desk.send(request())
    assert refused.entry.reason == Reason.NOT_RECOGNISED.value
    words = world.receipt_of(refused).explanation
    assert 'condition 1 does not hold: claimed.unified_code == "示例商行"' in words
    assert request().claims[0].value not in words


def test_a_condition_that_reads_what_is_not_told_names_it() -> None:
    refused = under(rule(asked_when=(condition('claimed.established < "2020-01-01"'),))).send(request())
    assert "condition 1 reads claimed.established, which the request does not tell" in (
        world.receipt_of(refused).explanation
    )


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"licence_state": "SUSPENDED", "outcome": "MATCH_SUSPENDED"}, (None, "review")),
        ({"licence_state": "REVOKED", "outcome": "MATCH_INVALID"}, (False, "no")),
        ({"licence_state": None, "outcome": "NOT_FOUND"}, (None, "-")),
        ({"licence_state": "EXPIRED", "state_since": TODAY - 29}, (True, "yes")),
        ({"licence_state": "EXPIRED", "state_since": TODAY - 30}, (False, "no")),
        ({"licence_state": "EXPIRED", "state_since": None}, (False, "no")),
        ({"licence_state": "EXPIRED", "state_since": TODAY - 1, "trust_level": "C"}, (False, "no")),
    ],
)
def test_states_may_be_left_to_a_clerk_or_have_days_of_grace(
    changed: dict[str, object], told: tuple[bool | None, str]
) -> None:
    desk = under(rule(review_states=frozenset({"SUSPENDED"}), grace_days=30))
    assert judged(desk, **changed) == told


def test_a_rule_of_review_leaves_every_accepted_answer_to_a_clerk() -> None:
    assert judged(under(rule(effect="review"))) == (None, "review")
    assert judged(under(rule(effect="review")), licence_state="REVOKED") == (False, "no")


@pytest.mark.parametrize(
    ("text", "missing_is", "told"),
    [
        ("size(answer.mismatched) == 0", "no", "yes"),
        ('"unified_code" in answer.mismatched', "no", "no"),
        ("answer.days_in_state < 10", "no", "no"),
        ("answer.days_in_state < 10", REVIEW, "review"),
        ('returned.valid_to > "2026-01-01"', REVIEW, "review"),
    ],
)
def test_a_condition_on_the_answer_decides_whether_it_is_recognised(
    text: str, missing_is: str, told: str
) -> None:
    assert judged(under(rule(answered_when=(condition(text),), missing_is=missing_is)))[1] == told


def test_a_running_case_takes_the_newer_version_only_where_its_own_says_so() -> None:
    newer = rule(version=2, effective_from=NOW + 60_000, accepted_states=frozenset({"VALID", "SUSPENDED"}))
    for running, told in ((FAVOURABLE, "yes"), ("keep", "no")):
        desk = under(rule(running=running, effective_to=NOW + 60_000), newer)
        asked = request()
        desk.send(asked)
        reply = desk.send(answer(asked, licence_state="SUSPENDED"), arrived_at=NOW + 120_000)
        entry = reply.entry
        assert reply.outputs[0].header.decode().split(" ")[6] == told
        assert entry.rule_version == (2 if told == "yes" else 1)


def test_a_condition_at_fault_is_ours_and_not_the_senders() -> None:
    def broken(values: dict[str, object]) -> bool:
        raise RuntimeError("no such overload")

    good = condition("request.consent == false")
    bad = Condition(good.text, good.place, good.stage, good.reads, good.tree, broken)
    refused = under(rule(asked_when=(bad,))).send(request())
    assert (refused.entry.outcome, refused.entry.reason) == ("quarantined", Reason.RULE_FAULT.value)


def test_a_holder_the_rule_does_not_speak_of_is_refused() -> None:
    assert under(rule(holders=frozenset({"organisation"}))).outcome(request()) == "delivered"
    assert under(rule(holders=frozenset({"person"}))).outcome(request()) == "not-recognised"


def test_a_scope_of_several_divisions_is_as_wide_as_its_widest() -> None:
    bloc = rule(id="bloc", issuing_scope=("330800", "330000"), effect="deny")
    city = rule(id="city", issuing_scope=("330100",))
    book = Book(world.definitions(recognition=(bloc, city)), slots=1)
    spoken = [
        placed.rule.id
        for placed in book.recognition_rules("east", "west", "business-licence", "company-change")
    ]
    assert spoken == ["city", "bloc"]


def test_facts_that_are_no_dates_are_missing() -> None:
    facts: Facts = {"claimed.valid_to": "next year"}
    assert condition('claimed.valid_to > "2026-01-01"').values(facts) == ({}, "claimed.valid_to")
    assert condition('claimed.valid_to > "2026-01-01"').values({"claimed.valid_to": "20260102"}) == (
        {"claimed.valid_to": "2026-01-02"},
        None,
    )
