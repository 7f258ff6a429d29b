"""What docs/wire.md and avro/ say about bytes, and nothing of how the gateway does it."""

import io
import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import fastavro
from fastavro.schema import to_parsing_canonical_form

ROOT = Path(__file__).resolve().parents[2]
FRAME_BYTES = 5


class Header(NamedTuple):
    """The header `gateway` of what was handed over."""

    topic: str
    partition: int
    offset: int
    seq: int
    number: int
    recognised: str
    rule: str
    definitions: int


def read_header(text: bytes) -> Header:
    form, topic, partition, offset, seq, number, recognised, rule, definitions = text.decode("ascii").split(
        " "
    )
    if form != "1":
        raise ValueError(f"header of format {form}")
    return Header(
        topic, int(partition), int(offset), int(seq), int(number), recognised, rule, int(definitions)
    )


class Contract(NamedTuple):
    """One released schema, parsed."""

    name: str
    version: int
    schema_id: int
    schema: Any


@cache
def contracts() -> dict[int, Contract]:
    """Every contract version under avro/, by schema id: SHA-256 of the canonical form, cut to 31 bits."""
    found = {}
    for path in sorted((ROOT / "avro").glob("*/v*.avsc")):
        raw = json.loads(path.read_text())
        form = to_parsing_canonical_form(raw)
        schema_id = int.from_bytes(sha256(form.encode()).digest()[:4], "big") & 0x7FFFFFFF
        parsed = fastavro.parse_schema(_without_logical(raw))
        found[schema_id] = Contract(path.parent.name, int(path.stem[1:]), schema_id, parsed)
    return found


def contract(name: str, version: int = 1) -> Contract:
    return next(known for known in contracts().values() if (known.name, known.version) == (name, version))


def _without_logical(schema: Any) -> Any:
    """Times stay numbers: what is compared and hashed is what was written."""
    if isinstance(schema, dict):
        return {key: _without_logical(value) for key, value in schema.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [_without_logical(value) for value in schema]
    return schema


def decode(value: bytes) -> tuple[Contract, dict[str, Any]]:
    """Contract and fields of a framed value. Raises whatever fastavro raises for what is not one."""
    known = contracts()[int.from_bytes(value[1:FRAME_BYTES], "big")]
    body: Any = fastavro.schemaless_reader(io.BytesIO(value[FRAME_BYTES:]), known.schema, None)
    return known, body


def encode(known: Contract, body: dict[str, Any]) -> bytes:
    """A framed value."""
    buffer = io.BytesIO()
    buffer.write(b"\0" + known.schema_id.to_bytes(4, "big"))
    fastavro.schemaless_writer(buffer, known.schema, body)
    return buffer.getvalue()


def routing(value: bytes) -> tuple[str, str, str, str]:
    """Event id, case id, source and target: the first four strings, each at most 63 bytes."""
    at, found = FRAME_BYTES, []
    for _ in range(4):
        length = value[at] >> 1
        found.append(value[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return found[0], found[1], found[2], found[3]


def partition_of(case_id: str, partitions: int) -> int:
    """docs/wire.md, section 2."""
    return (murmur2(case_id.encode()) & 0x7FFFFFFF) % partitions


def murmur2(key: bytes) -> int:
    h = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for start in range(0, whole, 4):
        k = int.from_bytes(key[start : start + 4], "little") * 0x5BD1E995 & 0xFFFFFFFF
        k = (k ^ k >> 24) * 0x5BD1E995 & 0xFFFFFFFF
        h = h * 0x5BD1E995 & 0xFFFFFFFF ^ k
    if whole < len(key):
        h = (h ^ int.from_bytes(key[whole:], "little")) * 0x5BD1E995 & 0xFFFFFFFF
    h = (h ^ h >> 13) * 0x5BD1E995 & 0xFFFFFFFF
    return h ^ h >> 15
