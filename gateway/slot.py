"""What the gateway knows in one slot: a fold of its own ledger and state topics, and nothing else.

A state entry about a request carries its case as it then stood, so that one event changes one entry;
entries are folded in the order they were written, and the last one of a case to be written is the
newest, whatever key it stands under. What was delivered under a rule in a day is counted from the ledger:
a take-over reads 26 hours of it behind the oldest record still to come, for the window of repeats.
A decision reads it; only `fold_*` change it, and the same folds rebuild it when a slot is taken over.
A case whose time is over reads as absent before it is removed, so that removal decides nothing.
"""

import datetime
from heapq import heappop, heappush
from typing import Final

from gateway.admission import Seen, Window, identity_of
from gateway.codec import KeptCase, KeptPosition, LedgerEntry, StateEntry
from gateway.errors import Reason
from gateway.messages import DELIVERED, OutboxRecord
from gateway.slot_requests import SlotRequests

_EPOCH: Final = datetime.date(1970, 1, 1).toordinal()
SHANGHAI_OFFSET_MS: Final = 8 * 3_600_000
DAY_MS: Final = 24 * 3_600_000
FIRST_HASH: Final = bytes(32)
REMOVAL_SLACK_MS: Final = 10 * DAY_MS
"""Removal waits longer than any outbox is kept, so that no record still to come could tell."""
REMOVED_AT_ONCE: Final = 1000
"""At most so many cases are removed per batch, to keep the batch short."""
CAPPED: Final = frozenset({"licence-verification-requested", "application-submitted"})
"""Contracts whose delivered events count against their rule's daily cap."""

_ORIGIN_PASSED: Final = frozenset(reason.value for reason in list(Reason)[list(Reason).index(Reason.STALE) :])
"""Reasons found after the origin and repeat checks: their events are in the window."""


def shanghai_day(at: int) -> int:
    """The day in Asia/Shanghai (UTC+8, no summer time) as days since 1970-01-01."""
    return (at + SHANGHAI_OFFSET_MS) // DAY_MS


def iso_day(day: int) -> str:
    """A day, given as days since 1970-01-01, as texts write it: "2026-11-02"."""
    return datetime.date.fromordinal(_EPOCH + day).isoformat()


def case_key(case_id: str) -> str:
    return f"case/{case_id}"


def request_key(case_id: str, event_id: str) -> str:
    return f"request/{case_id}/{event_id}"


def position_entry(record: OutboxRecord, seq: int) -> tuple[str, StateEntry]:
    """The state key and entry that say a record is decided and the next one is due."""
    position = KeptPosition(record.topic, record.offset + 1, record.arrived_at)
    return f"position/{record.topic}", StateEntry(seq, position=position)


