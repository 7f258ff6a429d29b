"""Mutated bodies against the decoders, 20 000 here and a million by `make fuzz`; and planted faults."""

import secrets

import pytest

from gateway.errors import Reason
from tests import world
from tests.contracts import encode
from tests.hostile import faulty, portions
from tests.hostile.bodies import shapes
from tests.hostile.fuzz import MAX_RSS_MB, Report, fuzz, summary
from tests.hostile.judging import SLOW_NS
from tests.hostile.spans import one_block_form

REACHED = {
    *(Reason.MALFORMED, Reason.TRAILING_BYTES, Reason.OVER_LIMIT, Reason.BAD_ENUM, Reason.BAD_UNION),
    *(Reason.BAD_VARINT, Reason.BAD_BOOLEAN, Reason.BAD_UTF8, Reason.DUPLICATE_KEY),
    *(Reason.OUT_OF_RANGE, Reason.BAD_IDENTIFIER),
}
"""All a decoder of today's contracts can say; none of them has a float to be not-a-number."""


def test_decoders_keep_their_promises() -> None:
    report = fuzz(secrets.randbelow(10**9), 0, 9)
    assert report.complaints == [], "\n".join(report.complaints)
    assert report.tally.bodies == 20_000
    assert report.tally.slowest_ns < SLOW_NS
    assert report.rss_mb < MAX_RSS_MB


def test_mutations_reach_every_reason_and_leave_enough_to_accept() -> None:
    report = fuzz(7, 0, 7)
    assert set(report.tally.refused) == REACHED, "each contract once"
    assert report.tally.accepted > report.tally.bodies / 20
    assert report.tally.in_blocks > 20
    assert report.tally.fastavro_only["trailing-bytes"] > 100
    assert "promises   all kept" in summary(report, 1.0)


def test_seed_and_portion_bring_bodies_back() -> None:
    assert list(portions.bodies(7, 3)) == list(portions.bodies(7, 3))
    assert list(portions.bodies(7, 3)) != list(portions.bodies(8, 3))


REQUESTED = ("licence-verification-requested", 2)
FIELDS_A = b"\x02\x02a\x00"


def request_with_fields(array: bytes) -> bytes:
    """A request that asks for the one field `a`, its array of fields written like this."""
    body = encode(*REQUESTED, world.request(event_id="e", fields=("a",), claims=()))
    assert body.count(FIELDS_A) == 1
    return body.replace(FIELDS_A, array)


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (b"\x82\x00\x02a\x00", "oddly spelt"),
        (b"\x01\x06\x02a\x00", "states 3 bytes where 2 are"),
        (b"\x02\x02a\x80\x00", "oddly spelt"),
    ],
)
def test_one_block_form_hides_no_oddity(block: bytes, problem: str) -> None:
    body = request_with_fields(block)
    with pytest.raises(ValueError, match=problem):
        one_block_form(body, shapes(REQUESTED))


def test_one_block_form_changes_blocks_and_nothing_else() -> None:
    right = request_with_fields(FIELDS_A)
    in_blocks = request_with_fields(b"\x01\x04\x02a\x00")
    assert one_block_form(right, shapes(REQUESTED)) == right
    assert one_block_form(in_blocks, shapes(REQUESTED)) == right
    assert one_block_form(right + b"\x00", shapes(REQUESTED)) == right + b"\x00"


def found(decoders: str, patience_seconds: float = 60.0) -> Report:
    report = fuzz(7, 0, 0, f"{faulty.__name__}:{decoders}", patience_seconds)
    assert "BROKEN" in summary(report, 1.0)
    return report


@pytest.mark.parametrize(
    ("decoders", "complaint"),
    [
        ("RAISING", "IndexError left the decoder"),
        ("RAVENOUS", "MemoryError left the decoder"),
        ("SLOW", "): took 6."),
        ("HUNGRY", "memory went up to"),
        ("DYING", "the process ended with -11"),
        ("TOLERANT", "was accepted and is encoded again to other bytes"),
    ],
)
def test_a_planted_fault_is_found(decoders: str, complaint: str) -> None:
    complaints = found(decoders).complaints
    assert any(complaint in line for line in complaints), complaints


def test_a_decoder_that_does_not_return_is_found_and_its_body_named() -> None:
    [complaint] = found("ENDLESS", patience_seconds=3.0).complaints
    assert "the process ended with -9" in complaint
    assert "--seed 7 --portion 0, body " in complaint
