"""Mutations of valid bodies: of their bytes, and of what the bytes stand for.

A mutation is drawn from a seeded generator and from nothing else, so a run's seed brings it back.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.hostile.spans import VARINTS, Span, groups, varint

NUMBERS: Final = (0, -1, 1, 2, -2, 63, 64, -64, 127, 2**15, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1)
WIDE_NUMBERS: Final = (2**40, -(2**40), 2**62, 2**63 - 1, -(2**63))
ODD_TEXTS: Final = (
    b"",
    b"\x00",
    b"../",
    b"\xc0\x80",  # NUL in two bytes
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"\xf4\x90\x80\x80",  # beyond the last code point
    b"\xf8\x88\x80\x80\x80",  # five bytes
    b"\xe5\x8a",  # a character cut short
    b"\xff\xfe",
    b"\xef\xbb\xbf",  # byte order mark
    "\u202e".encode(),  # right-to-left override
    "\u200b".encode(),  # zero width
    "\u0455".encode(),  # looks like s
    "\uff21".encode(),  # a capital letter, wide
    b"a" * 10_000,
)


@dataclass(frozen=True, slots=True)
class Parent:
    """A valid body and where its values lie."""

    body: bytes
    spans: tuple[Span, ...]

    def some(self, random: Random, *kinds: str) -> Span | None:
        fitting = [span for span in self.spans if not kinds or span.kind in kinds]
        return random.choice(fitting) if fitting else None

    def with_new(self, span: Span, new: bytes) -> bytes:
        return self.body[: span.start] + new + self.body[span.end :]


def mutated(random: Random, parent: Parent, other: Parent) -> bytes:
    """One mutation of the structure, or up to three of the bytes, or both."""
    draw = random.random()
    body = parent.body
    if draw < 0.7:
        body = random.choice(OF_STRUCTURE)(random, parent, other)
    if draw > 0.6:
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            body = random.choice(OF_BYTES)(random, body)
    return body


# ── of the bytes ─────────────────────────────────────────────────────────────────────────────────


def _place(random: Random, body: bytes) -> int:
    return random.randrange(len(body) + 1)


def flip_a_bit(random: Random, body: bytes) -> bytes:
    at = _place(random, body)
    return body[:at] + bytes(byte ^ 1 << random.randrange(8) for byte in body[at : at + 1]) + body[at + 1 :]


def overwrite(random: Random, body: bytes) -> bytes:
    at, new = _place(random, body), random.randbytes(random.randint(1, 11))
    return body[:at] + new + body[at + len(new) :]


def insert(random: Random, body: bytes) -> bytes:
    at = _place(random, body)
    return body[:at] + random.randbytes(random.randint(1, 11)) + body[at:]


def delete(random: Random, body: bytes) -> bytes:
    at = _place(random, body)
    return body[:at] + body[at + random.randint(1, 11) :]


def cut(random: Random, body: bytes) -> bytes:
    return body[: _place(random, body)]


def repeat(random: Random, body: bytes) -> bytes:
    at, size = _place(random, body), random.randint(1, 200)
    return body[:at] + body[at : at + size] * random.choice((2, 3, 40, 1000)) + body[at + size :]


def blank(random: Random, body: bytes) -> bytes:
    at, size = _place(random, body), random.randint(1, 20)
    return body[:at] + random.choice((b"\x00", b"\x80", b"\xff", b"\x02")) * size + body[at + size :]


def lengthen(random: Random, body: bytes) -> bytes:
    return body + random.choice((b"\x00", random.randbytes(random.randint(1, 50)), bytes(5000)))


def only_noise(random: Random, body: bytes) -> bytes:
    return random.randbytes(random.randrange(len(body) + 20))


OF_BYTES: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (
    *(flip_a_bit, flip_a_bit, overwrite, insert, delete, cut, repeat, blank, lengthen, only_noise),
)


# ── of the structure ─────────────────────────────────────────────────────────────────────────────


def other_varint(random: Random, parent: Parent, other: Parent) -> bytes:
    """A length, count, number, symbol or branch that says something else, or says it in odd bytes."""
    span = parent.some(random, *VARINTS)
    assert span is not None  # every contract has a number or a branch
    return parent.with_new(span, odd_varint(random, parent.body[span.start : span.end]))


def odd_varint(random: Random, old: bytes) -> bytes:
    padded = bytes([*old[:-1], old[-1] | 128])
    return random.choice(
        (
            bytes([old[0] ^ 2, *old[1:]]),  # the next number, or the one before
            bytes([old[0] ^ 1, *old[1:]]),  # the other sign
            varint(random.choice(NUMBERS)),
            varint(random.choice(WIDE_NUMBERS)),
            varint(random.randint(-(2**63), 2**63 - 1)),
            padded + b"\x80" * random.randrange(9) + b"\x00",
            groups(random.getrandbits(70) | 1 << 64),
            b"\xff" * random.choice((9, 10, 19)) + b"\x01",
            b"\x80" * 20,
        )
    )


def other_text(random: Random, parent: Parent, other: Parent) -> bytes:
    """A text of another size or of odd characters, its length right."""
    span = parent.some(random, "sized")
    if span is None:
        return other_varint(random, parent, other)
    old = parent.body[span.start + 1 : span.end]
    most = span.shape.limits["maxLength"]
    odd = random.choice(ODD_TEXTS)
    at = random.randrange(len(old) + 1)
    new = random.choice(
        (odd, old[:at] + odd + old[at:], (old or b"a") * 1000, random.randbytes(random.randrange(most + 1)))
    )
    new = new[: random.choice((most, most, most, most + 1, 2 * most, len(new)))]
    return parent.with_new(span, varint(len(new)) + new)


def other_letter(random: Random, parent: Parent, other: Parent) -> bytes:
    """One printable character changed: right in a text, wrong in a check character."""
    span = parent.some(random, "sized")
    if span is None or span.end - span.start < 2:
        return flip_a_bit(random, parent.body)
    at = random.randrange(span.start + 1, span.end)
    return parent.body[:at] + bytes([random.randint(32, 126)]) + parent.body[at + 1 :]


def other_switch(random: Random, parent: Parent, other: Parent) -> bytes:
    """The byte of a branch, a boolean or a symbol."""
    span = parent.some(random, "branch", "boolean", "symbol", "fixed")
    if span is None:
        return overwrite(random, parent.body)
    new = bytes([random.choice((0, 1, 2, 3, 4, 7, random.randrange(256)))])
    return parent.with_new(span, new if span.kind != "fixed" else random.randbytes(span.end - span.start))


def splice_alike(random: Random, parent: Parent, other: Parent) -> bytes:
    """A value put in place of another of its kind, from another body: often still right."""
    span = parent.some(random)
    assert span is not None
    new = other.some(random, span.kind)
    return parent.body if new is None else parent.with_new(span, other.body[new.start : new.end])


def splice_same_field(random: Random, parent: Parent, other: Parent) -> bytes:
    """The same field's value from another body: right but for what hangs together."""
    span = parent.some(random)
    assert span is not None
    same = [new for new in other.spans if (new.kind, new.shape) == (span.kind, span.shape)]
    new = random.choice(same) if same else None
    return parent.body if new is None else parent.with_new(span, other.body[new.start : new.end])


