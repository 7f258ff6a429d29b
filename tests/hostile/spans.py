"""Where the values of a body lie: what mutations that know the structure need, and the one form of a body.

Written apart from the decoders it is used to judge, and for bodies that they accepted already: it checks
only what the one form would hide, how counts are spelt and whether blocks have the size they state.
"""

from dataclasses import dataclass
from typing import Final

from gateway.definitions.shapes import Shape


@dataclass(frozen=True, slots=True)
class Span:
    """One value, or one part of it, in the bytes from `start` to `end`.

    kind: `number`, `symbol`, `branch`, `length` and `count` are varints; `sized` is a length with the text
        or bytes behind it; `item` is one item of an array and `array` the whole of it; `boolean`, `fixed`,
        `double`.
    """

    kind: str
    start: int
    end: int
    shape: Shape


VARINTS: Final = ("number", "symbol", "branch", "length", "count")
_PLAIN: Final = {"int": "number", "long": "number", "enum": "symbol"}


def varint(value: int) -> bytes:
    """The shortest zigzag varint of a number of at most 64 bits."""
    return groups((value << 1) ^ (value >> 63))


def groups(number: int) -> bytes:
    """A natural number in groups of seven bits, the lowest first."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint_at(body: bytes, start: int) -> tuple[int, int]:
    """The number at a position, and the position behind it."""
    number, shift, at = 0, 0, start
    while True:
        if at >= len(body):
            raise ValueError("the body is cut short")
        number |= (body[at] & 127) << shift
        shift += 7
        at += 1
        if body[at - 1] < 128:
            return (number >> 1) ^ -(number & 1), at


def spans(body: bytes, shapes: tuple[Shape, ...]) -> list[Span]:
    """Every value of a valid body, in order; an array stands behind its items."""
    walk = _Walk(body)
    walk.fields(shapes)
    return walk.spans


def one_block_form(body: bytes, shapes: tuple[Shape, ...]) -> bytes:
    """A body with each of its arrays cut into one block without a stated size, all else as it is.

    Raises ValueError if a count or a stated size is wrong or oddly spelt, or the body is cut short.
    """
    walk = _Walk(body)
    return walk.fields(shapes) + body[walk.at :]


class _Walk:
    """Goes through a body once. Each step returns the one-block form of what it went over."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0
        self.spans: list[Span] = []

    def fields(self, shapes: tuple[Shape, ...]) -> bytes:
        return b"".join([self._value(shape) for shape in shapes])

    def _value(self, shape: Shape) -> bytes:
        if not shape.optional:
            return self._present(shape)
        start = self.at
        branch = self._varint("branch", shape)
        return self.body[start : self.at] + (self._present(shape) if branch else b"")

    def _present(self, shape: Shape) -> bytes:
        start = self.at
        match shape.kind:
            case "record":
                return self.fields(shape.fields)
            case "array":
                return self._array(shape)
            case "string" | "bytes":
                size = self._varint("length", shape)
                self._note("sized", self.at + size, shape, start)
            case "fixed":
                self._note("fixed", start + shape.size, shape)
            case "boolean":
                self._note("boolean", start + 1, shape)
            case "double":
                self._note("double", start + 8, shape)
            case kind:
                self._varint(_PLAIN[kind], shape)
        return self.body[start : self.at]

    def _array(self, shape: Shape) -> bytes:
        assert shape.items is not None
        first, items = self.at, []
        while count := self._count(shape):
            size = self._count(shape) if count < 0 else None
            block = self.at
            for _ in range(abs(count)):
                start = self.at
                items.append(self._value(shape.items))
                self._note("item", self.at, shape, start)
            if size not in (None, self.at - block):
                raise ValueError(f"{shape.path} states {size} bytes where {self.at - block} are")
        self._note("array", self.at, shape, first)
        head = varint(len(items)) if items else b""
        return head + b"".join(items) + b"\x00"

    def _count(self, shape: Shape) -> int:
        start = self.at
        count = self._varint("count", shape)
        if self.body[start : self.at] != varint(count):
            raise ValueError(f"{shape.path} has an oddly spelt count")
        return count

    def _varint(self, kind: str, shape: Shape) -> int:
        value, end = varint_at(self.body, self.at)
        self._note(kind, end, shape)
        return value

    def _note(self, kind: str, end: int, shape: Shape, start: int | None = None) -> None:
        self.spans.append(Span(kind, self.at if start is None else start, end, shape))
        self.at = end
