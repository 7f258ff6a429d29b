"""The generator on kinds of fields that no released contract has yet."""

import io
from typing import Any

import fastavro
import pytest

from gateway.codegen.contracts import Version
from gateway.codegen.layout import brackets, call, import_from
from gateway.codegen.modules import contract_module, index_module
from gateway.codegen.names import camel, local, snake
from gateway.definitions.shapes import shapes_of
from gateway.errors import Refused


def field(name: str, type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": type_} | more


def array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


def inner(name: str, *fields: Any) -> dict[str, Any]:
    return {"type": "record", "name": name, "doc": f"{name}.", "fields": list(fields)}


INSIDE = inner("Inside", field("x", "boolean"))
KIND = {"type": "enum", "name": "Kind", "symbols": ["A", "B"], "default": "A"}
SCHEMA = {
    "type": "record",
    "name": "OddEntry",
    "kind": "entry",
    "doc": "Odd.",
    "fields": [
        field("at", "long"),
        field("record", ["null", "double"], default=None),
        field("body", "bytes", maxLength=100),
        field("kinds", array(KIND), maxItems=3),
        field("days", ["null", array("int")], default=None, maxItems=3, minimum=-1),
        field(
            "boxes",
            {"type": "array", "items": inner("Box", field("one", inner("Inside", field("x", "boolean"))))},
            maxItems=2,
        ),
        field("kind", "Kind"),
    ],
}


def version(schema: dict[str, Any], number: int = 1) -> Version:
    return Version("odd-entry", number, schema, shapes_of(schema))


def generated(schema: dict[str, Any]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(contract_module([version(schema)]), names)  # noqa: S102  what the generator wrote a line before
    return names


def body(schema: dict[str, Any], record: dict[str, Any]) -> bytes:
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), record)
    return out.getvalue()


RECORD = {
    "at": -(2**63),
    "record": 0.25,
    "body": b"\xff\x00",
    "kinds": ["B", "A"],
    "days": [-1, 2**31 - 1],
    "boxes": [{"one": {"x": True}}, {"one": {"x": False}}],
    "kind": "B",
}


@pytest.mark.parametrize("change", [{}, {"record": None, "days": None, "kinds": [], "boxes": []}])
def test_every_kind_of_field_comes_back(change: dict[str, Any]) -> None:
    module = generated(SCHEMA)
    wanted = body(SCHEMA, RECORD | change)
    record = module["decode_odd_entry_v1"](wanted)
    assert module["encode_odd_entry_v1"](record) == wanted
    assert (record.at, record.body, record.kind) == (-(2**63), b"\xff\x00", "B")


def test_not_a_number_is_refused() -> None:
    with pytest.raises(Refused, match="not-a-number"):
        generated(SCHEMA)["decode_odd_entry_v1"](body(SCHEMA, RECORD | {"record": float("nan")}))


def test_a_contract_without_patterns_imports_no_re() -> None:
    assert "import re" not in contract_module([version(SCHEMA)])


def test_index_puts_entries_beside_events() -> None:
    assert "Callable[[bytes], Event | OddEntry]" in index_module({"odd-entry": [version(SCHEMA)]})


@pytest.mark.parametrize("type_", ["float", {"type": "map", "values": "int"}])
def test_what_the_decoder_cannot_read_is_not_generated(type_: Any) -> None:
    with pytest.raises((ValueError, KeyError)):
        contract_module([version(SCHEMA | {"fields": [field("odd", type_, maxItems=3)]})])


def test_names() -> None:
    assert snake("LicenceState") == "licence_state"
    assert snake("ledger-entry") == "ledger_entry"
    assert camel("ledger-entry") == "LedgerEntry"
    assert (local("item"), local("items")) == ("item_", "items")


def test_lines_are_laid_out_as_the_formatter_would() -> None:
    long = ["a" * 30, "b" * 30, "c" * 30]
    assert call("f", ["a", "b"], 4) == ["    f(a, b)"]
    assert call("f" * 20, long, 0) == ["f" * 20 + "(", "    " + ", ".join(long), ")"]
    assert call("f", [*long, "d" * 30], 0, ":")[-2:] == ["    " + "d" * 30 + ",", "):"]
    assert brackets("x = ", ["1"], "(", ")") == ["x = (1,)"]
    assert brackets("    x = ", [*long, "d" * 30], "[", "]")[0] == "    x = ["
    assert import_from("m", ["a", "b"]) == ["from m import a, b"]
    assert import_from("m", [*long, "d" * 30])[-1] == ")"
