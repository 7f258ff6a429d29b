"""What a decoder promises, held against one body after another.

 1  It returns or raises `Refused`; nothing else leaves it.
 2  It takes less than 5 ms of the processor.
 3  What it accepts is encoded again to the same bytes. One thing Avro leaves to the writer: how an array
    is cut into blocks, and whether a block states its size. Such a body is encoded again to its one-block
    form (`spans.one_block_form`), and that decodes to an equal record.
 4  What it accepts, fastavro accepts with an equal value.

How much fastavro accepts that is refused here is counted: it is what the strict decoders are for.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from time import thread_time_ns
from typing import Any, Final

from gateway.codec import DECODERS
from gateway.errors import Refused
from tests.contracts import as_dict, encode, read
from tests.hostile.bodies import Key, shapes
from tests.hostile.spans import one_block_form

Decode = Callable[[bytes], Any]
SLOW_NS: Final = 5_000_000
MEASURED_AGAIN: Final = 3
"""A body that took longer than any before is measured again: another process may have been to blame."""


@dataclass
class Tally:
    """What was seen of a number of bodies. fastavro_only: accepted by fastavro alone, by our reason."""

    bodies: int = 0
    accepted: int = 0
    in_blocks: int = 0
    slowest_ns: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    fastavro_only: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        self.bodies += other.bodies
        self.accepted += other.accepted
        self.in_blocks += other.in_blocks
        self.slowest_ns = max(self.slowest_ns, other.slowest_ns)
        self.refused += other.refused
        self.fastavro_only += other.fastavro_only


class Judge:
    """Holds decoders to their promises; `tally` is what it saw so far."""

    def __init__(self, decoders: Mapping[Key, Decode] = DECODERS) -> None:
        self.decoders = decoders
        self.tally = Tally()

    def complaint(self, key: Key, body: bytes) -> str | None:
        """Try one body; a sentence if a promise is broken."""
        decode = self.decoders[key]
        self.tally.bodies += 1
        start = thread_time_ns()
        try:
            record = decode(body)
            refusal = None
        except Refused as found:
            record = None
            refusal = found
        except Exception as fault:  # noqa: BLE001  whatever it is, it is what we look for
            return f"{type(fault).__name__} left the decoder: {fault}"
        taken = thread_time_ns() - start
        if taken > self.tally.slowest_ns:
            self.tally.slowest_ns = max(self.tally.slowest_ns, _least_time(decode, body, taken))
            if self.tally.slowest_ns > SLOW_NS:
                return f"took {self.tally.slowest_ns / 1e6:.1f} ms"
        if refusal is None:
            self.tally.accepted += 1
            return self._of_accepted(key, body, record)
        self._of_refused(key, body, refusal)
        return None

    def _of_accepted(self, key: Key, body: bytes, record: object) -> str | None:
        ours = as_dict(record, shapes(key))
        try:
            again = encode(*key, record)
            if again != body:
                self.tally.in_blocks += 1
                if again != one_block_form(body, shapes(key)):
                    return f"was accepted and is encoded again to other bytes: {again.hex()}"
                if as_dict(self.decoders[key](again), shapes(key)) != ours:
                    return "says something else when it is encoded again"
        except (ValueError, Refused) as error:
            return f"was accepted and is not encoded again to what it was: {error}"
        return _compared(key, body, ours)

    def _of_refused(self, key: Key, body: bytes, refusal: Refused) -> None:
        self.tally.refused[refusal.reason.value] += 1
        with suppress(Exception):  # fastavro raises whatever it met
            read(*key, body)
            self.tally.fastavro_only[refusal.reason.value] += 1


def _least_time(decode: Decode, body: bytes, taken: int) -> int:
    for _ in range(MEASURED_AGAIN):
        start = thread_time_ns()
        with suppress(Refused):
            decode(body)
        taken = min(taken, thread_time_ns() - start)
    return taken


def _compared(key: Key, body: bytes, ours: dict[str, Any]) -> str | None:
    try:
        theirs = read(*key, body)
    except Exception as fault:  # noqa: BLE001  fastavro raises whatever it met
        return f"was accepted; fastavro refuses it: {type(fault).__name__}: {fault}"
    return None if theirs == ours else "says something else to fastavro"
