"""Every example beside the contracts: the valid ones come back byte for byte, the invalid ones are
refused with the reason they name. fastavro writes what it can; the rest is given in hex.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway import codec
from gateway.errors import Refused
from tests.contracts import AVRO, written

VALID = sorted(AVRO.glob("*/examples/valid/*.json"))
INVALID = sorted(AVRO.glob("*/examples/invalid/*.json"))


def contract_of(path: Path) -> tuple[str, int]:
    """avro/<contract>/examples/valid/v<n>-<what>.json"""
    return path.parents[2].name, int(path.name[1 : path.name.index("-")])


def name(path: Path) -> str:
    return f"{path.parents[2].name}/{path.stem}"


@pytest.mark.parametrize("path", VALID, ids=name)
def test_valid_example_comes_back_byte_for_byte(path: Path) -> None:
    contract, version = contract_of(path)
    body = written(contract, version, json.loads(path.read_text("utf-8")))
    record = codec.DECODERS[contract, version](body)
    assert encoder(contract, version)(record) == body


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_invalid_example_is_refused_for_the_reason_it_names(path: Path) -> None:
    contract, version = contract_of(path)
    example = json.loads(path.read_text("utf-8"))
    if "hex" in example:
        body = bytes.fromhex(example["hex"])
    else:
        body = written(contract, version, example["record"])
    with pytest.raises(Refused) as refusal:
        codec.DECODERS[contract, version](body)
    assert refusal.value.reason == example["reason"]
    assert refusal.value.detail.startswith(f"{contract} v{version}: ")
    assert example["why"].endswith(".")


def test_every_contract_has_both_kinds_of_examples() -> None:
    for paths in (VALID, INVALID):
        assert {contract_of(path)[0] for path in paths} == {contract for contract, _ in codec.DECODERS}


def encoder(contract: str, version: int) -> Any:
    return getattr(codec, f"encode_{contract.replace('-', '_')}_v{version}")
