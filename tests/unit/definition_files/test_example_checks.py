"""What is said of examples that are not about their agreement."""

import pytest

from .conftest import Edit, Problems

AGREEMENT = "regions/agreements/north--south.yaml"

BROKEN = [
    pytest.param(
        (
            AGREEMENT,
            "expect: {outcome: delivered, rule: north-accepts-south-firm-licence}",
            "expect: {outcome: delivered, rule: north-accept-south-firm-licence}",
        ),
        [
            (
                "regions/agreements/north--south.yaml:53:40: examples[0].expect.rule: rule "
                '"north-accept-south-firm-licence" is not in this agreement (did you mean '
                '"north-accepts-south-firm-licence"?).'
            ),
        ],
        id="unknown_rule",
    ),
    pytest.param(
        (AGREEMENT, ", reason: not-recognised", ""),
        [
            (
                "regions/agreements/north--south.yaml:60:13: examples[1].expect: a refusal has a "
                "reason, a delivery has none."
            ),
        ],
        id="refusal_without_a_reason",
    ),
    pytest.param(
        (AGREEMENT, "fields: [firm_code]", "fields: [firmcode]"),
        [
            (
                "regions/agreements/north--south.yaml:58:88: examples[1].request.fields[0]: licence "
                'type "firm-licence" has no field "firmcode" (did you mean "firm_code"?).'
            ),
        ],
        id="unknown_field_asked_for",
    ),
    pytest.param(
        (AGREEMENT, "returned: [firm_name]", "returned: [firm_nam]"),
        [
            (
                "regions/agreements/north--south.yaml:54:51: examples[0].answer.returned[0]: licence "
                'type "firm-licence" has no field "firm_nam" (did you mean "firm_name"?).'
            ),
        ],
        id="unknown_field_returned",
    ),
    pytest.param(
        (AGREEMENT, 'asking_division: "350102"', 'asking_division: "360102"'),
        [
            (
                "regions/agreements/north--south.yaml:52:50: examples[0].request.asking_division: "
                '"360102" is not in north ("350000").'
            ),
        ],
        id="asking_division_outside_its_region",
    ),
    pytest.param(
        (
            AGREEMENT,
            (
                "request: {from: north, to: south, licence_type: firm-licence, item: "
                "firm-change, use_kind: VERIFY,\n"
                "              purpose: handling, legal_basis: STATUTORY_DUTY, consent: "
                "false, fields: [firm_code]"
            ),
            (
                "request: {from: north, to: north, licence_type: firm-licence, item: "
                "firm-change, use_kind: VERIFY,\n"
                "              purpose: handling, legal_basis: STATUTORY_DUTY, consent: "
                "false, fields: [firm_code]"
            ),
        ),
        [
            (
                "regions/agreements/north--south.yaml:57:14: examples[1].request: from and to must "
                "be north and south."
            ),
        ],
        id="request_to_oneself",
    ),
    pytest.param(
        (AGREEMENT, "application: {from: north, to: south", "application: {from: south, to: south"),
        [
            (
                "regions/agreements/north--south.yaml:62:18: examples[2].application: from and to "
                "must be north and south."
            ),
        ],
        id="application_to_oneself",
    ),
    pytest.param(
        (
            AGREEMENT,
            (
                "    request: {from: north, to: south, licence_type: firm-licence, item: "
                "firm-change, use_kind: VERIFY,\n"
                "              purpose: handling, legal_basis: STATUTORY_DUTY, consent: "
                "false, fields: [firm_code],\n"
                '              on: "2025-01-01"}\n'
            ),
            "",
        ),
        [
            (
                "regions/agreements/north--south.yaml:56:5: examples[1]: either a request or an "
                "application is wanted."
            ),
        ],
        id="nothing_asked",
    ),
    pytest.param(
        (AGREEMENT, '    expect_answer: {outcome: delivered, recognised: "no"}\n', ""),
        [
            (
                "regions/agreements/north--south.yaml:49:5: examples[0]: answer and expect_answer "
                "come together."
            ),
        ],
        id="answer_without_expectation",
    ),
    pytest.param(
        (
            AGREEMENT,
            "    expect: {outcome: delivered}\n",
            '    expect: {outcome: delivered, recognised: "yes"}\n',
        ),
        [
            (
                "regions/agreements/north--south.yaml:64:46: examples[2].expect.recognised: only a "
                "delivered answer is recognised or not."
            ),
        ],
        id="recognised_without_an_answer",
    ),
    pytest.param(
        (
            AGREEMENT,
            "    expect: {outcome: delivered, rule: north-accepts-south-firm-licence}",
            "    expect: {outcome: refused, reason: over-quota}",
        ),
        [
            (
                "regions/agreements/north--south.yaml:54:13: examples[0].answer: only a request that "
                "is delivered has an answer."
            ),
        ],
        id="answer_to_a_refused_request",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said
