"""How large a body can be, by the limits its schema states."""

from gateway.definitions.shapes import Shape


def largest_size(shape: Shape) -> int:
    """Bytes of the largest value of a field, in one block if it is an array."""
    return (1 if shape.optional else 0) + _largest_value(shape)


def _largest_value(shape: Shape) -> int:
    if shape.items is not None:
        most = _limit(shape, "maxItems")
        return _varint_size(most) + most * largest_size(shape.items) + 1
    if shape.kind == "record":
        return sum(map(largest_size, shape.fields))
    if shape.kind in ("string", "bytes"):
        most = _limit(shape, "maxLength")
        return _varint_size(most) + most
    sizes = {"boolean": 1, "enum": 1, "int": 5, "long": 10, "float": 4, "double": 8, "fixed": shape.size}
    return sizes.get(shape.kind, 0)


def _limit(shape: Shape, name: str) -> int:
    value = shape.limits.get(name)
    return value if isinstance(value, int) else 0


def _varint_size(count: int) -> int:
    return max(1, -(-(count << 1).bit_length() // 7))
