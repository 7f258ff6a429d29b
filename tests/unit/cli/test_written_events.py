"""An event written by hand: what is wrong is told by field, and all of it at once."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.written_events import read_event
from gateway.client import event_of
from tests.world import contracts

ASKED: dict[str, Any] = {
    "target": "west",
    "item": "company-change",
    "use_kind": "VERIFY",
    "purpose": "application-handling",
    "legal_basis": "STATUTORY_DUTY",
    "licence_type": "business-licence",
    "licence_id": "1.2.156",
    "holder_type": "001",
    "holder_code": "91330100Y99900021L",
    "department": "11350000Y999000135",
    "officer": "officer-3",
    "fields": ["unified_code"],
    "claims": [{"field": "name", "value": "测试公司"}],
}


def read(tmp_path: Path, changed: dict[str, Any], contract: str = "licence-verification-requested") -> Any:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({"contract": contract, "record": ASKED | changed}))
    return read_event(file, None, contracts())


def test_what_is_left_out_may_be_left_out_and_digits_become_bytes(tmp_path: Path) -> None:
    contract, fields = read(tmp_path, {"salt": "00" * 16, "use_text": None})
    assert fields["salt"] == bytes(16)
    assert event_of(contract, fields).target == "west"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"fields": "name"}, "^fields: expected a list [...], found a text$"),
        ({"made_at": "2026-01-01"}, "^made_at: expected a whole number, found a text$"),
        ({"made_at": True}, "^made_at: expected a whole number, found true or false$"),
        ({"item": None}, "^missing: item$"),
        ({"salt": "abc"}, "^salt: expected 32 hexadecimal digits, found other characters or an odd number"),
        ({"salt": "abcd"}, "^salt: expected 32 hexadecimal digits, found 4$"),
        (
            {"use_kind": "VERFY"},
            '^use_kind: expected one of .*VERIFY.*, found "VERFY" (did you mean "VERIFY"?)$',
        ),
        ({"itme": "x"}, '^itme: there is no such field (did you mean "item"?)$'),
        ({"claims": ["name"]}, "^claims: expected an object {...}, found a text$"),
        ({"claims": [{"field": "name", "value": 1}]}, "^claims.value: expected a text, found a number$"),
        ({"claims": [{"field": "name"}, {"field": "x"}]}, "^missing: claims.value$"),
        ({"z": 1, "a": 1}, "^a: there is no such field.*; z: there is no such field$"),
        ({"claims": [{"field": "name"}], "item": 1}, "^item: .*; missing: claims.value$"),
    ],
)
def test_what_is_wrong_is_told_by_field(tmp_path: Path, changed: dict[str, Any], sentence: str) -> None:
    pattern = sentence
    for sign in "[({?)}]":
        pattern = pattern.replace(sign, f"\\{sign}")
    with pytest.raises(ValueError, match=pattern):
        read(tmp_path, changed)


def test_a_contract_that_may_not_be_named_is_refused_with_those_that_may(tmp_path: Path) -> None:
    expected = r'contract "licence-verification-asked" is none of .*licence-verification-requested'
    with pytest.raises(ValueError, match=expected):
        read(tmp_path, {}, "licence-verification-asked")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("# no", "it is not JSON"),
        ("[]", "it is not {"),
        ("{}", "it does not name its contract"),
        ('{"contract": []}', r'contract "\[\]" is none of'),
        ('{"contract": "application-submitted", "record": 1}', "expected an object {...}, found a number"),
    ],
)
def test_a_file_that_is_no_event_says_so(tmp_path: Path, written: str, sentence: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(written)
    with pytest.raises(ValueError, match=sentence):
        read_event(file, None, contracts())
