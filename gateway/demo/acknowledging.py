"""Acknowledging in bulk: a commit takes Kafka some milliseconds, in which the inbox is not read on."""

import asyncio
from typing import Final

from gateway.client import Delivery

AT_ONCE: Final = 50


class Acknowledging:
    """Deliveries that are dealt with and not acknowledged yet; those left at the end come once more."""

    def __init__(self) -> None:
        self._done: list[Delivery] = []

    async def add(self, delivery: Delivery) -> None:
        """A delivery is dealt with."""
        self._done.append(delivery)
        if len(self._done) >= AT_ONCE:
            done, self._done = self._done, []
            await asyncio.gather(*(delivery.ack() for delivery in done))
