"""The contracts as fastavro sees them, for comparison with our own codec."""

import io
import json
from pathlib import Path
from typing import Any

import fastavro

from gateway import codec
from gateway.definitions.shapes import Shape

AVRO = Path(__file__).parent.parent / "avro"
_FIXED = ("salt", "digest", "prev", "hash_in", "hash_out")
_PARSED: dict[tuple[str, int], Any] = {}


def schema(contract: str, version: int) -> dict[str, Any]:
    """The schema file as it stands."""
    found: dict[str, Any] = json.loads((AVRO / contract / f"v{version}.avsc").read_text("utf-8"))
    return found


def parsed(contract: str, version: int) -> Any:
    """The schema parsed by fastavro, without logical types: times stay whole numbers."""
    if (contract, version) not in _PARSED:
        plain = without_logical_types(schema(contract, version))
        _PARSED[contract, version] = fastavro.parse_schema(plain)
    return _PARSED[contract, version]


def without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: without_logical_types(value) for key, value in schema.items() if key != "logicalType"}
    return [without_logical_types(value) for value in schema] if isinstance(schema, list) else schema


def written(contract: str, version: int, record: dict[str, Any]) -> bytes:
    """The body fastavro writes for the JSON form of a record (fixed bytes in hex)."""
    out = io.BytesIO()
    fastavro.schemaless_writer(out, parsed(contract, version), with_bytes(record))
    return out.getvalue()


def with_bytes(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: with_bytes(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_bytes(inner, name) for inner in value]
    return bytes.fromhex(value) if name in _FIXED and isinstance(value, str) else value


def read(contract: str, version: int, body: bytes) -> dict[str, Any]:
    """The record fastavro reads, whatever follows it."""
    record = fastavro.schemaless_reader(io.BytesIO(body), parsed(contract, version), None)
    assert isinstance(record, dict)
    return record


def encode(contract: str, version: int, record: object) -> bytes:
    """The body our encoder writes for a record of ours."""
    encoder = getattr(codec, f"encode_{contract.replace('-', '_')}_v{version}")
    body: bytes = encoder(record)
    return body


def as_dict(record: object, shapes: tuple[Shape, ...]) -> dict[str, Any]:
    """Our record as fastavro would return it."""
    return {shape.name: _plain(getattr(record, shape.name), shape) for shape in shapes}


def _plain(value: Any, shape: Shape) -> Any:
    if value is not None and shape.items is not None:
        return [_plain(item, shape.items) for item in value]
    return as_dict(value, shape.fields) if value is not None and shape.kind == "record" else value
