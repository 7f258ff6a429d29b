"""Who gets it: the addressee's inbox, the sender's receipts, or quarantine.

Topics come from the definitions, never from what a message says. Every output goes to the partition
number of its input, so the order of a case is kept end to end.
"""

from typing import Final

from librt.strings import BytesWriter

from gateway.codec import EventReceipt, LedgerEntry, encode_event_receipt_v1
from gateway.codec.writing import write_decimal
from gateway.definitions import GATEWAY, Region
from gateway.definitions.book import Book
from gateway.errors import Refused
from gateway.messages import NO_CASE, REFUSED, OutboxRecord, Output
from gateway.reasons import explain

QUARANTINE: Final = f"{GATEWAY}.quarantine"
RECEIPT: Final = "event-receipt"
ENGLISH_BYTES: Final = 1000
CHINESE_BYTES: Final = 2000
LEFT_OUT: Final = " … "


def to_quarantine(record: OutboxRecord, header: bytes) -> Output:
    """A copy for two named persons; the header says where it came from."""
    return Output(QUARANTINE, record.value, header)


def to_receipts(
    record: OutboxRecord,
    entry: LedgerEntry,
    sender: Region,
    book: Book,
    explanation: tuple[str, str],
    allowed: tuple[str, ...],
    header: bytes,
) -> Output:
    """What became of an event, told to the region that owns the outbox it came from.

    explanation: English and Chinese. allowed: the states that could follow, after an illegal transition.
    """
    receipt = EventReceipt(
        event_id=f"receipt-{record.partition}-{record.offset}",
        case_id=entry.case_id or NO_CASE,
        source=GATEWAY,
        target=sender.name,
        made_at=entry.decided_at,
        about_event=entry.event_id,
        about_topic=record.topic,
        about_partition=record.partition,
        about_offset=record.offset,
        digest=entry.hash_in,
        outcome=entry.outcome,
        reason=entry.reason,
        rule_id=entry.rule_id,
        rule_version=entry.rule_version,
        definitions_number=entry.definitions_number,
        resend=entry.outcome == REFUSED,
        explanation=shortened(explanation[0], ENGLISH_BYTES),
        explanation_chinese=shortened(explanation[1], CHINESE_BYTES),
        allowed=allowed,
    )
    value = encode_event_receipt_v1(receipt, book.frames[RECEIPT])
    return Output(sender.receipts_topic, value, header)


def refusal_words(record: OutboxRecord, refusal: Refused) -> tuple[str, str]:
    """The words of a refusal or quarantine, English and Chinese."""
    return explain(refusal, str(record))


def shortened(words: str, most: int) -> str:
    """The words in at most `most` bytes of UTF-8: as much of the beginning and the end as fits.

    The end says what to do, so it is the middle that is left out.
    """
    written = words.encode()
    if len(written) <= most:
        return words
    half = (most - len(LEFT_OUT.encode())) // 2
    return written[:half].decode(errors="ignore") + LEFT_OUT + written[-half:].decode(errors="ignore")


def delivery_words(record: OutboxRecord, target: str) -> tuple[str, str]:
    """The words of a delivery receipt (回执), for regions that ask for them."""
    place = str(record)
    return f"delivered: {place}: to {target}.", f"delivered 送达：{place}：至 {target}。"


def gateway_header(record: OutboxRecord, entry: LedgerEntry) -> bytes:
    """The packed header of everything the gateway hands over (docs/wire.md), ASCII, separated by spaces."""
    out = BytesWriter()
    out.write(b"1 ")
    out.write(record.topic.encode())
    for number in (record.partition, record.offset, entry.seq, entry.number or 0):
        out.write(b" ")
        write_decimal(out, number)
    out.write(_recognised(entry))
    if entry.rule_id is None:
        out.write(b"-")
    else:
        out.write(entry.rule_id.encode())
        out.write(b"@")
        write_decimal(out, entry.rule_version or 0)
    out.write(b" ")
    write_decimal(out, entry.definitions_number)
    return out.getvalue()


def _recognised(entry: LedgerEntry) -> bytes:
    """What a rule says of an answer, between spaces; a state without yes or no is left to a clerk."""
    if entry.recognised is None:
        return b" - " if entry.licence_state is None else b" review "
    return b" yes " if entry.recognised else b" no "
