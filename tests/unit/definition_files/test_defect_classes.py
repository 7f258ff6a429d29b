"""Each class of defect that has been seen in agreements, in the small world, with what is said of it."""

import pytest

from gateway.definition_files.loading import inspect

from .conftest import Edit, Problems

AGREEMENT = "regions/agreements/north--south.yaml"
NUMBER = "regions/definitions.yaml"
DENIED = "    effect: deny\n"
HEAD = "basis: Invented.\n"


def rule(name: str, effect: str, more: str = "", begins: str = "2024-05-01", version: int = 1) -> str:
    """One more rule of north for south's firm licences, before the services."""
    allowed = (
        "    use_kinds: [VERIFY]\n    purposes: [handling]\n    legal_bases: [STATUTORY_DUTY]\n"
        "    fields: [firm_name]\n    consent_required: false\n    least_trust: A\n"
        "    accepted_states: [VALID]\n    answer_within_seconds: 3600\n    daily_cap: 400\n"
        "    one_sided: South has no firms to ask for.\n"
    )
    return (
        f"  - id: {name}\n    version: {version}\n    recognising: north\n    issuing: south\n"
        f'    effect: {effect}\n    effective_from: "{begins}"\n{more}'
        f"    licence_types: [firm-licence]\n{'' if effect == 'deny' else allowed}    why: Invented.\n"
    )


def more(*rules: str) -> Edit:
    return AGREEMENT, "services:\n", "".join(rules) + "services:\n"


SETUP = "    items: [firm-setup]\n"
ANY = '    items: ["*"]\n'
THERE = '    issuing_scope: "360400"\n'
BEGINS = 'effect: allow\n    effective_from: "2024-05-01"\n'
SCOPED = '    recognising_scope: "350100"\n'
INSTRUMENT = "instruments: [{id: act, chinese: 法, english: Act, lapses_on: 2026-01-01}]\n"

