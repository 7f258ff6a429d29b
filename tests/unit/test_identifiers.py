"""Check characters against every vector of the domain reference; the slot of a case against Kafka's."""

from collections.abc import Callable, Iterator

import pytest

from gateway import identifiers
from gateway.identifiers import (
    LICENCE_ROOT,
    division_of,
    is_item_code,
    is_licence_identifier,
    is_organisation_code,
    is_person_number,
    is_uscc,
    licence_check_character,
    organisation_check_character,
    person_check_character,
    slot_of,
    split_case_id,
    split_licence_identifier,
    uscc_check_character,
)

# For checksum tests only, never to be queried; the last five are synthetic.
LICENCES = [
    "11100000000013338W011.11430000006122244L.20230000403.001.U",
    "11100000000013338W011.11430000006122244L.20230000403.002.S",
    "11100000000013338W011.11110000000021135M.20230329701.003.Y",
    "11100000000013338W009.11330105002500287C.2025052201.002.0",
    "11100000000013338W087.11370800MB28559184.37080001202411010001.001.3",
    "11100000MB03271699022.340100.000000016.001.9",
    "11100000MB0143028R001.11330000Y99900013W.ZJ20260000000001.001.D",
    "11100000000013127D001.11330000Y99900013W.ZJ20260000000002.001.K",
    "11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
    "11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.002.7",
    "11100000000013338W011.11340100Y999000136.AH20260000000021.001.O",
]
PLACEHOLDER = "11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M"

CREDIT_CODES = [
    "11310000Y99900013L",
    "11320000Y99900013Q",
    "11330000Y99900013W",
    "11340000Y999000131",
    "11350000Y999000135",
    "11360000Y999000139",
    "11330100Y999000132",
    "11330400Y99900013H",
    "11340100Y999000136",
    "11320500Y99900013J",
    "91330100Y99900021L",
    "11100000000013127D",
    "11100000000013338W",
    "11100000000019713D",
    "11100000MB03271699",
    "11100000MB0143028R",
    "11100000MB0341032Y",
]

# Valid checks; the committed ones have impossible birth years, or are printed everywhere.
PERSONS = [
    "11010519491231002X",
    "34052419800101001X",
    "330106189003071237",
    "320505188812310022",
    "310115189901012346",
    "340104189511205675",
    "33010618900307100X",
    "330199201906120004",
    "330199201906120012",
]

ITEM_CODES = [
    "000172143001",
    "11100000MB0341032Y100017214300101",
    "11100000MB0341032Y100207202300001",
    "11100000MB032716991000115035000",
    "1131000068735121X0231010032700001",
    "11370800MB285591843370117002011",
    "11340100Y999000136300209999900001",
]


@pytest.mark.parametrize("identifier", LICENCES)
def test_licence_identifier_is_right(identifier: str) -> None:
    assert licence_check_character(identifier[:-2]) == identifier[-1]
    assert is_licence_identifier(LICENCE_ROOT + identifier)


def test_licence_placeholder_of_the_wild_is_wrong() -> None:
    assert licence_check_character(PLACEHOLDER[:-2]) == "D"
    assert not is_licence_identifier(LICENCE_ROOT + PLACEHOLDER)


def test_licence_check_catches_every_single_wrong_character() -> None:
    identifier = LICENCE_ROOT + LICENCES[6]
    for position in range(len(LICENCE_ROOT), len(identifier)):
        for letter in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            if identifier[position] not in ("." + letter):
                assert not is_licence_identifier(identifier[:position] + letter + identifier[position + 1 :])


@pytest.fixture
def crowded() -> Iterator[None]:
    """Leaves the memory of issuers as empty as it was: other tests want theirs remembered."""
    yield
    identifiers._PRODUCTS.clear()


def test_licences_of_more_issuers_than_are_remembered_are_told_right_from_wrong(crowded: None) -> None:
    for number in range(2 * 4096):
        city = f"11100000MB03271699022.{340000 + number}.000000016.001"
        check = licence_check_character(city)
        assert is_licence_identifier(f"{LICENCE_ROOT}{city}.{check}")
        assert not is_licence_identifier(f"{LICENCE_ROOT}{city}.{'0' if check != '0' else '1'}")


def test_licence_type_code_passes_its_own_check() -> None:
    wrong_type = "11100000MB0143028S001.11330000Y99900013W.ZJ20260000000001.001"
    assert not is_licence_identifier(f"{LICENCE_ROOT}{wrong_type}.{licence_check_character(wrong_type)}")


@pytest.mark.parametrize(
    "identifier",
    [
        LICENCES[0],  # no root
        LICENCE_ROOT + LICENCES[0] + ".OFD",  # the file name, not the identifier
        LICENCE_ROOT + LICENCES[0].lower(),
        LICENCE_ROOT + LICENCES[0] + "\n",
        LICENCE_ROOT.replace("3005", "3006") + LICENCES[0],
        "",
    ],
)
def test_nothing_is_stripped_from_a_licence_identifier(identifier: str) -> None:
    assert not is_licence_identifier(identifier)
    assert split_licence_identifier(identifier) is None


