"""The values that pass along the line: what arrived, what was decided, what is to be written.

Plain classes with `__slots__`: they are made once per event and cross into compiled code. `acyclic` tells
the compiler that they form no cycles: no garbage collector need walk them.
Times are milliseconds since the epoch, UTC.
"""

from enum import StrEnum
from typing import Final

from mypy_extensions import mypyc_attr

FRAME_BYTES: Final = 5
"""Byte 0 and the 4-byte schema id before each body, as Confluent's serialisers write them."""
NO_CASE: Final = "000000-0000-0"
"""The case id of a receipt about a record in which no case could be read."""
UNREADABLE_HEADERS: Final = 1 << 31
"""The `header_bytes` of a record with a header whose name is not UTF-8: the client cannot read them."""
UNOPENED_BATCH: Final = 1 << 32
"""The `header_bytes` of a record whose batch opens to more than the client takes; it has no value here."""


class Outcome(StrEnum):
    """How the way of a record ended; every record ends in exactly one."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    QUARANTINED = "quarantined"


# The same as plain strings, as entries hold them: reading an enum's value costs more than the comparison.
DELIVERED: Final[str] = Outcome.DELIVERED.value
REFUSED: Final[str] = Outcome.REFUSED.value
DUPLICATE: Final[str] = Outcome.DUPLICATE.value
QUARANTINED: Final[str] = Outcome.QUARANTINED.value


@mypyc_attr(acyclic=True)
class OutboxRecord:
    """One Kafka record of an outbox, as polled.

    arrived_at: LogAppendTime at the hub, the only time that decides anything.
    header_count, header_bytes: how many headers the publisher sent and their size; their content is
        never read and never forwarded.
    """

    __slots__ = ("arrived_at", "header_bytes", "header_count", "offset", "partition", "topic", "value")

    def __init__(
        self,
        topic: str,
        partition: int,
        offset: int,
        arrived_at: int,
        value: bytes | None,
        header_count: int = 0,
        header_bytes: int = 0,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.arrived_at = arrived_at
        self.value = value
        self.header_count = header_count
        self.header_bytes = header_bytes

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"


@mypyc_attr(acyclic=True)
class Output:
    """One record to write, on the partition number of its input, under the key of its decision.

    header: the value of the one `gateway` header (docs/wire.md).
    """

    __slots__ = ("header", "topic", "value")

    def __init__(self, topic: str, value: bytes | None, header: bytes) -> None:
        self.topic = topic
        self.value = value
        self.header = header
