"""The one `gateway` header of everything the gateway hands over (docs/wire.md)."""

from dataclasses import dataclass
from typing import Final

NAME: Final = "gateway"
_FORMAT: Final = "1"
_FIELDS: Final = 9
_RECOGNISED: Final = {"yes": True, "no": False, "review": None, "-": None}

Headers = list[tuple[str, str | bytes | None]] | dict[str, str | bytes | None] | None
"""Headers as confluent-kafka hands them over."""


@dataclass(frozen=True, slots=True)
class GatewayHeader:
    """Where a record came from and what the gateway decided about it.

    topic, partition, offset: the input. seq: its ledger number on that partition.
    number: the place of a delivered event in its case, from 1; 0 for what was not delivered.
    recognised: whether the rule accepts what an answer found; None where that is no question.
    needs_review: the rule leaves it to a clerk of the asking region (人工复核).
    rule: `id@version` of the rule that decided. definitions: number of the definitions it stands in.
    """

    topic: str
    partition: int
    offset: int
    seq: int
    number: int
    recognised: bool | None
    rule: str | None
    definitions: int
    needs_review: bool = False

    @classmethod
    def parse(cls, value: bytes) -> "GatewayHeader":
        """Read the value of the header; ValueError if it is not of format 1."""
        fields = value.decode("ascii").split(" ")
        if fields[0] != _FORMAT or len(fields) != _FIELDS:
            raise ValueError(
                f'gateway header of format "{fields[0][:8]}" with {len(fields)} fields; 1 with 9 is read'
            )
        _, topic, partition, offset, seq, number, recognised, rule, definitions = fields
        if recognised not in _RECOGNISED:
            raise ValueError(f'recognised is "{recognised[:8]}"; yes, no, review or - is read')
        return cls(
            topic=topic,
            partition=int(partition),
            offset=int(offset),
            seq=int(seq),
            number=int(number),
            recognised=_RECOGNISED[recognised],
            rule=None if rule == "-" else rule,
            definitions=int(definitions),
            needs_review=recognised == "review",
        )

    @classmethod
    def of(cls, headers: Headers) -> "GatewayHeader":
        """The header among those of a record; ValueError if there is not exactly one."""
        pairs = headers.items() if isinstance(headers, dict) else headers or []
        values = [value for name, value in pairs if name == NAME]
        if len(values) != 1 or not isinstance(values[0], bytes):
            raise ValueError(f"{len(values)} headers named {NAME}; exactly one is read")
        return cls.parse(values[0])
