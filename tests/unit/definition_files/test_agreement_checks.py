"""What is said of agreements that promise what cannot be."""

import pytest

from .conftest import Edit, Problems

AGREEMENT = "regions/agreements/north--south.yaml"
SOUTH = "regions/south/region.yaml"

BROKEN = [
    pytest.param(
        (AGREEMENT, "regions: [north, south]", "regions: [south, north]"),
        [
            (
                "regions/agreements/north--south.yaml:1:10: regions: write the regions in "
                "alphabetical order: [north, south]."
            ),
        ],
        id="regions_out_of_order",
    ),
    pytest.param(
        (AGREEMENT, "id: north-refuses-south-firm-licence-for-setup", "id: north-accepts-south-firm-licence"),
        [
            (
                "regions/agreements/north--south.yaml:30:21: recognition[1].effective_from: version 2 begins "
                "no later than version 1 (regions/agreements/north--south.yaml, line 5); a newer version "
                "takes over from an older one."
            ),
        ],
        id="newer_version_does_not_begin_later",
    ),
    pytest.param(
        (
            AGREEMENT,
            ("recognising: north\n    issuing: south\n    effect: allow"),
            ("recognising: north\n    issuing: north\n    effect: allow"),
        ),
        [
            (
                "regions/agreements/north--south.yaml:8:14: recognition[0].issuing: recognising and "
                "issuing region are both north."
            ),
        ],
        id="both_regions_are_the_same",
    ),
    pytest.param(
        (AGREEMENT, 'recognising_scope: "350100"', 'recognising_scope: "360100"'),
        [
            (
                "regions/agreements/north--south.yaml:12:24: recognition[0].recognising_scope: "
                '"360100" is not in north ("350000").'
            ),
        ],
        id="recognising_scope_outside_its_region",
    ),
    pytest.param(
        (AGREEMENT, 'issuing_scope: "360400"', 'issuing_scope: "350400"'),
        [
            (
                'regions/agreements/north--south.yaml:32:20: recognition[1].issuing_scope: "350400" '
                'is not in south ("360000").'
            ),
        ],
        id="issuing_scope_outside_its_region",
    ),
    pytest.param(
        (SOUTH, "issues: [firm-licence, id-card]", "issues: [id-card]"),
        [
            (
                "regions/agreements/north--south.yaml:13:21: recognition[0].licence_types[0]: "
                'licence type "firm-licence" is not issued by south (issues of '
                "regions/south/region.yaml)."
            ),
            (
                "regions/agreements/north--south.yaml:33:21: recognition[1].licence_types[0]: "
                'licence type "firm-licence" is not issued by south (issues of '
                "regions/south/region.yaml)."
            ),
        ],
        id="licence_type_that_the_issuing_region_does_not_issue",
    ),
    pytest.param(
        (SOUTH, "decides: [firm-change, firm-setup]", "decides: [firm-setup]"),
        [
            (
                "regions/agreements/north--south.yaml:42:13: services[0].items[0]: item "
                '"firm-change" is not decided by south (decides of regions/south/region.yaml).'
            ),
        ],
        id="item_that_the_deciding_region_does_not_decide",
    ),
    pytest.param(
        (AGREEMENT, 'effective_to: "2025-01-01"', 'effective_to: "2024-05-01"'),
        [
            (
                "regions/agreements/north--south.yaml:31:19: recognition[1].effective_to: the rule "
                "ends before it begins (2024-05-01)."
            ),
        ],
        id="rule_ends_on_the_day_it_begins",
    ),
    pytest.param(
        (
            AGREEMENT,
            "legal_bases: [STATUTORY_DUTY]\n    fields",
            "legal_bases: [CONSENT, STATUTORY_DUTY]\n    fields",
        ),
        [
            (
                "regions/agreements/north--south.yaml:16:26: recognition[0].purposes[1]: purpose "
                '"archiving" cannot rest on CONSENT (legal_bases of regions/catalog/purposes.yaml: '
                "STATUTORY_DUTY)."
            ),
        ],
        id="purpose_that_a_legal_basis_cannot_carry",
    ),
    pytest.param(
        (AGREEMENT, "consent_required: true", "consent_required: false"),
        [
            (
                "regions/agreements/north--south.yaml:45:23: services[0].consent_required: it must "
                "be true: CONSENT is the only legal basis."
            ),
        ],
        id="consent_as_only_basis_but_not_required",
    ),
    pytest.param(
        (AGREEMENT, "daily_cap: 400", "daily_cap: 399"),
        [
            (
                "regions/agreements/north--south.yaml:23:16: recognition[0].daily_cap: 399 is too "
                "small; at least 400 is wanted (100 for each of 4 slots)."
            ),
        ],
        id="daily_cap_below_100_for_each_slot",
    ),
    pytest.param(
        (AGREEMENT, "fields: [firm_name, seat]", "fields: [firm_name, seats]"),
        [
            (
                "regions/agreements/north--south.yaml:18:25: recognition[0].fields[1]: licence type "
                '"firm-licence" has no field "seats" (did you mean "seat"?).'
            ),
        ],
        id="field_that_the_licence_type_does_not_have",
    ),
    pytest.param(
        (
            AGREEMENT,
            'licence_types: [firm-licence]\n    items: ["*"]',
            'licence_types: [firm-licence, id-card]\n    items: ["*"]',
        ),
        [
            (
                "regions/agreements/north--south.yaml:18:14: recognition[0].fields[0]: licence type "
                '"id-card" has no field "firm_name" (did you mean "name"?).'
            ),
            (
                "regions/agreements/north--south.yaml:18:25: recognition[0].fields[1]: licence type "
                '"id-card" has no field "seat".'
            ),
        ],
        id="field_that_one_of_two_licence_types_does_not_have",
    ),
    pytest.param(
        (AGREEMENT, 'items: ["*"]', 'items: ["*", firm-change]'),
        [
            (
                'regions/agreements/north--south.yaml:14:12: recognition[0].items: "*" already '
                "stands for every item; write it alone."
            ),
        ],
        id="any_item_beside_a_named_one",
    ),
    pytest.param(
        (AGREEMENT, "items: [firm-setup]\n", ("items: [firm-setup]\n    daily_cap: 3\n")),
        [
            (
                "regions/agreements/north--south.yaml:35:5: recognition[1].daily_cap: unknown key "
                "(known: id, version, effective_from, effective_to, why, agreed_on, instrument, recognising, "
                "issuing, effect, recognising_scope, issuing_scope, licence_types, items)."
            ),
        ],
        id="limit_in_a_rule_that_denies",
    ),
    pytest.param(
        (AGREEMENT, "modes: [REMOTE_COLLECTION]", "modes: [REMOTE_COLLECTION, ALL_ONLINE]"),
        [
            (
                'regions/agreements/north--south.yaml:43:12: services[0].modes: item "firm-change" '
                "has no mode ALL_ONLINE (modes: REMOTE_COLLECTION)."
            ),
        ],
        id="mode_that_an_item_does_not_have",
    ),
    pytest.param(
        (
            AGREEMENT,
            "services:\n",
            (
                "  - id: north-refuses-south\n"
                "    version: 1\n"
                "    recognising: north\n"
                "    issuing: south\n"
                "    effect: deny\n"
                '    effective_from: "2024-12-31"\n'
                '    issuing_scope: "360400"\n'
                "    licence_types: [firm-licence, id-card]\n"
                "    items: [firm-setup]\n"
                "    why: The day before the other one ends.\n"
                "services:\n"
            ),
        ),
        [
            (
                "regions/agreements/north--south.yaml:36:5: recognition[2]: rule "
                "north-refuses-south-firm-licence-for-setup speaks on the same question on the same "
                "day (line 25); end one of them, or give one a narrower scope."
            ),
        ],
        id="two_recognition_rules_speak_at_once",
    ),
    pytest.param(
        (
            AGREEMENT,
            "examples:\n",
            (
                "  - id: south-decides-again\n"
                "    version: 1\n"
                "    receiving: north\n"
                "    deciding: south\n"
                '    effective_from: "2030-01-01"\n'
                "    items: [firm-setup]\n"
                "    modes: [ALL_ONLINE]\n"
                "    legal_bases: [CONSENT]\n"
                "    consent_required: true\n"
                "    daily_cap: 400\n"
                "    why: The other one never ends.\n"
                "examples:\n"
            ),
        ),
        [
            (
                "regions/agreements/north--south.yaml:48:5: services[1]: rule "
                "south-decides-for-north speaks on the same question on the same day (line 37); end "
                "one of them, or give one a narrower scope."
            ),
        ],
        id="two_service_rules_speak_at_once",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said


def test_agreement_belongs_in_the_file_of_its_pair(problems: Problems, world: dict[str, bytes]) -> None:
    world["regions/agreements/south--north.yaml"] = world.pop(AGREEMENT)
    assert problems() == [
        (
            "regions/agreements/south--north.yaml:1:10: regions: an agreement of north and south belongs in "
            "regions/agreements/north--south.yaml."
        )
    ]


def test_rule_of_other_regions_does_not_belong_here(problems: Problems, world: dict[str, bytes]) -> None:
    west = world["regions/north/region.yaml"].replace(b"north", b"west")
    west = west.replace(b"11350000Y999000135", b"11330000Y99900013W").replace(b"350000", b"330000")
    world["regions/west/region.yaml"] = west
    edit = (AGREEMENT, "receiving: north", "receiving: west")
    assert problems(edit) == [
        (
            f'{AGREEMENT}:39:16: services[0].receiving: region "west" is not a party of this agreement '
            "(north, south)."
        )
    ]


def test_agreement_has_examples(problems: Problems, world: dict[str, bytes]) -> None:
    rules, _ = world[AGREEMENT].split(b"examples:")
    world[AGREEMENT] = rules + b"examples: []\n"
    assert problems() == [f"{AGREEMENT}:48:11: examples: an agreement has examples; they are its tests."]


def test_rule_id_is_unique_over_all_agreements(problems: Problems, world: dict[str, bytes]) -> None:
    world["regions/agreements/north--west.yaml"] = world[AGREEMENT]
    said = problems()
    assert (
        "regions/agreements/north--west.yaml:37:9: services[0].id: "
        f'rule "south-decides-for-north@1" is already in {AGREEMENT}, line 37.'
    ) in said
