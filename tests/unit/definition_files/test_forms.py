"""What is said of a value that does not fit its form."""

import pytest

from .conftest import Edit, Problems

NORTH = "regions/north/region.yaml"
AGREEMENT = "regions/agreements/north--south.yaml"
PURPOSES = "regions/catalog/purposes.yaml"
LICENCE_TYPES = "regions/catalog/licence-types.yaml"

BROKEN = [
    pytest.param(
        (NORTH, 'division: "350000"', "division: 350000"),
        [
            (
                "regions/north/region.yaml:3:11: division: the value is the number 350000; write it "
                'in quotes: "350000".'
            ),
        ],
        id="number_where_a_text_is_wanted",
    ),
    pytest.param(
        (NORTH, "chinese: 北", "chinese: true"),
        [
            (
                "regions/north/region.yaml:2:10: chinese: the value is the truth value true; write "
                'it in quotes: "true".'
            ),
        ],
        id="truth_value_where_a_text_is_wanted",
    ),
    pytest.param(
        (NORTH, "chinese: 北", "chinese:"),
        [
            "regions/north/region.yaml:2:1: chinese: the value is empty; a text is wanted.",
        ],
        id="nothing_where_a_text_is_wanted",
    ),
    pytest.param(
        (NORTH, "chinese: 北", "chinese: [北]"),
        [
            "regions/north/region.yaml:2:10: chinese: the value is a list; a text is wanted.",
        ],
        id="list_where_a_text_is_wanted",
    ),
    pytest.param(
        (NORTH, "chinese: 北", 'chinese: ""'),
        [
            "regions/north/region.yaml:2:10: chinese: the text is empty.",
        ],
        id="empty_text",
    ),
    pytest.param(
        (NORTH, "issues: [firm-licence, id-card]", "issues: firm-licence"),
        [
            'regions/north/region.yaml:6:9: issues: the value is the text "firm-licence"; a list is wanted.',
        ],
        id="text_where_a_list_is_wanted",
    ),
    pytest.param(
        (NORTH, "issues: [firm-licence, id-card]", "issues: {a: 1}"),
        [
            "regions/north/region.yaml:6:9: issues: the value is a mapping; a list is wanted.",
        ],
        id="mapping_where_a_list_is_wanted",
    ),
    pytest.param(
        (AGREEMENT, "title: {chinese: 南北协议, english: North and South}", "title: North and South"),
        [
            (
                'regions/agreements/north--south.yaml:2:8: title: the value is the text "North and '
                'South"; a mapping is wanted.'
            ),
        ],
        id="text_where_a_mapping_is_wanted",
    ),
    pytest.param(
        (AGREEMENT, "consent_required: false", 'consent_required: "no"'),
        [
            (
                "regions/agreements/north--south.yaml:19:23: recognition[0].consent_required: the "
                'value is the text "no"; true or false is wanted.'
            ),
        ],
        id="text_where_a_truth_value_is_wanted",
    ),
    pytest.param(
        (AGREEMENT, "version: 2", 'version: "2"'),
        [
            (
                "regions/agreements/north--south.yaml:26:14: recognition[1].version: the value is "
                'the text "2"; a whole number is wanted.'
            ),
        ],
        id="text_where_a_whole_number_is_wanted",
    ),
    pytest.param(
        (AGREEMENT, 'effective_to: "2025-01-01"', "effective_to: 20250101"),
        [
            (
                "regions/agreements/north--south.yaml:31:19: recognition[1].effective_to: the value "
                'is the number 20250101; write it in quotes: "20250101".'
            ),
        ],
        id="number_where_a_date_is_wanted",
    ),
    pytest.param(
        (AGREEMENT, 'effective_to: "2025-01-01"', 'effective_to: "2025-02-30"'),
        [
            (
                "regions/agreements/north--south.yaml:31:19: recognition[1].effective_to: "
                '"2025-02-30" is not a date (year-month-day, as in "2024-05-01").'
            ),
        ],
        id="day_that_does_not_exist",
    ),
    pytest.param(
        (AGREEMENT, "version: 2", "version: 0"),
        [
            (
                "regions/agreements/north--south.yaml:26:14: recognition[1].version: 0 is too small; "
                "at least 1 is wanted."
            ),
        ],
        id="number_too_small",
    ),
    pytest.param(
        (AGREEMENT, "answer_within_seconds: 3600", "answer_within_seconds: 99999999"),
        [
            (
                "regions/agreements/north--south.yaml:22:28: recognition[0].answer_within_seconds: "
                "99999999 is too large; at most 7776000 is wanted."
            ),
        ],
        id="number_too_large",
    ),
    pytest.param(
        (AGREEMENT, "use_kinds: [VERIFY, RETRIEVE]", "use_kinds: []"),
        [
            (
                "regions/agreements/north--south.yaml:15:16: recognition[0].use_kinds: the list is "
                "too short; at least 1 wanted."
            ),
        ],
        id="list_too_short",
    ),
    pytest.param(
        (AGREEMENT, "regions: [north, south]", "regions: [north, south, north]"),
        [
            "regions/agreements/north--south.yaml:1:10: regions: the list is too long; at most 2 wanted.",
            'regions/agreements/north--south.yaml:1:25: regions[2]: "north" is listed twice.',
        ],
        id="list_too_long_and_entry_listed_twice",
    ),
    pytest.param(
        (NORTH, "[firm-licence, id-card]", "[firm-licence, firm-licence]"),
        [
            'regions/north/region.yaml:6:24: issues[1]: "firm-licence" is listed twice.',
        ],
        id="entry_listed_twice",
    ),
    pytest.param(
        (NORTH, "chinese: 北\n", ""),
        [
            'regions/north/region.yaml:1:1: key "chinese" is missing: the Chinese name.',
        ],
        id="missing_key",
    ),
    pytest.param(
        (AGREEMENT, "from: north, to: south, item", "to: south, item"),
        [
            (
                'regions/agreements/north--south.yaml:62:18: examples[2].application: key "from" is '
                "missing: the region that takes the papers (收件地)."
            ),
        ],
        id="missing_key_inside_an_entry",
    ),
    pytest.param(
        (NORTH, "receipts: all", "receipt: all"),
        [
            'regions/north/region.yaml:5:1: receipt: unknown key (did you mean "receipts"?).',
        ],
        id="unknown_key_close_to_a_known_one",
    ),
    pytest.param(
        (AGREEMENT, "english: North and South}", "english: North and South, x: 1}"),
        [
            "regions/agreements/north--south.yaml:2:50: title.x: unknown key (known: chinese, english).",
        ],
        id="unknown_key_close_to_none",
    ),
    pytest.param(
        (NORTH, "receipts: all", "receipts: every"),
        [
            'regions/north/region.yaml:5:11: receipts: receipts "every" is not one of refusals, all.',
        ],
        id="word_not_in_a_short_list",
    ),
    pytest.param(
        (AGREEMENT, "reason: not-recognised", "reason: not-recognisd"),
        [
            (
                "regions/agreements/north--south.yaml:60:40: examples[1].expect.reason: reason "
                '"not-recognisd" is not one of the 40 known (did you mean "not-recognised"?).'
            ),
        ],
        id="word_not_in_a_long_list",
    ),
    pytest.param(
        (AGREEMENT, "use_kinds: [VERIFY, RETRIEVE]", "use_kinds: [VERFY, RETRIEVE]"),
        [
            (
                "regions/agreements/north--south.yaml:15:17: recognition[0].use_kinds[0]: use kind "
                '"VERFY" is not one of SHOW, SCAN, VERIFY, RETRIEVE, FILE (did you mean "VERIFY"?).'
            ),
        ],
        id="misspelt_use_kind",
    ),
    pytest.param(
        (PURPOSES, "legal_bases: [STATUTORY_DUTY]", "legal_bases: [DUTY]"),
        [
            (
                'regions/catalog/purposes.yaml:10:19: purposes[1].legal_bases[0]: legal basis "DUTY" '
                "is not one of CONSENT, STATUTORY_DUTY, PUBLIC_HEALTH_EMERGENCY, OTHER_LAW."
            ),
        ],
        id="refused_entry_does_not_make_its_list_too_short",
    ),
    pytest.param(
        (NORTH, "name: north", "name: North"),
        [
            (
                'regions/north/region.yaml:1:7: name: "North" is not a name (small letters, digits '
                'and "-", at most 63).'
            ),
        ],
        id="name_with_a_capital",
    ),
    pytest.param(
        (LICENCE_TYPES, "fields: [name, number, photo]", "fields: [name, Number, photo]"),
        [
            (
                'regions/catalog/licence-types.yaml:18:20: licence_types[1].fields[1]: "Number" is '
                'not a field name (small letters, digits and "_").'
            ),
        ],
        id="field_name_with_a_capital",
    ),
    pytest.param(
        (NORTH, 'division: "350000"', 'division: "35000"'),
        [
            (
                'regions/north/region.yaml:3:11: division: "35000" is not a division code (six '
                "digits of GB/T 2260)."
            ),
        ],
        id="division_code_of_five_digits",
    ),
    pytest.param(
        (NORTH, "issues: [firm-licence, id-card]", "issues: [firm-license, id-card]"),
        [
            (
                'regions/north/region.yaml:6:10: issues[0]: licence type "firm-license" is not in '
                'regions/catalog/licence-types.yaml (did you mean "firm-licence"?).'
            ),
        ],
        id="unknown_licence_type_with_a_hint",
    ),
    pytest.param(
        (NORTH, "issues: [firm-licence, id-card]", "issues: [firm-licence, passport]"),
        [
            (
                'regions/north/region.yaml:6:24: issues[1]: licence type "passport" is not in '
                "regions/catalog/licence-types.yaml."
            ),
        ],
        id="unknown_licence_type_without_a_hint",
    ),
    pytest.param(
        (NORTH, "decides: [firm-change]", "decides: [firm-chnge]"),
        [
            (
                'regions/north/region.yaml:7:11: decides[0]: item "firm-chnge" is not in '
                'regions/catalog/items.yaml (did you mean "firm-change"?).'
            ),
        ],
        id="unknown_item",
    ),
    pytest.param(
        (AGREEMENT, "purposes: [handling, archiving]", "purposes: [handling, archving]"),
        [
            (
                "regions/agreements/north--south.yaml:16:26: recognition[0].purposes[1]: purpose "
                '"archving" is not in regions/catalog/purposes.yaml (did you mean "archiving"?).'
            ),
        ],
        id="unknown_purpose",
    ),
    pytest.param(
        (
            AGREEMENT,
            ("recognising: north\n    issuing: south\n    effect: allow"),
            ("recognising: north\n    issuing: soth\n    effect: allow"),
        ),
        [
            (
                'regions/agreements/north--south.yaml:8:14: recognition[0].issuing: region "soth" is '
                'not in regions/ (did you mean "south"?).'
            ),
        ],
        id="unknown_region",
    ),
    pytest.param(
        (AGREEMENT, "effect: deny", "effect: denied"),
        [
            (
                'regions/agreements/north--south.yaml:29:13: recognition[1].effect: effect "denied" '
                'is not one of allow, deny, review (did you mean "deny"?).'
            ),
        ],
        id="unknown_effect",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said
