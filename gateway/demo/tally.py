"""What came of what was published: confirmed places, ledger entries and inbox deliveries, side by side.

Pure. A record counts once its confirmation and its ledger entry are both here, in whichever order
they come; what others publish on the same cluster has no confirmation here and is left out.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from gateway.codec import LedgerEntry
from gateway.demo.mistakes import Expected
from gateway.messages import Outcome

NEWEST: Final = 20_000
"""Waits kept of each pair for percentiles: more than a whole run has."""

Place = tuple[str, int, int]
"""Topic, partition and offset in an outbox."""
Pair = tuple[str, str]
"""Who published, and for whom; "-" where no region could be read."""


@dataclass(slots=True)
class PairTally:
    """One directed pair: records by outcome, and how long deliveries took, milliseconds."""

    outcomes: Counter[str] = field(default_factory=Counter)
    waits: deque[float] = field(default_factory=lambda: deque(maxlen=NEWEST))


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, how often it had to hold, and where it did not."""

    words: str
    wanted: int
    differences: tuple[str, ...]

    @property
    def held(self) -> int:
        return self.wanted - len(self.differences)


class Tally:
    """Everything counted in one run.

    reasons: entries by outcome, then reason. newest: the last entry of each `kind`, the newest at the end.
    translated: deliveries between regions of which one writes in its own form.
    last: the last delivered entry of each slot. application: a case with an application, once there is one.
    """

    def __init__(self) -> None:
        self.pairs: defaultdict[Pair, PairTally] = defaultdict(PairTally)
        self.reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.newest: dict[str, LedgerEntry] = {}
        self.translated = 0
        self.last: dict[int, LedgerEntry] = {}
        self.application = ""
        self._expected: dict[Place, Expected] = {}
        self._recognised: dict[str, bool | None] = {}
        self._entries: defaultdict[Place, list[LedgerEntry]] = defaultdict(list)
        self._inboxes: Counter[Place] = Counter()

    @property
    def published(self) -> int:
        return len(self._expected)

    def publish(self, place: Place, expected: Expected) -> None:
        """A record is confirmed at this place."""
        self._expected[place] = expected
        for entry in self._entries.get(place, ()):
            self._count(place[1], entry)

    def ask(self, event_id: str, recognised: bool | None) -> None:
        """The answer to this request must be recognised, or not; None where it finds no licence."""
        self._recognised[event_id] = recognised

    def decide(self, partition: int, entry: LedgerEntry) -> None:
        """A ledger entry was read on this partition."""
        place = (entry.topic, partition, entry.offset)
        self._entries[place].append(entry)
        if place in self._expected:
            self._count(partition, entry)

    def deliver(self, place: Place, pair: Pair, milliseconds: float) -> None:
        """The record of this place was read in its inbox, so long after it was made."""
        self._inboxes[place] += 1
        self.pairs[pair].waits.append(milliseconds)

    def outcomes(self) -> dict[str, int]:
        """Entries by outcome, about what was published."""
        return {
            outcome.value: sum(pair.outcomes[outcome.value] for pair in self.pairs.values())
            for outcome in Outcome
        }

    def waits(self) -> list[float]:
        """Publish-to-inbox of all pairs, milliseconds."""
        return [wait for pair in self.pairs.values() for wait in pair.waits]

    def under_way(self) -> list[Place]:
        """What has no entry yet, or is delivered and not read in its inbox yet."""
        return [place for place in self._expected if self._is_under_way(place)]

    def forget_under_way(self) -> None:
        """Leave out what nobody can tell yet, where the run was broken off."""
        for place in self.under_way():
            del self._expected[place]

    def checks(self) -> tuple[Check, Check, Check]:
        """What the run has to show."""
        return (
            _check("every published event has exactly one ledger entry", self._entry_counts()),
            _check("every event was decided as it had to be", self._decisions()),
            _check("every delivered event is in its inbox exactly once", self._deliveries()),
        )

    @staticmethod
    def kind(entry: LedgerEntry) -> str:
        """What is worth telling about a decision: its reason, or that a licence is not recognised."""
        return entry.reason or ("not recognised" if entry.recognised is False else "")

    def _count(self, partition: int, entry: LedgerEntry) -> None:
        self.pairs[entry.source, entry.target or "-"].outcomes[entry.outcome] += 1
        if entry.reason is not None:
            self.reasons[entry.outcome][entry.reason] += 1
        self.translated += entry.hash_out is not None
        kind = self.kind(entry)
        if kind:
            self.newest.pop(kind, None)  # so that it goes to the end
            self.newest[kind] = entry
        if _is_delivered(entry) and entry.case_id is not None:
            self.last[partition] = max(entry, self.last.get(partition, entry), key=lambda e: e.seq)
            self.application = self.application or (entry.case_id if entry.state_after else "")

    def _is_under_way(self, place: Place) -> bool:
        entries = self._entries.get(place)
        return not entries or (_is_delivered(entries[0]) and place not in self._inboxes)

    # One text for each thing that is looked at: empty where it is right, else what differs.

    def _entry_counts(self) -> Iterator[str]:
        for place in self._expected:
            count = len(self._entries.get(place, ()))
            yield "" if count == 1 else f"{_name(place)} has {count} ledger entries"

    def _decisions(self) -> Iterator[str]:
        for place, expected in self._expected.items():
            for entry in self._entries.get(place, ()):
                yield _compare(place, expected, entry) or self._compare_recognised(place, entry)

    def _compare_recognised(self, place: Place, entry: LedgerEntry) -> str:
        if entry.in_reply_to not in self._recognised or not _is_delivered(entry):
            return ""
        wanted = self._recognised[entry.in_reply_to]
        if wanted == entry.recognised:
            return ""
        return f"{_name(place)} answers with recognised {entry.recognised}, expected {wanted}"

    def _deliveries(self) -> Iterator[str]:
        for place in self._expected:
            is_delivered = any(map(_is_delivered, self._entries.get(place, ())))
            times = self._inboxes[place]
            if is_delivered or times:
                yield "" if times == is_delivered else f"{_name(place)} is {times} times in its inbox"


def percentile(values: list[float], share: float) -> float | None:
    """The value that `share` of all do not exceed (nearest rank); None if there are none."""
    if not values:
        return None
    return sorted(values)[max(0, ceil(share * len(values)) - 1)]


def _check(words: str, results: Iterable[str]) -> Check:
    told = list(results)
    return Check(words, len(told), tuple(difference for difference in told if difference))


def _is_delivered(entry: LedgerEntry) -> bool:
    return entry.outcome == Outcome.DELIVERED.value


def _name(place: Place) -> str:
    return f"{place[0]}[{place[1]}]@{place[2]}"


def _compare(place: Place, expected: Expected, entry: LedgerEntry) -> str:
    if (entry.outcome, entry.reason) == (expected.outcome, expected.reason):
        return ""
    doing = f" ({expected.words})" if expected.words else ""
    wanted = _words(expected.outcome, expected.reason)
    return f"{_name(place)}{doing} was {_words(entry.outcome, entry.reason)}, expected {wanted}"


def _words(outcome: str, reason: str | None) -> str:
    return f"{outcome} ({reason})" if reason else outcome
