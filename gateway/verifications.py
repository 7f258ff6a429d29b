"""Open requests (核验申请): to whom, under which rule, for which fields, until when.

A request is answered once, by the region that was asked, in time. Requests stay known until their
case leaves the state, so that a second or late answer gets its own reason.
"""

from datetime import UTC, datetime

from gateway.codec import KeptRequest
from gateway.errors import Reason, Refused


def due_at(arrived_at: int, answer_within_seconds: int) -> int:
    """The last moment at which an answer may arrive, milliseconds since the epoch."""
    return arrived_at + answer_within_seconds * 1000


def check_addressee(request: KeptRequest | None, source: str) -> KeptRequest:
    """The request this answer belongs to; refuse an answer nobody asked for, or asked of another region."""
    if request is None:
        raise Refused(
            Reason.NO_REQUEST,
            "no delivered request of this case has the id in in_reply_to",
            chinese="该办件中没有编号为 in_reply_to 的已送达核验申请",
        )
    if request.asked != source:
        raise Refused(
            Reason.NOT_ADDRESSEE,
            f"the request was put to {request.asked}, not to {source}",
            chinese=f"该申请询问的是 {request.asked}，不是 {source}",
        )
    return request


def check_open(request: KeptRequest, arrived_at: int) -> None:
    """Refuse a second answer, and one that comes after its time."""
    if request.answered:
        raise Refused(
            Reason.ALREADY_ANSWERED,
            "the request already has a delivered answer",
            chinese="该申请已有送达的答复",
        )
    if arrived_at > request.due:
        raise Refused(
            Reason.DEADLINE_PASSED,
            f"the answer was due by {_instant(request.due)} and arrived {_instant(arrived_at)}",
            chinese=f"应于 {_instant(request.due)} 前答复，于 {_instant(arrived_at)} 到达",
        )


def _instant(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
