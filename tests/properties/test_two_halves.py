"""What is read or checked quickly is what is read carefully: two ways, one meaning."""

import importlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import codec
from gateway.codegen.names import snake
from gateway.errors import Refused
from gateway.identifiers import (
    DIGITS_AND_LETTERS,
    is_licence_identifier,
    is_uscc,
    licence_check_character,
    split_licence_identifier,
)
from tests.contracts import AVRO, written

LICENCES = (
    "1.2.156.3005.2.11100000MB0143028R001.11330100Y999000132.ZJ20260000000031.001.9",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
)


def bodies(contract: str, version: int) -> list[bytes]:
    """The valid examples of a version; entries, which have none, in their shortest form."""
    import json

    folder = AVRO / contract / "examples" / "valid"
    paths = [path for path in sorted(folder.glob("*.json")) if _fits(path, version)]
    return [written(contract, version, json.loads(path.read_text("utf-8"))) for path in paths]


def _fits(path: Path, version: int) -> bool:
    return not path.stem.startswith("v") or path.stem.startswith(f"v{version}")


def ending(decode: Callable[[bytes], object], body: bytes, encode: Callable[[object], bytes]) -> object:
    try:
        return encode(decode(body))
    except Refused as refusal:
        return refusal.reason, refusal.detail


EVENTS = sorted(key for key in codec.DECODERS if bodies(*key))


@pytest.mark.parametrize(("contract", "version"), EVENTS)
@given(data=st.data())
def test_both_halves_of_a_decoder_say_the_same(contract: str, version: int, data: st.DataObject) -> None:
    module = importlib.import_module(f"gateway.codec.generated.{snake(contract)}")
    careful = getattr(module, f"_careful_v{version}")
    encode = getattr(codec, f"encode_{snake(contract)}_v{version}")
    body = bytearray(data.draw(st.sampled_from(bodies(contract, version))))
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        kind = data.draw(st.sampled_from(("change", "insert", "remove", "cut")))
        if kind == "change":
            body[at] = data.draw(st.integers(0, 255))
        elif kind == "insert":
            body.insert(at, data.draw(st.integers(0, 255)))
        elif kind == "remove" and len(body) > 1:
            del body[at]
        elif at > 0:
            del body[at:]
    mutated = bytes(body)
    assert ending(codec.DECODERS[contract, version], mutated, encode) == ending(careful, mutated, encode)


@given(
    st.sampled_from(LICENCES),
    st.lists(st.tuples(st.integers(0, 77), st.sampled_from(DIGITS_AND_LETTERS.decode() + ".aé"))),
    st.booleans(),
)
def test_a_licence_of_a_known_issuer_is_checked_like_any_other(
    identifier: str, changes: list[tuple[int, str]], right: bool
) -> None:
    for known in LICENCES:
        assert is_licence_identifier(known)
    for at, letter in changes:
        identifier = identifier[:at] + letter + identifier[at + 1 :]
    parts = split_licence_identifier(identifier)
    wanted = False
    if parts is not None and is_uscc(parts.type_code[:18]):
        body = ".".join((parts.type_code, parts.issuer, parts.serial, parts.version))
        check = licence_check_character(body)
        identifier = identifier[:-1] + check if right else identifier
        wanted = identifier[-1] == check
    assert is_licence_identifier(identifier) == wanted
