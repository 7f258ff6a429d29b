"""Named places where a test may kill or stall the process: GATEWAY_CRASH_AT and GATEWAY_STALL_AT."""

import os
import time
from typing import Final

CRASH_POINTS: Final = (
    "after-poll",
    "after-decide",
    "after-begin",
    "first-output",
    "all-outputs",
    "after-entry",
    "before-offsets",
    "after-offsets",
    "before-commit",
    "commit-sent",
    "after-commit",
    "in-revoke",
    "after-fence",
    "mid-rebuild",
    "after-seek",
)
KILLED: Final = 137
STALL_SECONDS: Final = 45.0
"""Longer than `max.poll.interval.ms`, so that a stalled process loses its slots."""


class CrashPoints:
    """Counts how often each place is reached; `spec` is `<name>:<n>`, empty for never.

    Raises ValueError for a name that is not a crash point, so that a mistyped fault run fails.
    """

    def __init__(self, crash_at: str = "", stall_at: str = "") -> None:
        self._crash = _parse(crash_at)
        self._stall = _parse(stall_at)
        self._reached: dict[str, int] = {}

    def reached(self, name: str) -> None:
        """Die or sleep here, if this is the place and the time; otherwise nothing happens."""
        if self._crash is None and self._stall is None:
            return
        count = self._reached.get(name, 0) + 1
        self._reached[name] = count
        if self._crash == (name, count):
            os._exit(KILLED)
        if self._stall == (name, count):
            time.sleep(STALL_SECONDS)


def _parse(spec: str) -> tuple[str, int] | None:
    if not spec:
        return None
    name, _, count = spec.partition(":")
    if name not in CRASH_POINTS:
        raise ValueError(f'"{name}" is not a crash point (known: {", ".join(CRASH_POINTS)})')
    return name, int(count or "1")
