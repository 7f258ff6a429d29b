"""Identifiers and their check characters: licences, persons, organisations, item codes, cases.

Nothing is stripped, padded or upper-cased here: an identifier is right as it stands or not at all.
A check character catches a wrong character, it does not say that the thing exists. Division codes
inside an identifier are those of its first registration and are never looked up in today's table.
"""

import re
from operator import mul
from typing import Final

from mypy_extensions import i64  # to the compiler a machine word, otherwise an int

DIGITS: Final = b"0123456789"
DIGITS_AND_LETTERS: Final = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
USCC_LETTERS: Final = b"0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31: no I O S V Z (GB 32100)

_LICENCE_IDENTIFIER: Final = re.compile(
    r"1\.2\.156\.3005\.2\.([0-9A-Z]{21})\.([0-9A-Z]{18}|[0-9]{6})\.([0-9A-Z]{1,32})\.([0-9]{3})\.([0-9A-Z])"
).fullmatch
LICENCE_ROOT: Final = "1.2.156.3005.2."  # OID root of licence identifiers (GB/T 36904)


def _values(alphabet: bytes) -> bytes:
    """A table for `bytes.translate` that turns each letter of the alphabet into its value."""
    table = bytearray(256)
    for value, letter in enumerate(alphabet):
        table[letter] = value
    return bytes(table)


_VALUE_OF_36: Final = _values(DIGITS_AND_LETTERS)
_BASE_34: Final = bytes.maketrans(USCC_LETTERS, DIGITS_AND_LETTERS[:31])

# One step of ISO 7064 MOD 37,36, by (product so far + value of the next character).
_MOD_37_36: Final = bytes(((total % 36) or 36) * 2 % 37 for total in range(37 + 36))

_DOT: Final = 64
_FOREIGN: Final = 128
# As `_VALUE_OF_36`, with a mark for the dots between segments and one for what is no letter of them.
_VALUE_OR_MARK: Final = bytes(
    DIGITS_AND_LETTERS.index(letter)
    if letter in DIGITS_AND_LETTERS
    else _DOT
    if letter == ord(".")
    else _FOREIGN
    for letter in range(256)
)
_ISSUED_BY: Final = len(LICENCE_ROOT) + 21 + 1 + 18
_ISSUED_BY_CITY: Final = len(LICENCE_ROOT) + 21 + 1 + 6  # a division code instead of a credit code
_ROOM: Final = 4096
# The product of MOD 37,36 over root, type and issuer, for those met before: few issuers, many licences.
_PRODUCTS: Final[dict[str, int]] = {}

_PERSON_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)


class LicenceIdentifier:
    """The parts of a licence identifier 证照标识 behind the OID root, as written."""

    __slots__ = ("check", "issuer", "serial", "type_code", "version")

    def __init__(self, type_code: str, issuer: str, serial: str, version: str, check: str) -> None:
        self.type_code = type_code
        self.issuer = issuer
        self.serial = serial
        self.version = version
        self.check = check


class CaseId:
    """The parts of a case id: the opener's division, the year and the serial number."""

    __slots__ = ("division", "serial", "year")

    def __init__(self, division: str, year: str, serial: str) -> None:
        self.division = division
        self.year = year
        self.serial = serial


def licence_check_character(identifier: str) -> str:
    """Compute the last segment of a licence identifier (GB/T 36904: ISO 7064 MOD 37,36 over
    type + issuer + serial + version, dots and OID root left out).

    identifier: those four segments, with or without the dots between them.
    Raises ValueError for a character that is neither a digit nor an upper-case letter.
    """
    letters = identifier.encode().replace(b".", b"")
    if letters.translate(None, DIGITS_AND_LETTERS):
        raise ValueError("a licence identifier has digits and upper-case letters only")
    return _mod_37_36_check(letters)


def _mod_37_36_check(letters: bytes) -> str:
    return chr(DIGITS_AND_LETTERS[(37 - _mod_37_36(letters)) % 36])


def _mod_37_36(letters: bytes) -> int:
    return _onwards(36, letters.translate(_VALUE_OF_36))


