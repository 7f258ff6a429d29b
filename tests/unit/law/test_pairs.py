"""Matrix, asymmetry and laundering in agreements that were made to have something to find."""

from typing import Any

import pytest

from gateway.definitions import RecognitionRule
from gateway.law.asymmetry import DENIED, LESS, NO_ITEM, NO_RULE, NOT_ISSUED, Asymmetry, asymmetries
from gateway.law.laundering import CONDITIONAL, SILENT, Path, laundering
from gateway.law.laundering import DENIED as BY_DENIAL
from gateway.law.matrix import Accepted, matrix
from tests.laws import condition, day, definitions, rule, world

AT = day("2026-11-02")
BACK = {"id": "west-accepts-east", "recognising": "west", "issuing": "east"}


# ── matrix ───────────────────────────────────────────────────────────────────────────────────────


def accepted(*rules: RecognitionRule, at: int = AT) -> Accepted | None:
    return matrix(*world(*rules), at).cells.get(("east", "west"), {}).get("card")


def marks(one: Accepted | None) -> str:
    assert one is not None
    told = {"r": one.by_review, "p": one.in_part, "d": one.denied, "u": one.until is not None}
    return "".join(mark for mark, holds in told.items() if holds)


def test_a_pair_accepts_what_a_rule_in_force_allows() -> None:
    given = matrix(*world(rule(licence_types={"card", "permit"})), AT)
    assert {pair: sorted(types) for pair, types in given.cells.items()} == {
        ("east", "west"): ["card", "permit"]
    }
    assert sorted(matrix(*world(rule()), AT, "permit").cells) == []


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([rule()], ""),
        ([rule(effect="review")], "r"),
        ([rule(effect="review"), rule(id="part", recognising_scope=("310100",))], ""),
        ([rule(issuing_scope=("330100", "330200"))], "p"),
        ([rule(), rule(id="part", issuing_scope=("330100",))], ""),
        ([rule(effective_to="2027-01-01")], "u"),
        ([rule(), rule(id="no", effect="deny", issuing_scope=("330100",))], "d"),
        ([rule(items={"*"}), rule(id="no", effect="deny", items={"renewal"})], "d"),
    ],
)
def test_marks_say_how_far(rules: list[RecognitionRule], told: str) -> None:
    assert marks(accepted(*rules)) == told


def test_what_is_denied_whole_ended_or_to_come_is_not_accepted() -> None:
    assert accepted(rule(), rule(id="no", effect="deny")) is None
    assert accepted(rule(effective_to="2026-11-02")) is None
    assert accepted(rule(effective_from="2026-11-03")) is None
    assert accepted(rule(effective_from="2026-11-02")) is not None


# ── asymmetry ────────────────────────────────────────────────────────────────────────────────────


def one_way(*rules: RecognitionRule, **options: Any) -> list[Asymmetry]:
    return list(asymmetries(definitions(*rules), "east", "west", AT, **options))


def test_two_directions_that_say_the_same_are_symmetric() -> None:
    assert one_way(rule(), rule(**BACK)) == []


def test_a_missing_rule_is_told_with_the_reason_it_states() -> None:
    [found] = one_way(rule(one_sided="west keeps no such register"))
    assert (found.kind, found.reason, found.less) == (NO_RULE, "west keeps no such register", ())
    [coming] = one_way(rule(), rule(**BACK, effective_from="2027-01-01"))
    assert coming.less == ("anything before 2027-01-01",)


def test_what_the_other_region_could_not_accept_is_told_apart() -> None:
    [found] = one_way(rule(licence_types={"diploma"}))
    assert found.kind == NOT_ISSUED


def test_a_missing_item_is_told() -> None:
    [found] = one_way(rule(items={"renewal", "visit"}), rule(**BACK))
    assert (found.kind, found.items) == (NO_ITEM, ("visit",))
    assert one_way(rule(), rule(**BACK, items={"*"})) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"use_kinds": {"SHOW"}}, "use kind VERIFY"),
        ({"purposes": {"inspection"}}, "purpose handling"),
        ({"fields": {"valid_to"}}, "field number"),
        ({"accepted_states": {"EXPIRED"}}, "state VALID"),
        ({"holders": {"person"}}, "holder organisation"),
        ({"consent_required": True}, "a request without a consent reference"),
        ({"effective_to": "2027-01-01"}, "anything from 2027-01-01 on"),
        ({"issuing_scope": ("310100",)}, "licences of all 310000"),
        ({"recognising_scope": ("330100",)}, "questions of all 330000"),
        (
            {"asked_when": (condition("request.consent"),)},
            "a case in which it is not so that request.consent",
        ),
    ],
)
def test_the_dimension_that_differs_is_named(changed: dict[str, Any], words: str) -> None:
    [found] = one_way(rule(), rule(**BACK, **changed))
    assert (found.kind, found.less) == (LESS, (words,))


