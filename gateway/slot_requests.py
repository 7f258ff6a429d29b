"""The verification requests of a slot, by case and event id.

Nearly every case has one request. It stands by itself; only the second one makes a table for its case, so
that most cases are spared a dict of 200 bytes and a case with thousands is still searched at once.
"""

from gateway.codec import KeptRequest


class SlotRequests:
    """Requests of the cases of one slot. unanswered: how many of them have no answer; for the metrics."""

    __slots__ = ("_first", "_others", "unanswered")

    def __init__(self) -> None:
        self._first: dict[str, KeptRequest] = {}
        self._others: dict[str, dict[str, KeptRequest]] = {}
        self.unanswered: int = 0

    def find(self, case_id: str, event_id: str) -> KeptRequest | None:
        """The request with that event id in that case."""
        first = self._first.get(case_id)
        if first is None or first.event_id == event_id:
            return first
        others = self._others.get(case_id)
        return None if others is None else others.get(event_id)

    def of_case(self, case_id: str) -> list[str]:
        """The event ids of the requests in that case."""
        first = self._first.get(case_id)
        return [] if first is None else [first.event_id, *self._others.get(case_id, {})]

    def keep(self, request: KeptRequest) -> None:
        """Remember a request, in the place of the one of the same ids."""
        before = self.find(request.case_id, request.event_id)
        if before is not None and not before.answered:
            self.unanswered -= 1
        if not request.answered:
            self.unanswered += 1
        first = self._first.get(request.case_id)
        if first is None or first.event_id == request.event_id:
            self._first[request.case_id] = request
            return
        others = self._others.get(request.case_id)
        if others is None:
            others = self._others[request.case_id] = {}
        others[request.event_id] = request

    def forget(self, case_id: str, event_id: str) -> None:
        """Remember it no longer; the next one of its case, if there is one, takes its place."""
        gone = self.find(case_id, event_id)
        if gone is None:
            return
        if not gone.answered:
            self.unanswered -= 1
        others = self._others.get(case_id)
        if gone is not self._first[case_id]:
            del self._others[case_id][event_id]
        elif others:
            self._first[case_id] = others.pop(next(iter(others)))
        else:
            del self._first[case_id]
        if others is not None and not others:
            del self._others[case_id]

    def __len__(self) -> int:
        return len(self._first) + sum(len(others) for others in self._others.values())
