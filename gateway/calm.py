"""What Kafka's clients write into the log while no broker answers: one sentence now and then, not a flood.

They try again many times a second and complain each time. All else they say passes as it is.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Final

PAUSE_SECONDS: Final = 10.0
BROKERS: Final = "gateway.brokers"
"""The logger for what librdkafka tells the exchange of its brokers."""
_COMPLAINT: Final = re.compile(
    r"[Cc]onnect|[Dd]isconnected|NodeNotReady|brokers are down|No bootstrap|update metadata"
    r"|[Cc]oordinator (dead|Request failed)|resolve"
)
_SOURCES: Final = ("aiokafka", BROKERS, "gateway.client")
_PREFIX: Final = re.compile(r"^[A-Z]+ \[.*?\] \[thrd:.*?\]: ")
"""What librdkafka puts before a sentence: facility, client and thread."""


class Calm(logging.Filter):
    """Lets one complaint about absent brokers pass every ten seconds, and says how many it stands for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._next = float("-inf")
        self._left_out = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written; one that stands for others is rewritten."""
        words = record.getMessage()
        if not record.name.startswith(_SOURCES) or not _COMPLAINT.search(words):
            return True
        now = self._clock()
        if now < self._next:
            self._left_out += 1
            return False
        others = f"; {self._left_out} complaints like it were left out" if self._left_out else ""
        self._next, self._left_out = now + PAUSE_SECONDS, 0
        record.msg, record.args = "no broker answers, trying again: %s%s", (_PREFIX.sub("", words), others)
        record.exc_info = None
        return True