def test_the_rule_that_lacks_least_is_held_against() -> None:
    assert one_way(rule(), rule(**BACK, issuing_scope=("310100",)), rule(**BACK | {"id": "whole"})) == []


def test_a_denial_the_other_way_is_told() -> None:
    no = rule(**BACK | {"id": "no", "effect": "deny", "issuing_scope": ("310100",)})
    [found] = one_way(rule(), rule(**BACK), no)
    assert (found.kind, found.items, found.other) == (DENIED, ("renewal",), no)
    assert one_way(rule(), rule(**BACK), no, only="permit") == []
    here = rule(id="here", effect="deny", issuing_scope=("330100",))
    assert one_way(rule(), rule(**BACK), no, here) == []


# ── laundering: south issues, west renews, east relies ───────────────────────────────────────────

WEST_RENEWS = rule(id="west-accepts-south", recognising="west", issuing="south", least_trust="C")
EAST_RELIES = rule(items={"visit"})
EAST_ON_SOUTH = {"id": "east-on-south", "issuing": "south", "items": {"visit"}}


def paths(*rules: RecognitionRule, **options: Any) -> list[Path]:
    return list(laundering(*world(WEST_RENEWS, EAST_RELIES, *rules), AT, **options))


def test_a_licence_that_is_denied_and_comes_back_renewed_is_laundered() -> None:
    [path] = paths(rule(**EAST_ON_SOUTH, effect="deny"))
    assert (path.grade, path.refusing, path.issuing, path.through) == (BY_DENIAL, "east", "south", "west")
    assert (path.licence_type, path.by_item, path.result, path.items) == (
        "card",
        "renewal",
        "card",
        ("visit",),
    )
    assert path.direct is not None
    assert (path.direct.id, path.first, path.second) == ("east-on-south", WEST_RENEWS, EAST_RELIES)


def test_only_the_divisions_that_are_denied_are_told() -> None:
    [path] = paths(rule(**EAST_ON_SOUTH), rule(**EAST_ON_SOUTH | {"id": "no", "effect": "deny",
                   "issuing_scope": ("320100",)}), only="card")[:1]  # fmt: skip
    assert (path.grade, path.divisions) == (BY_DENIAL, ("320100",))


def test_a_stricter_rule_is_gone_round_where_it_asks_more_of_the_licence() -> None:
    [path] = paths(rule(**EAST_ON_SOUTH))
    assert (path.grade, [one.words for one in path.more]) == (CONDITIONAL, ["trust level B, C"])
    assert paths(rule(**EAST_ON_SOUTH, least_trust="C")) == []


def test_what_a_licence_is_used_for_launders_nothing() -> None:
    assert paths(rule(**EAST_ON_SOUTH, least_trust="C", use_kinds={"SHOW"}, fields={"valid_to"})) == []


def test_a_condition_on_the_answer_counts_too() -> None:
    given = {"least_trust": "C", "answered_when": (condition("size(answer.mismatched) == 0"),)}
    [path] = paths(rule(**EAST_ON_SOUTH, **given))
    assert path.grade == CONDITIONAL


def test_silence_is_no_refusal_unless_the_region_spoke_of_the_type() -> None:
    assert paths() == []
    [path] = paths(rule(**EAST_ON_SOUTH | {"items": {"other"}, "least_trust": "C"}))
    assert (path.grade, path.items, path.direct) == (SILENT, ("visit",), None)


def test_nothing_is_laundered_through_a_region_that_denies_or_whose_result_is_refused() -> None:
    deny = rule(**EAST_ON_SOUTH, effect="deny")
    no_renewal = rule(id="no", recognising="west", issuing="south", effect="deny")
    no_reliance = rule(id="no", items={"visit"}, effect="deny")
    assert paths(deny, no_renewal) == []
    assert paths(deny, no_reliance) == []
    assert list(laundering(*world(WEST_RENEWS, deny), AT)) == []


def test_a_result_of_another_type_counts_where_the_item_takes_either() -> None:
    permits = rule(
        id="permits", recognising="west", issuing="south", licence_types={"permit"}, items={"exchange"}
    )
    deny = rule(**EAST_ON_SOUTH, effect="deny", licence_types={"permit"})
    [path] = laundering(*world(permits, EAST_RELIES, deny), AT)
    assert (path.licence_type, path.by_item, path.result, path.items) == (
        "permit",
        "exchange",
        "card",
        ("visit",),
    )
    elsewhere = rule(id="elsewhere", items={"other"})
    assert list(laundering(*world(permits, elsewhere, deny), AT)) == []


def test_the_worst_stands_first() -> None:
    grades = [path.grade for path in paths(
        rule(**EAST_ON_SOUTH),
        rule(**EAST_ON_SOUTH | {"id": "no", "effect": "deny", "issuing_scope": ("320100",)}),
    )]  # fmt: skip
    assert grades == [BY_DENIAL, CONDITIONAL]
