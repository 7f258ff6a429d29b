"""Which part of the worker is not ready, and since when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ASSIGNMENT: Final = "assignment"
"""The group has told this worker which slots it has."""
RECOVERY: Final = "recovery"
"""The tables of these slots are read back from their changelogs."""
LEDGER: Final = "ledger"
"""The tables are level with the ledger."""
LEVEL_RECORDS: Final = 1000
"""So far behind the ledger still counts as level: less than a second's work."""


@dataclass
class Part:
    """since: when it last became ready or stopped being so, seconds since the epoch."""

    ready: bool
    since: float
    detail: str


class Readiness:
    """The parts of one worker, none ready at first. clock: seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.parts = {name: Part(False, clock(), "not yet") for name in (ASSIGNMENT, RECOVERY, LEDGER)}

    def note(self, name: str, ready: bool, detail: str) -> None:
        """A part is ready or not; `since` moves only when that changes."""
        part = self.parts[name]
        since = part.since if part.ready is ready else self._clock()
        self.parts[name] = Part(ready, since, detail)

    def note_lag(self, records: int) -> None:
        self.note(LEDGER, records <= LEVEL_RECORDS, f"{records} records behind")

    @property
    def ready(self) -> bool:
        return all(part.ready for part in self.parts.values())
