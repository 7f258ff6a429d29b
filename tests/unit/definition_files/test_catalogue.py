"""What is said of catalogue entries that contradict one another."""

import pytest

from .conftest import Edit, Problems

ITEMS = "regions/catalog/items.yaml"
LICENCE_TYPES = "regions/catalog/licence-types.yaml"
CODES = "regions/catalog/codes.yaml"

BROKEN = [
    pytest.param(
        (ITEMS, "name: firm-setup", "name: firm-change"),
        [
            (
                "regions/agreements/north--south.yaml:34:13: recognition[1].items[0]: item "
                '"firm-setup" is not in regions/catalog/items.yaml.'
            ),
            (
                'regions/agreements/north--south.yaml:42:26: services[0].items[1]: item "firm-setup" '
                "is not in regions/catalog/items.yaml."
            ),
            (
                'regions/catalog/items.yaml:11:11: items[1].name: item "firm-change" is already in '
                "regions/catalog/items.yaml, line 2."
            ),
            (
                'regions/south/region.yaml:6:24: decides[1]: item "firm-setup" is not in '
                "regions/catalog/items.yaml."
            ),
        ],
        id="item_of_that_name_stands_already",
    ),
    pytest.param(
        (LICENCE_TYPES, "code: null", "code: 11100000MB0143028R001"),
        [
            (
                "regions/catalog/licence-types.yaml:14:11: licence_types[1].code: licence type code "
                '"11100000MB0143028R001" is already in regions/catalog/licence-types.yaml, line 2.'
            ),
        ],
        id="type_code_stands_already",
    ),
    pytest.param(
        (LICENCE_TYPES, "11100000MB0143028R001", "11100000MB0143028X001"),
        [
            (
                "regions/catalog/licence-types.yaml:5:11: licence_types[0].code: "
                '"11100000MB0143028X001" is not a licence type code (a 统一社会信用代码 and 3 digits, GB/T '
                "36904)."
            ),
        ],
        id="wrong_check_character_in_a_type_code",
    ),
    pytest.param(
        (ITEMS, "materials: [id-card]", "materials: [id-cart]"),
        [
            (
                'regions/catalog/items.yaml:15:17: items[1].materials[0]: licence type "id-cart" is '
                'not in regions/catalog/licence-types.yaml (did you mean "id-card"?).'
            ),
        ],
        id="unknown_material",
    ),
    pytest.param(
        (CODES, "{code: B,", "{code: A,"),
        [
            "regions/catalog/codes.yaml:6:7: code_lists[0].codes: the codes must be exactly A, B, C, D.",
            'regions/catalog/codes.yaml:7:16: code_lists[0].codes[1].code: code "A" is listed twice.',
        ],
        id="code_listed_twice",
    ),
    pytest.param(
        (CODES, "code: D", "code: E"),
        [
            "regions/catalog/codes.yaml:6:7: code_lists[0].codes: the codes must be exactly A, B, C, D.",
        ],
        id="code_list_differs_from_what_the_gateway_knows",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said
