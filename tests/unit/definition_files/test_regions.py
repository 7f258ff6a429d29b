"""What is said of regions that cannot be."""

import pytest

from .conftest import Edit, Problems

NORTH = "regions/north/region.yaml"

BROKEN = [
    pytest.param(
        (NORTH, "name: north", "name: northern"),
        [
            (
                'regions/north/region.yaml:1:7: name: region "northern" lies in the folder '
                "regions/north; both must be the same."
            ),
        ],
        id="name_and_folder_differ",
    ),
    pytest.param(
        (NORTH, "11350000Y999000135", "11350000Y999000136"),
        [
            (
                'regions/north/region.yaml:4:15: organisation: "11350000Y999000136" is not a '
                "统一社会信用代码 (18 characters with the right check character, GB 32100)."
            ),
        ],
        id="wrong_check_character_of_the_organisation",
    ),
    pytest.param(
        (NORTH, "11350000Y999000135", "11360000Y999000139"),
        [
            (
                'regions/south/region.yaml:4:15: organisation: organisation "11360000Y999000139" is '
                "already in regions/north/region.yaml, line 1."
            ),
        ],
        id="organisation_of_another_region",
    ),
]


@pytest.mark.parametrize(("edit", "said"), BROKEN)
def test_problem_is_said_at_its_place(problems: Problems, edit: Edit, said: list[str]) -> None:
    assert problems(edit) == said


def test_regions_may_not_overlap(problems: Problems, world: dict[str, bytes]) -> None:
    world["regions/west/region.yaml"] = third_region("west", division="360100")
    assert problems() == [
        'regions/west/region.yaml:3:11: division: division "360100" overlaps "360000" of south.'
    ]


def test_name_of_a_principal_is_reserved(problems: Problems, world: dict[str, bytes]) -> None:
    world["regions/line/region.yaml"] = third_region("line")
    assert problems() == [
        (
            'regions/line/region.yaml:1:7: name: "line" is a reserved name '
            "(gateway, catalog, agreements, line, projection, auditor, quarantine-reader, operator)."
        )
    ]


def test_consumer_groups_of_one_region_are_not_those_of_another(
    problems: Problems, world: dict[str, bytes]
) -> None:
    world["regions/north-west/region.yaml"] = third_region("north-west")
    assert problems() == [
        'regions/north-west/region.yaml:1:7: name: "north-west" begins like the consumer groups of north.'
    ]


def third_region(name: str, division: str = "330000") -> bytes:
    text = f'''name: {name}
chinese: 西
division: "{division}"
organisation: "11330000Y99900013W"
issues: []
decides: []
source: Invented.
'''
    return text.encode()
