"""The line, left to right: frame, decode, admit, translate, recognise, follow the case, route, write down.

`decide` takes one batch of one slot and the state that slot has; it has no clock and does no I/O.
Every record ends in exactly one outcome with exactly one ledger entry. `Refused` is caught here and
nowhere else. A record's decision reads the state; only its finished decision changes it.
"""

from typing import Final

from mypy_extensions import mypyc_attr

from gateway import admission, ledger, recognition, routing
from gateway.codec import DECODERS, Event, LedgerEntry, StateEntry, encode_state_entry_v1
from gateway.definitions import GATEWAY, Contract, Region
from gateway.definitions.book import Book
from gateway.errors import CoreFault, Reason, Refused
from gateway.messages import (
    DUPLICATE,
    QUARANTINED,
    REFUSED,
    OutboxRecord,
    Output,
)
from gateway.pipeline.framing import framed
from gateway.pipeline.handlers import HANDLERS
from gateway.pipeline.matters import Matter
from gateway.pipeline.translating import to_common, to_receiver
from gateway.slot import Slot, position_entry

STATE: Final = f"{GATEWAY}.state"
STATE_ENTRY: Final = "state-entry"
NO_SUSPECTS: Final[frozenset[tuple[str, int]]] = frozenset()
OURS: Final = frozenset({Reason.SCHEMA_UNAVAILABLE, Reason.RULE_FAULT, Reason.CRASH_LOOP})
"""Reasons that are no fault of the message: it is quarantined, not refused."""

Ending = tuple[str, str | None, str | None, str, str | None, int]
"""How a record ended: source, target, contract, outcome, reason, and when it had arrived."""


@mypyc_attr(acyclic=True)
class Decision:
    """What becomes of one record: its ledger entry, what is handed over, what the slot will remember.

    key: the Kafka key of all that is written for it: its case, where one could be read.
    identity: that of its event in the window, where it was worked out.
    """

    __slots__ = ("changes", "entry", "entry_value", "identity", "key", "outputs")

    def __init__(
        self,
        entry: LedgerEntry,
        outputs: list[Output],
        changes: list[tuple[str, StateEntry | None]],
        identity: int | None = None,
    ) -> None:
        self.entry = entry
        self.key = None if entry.case_id is None else entry.case_id.encode()
        self.outputs = outputs
        self.changes = changes
        self.entry_value = b""
        self.identity = identity


class Batch:
    """The decisions on one batch of one slot, and what they add up to.

    changes: state key -> what the slot remembers under it from now on (None: nothing), the last of each key.
    endings: how many records ended alike; see `Ending`.
    """

    __slots__ = ("changes", "decisions", "endings")

    def __init__(
        self, decisions: list[Decision], changes: dict[str, StateEntry | None], endings: dict[Ending, int]
    ) -> None:
        self.decisions = decisions
        self.changes = changes
        self.endings = endings


def decide(
    records: list[OutboxRecord],
    slot: Slot,
    book: Book,
    decided_at: int,
    suspects: frozenset[tuple[str, int]] = NO_SUSPECTS,
    unavailable: frozenset[tuple[str, int]] = NO_SUSPECTS,
) -> Batch:
    """Decide one batch of one slot, in the order of `records`.

    slot: the state before; it is handed over and holds the state after. A caller that cannot commit
        what comes back throws the slot away and rebuilds it from the topics.
    decided_at: milliseconds since the epoch; written down, never decides.
    suspects: (topic, offset) of records that stopped the process twice; quarantined as crash-loop.
    unavailable: likewise, whose schema the registry did not tell in time; quarantined as schema-unavailable.
    Raises `CoreFault` where deciding a record raised anything but `Refused`: a bug of ours. Nothing of the
    batch may be committed then.
    """
    decisions: list[Decision] = []
    changed: dict[str, StateEntry | None] = {}
    endings: dict[Ending, int] = {}
    last: dict[str, OutboxRecord] = {}
    for record in records:
        try:
            decision = _decide_one(record, slot, book, decided_at, suspects, unavailable)
        except Exception as fault:
            raise CoreFault(record.topic, record.partition, record.offset) from fault
        entry = decision.entry
        decision.entry_value, digest = ledger.seal(entry, book)
        slot.fold_entry(entry, digest, decision.identity)
        for key, change in decision.changes:
            slot.fold_state(key, change)
            if key in changed:
                changed.pop(key)  # to the end: what is written last is the newest of its case
            changed[key] = change
        decisions.append(decision)
        ending = (entry.source, entry.target, entry.contract, entry.outcome, entry.reason, entry.arrived_at)
        endings[ending] = endings.get(ending, 0) + 1
        last[record.topic] = record
    for record in last.values():
        key, position = position_entry(record, slot.seq - 1)
        slot.fold_state(key, position)
        changed[key] = position
        slot.forget_before(record.topic, record.arrived_at)
        for key in slot.expired(record.arrived_at):
            slot.fold_state(key, None)
            changed[key] = None
    return Batch(decisions, changed, endings)


