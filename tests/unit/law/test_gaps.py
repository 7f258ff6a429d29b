"""What `gaps` finds in agreements that were made to have it."""

from typing import Any

import pytest

from gateway.definitions import RecognitionRule
from gateway.law.asking import told
from gateway.law.gaps import Gaps, gaps
from gateway.law.grid import day_of, midnight
from gateway.law.silences import ENDED, ITEM, NOT_YET, OTHER_ITEM, PLACE, TIME, Silence
from tests.laws import condition, rule, world


def found(*rules: RecognitionRule, **options: Any) -> Gaps:
    return gaps(*world(*rules), "east", "west", **options)


def of_kind(given: Gaps, kind: str) -> list[Silence]:
    return [one for one in given.silences if one.kind == kind]


def days(one: Silence) -> tuple[str | None, str | None]:
    begins, ends = one.period.begins, one.period.ends
    return (None if begins is None else day_of(begins), None if ends is None else day_of(ends))


def test_an_agreement_without_holes_has_only_silence() -> None:
    given = found(rule())
    assert given.holes == given.contradictions == given.shadows == given.never == ()
    assert given.unnamed == ("permit",)
    assert [(one.items, days(one)) for one in of_kind(given, ITEM)] == [(("visit",), (None, None))]
    assert {one.items for one in of_kind(given, OTHER_ITEM)} == {("exchange", "other")}
    assert [days(one) for one in of_kind(given, NOT_YET)] == [(None, "2024-01-01")]
    assert given.cells == 4 * 2


def test_a_gap_of_days_between_two_versions_is_a_hole() -> None:
    given = found(
        rule(effective_to="2025-03-01"), rule(id="again", effective_from="2025-03-02", items={"renewal"})
    )
    [hole] = given.holes
    assert (hole.kind, hole.items, days(hole)) == (TIME, ("renewal",), ("2025-03-01", "2025-03-02"))
    assert told(world(rule())[1], hole.sample).outcome == "delivered"


def test_a_rule_that_ends_with_nothing_after_it_is_no_hole() -> None:
    given = found(rule(effective_to="2025-03-01"))
    assert given.holes == ()
    assert [days(one) for one in of_kind(given, ENDED)] == [("2025-03-01", None)]


def test_a_division_that_no_rule_covers_is_a_hole() -> None:
    given = found(rule(recognising_scope=("310100", "310115"), issuing_scope=("330100",)))
    [hole] = given.holes
    assert hole.kind == PLACE
    assert set(hole.places) == {
        ("310000", "330000"),
        ("310000", "330100"),
        ("310100", "330000"),
        ("310115", "330000"),
    }
    assert (hole.sample.question.asking_division, hole.sample.question.issuing_division) in hole.places


def test_what_a_rule_denies_by_name_is_no_hole() -> None:
    given = found(rule(), rule(id="no", effect="deny", issuing_scope=("330100",)))
    assert given.holes == ()


def test_a_type_that_is_only_denied_is_one_that_no_rule_allows() -> None:
    given = found(rule(effect="deny"))
    assert given.unnamed == ("card", "permit")
    assert given.cells == 0


def test_a_rule_that_a_denial_covers_whole_leaves_nothing_agreed() -> None:
    given = found(rule(), rule(id="no", effect="deny"))
    assert given.holes == ()
    assert {one.beside.id for one in given.silences} == {"east-accepts-west"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"effect": "review"}, "an answer without a clerk"),
        ({"use_kinds": {"VERIFY", "SCAN"}}, "use kind SCAN"),
        ({"holders": {"person"}}, "holder organisation"),
        ({"least_trust": "C"}, "trust level B, C"),
        ({"accepted_states": {"VALID", "SUSPENDED"}}, "state SUSPENDED"),
        ({"grace_days": 30}, "a licence expired for 0 to 29 days"),
        ({"consent_required": True}, "a request without a consent reference"),
        ({"legal_bases": {"STATUTORY_DUTY", "OTHER_LAW"}}, "legal basis OTHER_LAW"),
    ],
)
def test_two_rules_of_equal_rank_that_differ_contradict_each_other(
    changed: dict[str, Any], words: str
) -> None:
    given = found(rule(), rule(id="other", **changed))
    [conflict] = given.contradictions
    assert [one.words for one in conflict.differences] == [words]
    assert given.shadows == ()


def test_two_blocs_that_share_a_city_meet_in_it() -> None:
    """What the check of equal scopes does not see: the scopes differ, their rank does not."""
    given = found(
        rule(issuing_scope=("330100", "330200")),
        rule(id="other", issuing_scope=("330200", "330300"), least_trust="B"),
    )
    [conflict] = given.contradictions
    assert conflict.place == ("310000", "330200")
    assert (conflict.first.id, conflict.second.id) == ("east-accepts-west", "other")


