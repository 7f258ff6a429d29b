"""A schema read into a tree of fields, with names resolved and [null, X] made plain.

Reads any JSON object: what it cannot place becomes a shape of kind `recursion`, `union` or
`unknown`, which the lint turns into a message; of a schema without messages there are none.
"""

from dataclasses import dataclass, field
from typing import Any, Final

PRIMITIVES: Final = ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
_COMPLEX: Final = ("record", "enum", "fixed", "array", "map")


@dataclass(frozen=True)
class Shape:
    """One field of a record, or the items of an array.

    path: names from the top record down, joined by dots; items bear the path of their array.
    kind: Avro's type, or `recursion`, `union`, `unknown` where the schema is at fault.
    optional: the field is a [null, X] union; everything else here speaks of X.
    limits: the field's own properties (class, doc, maxLength, pattern ...); items share their array's.
    definition: Avro's definition of the type, empty for a bare primitive.
    """

    name: str
    path: str
    kind: str
    optional: bool
    limits: dict[str, Any]
    definition: dict[str, Any] = field(default_factory=dict)
    fields: tuple["Shape", ...] = ()
    items: "Shape | None" = None

    @property
    def type_name(self) -> str:
        return str(self.definition.get("name", ""))

    @property
    def symbols(self) -> tuple[str, ...]:
        symbols = self.definition.get("symbols")
        return tuple(str(symbol) for symbol in symbols) if isinstance(symbols, list) else ()

    @property
    def size(self) -> int:
        """Bytes of a `fixed`."""
        size = self.definition.get("size")
        return size if isinstance(size, int) else 0

    @property
    def inner(self) -> tuple["Shape", ...]:
        """The shapes directly inside this one."""
        return self.fields if self.items is None else (self.items,)


def shapes_of(schema: dict[str, Any]) -> tuple[Shape, ...]:
    """The fields of a record schema, in order."""
    return _fields(schema, "", {}, (str(schema.get("name")),))


def _fields(
    record: dict[str, Any], prefix: str, named: dict[str, Any], enclosing: tuple[str, ...]
) -> tuple[Shape, ...]:
    shapes = []
    listed = record.get("fields")
    for number, limits in enumerate(listed if isinstance(listed, list) else []):
        properties = limits if isinstance(limits, dict) else {}
        name = str(properties.get("name", f"field {number}"))
        shapes.append(_shape(properties.get("type"), name, prefix + name, properties, named, enclosing))
    return tuple(shapes)


def _shape(
    type_: Any,
    name: str,
    path: str,
    limits: dict[str, Any],
    named: dict[str, Any],
    enclosing: tuple[str, ...],
    optional: bool = False,
) -> Shape:
    if isinstance(type_, list):
        if optional or len(type_) != 2 or type_[0] != "null" or type_[1] == "null":
            return Shape(name, path, "union", optional, limits)
        return _shape(type_[1], name, path, limits, named, enclosing, optional=True)
    if isinstance(type_, str) and type_ in named:
        type_ = named[type_]
    if isinstance(type_, str):
        known = type_ if type_ in PRIMITIVES else "unknown"
        return Shape(name, path, "recursion" if type_ in enclosing else known, optional, limits)
    definition = type_ if isinstance(type_, dict) else {}
    kind = definition.get("type")
    if kind not in PRIMITIVES + _COMPLEX:
        return Shape(name, path, "unknown", optional, limits)
    type_name = str(definition.get("name", ""))
    if type_name in enclosing:
        return Shape(name, path, "recursion", optional, limits)
    fields: tuple[Shape, ...] = ()
    if kind == "record":
        fields = _fields(definition, f"{path}.", named, (*enclosing, type_name))
    if type_name:
        named[type_name] = definition
    items = None
    if kind == "array":
        items = _shape(definition.get("items"), name, path, limits, named, enclosing)
    return Shape(name, path, kind, optional, limits, definition, fields, items)