def state_values(changes: dict[str, StateEntry | None], book: Book) -> list[tuple[bytes, bytes | None]]:
    """What is written to `gateway.state` for these changes: key and value; no value is a tombstone."""
    frame = book.frames[STATE_ENTRY]
    return [
        (key.encode(), None if change is None else encode_state_entry_v1(change, frame))
        for key, change in changes.items()
    ]


def _decide_one(
    record: OutboxRecord,
    slot: Slot,
    book: Book,
    decided_at: int,
    suspects: frozenset[tuple[str, int]],
    unavailable: frozenset[tuple[str, int]],
) -> Decision:
    sender = book.senders[record.topic]
    entry = ledger.open_entry(record, sender.name, slot, book, decided_at)
    try:
        if suspects and (record.topic, record.offset) in suspects:
            raise Refused(
                Reason.CRASH_LOOP,
                "deciding this record stopped the process twice",
                chinese="处理该消息两次导致进程停止",
            )
        if unavailable and (record.topic, record.offset) in unavailable:
            raise Refused(
                Reason.SCHEMA_UNAVAILABLE,
                "the schema registry did not tell its schema in time",
                chinese="规范注册中心未及时告知其数据规范",
            )
        contract, body = framed(record, sender, book)
        event = _decode(contract, body)
        ledger.note_event(entry, contract, event, book)
        identity = admission.identity_of(event.case_id, event.event_id)
        first = _admit(record, event, identity, sender, entry, slot, book)
        if first is not None:
            return _repeated(entry, first)
        matter = Matter(record, event, entry, sender, slot, book)
        translation = to_common(matter, contract)
        _recognise(matter, contract)
        value = to_receiver(matter, contract, translation)
        return Decision(entry, _deliver(matter, value), matter.changes, identity)
    except Refused as refusal:
        return _turned_away(record, sender, entry, refusal, book)


def _decode(contract: Contract, body: bytes) -> Event:
    event = DECODERS[contract.name, contract.version](body)
    assert isinstance(event, Event)  # entries never pass `framed`
    return event


def _admit(
    record: OutboxRecord,
    event: Event,
    identity: int,
    sender: Region,
    entry: LedgerEntry,
    slot: Slot,
    book: Book,
) -> admission.Seen | None:
    known_case = event.case_id in slot.cases
    admission.check_origin(event, record, sender, book.slots, known_case)
    seen = slot.seen(record.topic, identity, record.arrived_at)
    first = None if seen is None else admission.check_repeat(seen, entry.hash_in)
    if first is None:
        admission.check_time(event, record, sender)
    return first


def _recognise(matter: Matter, contract: Contract) -> None:
    if matter.sender.name == GATEWAY:
        if matter.event.target not in matter.book.regions:
            recognition.refuse_addressee()
        return
    HANDLERS[contract.name](matter)


def _deliver(matter: Matter, value: bytes | None) -> list[Output]:
    record, entry, book = matter.record, matter.entry, matter.book
    header = routing.gateway_header(record, entry)
    outputs = [Output(book.inboxes[matter.event.target], value, header)]
    if matter.sender.receipts == "all":
        words = routing.delivery_words(record, matter.event.target)
        outputs.append(routing.to_receipts(record, entry, matter.sender, book, words, (), header))
    return outputs


def _repeated(entry: LedgerEntry, first: admission.Seen) -> Decision:
    entry.outcome = DUPLICATE
    entry.reason = Reason.REPEAT.value
    entry.of = first.offset
    entry.first_outcome = first.outcome
    entry.first_reason = first.reason
    return Decision(entry, [], [])


def _turned_away(
    record: OutboxRecord, sender: Region, entry: LedgerEntry, refusal: Refused, book: Book
) -> Decision:
    """Refuse, or quarantine where the fault is ours; either way the sender's region is told."""
    ours = refusal.reason in OURS or sender.name == GATEWAY
    entry.outcome = QUARANTINED if ours else REFUSED
    entry.reason = refusal.reason.value
    if refusal.rule is not None:
        ledger.note_rule(entry, refusal.rule.id, refusal.rule.version)
    header = routing.gateway_header(record, entry)
    outputs: list[Output] = [routing.to_quarantine(record, header)] if ours else []
    if sender.name != GATEWAY:
        words = routing.refusal_words(record, refusal)
        outputs.append(routing.to_receipts(record, entry, sender, book, words, refusal.allowed, header))
    return Decision(entry, outputs, [])
