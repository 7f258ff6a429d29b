"""A run is made of portions, each with mutated bodies of one contract; seed and number bring one back."""

from collections.abc import Iterator
from random import Random
from typing import Final

from gateway.codec import DECODERS
from tests.hostile.bodies import SELDOM, Key, body, max_bytes, shapes
from tests.hostile.mutations import Parent, mutated
from tests.hostile.spans import spans

SIZE: Final = 2_000
PARENTS: Final = 20
KEYS: Final = sorted(DECODERS)


def key_of(portion: int) -> Key:
    """The contract and version of a portion: each in its turn."""
    return KEYS[portion % len(KEYS)]


def bodies(seed: int, portion: int) -> Iterator[bytes]:
    """The bodies of one portion, none larger than the line would hand to a decoder."""
    random = Random(f"{seed}/{portion}")
    key = key_of(portion)
    parents = [_parent(random, key, full=SELDOM) for _ in range(PARENTS)]
    parents.append(_parent(random, key, full=1.0))
    most = max_bytes(key)
    for _ in range(SIZE):
        yield mutated(random, random.choice(parents), random.choice(parents))[:most]


def _parent(random: Random, key: Key, full: float) -> Parent:
    drawn = body(random, key, full)
    return Parent(drawn, tuple(spans(drawn, shapes(key))))
