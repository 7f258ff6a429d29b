"""What a schema must be before anyone may publish with it: fourteen rules, all problems at once.

 1  no record inside itself                    8  events start with the routing fields, 63 bytes at most
 2  nothing that takes no bytes                9  every identifier has a plain ASCII pattern
 3  arrays say `maxItems`, 1 000 at most      10  no floating point where a rule may read
 4  strings and bytes say `maxLength`         11  dates and times have a range
 5  nesting is at most 8 deep                 12  each field has a sentence in both languages and a class
 6  unions are [null, X]                      13  the largest body fits `maxBytes`
 7  enums have 64 symbols at most, a default  14  a new version only adds nullable fields at the end

Why so strict: a few bytes must never stand for millions of values, the routing fields must lie where
they can be sliced, and what is personal must be known before it moves.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from gateway.definitions.patterns import longest, parts_of
from gateway.definitions.shapes import Shape, shapes_of
from gateway.definitions.sizes import largest_size

MAX_ITEMS: Final = 1000
MAX_DEPTH: Final = 8
MAX_SYMBOLS: Final = 64
MAX_ROUTING_BYTES: Final = 63  # so that the length takes one byte
MAX_DECIMAL_BYTES: Final = 16
SALT_BYTES: Final = 16

ROUTING_FIELDS: Final = ("event_id", "case_id", "source", "target")
CLASSES: Final = ("routing", "fact", "personal")
CHECKS: Final = ("licence-identifier", "uscc", "item-code")

_IDENTIFIER_NAME: Final = re.compile(r"id|.*_(id|code|ref|to)")
_CHINESE: Final = re.compile("[\u4e00-\u9fff]")
_LATIN_WORD: Final = re.compile("[A-Za-z]{2}")


def lint(schema: dict[str, Any]) -> list[str]:
    """Hold one schema against rules 1 to 13.

    Returns one sentence per problem: `path: what was found; what to do (rule n).` Any JSON object may
    be handed in; nothing is raised.
    """
    if schema.get("type") != "record":
        return ['the schema is not a record; write {"type": "record", ...} around it.']
    shapes = shapes_of(schema)
    messages = [message for rule in _RULES for message in rule(shapes)]
    if schema.get("kind") != "entry":  # entries are not routed
        messages += _routing_prefix(shapes)
    return [*messages, *_fits(schema.get("maxBytes"), shapes)]


def lint_change(older: dict[str, Any], newer: dict[str, Any]) -> list[str]:
    """Hold the next version of a contract against the one before it (rule 14).

    Sentences in `doc` may be improved; everything else about the older fields stays as released.
    """
    before, after = _field_list(older), _field_list(newer)
    messages = []
    for index, field in enumerate(before):
        name = field.get("name")
        if index >= len(after) or _without_docs(after[index]) != _without_docs(field):
            problem = "is not as released; keep it, and add what is new at the end"
            messages.append(f"{name}: {problem} (rule 14).")
    for field in after[len(before) :]:
        type_ = field.get("type")
        nullable = isinstance(type_, list) and len(type_) == 2 and type_[0] == "null"
        if not nullable or field.get("default", "none") is not None:
            problem = 'is new and cannot be left out; make it ["null", X] with "default": null'
            messages.append(f"{field.get('name')}: {problem} (rule 14).")
    return messages


def _field_list(schema: dict[str, Any]) -> list[dict[str, Any]]:
    fields = schema.get("fields")
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []


def _without_docs(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_docs(value) for key, value in schema.items() if key != "doc"}
    return [_without_docs(value) for value in schema] if isinstance(schema, list) else schema


def _walk(shapes: tuple[Shape, ...]) -> Iterator[Shape]:
    for shape in shapes:
        yield shape
        yield from _walk(shape.inner)


def _fields(shapes: tuple[Shape, ...]) -> Iterator[Shape]:
    """The same without the items of arrays, which have no properties of their own."""
    for shape in shapes:
        yield shape
        yield from _fields(shape.fields if shape.items is None else shape.items.fields)


def _no_recursion(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        if shape.kind == "recursion":
            yield f"{shape.path}: holds the record it is part of; refer to it by an identifier (rule 1)."
        elif shape.kind == "unknown":
            yield f"{shape.path}: its type is neither Avro's nor defined above; name a known one (rule 1)."


def _nothing_empty(shapes: tuple[Shape, ...]) -> Iterator[str]:
    if not shapes:
        yield "the record has no fields; say what it is for (rule 2)."
    for shape in _walk(shapes):
        if shape.kind == "null":
            yield f"{shape.path}: a plain null takes no bytes; leave it out (rule 2)."
        elif shape.kind == "record" and not shape.fields:
            yield f"{shape.path}: a record without fields takes no bytes; leave it out (rule 2)."
        elif shape.kind == "fixed" and shape.size < 1:
            yield f"{shape.path}: a fixed of size {shape.size} takes no bytes; leave it out (rule 2)."


def _bounded_arrays(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        if shape.kind == "map":
            yield f'{shape.path}: is a map; use an array of records with "unique" (rule 3).'
        elif shape.kind == "array":
            most = shape.limits.get("maxItems")
            if not _is_count(most, MAX_ITEMS):
                problem = f'has "maxItems" {most}; state how many are allowed, 1 to {MAX_ITEMS}'
                yield f"{shape.path}: {problem} (rule 3)."
            yield from _unique_key(shape)


def _unique_key(shape: Shape) -> Iterator[str]:
    key = shape.limits.get("unique")
    keys = [field.name for item in shape.inner for field in item.fields if not field.optional]
    if key is not None and (shape.optional or key not in keys):
        yield f'{shape.path}: "unique" is {key}; name a field of its items (rule 3).'


def _bounded_strings(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        most = shape.limits.get("maxLength")
        if shape.kind in ("string", "bytes") and not _is_count(most, 2**20):
            problem = f'has "maxLength" {most}; state the largest number of bytes'
            yield f"{shape.path}: {problem} (rule 4)."


def _is_count(value: object, most: int) -> bool:
    return type(value) is int and 1 <= value <= most


def _shallow(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in shapes:
        depth = 1 + _depth(shape)
        if depth > MAX_DEPTH:
            yield f"{shape.path}: nests {depth} deep, {MAX_DEPTH} at most; flatten it (rule 5)."


def _depth(shape: Shape) -> int:
    return 1 + max(map(_depth, shape.inner), default=-1) if shape.inner else 0


def _plain_unions(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        if shape.kind == "union":
            problem = 'is a union other than ["null", X]; write one optional field per choice'
            yield f"{shape.path}: {problem} (rule 6)."


def _small_enums(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        if shape.kind != "enum":
            continue
        if not 1 <= len(shape.symbols) <= MAX_SYMBOLS:
            problem = f"has {len(shape.symbols)} symbols, 1 to {MAX_SYMBOLS} are allowed; use a code list"
            yield f"{shape.path}: {problem} (rule 7)."
        default = shape.definition.get("default")
        if default not in shape.symbols:
            problem = f'has the default {default}; give the enum a "default" among its symbols'
            yield f"{shape.path}: {problem} (rule 7)."


def _routing_prefix(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for index, name in enumerate(ROUTING_FIELDS):
        found = shapes[index].name if index < len(shapes) else "missing"
        if found != name:
            yield f"{name}: field {index + 1} is {found}; an event starts with {name} there (rule 8)."
            continue
        shape = shapes[index]
        is_plain = shape.kind == "string" and not shape.optional and shape.limits.get("class") == "routing"
        if not is_plain or not _is_count(shape.limits.get("maxLength"), MAX_ROUTING_BYTES):
            problem = f"is not a string of class routing with at most {MAX_ROUTING_BYTES} bytes; make it one"
            yield f"{shape.path}: {problem} (rule 8)."


def _identifier_patterns(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        if shape.kind != "string":
            continue
        pattern, check = shape.limits.get("pattern"), shape.limits.get("check")
        is_identifier = (
            check is not None
            or shape.limits.get("class") == "routing"
            or _IDENTIFIER_NAME.fullmatch(shape.name) is not None
        )
        if check is not None and check not in CHECKS:
            yield f'{shape.path}: "check" is {check}; known are {", ".join(CHECKS)} (rule 9).'
        if pattern is not None:
            yield from _pattern_problems(shape, str(pattern))
        elif is_identifier:
            yield f'{shape.path}: is an identifier without "pattern"; state its ASCII form (rule 9).'


def _pattern_problems(shape: Shape, pattern: str) -> Iterator[str]:
    parts = parts_of(pattern)
    most = shape.limits.get("maxLength")
    if not parts:
        problem = "is not a row of ASCII classes such as [a-z]{1,9}; write it so"
        yield f'{shape.path}: "pattern" {pattern} {problem} (rule 9).'
    elif sum(part.least for part in parts) < 1:
        yield f'{shape.path}: "pattern" {pattern} matches nothing at all; ask for one letter (rule 9).'
    elif longest(parts) != most:
        problem = f'"pattern" allows {longest(parts)} bytes, "maxLength" {most}; make them the same'
        yield f"{shape.path}: {problem} (rule 9)."


def _no_floating_point(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        class_ = shape.limits.get("class")
        if shape.kind == "float" or (shape.kind == "double" and class_ != "personal"):
            problem = f"is a {shape.kind} of class {class_}; use a whole number of a smaller unit"
            yield f"{shape.path}: {problem} (rule 10)."
        if shape.definition.get("logicalType") == "decimal":
            most = shape.size or shape.limits.get("maxLength")
            if not _is_count(most, MAX_DECIMAL_BYTES):
                problem = f"is a decimal of {most} bytes, {MAX_DECIMAL_BYTES} at most"
                yield f"{shape.path}: {problem}; narrow it (rule 10)."


def _ranges(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _walk(shapes):
        logical = str(shape.definition.get("logicalType", ""))
        if not logical.removeprefix("local-").startswith(("date", "time")):
            continue
        least, most = shape.limits.get("minimum"), shape.limits.get("maximum")
        if type(least) is not int or type(most) is not int or least > most:
            problem = f'is a {logical} with "minimum" {least} and "maximum" {most}; give it a range'
            yield f"{shape.path}: {problem} (rule 11)."


def _documented(shapes: tuple[Shape, ...]) -> Iterator[str]:
    for shape in _fields(shapes):
        doc, class_ = str(shape.limits.get("doc", "")), shape.limits.get("class")
        if not _CHINESE.search(doc) or not _LATIN_WORD.search(doc):
            problem = '"doc" lacks a sentence in English with the Chinese term; write both'
            yield f"{shape.path}: {problem} (rule 12)."
        if class_ not in CLASSES:
            yield f'{shape.path}: "class" is {class_}; choose {", ".join(CLASSES)} (rule 12).'
        elif class_ != "personal" and any(_is_personal(inner) for inner in _fields(shape.inner)):
            yield f'{shape.path}: holds personal fields; its own "class" is personal too (rule 12).'
    if any(map(_is_personal, _fields(shapes))) and not any(map(_is_salt, shapes)):
        yield f"salt: is missing; personal fields ask for {SALT_BYTES} random bytes of that class (rule 12)."


def _is_personal(shape: Shape) -> bool:
    return shape.limits.get("class") == "personal"


def _is_salt(shape: Shape) -> bool:
    is_fixed = shape.kind == "fixed" and not shape.optional and shape.size == SALT_BYTES
    return shape.name == "salt" and is_fixed and _is_personal(shape)


def _fits(most: object, shapes: tuple[Shape, ...]) -> Iterator[str]:
    largest = sum(map(largest_size, shapes))
    if type(most) is not int or largest > most:
        problem = f'the largest body has {largest} bytes, "maxBytes" is {most}'
        yield f"{problem}; narrow the limits or raise it (rule 13)."


_RULES: Final[tuple[Callable[[tuple[Shape, ...]], Iterator[str]], ...]] = (
    _no_recursion,
    _nothing_empty,
    _bounded_arrays,
    _bounded_strings,
    _shallow,
    _plain_unions,
    _small_enums,
    _identifier_patterns,
    _no_floating_point,
    _ranges,
    _documented,
)