def _onwards(product: i64, values: bytes) -> int:
    """One step of MOD 37,36 for each value; the marks of dots are passed over."""
    at: i64 = 0
    while at < len(values):
        if values[at] != _DOT:
            product = _MOD_37_36[product + values[at]]
        at += 1
    return int(product)


def split_licence_identifier(identifier: str) -> LicenceIdentifier | None:
    """Split `1.2.156.3005.2.type.issuer.serial.version.check`; None if it has not that shape.

    The issuer is a credit code (18) or, in practice, a division code (6). No check is computed.
    """
    found = _LICENCE_IDENTIFIER(identifier)
    return None if found is None else LicenceIdentifier(*found.groups())


def is_licence_identifier(identifier: str) -> bool:
    """Whether shape and check character of a licence identifier are right, and the check character
    of the credit code inside its type code.
    """
    behind = _ISSUED_BY_CITY if identifier[_ISSUED_BY_CITY : _ISSUED_BY_CITY + 1] == "." else _ISSUED_BY
    product = _PRODUCTS.get(identifier[:behind])
    if product is None:
        return _is_new_licence_identifier(identifier, behind)
    values = identifier[behind:].encode().translate(_VALUE_OR_MARK)  # .serial.version.check
    version = len(values) - 6
    if (
        not 2 <= version <= 33
        or _FOREIGN in values
        or values.count(_DOT) != 3
        or not values[0] == values[version] == values[version + 4] == _DOT
        or max(values[version + 1 : version + 4]) > 9
    ):
        return False
    return values[-1] == (37 - _onwards(product, values[1:-2])) % 36


def _is_new_licence_identifier(identifier: str, behind: int) -> bool:
    """The same in full, for a type and issuer (up to `behind`) not met before; remembered if all is right."""
    found = _LICENCE_IDENTIFIER(identifier)
    if found is None or not is_uscc(found[1][:18]):
        return False
    letters = identifier[len(LICENCE_ROOT) : -2].encode().replace(b".", b"")
    if _mod_37_36_check(letters) != found[5]:
        return False
    if len(_PRODUCTS) < _ROOM:
        issued_by = identifier[len(LICENCE_ROOT) : behind].encode().replace(b".", b"")
        _PRODUCTS[identifier[:behind]] = _mod_37_36(issued_by)
    return True


def uscc_check_character(first_17: str) -> str:
    """Compute the last character of a 统一社会信用代码 (GB 32100: weights 3^(i-1) mod 31).

    Raises ValueError unless there are 17 characters of its alphabet of 31.
    """
    letters = first_17.encode()
    if len(letters) != 17 or letters.translate(None, USCC_LETTERS):
        raise ValueError("a credit code has 17 characters before its check, without I O S V Z")
    return chr(USCC_LETTERS[-_uscc_sum(letters) % 31])


def is_uscc(code: str) -> bool:
    """Whether these are the 18 characters of a credit code with the right check character."""
    letters = code.encode()
    if len(letters) != 18 or letters.translate(None, USCC_LETTERS):
        return False
    return letters[17] == USCC_LETTERS[-_uscc_sum(letters[:17]) % 31]


def _uscc_sum(letters: bytes) -> int:
    """1 v1 + 3 v2 + 9 v3 + ... mod 31, for one conversion's work: 34 is 3 mod 31, so this is the code
    read backwards as a number in base 34.
    """
    return int(letters.translate(_BASE_34)[::-1], 34) % 31


def organisation_check_character(first_8: str) -> str:
    """Compute the last character of an organisation code (GB 11714), 0-9 or X.

    Raises ValueError unless there are 8 digits or upper-case letters.
    """
    letters = first_8.encode()
    if len(letters) != 8 or letters.translate(None, DIGITS_AND_LETTERS):
        raise ValueError("an organisation code has 8 digits or upper-case letters before its check")
    total = sum(map(mul, _ORGANISATION_WEIGHTS, letters.translate(_VALUE_OF_36)))
    return "0123456789X"[-total % 11]


