"""Writes the encoders, the mirror image of the decoders."""

from typing import Final

from gateway.codegen.contracts import Version
from gateway.codegen.names import Names, bounds, camel, is_remembered, snake
from gateway.definitions.shapes import Shape

_OR_NULL: Final = frozenset({"string", "int", "long"})
"""Kinds whose writers have a form for a value that may be null."""


def encoder(version: Version, names: Names) -> list[str]:
    """The function that writes a record as one body of this version."""
    function = f"encode_{snake(version.contract)}_v{version.number}"
    return [
        f"def {function}(record: {camel(version.contract)}) -> bytes:",
        f'    """Write one body of {version.contract} v{version.number}; ValueError if a limit is passed."""',
        *_joined(version.fields, names),
    ]


def inner_writers(shapes: tuple[Shape, ...], names: Names) -> list[list[str]]:
    """The functions for inner records, innermost first."""
    functions = []
    for shape in shapes:
        inner = shape.items or shape
        functions += inner_writers(inner.fields, names)
        if inner.kind == "record":
            functions.append(
                [
                    f"def _write_{snake(inner.type_name)}(record: {inner.type_name}) -> bytes:",
                    *_joined(inner.fields, names),
                ]
            )
    return functions


def _joined(fields: tuple[Shape, ...], names: Names) -> list[str]:
    """One line per field, in the order of the schema."""
    parts = [_field(shape, f"record.{shape.name}", names) for shape in fields]
    return [
        '    return b"".join(',
        "        [",
        *(f"            {part}," for part in parts),
        "        ]",
        "    )",
    ]


def _field(shape: Shape, value: str, names: Names) -> str:
    if not shape.optional:
        return _value(shape, value, names)
    null = f"{names.writing('NULL')} if {value} is None else "
    if is_remembered(shape):
        return f"{null}{names.written(shape)}[{value}]"
    if shape.kind in _OR_NULL and not _is_time(shape):
        function, limits = _writer(shape, names)
        return f"{names.writing(function + '_or_null')}({', '.join([value, *limits])})"
    return f"{null}{names.writing('SOME')} + {_value(shape, value, names)}"


def _value(shape: Shape, value: str, names: Names) -> str:
    """The expression for the bytes of one value that is there."""
    if shape.kind == "record":
        return f"_write_{snake(shape.type_name)}({value})"
    if is_remembered(shape) and not shape.optional:
        return f"{names.written(shape)}[{value}]"
    if _is_time(shape):
        return f"{names.times(shape)}[{value}]"
    if shape.items is not None:
        value = f"[{_value(shape.items, 'item', names)} for item in {value}]"
    function, limits = _writer(shape, names)
    return f"{names.writing(function)}({', '.join([value, *limits])})"


def _is_time(shape: Shape) -> bool:
    return shape.definition.get("logicalType") == "timestamp-millis"


def _writer(shape: Shape, names: Names) -> tuple[str, list[str]]:
    """The writing function of a value, and its arguments behind the value."""
    label = f'"{shape.path}"'
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
        case "array":
            return "write_array", [str(shape.limits["maxItems"]), label]
    raise ValueError(f"{shape.path}: the encoder has no {shape.kind} yet")
