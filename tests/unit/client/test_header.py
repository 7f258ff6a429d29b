"""The gateway's header: nine fields, or a sentence why not."""

import pytest

from gateway.client import GatewayHeader
from gateway.client.header import Headers
from gateway.definitions.book import Book
from gateway.ledger import open_entry
from gateway.messages import OutboxRecord
from gateway.routing import gateway_header
from gateway.slot import Slot
from tests import world


def test_header_of_an_answer_is_read_field_by_field() -> None:
    header = GatewayHeader.parse(b"1 zhejiang.outbox 3 88123 90211 2 yes shanghai-accepts@4 17")
    assert header == GatewayHeader("zhejiang.outbox", 3, 88123, 90211, 2, True, "shanghai-accepts@4", 17)


@pytest.mark.parametrize(("written", "read"), [("yes", True), ("no", False), ("-", None)])
def test_recognised_has_three_values(written: str, read: bool | None) -> None:
    header = GatewayHeader.parse(f"1 west.outbox 0 0 0 1 {written} - 7".encode())
    assert (header.recognised, header.rule) == (read, None)


def test_header_is_what_the_gateway_writes() -> None:
    record = OutboxRecord("east.outbox", 2, 41, world.NOW, b"value")
    entry = open_entry(record, "east", Slot(), Book(world.definitions(), world.SLOTS), world.NOW)
    entry.rule_id, entry.rule_version, entry.recognised, entry.number = "east-accepts-west", 3, False, 5
    header = GatewayHeader.parse(gateway_header(record, entry))
    assert header == GatewayHeader("east.outbox", 2, 41, 0, 5, False, "east-accepts-west@3", 7)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"2 west.outbox 0 0 0 1 - - 7",
        b"1 west.outbox 0 0 0 1 - -",
        b"1 west.outbox 0 0 0 1 - - 7 more",
        b"1 west.outbox 0 0 0 1 perhaps - 7",
        b"1 west.outbox x 0 0 1 - - 7",
        "1 浙江.outbox 0 0 0 1 - - 7".encode(),
    ],
)
def test_other_headers_are_not_read(value: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  any sentence will do
        GatewayHeader.parse(value)


def test_exactly_one_header_is_wanted() -> None:
    value = b"1 west.outbox 0 0 0 1 - - 7"
    assert GatewayHeader.of([("trace", b"x"), ("gateway", value)]).topic == "west.outbox"
    assert GatewayHeader.of({"gateway": value}).topic == "west.outbox"
    others: list[Headers] = [None, [], [("gateway", value), ("gateway", value)], [("gateway", None)]]
    for headers in others:
        with pytest.raises(ValueError, match="exactly one"):
            GatewayHeader.of(headers)
