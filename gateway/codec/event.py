"""The part that all events share."""

from mypy_extensions import mypyc_attr


@mypyc_attr(acyclic=True)
class Event:
    """What the line needs of every event, whatever its contract: who, about which case, when.

    event_id is the publisher's; (source, case_id, event_id) identifies the event. made_at is the
    publisher's clock, milliseconds since the epoch, UTC.
    There is no readable `repr`: a record holds personal values, and log lines hold none.
    """

    __slots__ = ("case_id", "event_id", "made_at", "source", "target")

    event_id: str
    case_id: str
    source: str
    target: str
    made_at: int
