"""Writes the encoders, the mirror image of the decoders: the fields in the order of the schema."""

from typing import Final

from gateway.codegen.contracts import Version
from gateway.codegen.names import Names, bounds, camel, is_remembered, snake
from gateway.definitions.shapes import Shape

_OR_NULL: Final = frozenset({"string", "int", "long"})
"""Kinds whose writers have a form for a value that may be null."""


def encoder(version: Version, names: Names) -> list[str]:
    """The function that writes a record as one body of this version, behind a frame if there is one."""
    function = f"encode_{snake(version.contract)}_v{version.number}"
    return [
        f'def {function}(record: {camel(version.contract)}, frame: bytes = b"") -> bytes:',
        f'    """Write one body of {version.contract} v{version.number}; ValueError if a limit is passed."""',
        "    out = BytesWriter()",
        "    out.write(frame)",
        *_fields(version.fields, names),
        "    return out.getvalue()",
    ]


def inner_writers(shapes: tuple[Shape, ...], names: Names) -> list[list[str]]:
    """The functions for inner records, innermost first."""
    functions = []
    for shape in shapes:
        inner = shape.items or shape
        functions += inner_writers(inner.fields, names)
        if inner.kind == "record":
            taken = f"out: BytesWriter, record: {inner.type_name}"
            head = f"def _write_{snake(inner.type_name)}({taken}) -> None:"
            functions.append([head, *_fields(inner.fields, names)])
    return functions


def _fields(fields: tuple[Shape, ...], names: Names) -> list[str]:
    return [line for shape in fields for line in _field(shape, f"record.{shape.name}", names)]


def _field(shape: Shape, value: str, names: Names) -> list[str]:
    """The lines that write one field, null or not."""
    if not shape.optional:
        return _value(shape, value, 4, names)
    if is_remembered(shape) or shape.kind in _OR_NULL:
        return [_call(shape, value, 4, names, "_or_null")]
    return [
        f"    if {value} is None:",
        f"        out.append({names.writing('NULL')})",
        "    else:",
        f"        out.append({names.writing('SOME')})",
        *_value(shape, value, 8, names),
    ]


def _value(shape: Shape, value: str, indent: int, names: Names) -> list[str]:
    """The lines that write one value that is there."""
    pad = " " * indent
    if shape.kind == "record":
        return [f"{pad}_write_{snake(shape.type_name)}(out, {value})"]
    if shape.items is None:
        return [_call(shape, value, indent, names)]
    item = f"{shape.name}_item"
    limits = f'{shape.limits["maxItems"]}, "{shape.path}"'
    return [
        f"{pad}{names.writing('write_count')}(out, len({value}), {limits})",
        f"{pad}for {item} in {value}:",
        *_value(shape.items, item, indent + 4, names),
        f"{pad}out.append({names.writing('NULL')})",
    ]


def _call(shape: Shape, value: str, indent: int, names: Names, form: str = "") -> str:
    function, limits = _writer(shape, names)
    return f"{' ' * indent}{names.writing(function + form)}({', '.join(['out', value, *limits])})"


def _writer(shape: Shape, names: Names) -> tuple[str, list[str]]:
    """The writing function of a value, and its arguments behind the value."""
    label = f'"{shape.path}"'
    if is_remembered(shape):
        return "write_known", [names.written(shape)]
    match shape.kind:
        case "string":
            return "write_text", [str(shape.limits["maxLength"]), label]
        case "bytes":
            return "write_bytes", [str(shape.limits["maxLength"]), label]
        case "fixed":
            return "write_fixed", [str(shape.size), label]
        case "enum":
            return "write_symbol", [f"{names.symbols(shape)}_BYTES", label]
        case "int" | "long":
            return "write_number", [*bounds(shape), label]
        case "boolean" | "double":
            return f"write_{shape.kind}", []
    raise ValueError(f"{shape.path}: the encoder has no {shape.kind} yet")