def test_licence_identifier_has_five_parts() -> None:
    parts = split_licence_identifier(LICENCE_ROOT + LICENCES[5])
    assert parts is not None
    assert (parts.type_code, parts.issuer) == ("11100000MB03271699022", "340100")
    assert (parts.serial, parts.version, parts.check) == ("000000016", "001", "9")


def test_licence_check_character_takes_digits_and_capitals_only() -> None:
    with pytest.raises(ValueError, match="upper-case letters only"):
        licence_check_character("11100000mb0143028R001")


@pytest.mark.parametrize("code", CREDIT_CODES)
def test_credit_code_is_right(code: str) -> None:
    assert is_uscc(code)
    assert uscc_check_character(code[:17]) == code[17]


@pytest.mark.parametrize("code", CREDIT_CODES[:11])
def test_synthetic_credit_code_holds_a_right_organisation_code(code: str) -> None:
    assert is_organisation_code(code[8:17])
    assert organisation_check_character(code[8:16]) == code[16]


def test_credit_code_check_is_the_weighted_sum_of_the_standard() -> None:
    letters = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    for code in CREDIT_CODES:
        total = sum(letters.index(letter) * pow(3, place, 31) for place, letter in enumerate(code[:17]))
        assert code[17] == letters[(31 - total % 31) % 31]


@pytest.mark.parametrize(
    "code", ["", "11330000Y99900013", "11330000Y99900013L", "11330000Y9990001IW", "十" * 18]
)
def test_wrong_credit_code(code: str) -> None:
    assert not is_uscc(code)


@pytest.mark.parametrize("number", PERSONS)
def test_person_number_is_right(number: str) -> None:
    assert is_person_number(number)
    assert person_check_character(number[:17]) == number[17]


@pytest.mark.parametrize(
    "number",
    [
        "330106189003071238",
        "33010618900307100x",
        "33010618900307123",
        "３３0106189003071237",
        "33010618900307123é",
        "",
    ],
)
def test_wrong_person_number(number: str) -> None:
    assert not is_person_number(number)


@pytest.mark.parametrize("code", ["", "Y99900013", "Y9990001", "Y999000 1", "y99900013"])
def test_organisation_code_has_nine_characters(code: str) -> None:
    assert is_organisation_code(code) == (code == "Y99900013")


@pytest.mark.parametrize("make", [uscc_check_character, organisation_check_character, person_check_character])
def test_check_character_needs_the_whole_body(make: Callable[[str], str]) -> None:
    with pytest.raises(ValueError, match="before its check"):
        make("123")


@pytest.mark.parametrize("code", ITEM_CODES)
def test_item_code_is_right(code: str) -> None:
    assert is_item_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "0001721430",  # 10, as GB/T 39046 prints it
        "00017214300A",
        "11100000MB0341032X100017214300101",  # wrong credit code
        "11100000MB0341032Y10001721430010X",
    ],
)
def test_wrong_item_code(code: str) -> None:
    assert not is_item_code(code)


def test_division_of_an_issuer() -> None:
    assert division_of("340100") == "340100"
    assert division_of("11330100Y999000132") == "330100"
    with pytest.raises(ValueError, match="6 or 18 characters, not 3"):
        division_of("330")


def test_case_id_has_three_parts() -> None:
    case = split_case_id("330000-2026-17")
    assert case is not None
    assert (case.division, case.year, case.serial) == ("330000", "2026", "17")


@pytest.mark.parametrize(
    "case_id",
    [
        "",
        "330000-2026",
        "330000-2026-",
        "33000-2026-1",
        "330000-26-1",
        "330000-2026-" + "1" * 21,
        "330000-2026-a",
        "330000-2026-１",
    ],
)
def test_wrong_case_id(case_id: str) -> None:
    assert split_case_id(case_id) is None


@pytest.mark.parametrize(
    ("key", "murmur2"),
    [  # the vectors of Kafka's own UtilsTest
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
    ],
)
def test_slot_is_that_of_kafkas_java_client(key: str, murmur2: int) -> None:
    assert slot_of(key, 2**31) == murmur2 & 0x7FFFFFFF


@pytest.mark.parametrize(
    ("case_id", "of_4", "of_12"),
    [  # of_4 as librdkafka's murmur2_random chose on its mock cluster
        ("330000-2026-1", 3, 7),
        ("330000-2026-12", 0, 4),
        ("330000-2026-123", 0, 4),
        ("330000-2026-1234", 0, 8),
        ("310000-2026-00000000000000000001", 3, 3),
        ("320000-2025-99999999999999999999", 2, 2),
        ("340000-2024-17", 1, 9),
        ("000000-0000-0", 2, 2),
    ],
)
def test_slot_of_a_case(case_id: str, of_4: int, of_12: int) -> None:
    assert slot_of(case_id, 4) == of_4
    assert slot_of(case_id, 12) == of_12
