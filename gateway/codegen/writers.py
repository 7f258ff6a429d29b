"""Writes the encoders, the mirror image of the decoders."""

from gateway.codegen.contracts import Version
from gateway.codegen.layout import call
from gateway.codegen.names import Names, annotation, bounds, camel, item_name, snake
from gateway.definitions.shapes import Shape


def encoder(version: Version, names: Names) -> list[str]:
    """The function that writes a record as one body of this version."""
    function = f"encode_{snake(version.contract)}_v{version.number}"
    return [
        f"def {function}(record: {camel(version.contract)}) -> bytes:",
        f'    """Write one body of {version.contract} v{version.number}; ValueError if a limit is passed."""',
        "    out = bytearray()",
        *(line for shape in version.fields for line in _write(shape, names)),
        "    return bytes(out)",
    ]


def inner_writers(shapes: tuple[Shape, ...], names: Names) -> list[list[str]]:
    """The functions for inner records and for the items of arrays, innermost first."""
    functions = []
    for shape in shapes:
        inner = shape.items or shape
        functions += inner_writers(inner.fields, names)
        if inner.kind == "record":
            functions.append(_record_writer(inner, names))
        elif shape.items is not None:
            head = f"def _write_{item_name(inner)}(out: bytearray, item: {annotation(inner)}) -> None:"
            functions.append([head, *_write_value(inner, "item", 4, names)])
    return functions


def _record_writer(shape: Shape, names: Names) -> list[str]:
    return [
        f"def _write_{snake(shape.type_name)}(out: bytearray, record: {shape.type_name}) -> None:",
        *(line for field in shape.fields for line in _write(field, names)),
    ]


def _write(shape: Shape, names: Names) -> list[str]:
    """The lines that write one field of `record`."""
    value = f"record.{shape.name}"
    if not shape.optional:
        return _write_value(shape, value, 4, names)
    return [
        f"    if {value} is None:",
        "        out.append(0)",
        "    else:",
        "        out.append(2)",
        *_write_value(shape, value, 8, names),
    ]


def _write_value(shape: Shape, value: str, indent: int, names: Names) -> list[str]:
    if shape.kind == "record":
        return call(f"_write_{snake(shape.type_name)}", ["out", value], indent)
    name, behind = _writer(shape, names)
    return call(names.writing(name), ["out", value, *behind], indent)


def _writer(shape: Shape, names: Names) -> tuple[str, list[str]]:
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
        case "array" if shape.items is not None:
            inner = shape.items
            return "write_array", [f"_write_{item_name(inner)}", str(shape.limits["maxItems"]), label]
    raise ValueError(f"{shape.path}: the encoder has no {shape.kind} yet")
