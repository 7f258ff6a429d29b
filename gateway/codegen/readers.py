"""Writes the strict decoders: one straight line of reads per version, one function per inner record.

This is the careful half, which reads whatever Avro allows and finds words for what it does not; see
`gateway.codegen.quick_readers` for the other.
"""

from gateway.codegen.contracts import Version
from gateway.codegen.layout import call
from gateway.codegen.names import CHECKS, Names, annotation, as_taken, bounds, camel, item_name, local, snake
from gateway.definitions.shapes import Shape


def decoder(version: Version, names: Names) -> list[str]:
    """The function that reads one body of this version, quickly where it is as usual."""
    head = (
        f"def decode_{snake(version.contract)}_v{version.number}(body: bytes) -> {camel(version.contract)}:"
    )
    label = f"{version.contract} v{version.number}"
    names.error("Refused")
    return [
        head,
        f'    """Read one body of {label}; raises `Refused` and nothing else."""',
        "    try:",
        f"        record = _quick_v{version.number}(body)",
        "    except (IndexError, KeyError, ValueError, Refused):",
        "        record = None",
        f"    return _careful_v{version.number}(body) if record is None else record",
    ]


def careful_reader(version: Version, names: Names) -> list[str]:
    """The function that reads a body of this version in any form Avro allows, or says what is wrong."""
    contract = f"V{version.number}"
    values = [local(shape.name) for shape in as_taken(version.fields)]
    return [
        f"def _careful_v{version.number}(body: bytes) -> {camel(version.contract)}:",
        "    at = 0",
        *(line for shape in version.fields for line in _read(shape, contract, names)),
        *call(names.reading("expect_end"), ["body", "at", contract], 4),
        *call(f"return {camel(version.contract)}", values, 4),
    ]


def inner_readers(shapes: tuple[Shape, ...], names: Names) -> list[list[str]]:
    """The functions for inner records and for the items of arrays, innermost first."""
    functions = []
    for shape in shapes:
        inner = shape.items or shape
        functions += inner_readers(inner.fields, names)
        if inner.kind == "record":
            functions.append(_record_reader(inner, names))
        elif shape.items is not None:
            functions.append(_item_reader(inner, names))
    return functions


def _record_reader(shape: Shape, names: Names) -> list[str]:
    values = [local(field.name) for field in as_taken(shape.fields)]
    return [
        *call(
            f"def _read_{snake(shape.type_name)}",
            ["body: bytes", "at: int", "contract: str"],
            0,
            f" -> tuple[{shape.type_name}, int]:",
        ),
        *(line for field in shape.fields for line in _read(field, "contract", names)),
        *call(f"return {shape.type_name}", values, 4, ", at"),
    ]


def _item_reader(item: Shape, names: Names) -> list[str]:
    name, arguments = read_call(item, "contract", names)
    return [
        *call(
            f"def _read_{item_name(item)}",
            ["body: bytes", "at: int", "contract: str"],
            0,
            f" -> tuple[{annotation(item)}, int]:",
        ),
        *call(f"return {name}", arguments, 4),
    ]


def _read(shape: Shape, contract: str, names: Names) -> list[str]:
    """The lines that read one field into a local of its name."""
    target = local(shape.name)
    name, arguments = read_call(shape, contract, names)
    label = f'"{shape.path}"'
    if shape.optional:
        presence = ["body", "at", contract, label]
        return [
            *call(f"present, at = {names.reading('read_presence')}", presence, 4),
            f"    {target}: {annotation(shape)} = None",
            "    if present:",
            *call(f"{target}, at = {name}", arguments, 8),
        ]
    lines = call(f"{target}, at = {name}", arguments, 4)
    if "unique" in shape.limits:
        key = shape.limits["unique"]
        distinct = f"len({{item.{key} for item in {target}}})"
        arguments = [f"len({target})", distinct, "start", contract, label]
        lines = ["    start = at", *lines, *call(names.reading("expect_unique"), arguments, 4)]
    return lines


def read_call(shape: Shape, contract: str, names: Names) -> tuple[str, list[str]]:
    """The reading function of one value and its arguments."""
    if shape.kind == "record":
        return f"_read_{snake(shape.type_name)}", ["body", "at", contract]
    name, between = _reader(shape, names)
    return names.reading(name), ["body", "at", *between, contract, f'"{shape.path}"']


def _reader(shape: Shape, names: Names) -> tuple[str, list[str]]:
    match shape.kind:
        case "string":
            return _string_reader(shape, names)
        case "bytes":
            return "read_bytes", [str(shape.limits["maxLength"])]
        case "fixed":
            return "read_fixed", [str(shape.size)]
        case "enum":
            return "read_symbol", [names.symbols(shape)]
        case "int" | "long":
            return "read_number", bounds(shape)
        case "boolean" | "double":
            return f"read_{shape.kind}", []
        case "array" if shape.items is not None:
            inner = shape.items
            return "read_array", [f"_read_{item_name(inner)}", str(shape.limits["maxItems"])]
    raise ValueError(f"{shape.path}: the strict decoder has no {shape.kind} yet")


def _string_reader(shape: Shape, names: Names) -> tuple[str, list[str]]:
    if "pattern" not in shape.limits:
        return "read_text", [str(shape.limits["maxLength"])]
    form, is_alphabet = names.form(shape)
    if "check" in shape.limits:
        return "read_checked", [form, names.identifiers(CHECKS[shape.limits["check"]])]
    return "read_identifier" if is_alphabet else "read_layout", [form]