DEFECTS = [
    pytest.param(
        [more(rule("north-never-comes-to-it", "allow", SETUP + THERE + '    effective_to: "2025-01-01"\n'))],
        [
            ("36:5: recognition[2]: the rule never speaks: north-refuses-south-firm-licence-for-setup "
            "(line 25) ranks before it over its whole scope and time; take it out, or give "
            "it what they leave.")
        ],
        id="rule_shadowed_by_a_denial",
    ),
    pytest.param(
        [
            more(
                rule("south-change-first", "allow", "    items: [firm-change]\n" + SCOPED),
                rule("south-setup-first", "deny", SETUP + SCOPED),
            )
        ],
        [
            ("5:5: recognition[0]: the rule never speaks: south-change-first (line 36), south-setup-first "
            "(line 56) rank before it over its whole scope and time; take it out, or give it "
            "what they leave.")
        ],
        id="rule_shadowed_by_all_named_items_together",
    ),
    pytest.param(
        [more(rule("north-accepts-for-setup", "allow", SETUP + THERE))],
        [
            ("40:13: recognition[2].effect: north-refuses-south-firm-licence-for-setup (line 25, deny) "
            "contradicts this rule (allow) at equal scope from 2024-05-01: deny silently wins; end one of "
            "them, or give one a narrower scope.")
        ],
        id="allow_and_deny_of_equal_scope",
    ),
    pytest.param(
        [more(rule("a-clerk-looks", "review", ANY + SCOPED, "2026-01-01"))],
        [
            ("40:13: recognition[2].effect: north-accepts-south-firm-licence (line 5, allow) "
             "contradicts this "
            "rule (review) at equal scope from 2026-01-01: nothing says which one speaks; end one of them, "
            "or give one a narrower scope.")
        ],
        id="allow_and_review_of_equal_scope",
    ),
    pytest.param(
        [(AGREEMENT, HEAD, HEAD + INSTRUMENT.replace("2026-01-01", '"2026-01-01"')),
         (AGREEMENT, BEGINS, BEGINS + "    instrument: act\n")],
        [
            ('12:17: recognition[0].instrument: its legal basis "act" lapses on 2026-01-01 and the rule does '
            "not end; let it end by then, or rest it on what follows.")
        ],
        id="legal_basis_lapses_before_a_rule_without_end",
    ),
    pytest.param(
        [(AGREEMENT, HEAD, HEAD + INSTRUMENT.replace("2026-01-01", '"2024-09-01"')),
         (AGREEMENT, DENIED, DENIED + "    instrument: act\n")],
        [
            ('31:17: recognition[1].instrument: its legal basis "act" lapses on 2024-09-01 and the rule '
            "stands until 2025-01-01; let it end by then, or rest it on what follows.")
        ],
        id="legal_basis_lapses_before_the_rule_ends",
    ),
    pytest.param(
        [(AGREEMENT, HEAD, HEAD + INSTRUMENT.replace("2026-01-01", '"2027-01-01"')),
         (AGREEMENT, DENIED, DENIED + "    instrument: acts\n")],
        [
            ('31:17: recognition[1].instrument: instrument "acts" is not among those of this agreement '
            '(did you mean "act"?).')
        ],
        id="unknown_instrument",
    ),
    pytest.param(
        [(AGREEMENT, DENIED, DENIED + "    instrument: act\n")],
        [
            ('30:17: recognition[1].instrument: instrument "act" is not among those of this agreement '
            "(instruments: none).")
        ],
        id="instrument_of_an_agreement_that_has_none",
    ),
    pytest.param(
        [(AGREEMENT, HEAD, HEAD + "instruments:\n" + 2 * "  - {id: act, chinese: 法, english: Act}\n")],
        ['6:10: instruments[1].id: instrument "act" is already listed.'],
        id="instrument_listed_twice",
    ),
    pytest.param(
        [(AGREEMENT, "    one_sided: South has no firms to ask for.\n", "")],
        [
            ("5:5: recognition[0]: nothing lets south rely on north's firm-licence (for any item) in return; "
            "add that rule, or say in one_sided why there is none.")
        ],
        id="one_sided_without_a_reason",
    ),
    pytest.param(
        [more(rule("south-accepts", "allow", ANY).replace("north", "w").replace("south\n", "north\n")
              .replace(": w\n", ": south\n").replace("    one_sided: South has no firms to ask for.\n", ""))],
        [
            ("11:16: recognition[0].one_sided: south accepts the same of north in return; "
            "leave the reason out.")
        ],
        id="reason_for_one_side_where_there_are_two",
    ),
    pytest.param(
        [(NUMBER, "number: 7", "number: 7\nlead_time_days: 30")],
        [
            ("1:1: agreed_on: agreed_on is missing; without it nobody sees whether 30 days lie between what "
            "was agreed and the day it takes effect (lead_time_days of regions/definitions.yaml).")
        ],
        id="lead_time_but_nobody_says_when_it_was_agreed",
    ),
    pytest.param(
        [(NUMBER, "number: 7", "number: 7\nlead_time_days: 30"),
         (AGREEMENT, HEAD, HEAD + 'agreed_on: "2024-04-01"\n'),
         (AGREEMENT, DENIED, DENIED + '    agreed_on: "2024-04-02"\n')],
        [
            ("32:21: recognition[1].effective_from: it was agreed on 2024-04-02 and takes effect 29 days "
            "later; 30 are wanted (lead_time_days of regions/definitions.yaml), so not before 2024-05-02.")
        ],
        id="date_inside_the_lead_time",
    ),
    pytest.param(
        [(AGREEMENT, DENIED, DENIED + '    agreed_on: "2024-05-02"\n')],
        ["31:21: recognition[1].effective_from: it takes effect before it was agreed (2024-05-02)."],
        id="effective_before_it_was_agreed",
    ),
    pytest.param(
        [(AGREEMENT, "accepted_states: [VALID]", "accepted_states: [VALID, EXPIRED]\n    grace_days: 30")],
        [
            ("22:17: recognition[0].grace_days: EXPIRED is accepted for good; days of grace change nothing. "
            "Take one of the two out.")
        ],
        id="grace_though_expired_is_accepted",
    ),
    pytest.param(
        [(AGREEMENT, "accepted_states: [VALID]", "accepted_states: [SUSPENDED]\n    grace_days: 30")],
        [
            ("22:17: recognition[0].grace_days: an expired licence counts as valid for these days, but VALID "
            "is not accepted.")
        ],
        id="grace_though_valid_is_not_accepted",
    ),
    pytest.param(
        [(AGREEMENT, "accepted_states: [VALID]",
          "accepted_states: [VALID]\n    review_states: [SUSPENDED, VALID]")],
        ["22:32: recognition[0].review_states[1]: VALID is accepted already; a clerk is never asked."],
        id="state_both_accepted_and_left_to_a_clerk",
    ),
    pytest.param(
        [(AGREEMENT, "use_kinds: [VERIFY, RETRIEVE]",
          "use_kinds: [VERIFY, FILE]\n    evidence: [data, image]")],
        [
            ("15:25: recognition[0].use_kinds[1]: FILE leaves ofd in the asking side's hands, which evidence "
            "does not list (data, image)."),
            "16:22: recognition[0].evidence[1]: no use kind of this rule leaves image (VERIFY, FILE).",
        ],
        id="use_kind_without_its_form_of_evidence",
    ),
    pytest.param(
        [(AGREEMENT, "daily_cap: 400",
          "daily_cap: 400\n    when: ['claimed.firm_code != \"returned.seat\"']")],
        [
            ('24:12: recognition[0].when[0]: the condition reads field "firm_code", which the rule does not '
            "let move (fields: firm_name, seat).")
        ],
        id="condition_on_a_field_that_does_not_move",
    ),
    pytest.param(
        [(AGREEMENT, "daily_cap: 400", "daily_cap: 400\n    when: ['request.item == \"firm-chance\"']")],
        [
            '24:12: recognition[0].when[0]: item "firm-chance" is not known (did you mean "firm-change"?).'
        ],
        id="unknown_code_in_a_condition",
    ),
    pytest.param(
        [more(rule("north-refuses-south-firm-licence-for-setup", "deny",
                   '    effective_to: "2025-01-01"\n' + SETUP + THERE, "2024-09-01", 3))],
        [
            "37:14: recognition[2].version: version 3 changes nothing of version 2 (line 25); take it out."
        ],
        id="version_that_changes_nothing",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "said"), DEFECTS)