def is_organisation_code(code: str) -> bool:
    """Whether these are 9 characters of an organisation code, as in positions 9-17 of a credit code."""
    letters = code.encode()
    if len(letters) != 9 or letters.translate(None, DIGITS_AND_LETTERS):
        return False
    return organisation_check_character(code[:8]) == code[8]


def person_check_character(first_17: str) -> str:
    """Compute the last character of a 公民身份号码 (GB 11643), 0-9 or X.

    Raises ValueError unless there are 17 digits.
    """
    digits = first_17.encode()
    if len(digits) != 17 or digits.translate(None, DIGITS):
        raise ValueError("a person number has 17 digits before its check")
    total = sum(map(mul, _PERSON_WEIGHTS, digits.translate(_VALUE_OF_36)))
    return "10X98765432"[total % 11]


def is_person_number(number: str) -> bool:
    """Whether these are 17 digits and the right check character; division and birth date are not judged."""
    digits = number[:17].encode()
    if len(number) != 18 or len(digits) != 17 or digits.translate(None, DIGITS):
        return False
    return person_check_character(number[:17]) == number[17]


def is_item_code(code: str) -> bool:
    """Whether this is a service item code 事项编码 of 12 (base), 31 (implementation) or 33 characters.

    The longer two begin with the credit code of the implementing body, which passes its own check;
    what follows it is digits. GB/T 39046 prints maxima of 10 and 24, which practice ignores.
    """
    if len(code) not in (12, 31, 33):
        return False
    body_length = 0 if len(code) == 12 else 18
    if code[body_length:].encode().translate(None, DIGITS):
        return False
    return body_length == 0 or is_uscc(code[:18])


def division_of(issuer: str) -> str:
    """The 6-digit division code of an issuer: itself, or positions 3-8 of its credit code.

    Raises ValueError for any other length.
    """
    if len(issuer) == 6:
        return issuer
    if len(issuer) == 18:
        return issuer[2:8]
    raise ValueError(f"an issuer has 6 or 18 characters, not {len(issuer)}")


def holder_kind(code_type: str) -> str:
    """Who a holder code is of (GB/T 36903-2018 Annex A): 0.. an organisation, the others a person."""
    return "organisation" if code_type.startswith("0") else "person"


def issuing_division(licence_id: str) -> str:
    """The 6-digit division code of the issuer inside a licence identifier of the right shape."""
    start = len(LICENCE_ROOT) + 22
    issuer = licence_id[start : start + 18]
    return issuer[:6] if issuer[6] == "." else issuer[2:8]


def split_case_id(case_id: str) -> CaseId | None:
    """Split `<division>-<year>-<serial>`; None if it has not that shape."""
    parts = case_id.split("-")
    if len(parts) != 3 or case_id.encode().translate(None, b"-" + DIGITS):
        return None
    division, year, serial = parts
    if len(division) != 6 or len(year) != 4 or not 1 <= len(serial) <= 20:
        return None
    return CaseId(division, year, serial)


def slot_of(case_id: str, slots: int) -> int:
    """The partition number of a case: Kafka's Java partitioner, toPositive(murmur2(key)) % slots.

    librdkafka calls it `murmur2_random`; its own default is another one (CRC-32).
    """
    return (_murmur2(case_id.encode()) & 0x7FFFFFFF) % slots


def _murmur2(key: bytes) -> int:
    """MurmurHash2, 32 bit, with the seed that Kafka uses."""
    multiplier: i64 = 0x5BD1E995
    word: i64 = 0
    size = len(key)
    product: i64 = 0x9747B28C ^ size
    for start in range(0, size - 3, 4):
        word = key[start] | key[start + 1] << 8 | key[start + 2] << 16 | key[start + 3] << 24
        word = word * multiplier & 0xFFFFFFFF
        word = (word ^ word >> 24) * multiplier & 0xFFFFFFFF
        product = product * multiplier & 0xFFFFFFFF ^ word
    left = size & 3
    if left:
        word = 0
        for letter in key[size - left :][::-1]:
            word = word << 8 | letter
        product = (product ^ word) * multiplier & 0xFFFFFFFF
    product = (product ^ product >> 13) * multiplier & 0xFFFFFFFF
    return product ^ product >> 15
