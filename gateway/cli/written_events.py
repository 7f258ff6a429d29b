"""An event written as JSON, held against its contract: what is wrong is told by field, before it is encoded.

Of a value of another type only the type is told: it may be a personal one.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.definition_files.fields import did_you_mean
from gateway.definitions import Contract
from gateway.definitions.shapes import Shape, shapes_of

FILLED_IN: Final = frozenset({"event_id", "case_id", "source", "made_at", "salt"})
"""May be left out: they are filled in when it is published."""
DEPTH: Final = 2
"""Folders between a file of avro/<contract>/examples/valid/ and that of its contract."""
_WANTED: Final[dict[str, tuple[type | tuple[type, ...], str]]] = {
    "boolean": (bool, "true or false"),
    "int": (int, "a whole number"),
    "long": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "string": (str, "a text"),
    "enum": (str, "a text"),
    "array": (list, "a list [...]"),
    "record": (dict, "an object {...}"),
    "bytes": (str, "hexadecimal digits"),
    "fixed": (str, "hexadecimal digits"),
}
_FOUND: Final = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list"}


def read_event(file: Path, named: str | None, contracts: Collection[Contract]) -> tuple[str, dict[str, Any]]:
    """The contract that a file or `named` names, and its fields as the client takes them: bytes for digits.

    contracts: those that may be named. Raises ValueError with one sentence that says all that is wrong.
    """
    newest = {one.name: one for one in sorted(contracts, key=lambda one: one.version)}
    try:
        written = json.loads(file.read_text())
    except ValueError as fault:
        raise ValueError(f"it is not JSON: {fault}") from fault
    if not isinstance(written, dict):
        raise ValueError('it is not {"contract": …, "record": …}')
    folders = file.resolve().parents
    by_place = folders[DEPTH].name if len(folders) > DEPTH else ""
    told = named or written.get("contract")
    if told is None and by_place not in newest:
        raise ValueError('it does not name its contract; write {"contract": …, "record": …}')
    name = by_place if told is None else str(told)
    if name not in newest:
        raise ValueError(
            f'contract "{name}" is none of {", ".join(sorted(newest))}{did_you_mean(name, newest)}'
        )
    shapes = shapes_of(json.loads(newest[name].schema))
    fields = written.get("record", written)
    problems = dict.fromkeys(_problems(fields, shapes, FILLED_IN))  # each once
    if problems:
        raise ValueError("; ".join(problems))
    return name, _taken(fields, shapes)


def _problems(fields: Any, shapes: tuple[Shape, ...], may_lack: Collection[str] = ()) -> Iterator[str]:
    if not isinstance(fields, dict):
        yield f"expected an object {{...}}, found {_found(fields)}"
        return
    known = {shape.name: shape for shape in shapes}
    for name in sorted(fields.keys() - known.keys()):
        yield f"{name}: there is no such field{did_you_mean(name, known)}"
    missing = []
    for name, shape in known.items():
        value = fields.get(name)
        if value is not None:
            yield from _problem(value, shape)
        elif not (shape.optional or name in may_lack):
            missing.append(shape.path)
    if missing:
        yield f"missing: {', '.join(missing)}"


def _problem(value: Any, shape: Shape) -> Iterator[str]:
    type_, wanted = _WANTED[shape.kind]
    if not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool):
        yield f"{shape.path}: expected {wanted}, found {_found(value)}"
    elif shape.kind == "record":
        yield from _problems(value, shape.fields)
    elif shape.kind == "array" and shape.items is not None:
        for item in value if isinstance(value, list) else ():
            yield from _problem(item, shape.items)
    elif shape.kind == "enum" and value not in shape.symbols:
        hint = did_you_mean(str(value), shape.symbols)
        yield f'{shape.path}: expected one of {", ".join(shape.symbols)}, found "{value}"{hint}'
    elif shape.kind in ("bytes", "fixed"):
        yield from _hexadecimal(str(value), shape)


def _hexadecimal(value: str, shape: Shape) -> Iterator[str]:
    digits = f"{2 * shape.size} hexadecimal digits" if shape.size else "an even number of hexadecimal digits"
    try:
        size = len(bytes.fromhex(value))
    except ValueError:
        yield f"{shape.path}: expected {digits}, found other characters or an odd number of them"
        return
    if shape.size and size != shape.size:
        yield f"{shape.path}: expected {digits}, found {2 * size}"


def _taken(fields: Mapping[str, Any], shapes: tuple[Shape, ...]) -> dict[str, Any]:
    known = {shape.name: shape for shape in shapes}
    return {name: value if value is None else _value(value, known[name]) for name, value in fields.items()}


def _value(value: Any, shape: Shape) -> Any:
    if shape.items is not None:
        return [_value(item, shape.items) for item in value]
    if shape.kind == "record":
        return _taken(value, shape.fields)
    return bytes.fromhex(value) if shape.kind in ("bytes", "fixed") else value


def _found(value: Any) -> str:
    return "null" if value is None else _FOUND.get(type(value), "an object")
