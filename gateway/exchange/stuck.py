"""The last resort of a process whose client library does not come back."""

import logging
import os
from typing import Final, NoReturn

log = logging.getLogger("gateway.exchange")

STUCK: Final = 3
"""As of a `BrokerFault`: the surroundings failed it."""


def end_stuck(seconds: float) -> NoReturn:
    """End this process: a call into the client does not come back, and nothing can interrupt it.

    Seen when connections were reset and commits arrived late: librdkafka then waits beyond the time it was
    given, while the group goes on to hold the slots (docs/faults.md). Not by an exception: Python would
    wait for the thread of that call. Whatever was open is ended by the next process of this place.
    """
    log.error("broker: a commit did not come back within %.0f s; this process ends", seconds)
    logging.shutdown()
    os._exit(STUCK)
