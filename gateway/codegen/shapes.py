"""What the generator needs to know of a schema: names resolved, unions and limits made plain."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gateway.definitions.schema_ids import schema_id

_NUMBER_LIMITS: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_FILE_NAME: Final = re.compile(r"v([1-9][0-9]*)\.avsc")


@dataclass(frozen=True)
class Shape:
    """One field, or one item of an array. `type` is Avro's; `optional` stands for [null, X]."""

    name: str
    label: str
    type: str
    optional: bool
    limits: dict[str, Any]
    symbols: tuple[str, ...] = ()
    type_name: str = ""
    size: int = 0
    doc: str = ""
    fields: tuple["Shape", ...] = ()
    items: "Shape | None" = None

    @property
    def bounds(self) -> list[str]:
        """The range of a number, as source text."""
        least, most = _NUMBER_LIMITS[self.type]
        return [str(self.limits.get("minimum", least)), str(self.limits.get("maximum", most))]

    @property
    def annotation(self) -> str:
        """The Python type of the value."""
        if self.items is not None:
            plain = f"tuple[{self.items.annotation}, ...]"
        elif self.type == "record":
            plain = self.type_name
        else:
            plain = _PYTHON[self.type]
        return f"{plain} | None" if self.optional else plain


_PYTHON: Final = {
    "string": "str",
    "enum": "str",
    "bytes": "bytes",
    "fixed": "bytes",
    "boolean": "bool",
    "int": "int",
    "long": "int",
    "double": "float",
}


@dataclass(frozen=True)
class Version:
    """One released schema file of a contract."""

    contract: str
    number: int
    schema: dict[str, Any]
    fields: tuple[Shape, ...]

    @property
    def schema_id(self) -> int:
        return schema_id(self.schema)


def read_contracts(avro: Path) -> dict[str, list[Version]]:
    """Read and lint every `<contract>/v<n>.avsc`, versions ascending.

    Raises ValueError with all findings if a schema does not pass the lint.
    """
    contracts: dict[str, list[Version]] = {}
    findings: list[str] = []
    for path in sorted(avro.glob("*/v*.avsc")):
        number = _FILE_NAME.fullmatch(path.name)
        if number is None:
            findings.append(f"{path}: a schema file is called v<n>.avsc, n from 1")
            continue
        schema = json.loads(path.read_text("utf-8"))
        version = Version(path.parent.name, int(number[1]), schema, shapes_of(schema))
        contracts.setdefault(version.contract, []).append(version)
    if findings:
        raise ValueError("\n".join(findings))
    for versions in contracts.values():
        versions.sort(key=lambda version: version.number)
    return contracts


def shapes_of(schema: dict[str, Any]) -> tuple[Shape, ...]:
    """The fields of a linted record schema."""
    return _record_fields(schema, "", {})


def _record_fields(schema: dict[str, Any], prefix: str, named: dict[str, Any]) -> tuple[Shape, ...]:
    return tuple(
        _shape(field["type"], field["name"], prefix + field["name"], field, named)
        for field in schema["fields"]
    )


def _shape(
    type_: Any, name: str, label: str, limits: dict[str, Any], named: dict[str, Any], optional: bool = False
) -> Shape:
    if isinstance(type_, list):
        return _shape(type_[1], name, label, limits, named, optional=True)
    if isinstance(type_, str):
        if type_ in named:
            return _shape(named[type_], name, label, limits, named, optional)
        return Shape(name, label, type_, optional, limits)
    if "name" in type_:
        named[type_["name"]] = type_
    kind = type_["type"]
    if kind == "array":
        items = _shape(type_["items"], name, label, limits, named)
        return Shape(name, label, kind, optional, limits, items=items)
    return Shape(
        name,
        label,
        kind,
        optional,
        limits,
        symbols=tuple(type_.get("symbols", ())),
        type_name=type_.get("name", ""),
        size=type_.get("size", 0),
        doc=type_.get("doc", ""),
        fields=_record_fields(type_, f"{label}.", named) if kind == "record" else (),
    )
