"""Who may speak, and whether it is new: origin, repeat, time; in this order.

Identity of an event = (source region, case id, event id). A region's events come from its own
outbox, so each outbox has a window of its own: ids seen in the last 25 hours of that topic-partition,
counted in arrival time. A body sent again within it is a repeat; another body under the same id is
a conflict. An id enters the window once the origin is right, whatever became of the event.
"""

from typing import Final

from mypy_extensions import i64, mypyc_attr

from gateway.codec import Event
from gateway.definitions import GATEWAY, Region
from gateway.errors import Reason, Refused
from gateway.identifiers import slot_of
from gateway.messages import DELIVERED, QUARANTINED, REFUSED, OutboxRecord

HOUR_MS: Final = 3_600_000
STALE_AFTER_MS: Final = 24 * HOUR_MS
GATEWAY_STALE_AFTER_MS: Final = 35 * 24 * HOUR_MS
"""`gateway.outbox` is kept 35 days and few events pass through it."""
AHEAD_AT_MOST_MS: Final = 5 * 60_000
WINDOW_HOURS: Final = 25
"""The stale limit plus one hour: what leaves the window is refused as stale."""

_REASONS: Final = tuple(Reason)
_CODE_OF: Final = {reason.value: index + 1 for index, reason in enumerate(_REASONS)}
_QUARANTINED: Final = 128


@mypyc_attr(acyclic=True)
class Seen:
    """The first copy of an event: where it lies and how it ended."""

    __slots__ = ("digest", "offset", "outcome", "reason")

    def __init__(self, digest: int, offset: int, outcome: str, reason: str | None) -> None:
        self.digest = digest
        self.offset = offset
        self.outcome = outcome
        self.reason = reason


class Window:
    """Event ids lately seen in one topic-partition: about 140 bytes each.

    A value packs 60 bits of body digest, 48 of offset, 24 of arrival hour and 8 of outcome into one
    integer. Ids fall out by whole hours of this topic's own arrival clock.
    """

    __slots__ = ("_by_hour", "_seen")

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}
        self._by_hour: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def find(self, identity: int, arrived_at: int) -> Seen | None:
        """The first copy of this event, if it came within the window before `arrived_at`."""
        packed = self._seen.get(identity)
        if packed is None or arrived_at // HOUR_MS - (packed >> 8 & 0xFFFFFF) > WINDOW_HOURS:
            return None
        code = packed & 0xFF
        reason = None if code == 0 else _REASONS[(code & 127) - 1].value
        outcome = DELIVERED if code == 0 else QUARANTINED if code > _QUARANTINED else REFUSED
        return Seen(packed >> 80, packed >> 32 & 0xFFFFFFFFFFFF, outcome, reason)

    def add(
        self,
        identity: int,
        arrived_at: int,
        digest: bytes,
        offset: int,
        outcome: str,
        reason: str | None,
    ) -> None:
        """Remember the first copy of an event; an id that left the window is remembered anew."""
        code = 0 if reason is None else _CODE_OF[reason]
        if outcome == QUARANTINED:
            code += _QUARANTINED
        hour = arrived_at // HOUR_MS
        # What fits a machine word is put together first: the compiler then makes two long integers, not five.
        self._seen[identity] = short_digest(digest) << 80 | (offset << 32 | (hour << 8 | code))
        keys = self._by_hour.get(hour)
        if keys is None:
            keys = self._by_hour[hour] = []
        keys.append(identity)

    def forget_before(self, arrived_at: int) -> None:
        """Drop the hours that no event arriving from now on can repeat; frees memory, decides nothing."""
        oldest = arrived_at // HOUR_MS - WINDOW_HOURS
        for hour in [hour for hour in self._by_hour if hour < oldest]:
            for key in self._by_hour.pop(hour):
                packed = self._seen.get(key)
                if packed is not None and packed >> 8 & 0xFFFFFF == hour:
                    del self._seen[key]


def identity_of(case_id: str, event_id: str) -> int:
    """88 bits of the identity: two of 20 million ids in a window meet with a chance below 10^-12.

    Python's own string hash (SipHash, keyed anew in each process) over the two ways to join the ids: it
    names an id inside one process only, and nothing that is written down depends on it. Not the hashes of
    the two ids mixed: where provinces number the events of each case alike, that leaves 64 bits.
    """
    first: i64 = hash(case_id + event_id)
    second: i64 = hash(event_id + case_id)
    return int(first & 0x3FFFFFFFFFFFFFFF) << 26 | int(second & 0x3FFFFFF)


def short_digest(digest: bytes) -> int:
    """The first 60 bits of a SHA-256, as kept in the window."""
    value: i64 = 0
    at: i64 = 0
    while at < 7:
        value = value << 8 | digest[at]
        at += 1
    return int(value << 4 | digest[7] >> 4)


def check_origin(event: Event, record: OutboxRecord, sender: Region, slots: int, known_case: bool) -> None:
    """Refuse an event that names another source than its outbox, or lies on the wrong partition.

    known_case: the case already lives in this slot, so its partition was found right before.
    """
    if event.source != sender.name:
        raise Refused(
            Reason.WRONG_SOURCE,
            f"the event names another source than {sender.name}, which owns {record.topic}",
            chinese=f"该事件的来源不是 {sender.name}，而 {record.topic} 属于 {sender.name}",
        )
    if not known_case and sender.name != GATEWAY:
        wanted = slot_of(event.case_id, slots)
        if wanted != record.partition:
            raise Refused(
                Reason.WRONG_PARTITION,
                f"case {event.case_id} belongs on partition {wanted} of {slots} "
                f"(murmur2 of the case id), found on {record.partition}",
                chinese=f"办件 {event.case_id} 应在第 {wanted} 分区，共 {slots} 个 "
                f"（办件标识的 murmur2），实际在第 {record.partition} 分区",
            )


def check_repeat(seen: Seen, digest: bytes) -> Seen:
    """The first copy if this is one more of the same; refuse another body under a known id."""
    if seen.digest != short_digest(digest):
        raise Refused(
            Reason.CONFLICT,
            f"this event id was used at offset {seen.offset} with another body; the first one stands",
            chinese=f"该事件编号已用于位移 {seen.offset} 的另一内容；以首次为准",
        )
    return seen


def check_time(event: Event, record: OutboxRecord, sender: Region) -> None:
    """Refuse what was made too long before, or after, it arrived."""
    age = record.arrived_at - event.made_at
    limit = GATEWAY_STALE_AFTER_MS if sender.name == GATEWAY else STALE_AFTER_MS
    if age > limit:
        raise Refused(
            Reason.STALE,
            f"made {age / HOUR_MS:.1f} h before it arrived; the limit is {limit // HOUR_MS} h",
            chinese=f"生成于到达前 {age / HOUR_MS:.1f} 小时；上限 {limit // HOUR_MS} 小时",
        )
    if -age > AHEAD_AT_MOST_MS:
        raise Refused(
            Reason.CLOCK_AHEAD,
            f"made {-age / 60_000:.1f} min after it arrived; at most 5 min are accepted",
            chinese=f"生成于到达后 {-age / 60_000:.1f} 分钟；最多 5 分钟",
        )
