"""Valid bodies drawn from the schemas by a seeded generator, small ones and ones at their limits.

Drawn by `random` and not by hypothesis: a million mutations ask for bodies by the ten thousand, and
the number printed by a run must bring each of them back.
"""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, Final

from gateway.definitions.patterns import parts_of
from gateway.definitions.shapes import Shape, shapes_of
from gateway.identifiers import (
    DIGITS_AND_LETTERS,
    LICENCE_ROOT,
    USCC_LETTERS,
    licence_check_character,
    uscc_check_character,
)
from tests.contracts import schema, written

Key = tuple[str, int]

DIGITS: Final = "0123456789"
CAPITALS: Final = DIGITS_AND_LETTERS.decode()
TEXT: Final = "aZ 0-\x00é办件\u200b\u202e🙂"
"""One to four bytes each, some of them unseen: all of it is good text."""
WIDEST: Final = {"int": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
SELDOM: Final = 0.03
"""How often a list or a text is as long as it may be, unless told otherwise."""


@cache
def shapes(key: Key) -> tuple[Shape, ...]:
    return shapes_of(schema(*key))


@cache
def max_bytes(key: Key) -> int:
    """The largest body the line hands to the decoder."""
    most: int = schema(*key)["maxBytes"]
    return most


def body(random: Random, key: Key, full: float = SELDOM) -> bytes:
    """One valid body, as fastavro writes it. full: how likely each list and each text is at its limit."""
    return written(*key, _Draw(random, full).record(shapes(key)))


class _Draw:
    """Values of one body."""

    def __init__(self, random: Random, full: float) -> None:
        self.random = random
        self.full = full

    def record(self, fields: tuple[Shape, ...]) -> dict[str, Any]:
        return {shape.name: self.value(shape) for shape in fields}

    def value(self, shape: Shape) -> Any:
        if shape.optional and self.random.random() < 0.4:
            return None
        if shape.items is not None:
            return self.items(shape, shape.items)
        match shape.kind:
            case "string":
                return self.string(shape.limits)
            case "int" | "long":
                return self.number(shape)
            case "enum":
                return self.random.choice(shape.symbols)
            case "boolean":
                return self.random.random() < 0.5
            case "fixed":
                return self.random.randbytes(shape.size)
            case "record":
                return self.record(shape.fields)
        raise AssertionError(f"{shape.path}: teach the kind {shape.kind} to tests/hostile/bodies.py")

    def items(self, shape: Shape, item: Shape) -> list[Any]:
        most = shape.limits["maxItems"]
        count = most if self.random.random() < self.full else self.random.randrange(min(4, most + 1))
        items = [self.value(item) for _ in range(count)]
        key = shape.limits.get("unique")
        return items if key is None else list({item[key]: item for item in items}.values())

    def number(self, shape: Shape) -> int:
        least, most = WIDEST[shape.kind]
        least, most = shape.limits.get("minimum", least), shape.limits.get("maximum", most)
        return self.random.choice((least, most, min(most, least + 63), self.random.randint(least, most)))

    def string(self, limits: dict[str, Any]) -> str:
        if "check" in limits:
            return CHECKED[limits["check"]](self.random)
        if "pattern" in limits:
            parts = parts_of(limits["pattern"]) or ()
            return "".join(
                _letters(self.random, part.letters.decode(), part.least, part.most) for part in parts
            )
        most = limits["maxLength"]
        longest = most if self.random.random() < self.full else min(most, 12)
        return _letters(self.random, TEXT, 0, longest).encode()[:most].decode(errors="ignore")


def _letters(random: Random, letters: str, least: int, most: int) -> str:
    return "".join(random.choices(letters, k=random.choice((least, most, random.randint(least, most)))))


def _exactly(random: Random, letters: str, size: int) -> str:
    return "".join(random.choices(letters, k=size))


def _uscc(random: Random) -> str:
    first = _exactly(random, USCC_LETTERS.decode(), 17)
    return first + uscc_check_character(first)


def _item_code(random: Random) -> str:
    code = _exactly(random, DIGITS, 12)
    return random.choice((code, f"{_uscc(random)}1{code}", f"{_uscc(random)}1{code}01"))


def _licence_identifier(random: Random) -> str:
    issuer = random.choice((_uscc(random), _exactly(random, DIGITS, 6)))
    type_code = _uscc(random) + _exactly(random, DIGITS, 3)
    serial = _letters(random, CAPITALS, 1, 32)
    text = ".".join((type_code, issuer, serial, _exactly(random, DIGITS, 3)))
    return f"{LICENCE_ROOT}{text}.{licence_check_character(text)}"


CHECKED: Final[dict[str, Callable[[Random], str]]] = {
    "licence-identifier": _licence_identifier,
    "uscc": _uscc,
    "item-code": _item_code,
}