def test_defect_is_said_at_its_place(problems: Problems, edits: list[Edit], said: list[str]) -> None:
    assert problems(*edits) == [f"{AGREEMENT}:{one}" for one in said]


def test_what_is_no_defect_is_not_said(problems: Problems) -> None:
    """A denial by narrower scope, another time, an end that moves, a lead time that is kept."""
    edits = [
        (NUMBER, "number: 7", "number: 7\nlead_time_days: 30"),
        (AGREEMENT, HEAD, HEAD
          + 'agreed_on: "2024-04-01"\n' + INSTRUMENT.replace("2026-01-01", '"2025-01-01"')),
        (AGREEMENT, DENIED, DENIED + "    instrument: act\n"),
        more(
            rule("north-accepts-for-setup", "allow", SETUP + THERE, "2025-01-01"),
            rule("north-refuses-south-firm-licence-for-setup", "deny", SETUP + THERE, "2024-09-01", 3)
            .replace('"2024-09-01"\n', '"2024-09-01"\n    effective_to: "2024-12-01"\n'),
            rule("north-refuses-all-later", "deny", ANY + THERE, "2026-01-01"),
        ),
    ]  # fmt: skip
    assert problems(*edits) == []


def test_rules_are_not_held_together_while_one_cannot_be_read(
    problems: Problems, world: dict[str, bytes]
) -> None:
    said = problems(
        (AGREEMENT, "    one_sided: South has no firms to ask for.\n", ""),
        (AGREEMENT, "effect: deny", "effect: never"),
    )
    assert len(said) == 1
    assert "recognition[1].effect" in said[0]
    assert inspect(world)[1]