class Slot:
    """The state of one slot.

    seq: the next ledger number. head: SHA-256 of the last entry. writer: the take-over counter.
    decided_at: the running maximum of the wall clock, only ever written down.
    """

    __slots__ = (
        "_leaving",
        "_used",
        "_windows",
        "cases",
        "decided_at",
        "head",
        "positions",
        "requests",
        "seq",
        "writer",
    )

    def __init__(self) -> None:
        self.seq: int = 0
        self.head: bytes = FIRST_HASH
        self.writer: int = 0
        self.decided_at: int = 0
        self.positions: dict[str, KeptPosition] = {}
        self.cases: dict[str, KeptCase] = {}
        self.requests = SlotRequests()
        self._used: dict[int, dict[str, int]] = {}  # day of arrival -> rule -> delivered under it
        self._windows: dict[str, Window] = {}
        self._leaving: list[tuple[int, str]] = []  # when, and a case id

    def seen(self, topic: str, identity: int, arrived_at: int) -> Seen | None:
        """The first copy of this event within the window of its topic."""
        window = self._windows.get(topic)
        return None if window is None else window.find(identity, arrived_at)

    def case_at(self, case_id: str, arrived_at: int) -> KeptCase | None:
        """The case, unless its time was over by `arrived_at`."""
        case = self.cases.get(case_id)
        if case is None or (case.expires_at is not None and case.expires_at <= arrived_at):
            return None
        return case

    def used(self, rule_id: str, day: int) -> int:
        """How much was delivered under this rule of what arrived on this day in Shanghai."""
        rules = self._used.get(day)
        return 0 if rules is None else rules.get(rule_id, 0)

    def window_size(self) -> int:
        return sum(len(window) for window in self._windows.values())

    def fold_entry(self, entry: LedgerEntry, digest: bytes, identity: int | None = None) -> None:
        """Take in one ledger entry; `digest` is the SHA-256 of its written value.

        identity: that of its event (`admission.identity_of`), if it is known already.
        """
        self.seq = entry.seq + 1
        self.head = digest
        self.writer = entry.writer
        if entry.decided_at > self.decided_at:
            self.decided_at = entry.decided_at
        self._remember(entry, identity)
        if entry.outcome == DELIVERED and entry.rule_id is not None and entry.contract in CAPPED:
            self._count_use(entry.rule_id, shanghai_day(entry.arrived_at))

    def _remember(self, entry: LedgerEntry, identity: int | None) -> None:
        """Remember the event of an entry whose origin was right, if it is the first of its id."""
        if entry.event_id is None or entry.case_id is None:
            return
        if entry.outcome == DELIVERED or entry.reason in _ORIGIN_PASSED:
            window = self._windows.get(entry.topic)
            if window is None:
                window = self._windows[entry.topic] = Window()
            window.add(
                identity_of(entry.case_id, entry.event_id) if identity is None else identity,
                entry.arrived_at,
                entry.hash_in,
                entry.offset,
                entry.outcome,
                entry.reason,
            )

    def _count_use(self, rule_id: str, day: int) -> None:
        rules = self._used.get(day)
        if rules is None:
            over = [old for old in self._used if (day - old) * DAY_MS > REMOVAL_SLACK_MS]
            for old in over:
                del self._used[old]
            rules = self._used[day] = {}
        rules[rule_id] = rules.get(rule_id, 0) + 1

    def fold_state(self, key: str, entry: StateEntry | None) -> None:
        """Take in one state entry; None is a tombstone."""
        if entry is None:
            self._forget(key)
        elif entry.position is not None:
            self.positions[entry.position.topic] = entry.position
        elif entry.case is not None:
            self._keep_case(entry.case)
            if entry.request is not None:
                entry.request.case_id = entry.case.case_id
                self.requests.keep(entry.request)

    def _keep_case(self, case: KeptCase) -> None:
        """Remember a case under the one string that all who name it share, also where it is read back."""
        before = self.cases.get(case.case_id)
        if before is not None:
            case.case_id = before.case_id
        self.cases[case.case_id] = case
        if case.expires_at is not None and (before is None or before.expires_at != case.expires_at):
            heappush(self._leaving, (case.expires_at + REMOVAL_SLACK_MS, case.case_id))

    def _forget(self, key: str) -> None:
        kind, _, rest = key.partition("/")
        if kind == "case":
            self.cases.pop(rest, None)
        elif kind == "request":
            self.requests.forget(*rest.split("/"))

    def expired(self, arrived_at: int) -> list[str]:
        """State keys that can be removed by `arrived_at`, at most `REMOVED_AT_ONCE` cases of them."""
        keys: list[str] = []
        for _ in range(REMOVED_AT_ONCE):
            if not self._leaving or self._leaving[0][0] > arrived_at:
                break
            leaves_at, name = heappop(self._leaving)
            case = self.cases.get(name)
            if case is None or case.expires_at is None or case.expires_at + REMOVAL_SLACK_MS != leaves_at:
                continue
            keys += [request_key(name, event_id) for event_id in self.requests.of_case(name)]
            keys.append(case_key(name))
        return keys

    def forget_before(self, topic: str, arrived_at: int) -> None:
        """Free the hours of a topic's window that can repeat nothing any more."""
        window = self._windows.get(topic)
        if window is not None:
            window.forget_before(arrived_at)
