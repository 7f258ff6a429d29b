"""How one record ended, wherever it was decided, and what is held against it."""

from dataclasses import dataclass, field
from hashlib import sha256

from gateway.codec import EventReceipt, LedgerEntry
from gateway.errors import Reason
from gateway.messages import Outcome
from tests.hostile.cases import Case
from tests.hostile.scene import CANARY, Sent

Place = tuple[str, int, int]
"""Topic, partition, offset."""
Headers = list[tuple[str, bytes]]


@dataclass
class Ending:
    """Everything that was written about one record.

    entries: ledger entries, their values. receipts: topic and receipt. inboxes: topic, value, headers.
    """

    entries: list[tuple[LedgerEntry, bytes]] = field(default_factory=list)
    receipts: list[tuple[str, EventReceipt, bytes]] = field(default_factory=list)
    inboxes: list[tuple[str, bytes | None, Headers]] = field(default_factory=list)
    quarantined: list[bytes | None] = field(default_factory=list)


def check_delivered(sent: Sent, place: Place, ending: Ending) -> None:
    """One entry, and the bytes as they came in one inbox, with the gateway's one header."""
    [(entry, _)] = ending.entries
    assert (entry.outcome, entry.reason) == (Outcome.DELIVERED, None)
    [(_, value, headers)] = ending.inboxes
    assert value == sent.value
    [(name, header)] = headers
    assert name == "gateway"
    assert header.decode().split()[:4] == ["1", *map(str, place)]
    assert ending.quarantined == []
    assert {receipt.outcome for _, receipt, _ in ending.receipts} <= {Outcome.DELIVERED}


def check_turned_away(
    outcome: Outcome, reason: Reason, says: tuple[str, ...], sent: Sent, ending: Ending
) -> None:
    """One entry with this reason, nothing in any inbox, and one notice to the owner of the outbox."""
    [(entry, entry_value)] = ending.entries
    assert (entry.outcome, entry.reason) == (outcome, reason)
    assert ending.inboxes == [], "it was handed over"
    assert ending.quarantined == ([sent.value] if outcome is Outcome.QUARANTINED else [])
    told = outcome is Outcome.REFUSED
    assert len(ending.receipts) == (1 if told else 0), (
        "a repeat has none, and the gateway tells itself nothing"
    )
    for topic, receipt, _ in ending.receipts:
        assert topic == f"{sent.outbox}.receipts"
        assert (receipt.outcome, receipt.reason, receipt.resend) == (outcome, reason, True)
        assert receipt.digest == sha256(sent.value or b"").digest()
        assert all(words in receipt.explanation for words in says), receipt.explanation
    written = [entry_value, *(value for _, _, value in ending.receipts)]
    assert not any(CANARY.encode() in value for value in written), "a personal value was told"


def check(case: Case, sent: Sent, place: Place, ending: Ending) -> None:
    """Hold what was written about a hostile record against its row of the table."""
    if case.reason is None:
        check_delivered(sent, place, ending)
    else:
        check_turned_away(case.outcome, case.reason, case.says, sent, ending)