def splice_any(random: Random, parent: Parent, other: Parent) -> bytes:
    """A value put in place of one of any kind."""
    span, new = parent.some(random), other.some(random)
    assert span is not None
    assert new is not None
    return parent.with_new(span, other.body[new.start : new.end])


def head_and_tail(random: Random, parent: Parent, other: Parent) -> bytes:
    """The beginning of one body and the end of another, each cut where a value begins."""
    first, second = parent.some(random), other.some(random)
    assert first is not None
    assert second is not None
    return parent.body[: first.start] + other.body[second.start :]


def cut_at_a_value(random: Random, parent: Parent, other: Parent) -> bytes:
    span = parent.some(random)
    assert span is not None
    return parent.body[: random.choice((span.start, span.end))]


def doubled_value(random: Random, parent: Parent, other: Parent) -> bytes:
    span = parent.some(random)
    assert span is not None
    return parent.with_new(span, parent.body[span.start : span.end] * random.choice((0, 2, 3, 200)))


def array_anew(random: Random, parent: Parent, other: Parent) -> bytes:
    """An array in other blocks: counted right or wrong, sized right or wrong, too many, the same twice."""
    span = parent.some(random, "array")
    if span is None:
        return splice_any(random, parent, other)
    inner = [
        parent.body[item.start : item.end]
        for item in parent.spans
        if item.kind == "item" and span.start <= item.start < span.end
    ]
    items = inner * random.choice((1, 1, 1, 2)) or [b"\x02a", b"\x02b"]
    if random.random() < 0.1:
        items = (items * 1001)[: span.shape.limits["maxItems"] + random.randrange(2)]
    new = b""
    while items:
        size = random.choice((1, 2, len(items)))
        new += block(random, items[:size])
        items = items[size:]
    return parent.with_new(span, new + random.choice((b"\x00", b"\x00", b"\x00", b"\x01", b"")))


def block(random: Random, items: list[bytes]) -> bytes:
    content = b"".join(items)
    count = len(items)
    if random.random() < 0.1:
        count = random.choice((count + 1, count - 1, *NUMBERS, *WIDE_NUMBERS))
    if random.random() < 0.5:
        return varint(count) + content
    size = len(content)
    if random.random() < 0.1:
        size = random.choice((size + 1, size - 1, *NUMBERS, *WIDE_NUMBERS))
    return varint(-count) + varint(size) + content


OF_STRUCTURE: Final[tuple[Callable[[Random, Parent, Parent], bytes], ...]] = (
    *(other_varint, other_varint, other_text, other_text, other_letter, other_switch),
    *(splice_alike, splice_same_field, splice_any, head_and_tail),
    *(cut_at_a_value, doubled_value, array_anew, array_anew),
)
