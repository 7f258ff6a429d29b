"""The schema id of the wire frame when no registry hands them out: computed from the schema itself.

Only what decides the bytes counts (Avro's Parsing Canonical Form), so wording, classes and limits
may be corrected without a new id; that released files do not change is another check's matter.
"""

import hashlib
import json
from typing import Any, Final

_PRIMITIVES: Final = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_KEPT_IN_ORDER: Final = ("name", "type", "fields", "symbols", "items", "values", "size")


def schema_id(schema: dict[str, Any]) -> int:
    """The first 4 bytes, big-endian, of SHA-256 of the canonical form, without the sign bit."""
    digest = hashlib.sha256(canonical_form(schema).encode()).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF


def canonical_form(schema: dict[str, Any]) -> str:
    """Avro's Parsing Canonical Form: full names, no properties but those that decide the bytes."""
    return json.dumps(_canonical(schema, ""), ensure_ascii=False, separators=(",", ":"))


def _canonical(schema: Any, namespace: str) -> Any:
    if isinstance(schema, str):
        return schema if schema in _PRIMITIVES else _full_name(schema, namespace)
    if isinstance(schema, list):
        return [_canonical(branch, namespace) for branch in schema]
    if schema["type"] in _PRIMITIVES:
        return schema["type"]
    kept = dict(schema)
    if "name" in schema:
        kept["name"] = _full_name(schema["name"], schema.get("namespace", namespace))
        namespace = kept["name"].rpartition(".")[0]
    for inner in ("items", "values"):
        if inner in schema:
            kept[inner] = _canonical(schema[inner], namespace)
    if "fields" in schema:
        kept["fields"] = [
            {"name": field["name"], "type": _canonical(field["type"], namespace)}
            for field in schema["fields"]
        ]
    return {key: kept[key] for key in _KEPT_IN_ORDER if key in kept}


def _full_name(name: str, namespace: str) -> str:
    return name if "." in name or not namespace else f"{namespace}.{name}"