def test_two_rules_that_say_the_same_contradict_in_nothing() -> None:
    assert found(rule(), rule(id="other", daily_cap=9)).contradictions == ()


def test_a_narrower_rule_that_takes_something_away_is_a_shadow() -> None:
    wide = rule(purposes={"handling", "inspection"})
    given = found(wide, rule(id="narrow", issuing_scope=("330100",)))
    [shadow] = given.shadows
    assert (shadow.first.id, shadow.second.id) == ("narrow", "east-accepts-west")
    assert shadow.sample.question.purpose == "inspection"
    assert told(world(wide, shadow.first)[1], shadow.sample).reason == "purpose-not-agreed"
    assert given.contradictions == ()


def test_a_shadow_is_told_once_for_all_types_it_falls_on() -> None:
    types = {"card", "permit"}
    given = found(
        rule(items={"visit"}, licence_types=types, use_kinds={"VERIFY", "SHOW"}),
        rule(id="narrow", items={"visit"}, licence_types=types, issuing_scope=("330100",)),
    )
    assert [one.licence_types for one in given.shadows] == [("card", "permit")]


def test_a_condition_of_the_narrower_rule_is_tried_at_its_boundary() -> None:
    narrow = rule(
        id="narrow",
        issuing_scope=("330100",),
        fields={"number", "valid_to"},
        asked_when=(condition('claimed.valid_to >= "2026-05-01"'),),
    )
    wide = rule()
    given = found(wide, narrow)
    [shadow] = given.shadows
    assert shadow.differences[0].dimension == "condition"
    came = told(world(wide, narrow)[1], shadow.sample)
    assert (came.outcome, came.rule) == ("refused", "narrow")


def test_a_condition_on_the_answer_is_tried_too() -> None:
    narrow = rule(
        id="narrow", issuing_scope=("330100",), answered_when=(condition("size(answer.mismatched) == 0"),)
    )
    [shadow] = found(rule(), narrow).shadows
    assert shadow.differences[0].dimension == "condition on the answer"
    assert told(world(rule(), narrow)[1], shadow.sample).recognised == "no"


def test_the_same_condition_on_both_sides_is_no_difference() -> None:
    own = (condition("answer.days_in_state < 10"),)
    wide = rule(answered_when=own)
    assert found(wide, rule(id="narrow", issuing_scope=("330100",), answered_when=own)).shadows == ()
    review = rule(answered_when=own, missing_is="review")
    [shadow] = found(review, rule(id="narrow", issuing_scope=("330100",), answered_when=own)).shadows
    assert shadow.differences[0].words == "a value that a condition reads and that is not told"


def test_conditions_that_never_hold_are_found() -> None:
    never = (condition('request.day < "2024-01-01"'),)
    assert [one.id for one in found(rule(asked_when=never)).never] == ["east-accepts-west"]
    assert found(rule(asked_when=(condition('request.day < "2024-01-02"'),))).never == ()


def test_days_that_conditions_name_are_boundaries() -> None:
    given = found(rule(asked_when=(condition('request.day >= "2026-05-01"'),)))
    turns = [day_of(one.begins) for one in given.periods if one.begins is not None]
    assert turns == ["2024-01-01", "2026-05-01", "2026-05-02"]


def test_more_combinations_than_are_tried_are_said() -> None:
    days = condition(f"answer.days_in_state in {list(range(0, 60, 3))}")
    numbers = condition(f"returned.number in {[str(one) for one in range(20)]}".replace("'", '"'))
    ends = condition(f"returned.valid_to in {[f'20{one}-01-01' for one in range(20, 30)]}".replace("'", '"'))
    fields = {"number", "valid_to"}
    assert found(rule(fields=fields, answered_when=(days, ends))).cut == ()
    assert [one.id for one in found(rule(fields=fields, answered_when=(days, numbers, ends))).cut] == [
        "east-accepts-west"
    ]
    assert found(rule(answered_when=(days, numbers, ends))).cut == ()  # what cannot be returned is not tried


def test_states_that_no_rule_names_are_listed() -> None:
    given = found(rule(review_states={"SUSPENDED"}, grace_days=3))
    assert "REVOKED" in given.states
    assert not {"VALID", "SUSPENDED", "EXPIRED"} & set(given.states)


def test_one_type_can_be_asked_for() -> None:
    assert found(rule(licence_types={"card", "permit"}), only="permit").types == 1


def test_only_days_are_days() -> None:
    assert midnight("2026-02-30") is None
