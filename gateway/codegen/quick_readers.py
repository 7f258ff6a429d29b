"""Writes the quick half of each decoder: no calls, no words for errors, and None at the first doubt.

What it reads is what a publisher normally writes: lengths of one byte (two, where a text may be longer),
arrays in one block, names that were seen before. Whatever else stands there is read again by the careful
half, which knows every form a value may take and says what is wrong with it. Lengths and symbols are
collected in `odd` and looked at once, at the end: a wrong one leads astray by at most 63 bytes before.
`i64` means something to the compiler only: arithmetic in machine words.
"""

from typing import Final

from gateway.codegen.contracts import Version
from gateway.codegen.layout import call
from gateway.codegen.names import CHECKS, Names, annotation, as_taken, camel, is_remembered, local
from gateway.codegen.readers import read_call
from gateway.definitions.shapes import Shape

ONE_BYTE: Final = 63
"""Texts up to this many bytes have a length of one byte."""
_FROM_1987: Final = 2**39
_TO_2100: Final = 4_102_444_800_000
"""Times from 1987 to 2039 take six bytes; where later ones are usual, the careful reader is as quick."""


def quick_reader(version: Version, names: Names) -> list[str]:
    """The function that reads a body of this version as it normally is, or returns None."""
    class_name = camel(version.contract)
    values = [local(shape.name) for shape in as_taken(version.fields)]
    return [
        f"def _quick_v{version.number}(body: bytes) -> {class_name} | None:",
        "    at: i64 = 0",
        "    odd: i64 = 0",
        "    size: i64 = 0",
        "    start: i64 = 0",
        "    byte: i64 = 0",
        *(
            line
            for shape in version.fields
            for line in _read(shape, local(shape.name), 4, f"V{version.number}", names)
        ),
        "    if odd & 129 or at != len(body):",
        "        return None",
        *call(f"return {class_name}", values, 4),
    ]


def _read(shape: Shape, target: str, indent: int, contract: str, names: Names) -> list[str]:
    """The lines that read one value into `target`."""
    pad = " " * indent
    if not shape.optional:
        return _read_present(shape, target, indent, contract, names)
    return [
        f"{pad}byte = body[at]",
        f"{pad}at += 1",
        f"{pad}{target}: {annotation(shape)} = None",
        f"{pad}if byte == 2:",
        *_read_present(shape, target, indent + 4, contract, names),
        f"{pad}elif byte:",
        f"{pad}    return None",
    ]


def _read_present(shape: Shape, target: str, indent: int, contract: str, names: Names) -> list[str]:
    pad = " " * indent
    match shape.kind:
        case "string":
            return _read_string(shape, target, indent, names)
        case "enum":
            return [
                f"{pad}size = body[at]",
                f"{pad}odd |= size",
                f"{pad}{target} = {names.symbols(shape)}[size >> 1]",
                f"{pad}at += 1",
            ]
        case "fixed":
            return [
                f"{pad}start = at",
                f"{pad}at += {shape.size}",
                f"{pad}{target} = body[start:at]",
            ]
        case "long" if shape.limits.get("minimum", 0) >= _FROM_1987 and shape.limits["maximum"] <= _TO_2100:
            return _read_time(shape, target, indent, names)
        case "array" if shape.items is not None:
            return _read_array(shape, shape.items, target, indent, contract, names)
        case "record":
            inner = [f"{target}_{field.name}" for field in shape.fields]
            lines = [
                line
                for field, name in zip(shape.fields, inner, strict=True)
                for line in _read(field, name, indent, contract, names)
            ]
            values = [f"{target}_{field.name}" for field in as_taken(shape.fields)]
            return [*lines, *call(f"{target} = {shape.type_name}", values, indent)]
    name, arguments = read_call(shape, contract, names)
    return [*call(f"{target}, behind = {name}", arguments, indent), f"{pad}at = behind"]


def _read_string(shape: Shape, target: str, indent: int, names: Names) -> list[str]:
    pad, most = " " * indent, shape.limits["maxLength"]
    lines = [f"{pad}size = body[at]", f"{pad}start = at + 1"]
    if most > ONE_BYTE:
        lines += [
            f"{pad}if size > 127:",
            f"{pad}    byte = body[start]",
            f"{pad}    if byte == 0 or byte > 127:",
            f"{pad}        return None",
            f"{pad}    size += (byte - 1) << 7",
            f"{pad}    start += 1",
            f"{pad}    if size >> 1 > {most}:",
            f"{pad}        return None",
        ]
    lines += [
        f"{pad}odd |= size{' & 1' if most > ONE_BYTE else ''}",
        f"{pad}at = start + (size >> 1)",
    ]
    return [*lines, *_check_string(shape, target, indent, names)]


def _check_string(shape: Shape, target: str, indent: int, names: Names) -> list[str]:
    """Take the letters from `start` to `at`, if they are what the schema says."""
    pad, limits = " " * indent, shape.limits
    refuse = f"{pad}    return None"
    if "pattern" not in limits:
        lines = [f"{pad}{target} = body[start:at].decode()"]
        if limits["maxLength"] < ONE_BYTE:
            lines = [f"{pad}if at - start > {limits['maxLength']}:", refuse, *lines]
        return lines
    if is_remembered(shape):
        return [f"{pad}{target} = {names.known(shape)}[body[start:at]]"]
    form, is_alphabet = names.form(shape)
    if "check" in limits:
        check = names.identifiers(CHECKS[limits["check"]])
        return [f"{pad}{target} = body[start:at].decode()", f"{pad}if not {check}({target}):", refuse]
    letters = f"{pad}letters = body[start:at]"
    if is_alphabet:
        condition = f"not {names.reading('matches')}(letters, {form})"
    else:
        condition = f"{form}.matches(letters) is None"
    return [letters, f"{pad}if {condition}:", refuse, f"{pad}{target} = letters.decode()"]


def _read_time(shape: Shape, target: str, indent: int, names: Names) -> list[str]:
    pad = " " * indent
    least, most = shape.limits["minimum"], shape.limits["maximum"]
    return [
        f"{pad}{target} = {names.reading('six_bytes')}(body, at)",
        f"{pad}at += 6",
        f"{pad}if {target} < {least} or {target} > {most}:",
        f"{pad}    return None",
    ]


def _read_array(
    shape: Shape, items: Shape, target: str, indent: int, contract: str, names: Names
) -> list[str]:
    """One block of items and the zero behind it."""
    pad, item = " " * indent, f"{target}_item"
    gathered = f"{target}_items"
    lines = [
        f"{pad}size = body[at]",
        f"{pad}odd |= size",
        f"{pad}at += 1",
        f"{pad}{gathered}: list[{annotation(items)}] = []",
        f"{pad}if size:",
        f"{pad}    for _ in range(size >> 1):",
        *_read(items, item, indent + 8, contract, names),
        f"{pad}        {gathered}.append({item})",
        f"{pad}    if body[at] or len({gathered}) > {shape.limits['maxItems']}:",
        f"{pad}        return None",
        f"{pad}    at += 1",
    ]
    if "unique" in shape.limits:
        distinct = f"len({{item.{shape.limits['unique']} for item in {gathered}}})"
        lines += [f"{pad}    if {distinct} != len({gathered}):", f"{pad}        return None"]
    return [*lines, f"{pad}{target} = tuple({gathered})"]
