"""The rules every agent keeps; agents are made here and nowhere else.

One at a time, in order, on raw bytes. A record is acknowledged last: after its rows are confirmed in
the changelogs, or, if it cannot be handled, after a copy is confirmed in `gateway.projection-faults`.
Whatever else goes wrong stops the worker with nothing acknowledged (Faust would acknowledge and go on).
"""

import logging
from collections.abc import Sequence
from typing import Final, Protocol, cast

from faust import ChannelT, EventT, Stream, StreamT
from faust.types import Message
from mode import CrashingSupervisor

from gateway.definitions import GATEWAY
from gateway.projections.driver import ConfirmedTable, ProjectionApp

log = logging.getLogger("gateway.projections")

FAULTS: Final = f"{GATEWAY}.projection-faults"
CONFIRM_AFTER: Final = 40
"""Records per confirmation under load; when no more are waiting, what is there is confirmed at once."""


class CannotHandle(Exception):
    """A record is beyond its agent; the cause says why."""


class Handler(Protocol):
    """What an agent does with one record.

    Sets rows; raises `CannotHandle` before it has set one. It does not wait: a rebalance that came
    between reading a row and setting it would lose the row. `is_last`: what was set is confirmed next.
    """

    def __call__(self, message: Message, *, is_last: bool) -> None: ...


class AgentObserver(Protocol):
    """What wants to know how an agent goes; called once per confirmed batch."""

    def handled(self, records: int, set_aside: int, oldest: float) -> None: ...


def add_agent(
    app: ProjectionApp,
    name: str,
    topic: str,
    handle: Handler,
    tables: Sequence[ConfirmedTable],
    observer: AgentObserver,
) -> None:
    """Let `handle` read `topic` and write `tables`, under the rules above."""

    async def agent(source: StreamT[bytes]) -> None:
        stream = cast(Stream[bytes], source).noack()
        waiting = cast(ChannelT[bytes], stream.channel).queue
        batch: list[EventT[bytes]] = []
        set_aside = 0
        async for event in stream.events():
            batch.append(event)
            is_last = len(batch) == CONFIRM_AFTER or waiting.empty()
            try:
                handle(event.message, is_last=is_last)
            except CannotHandle as fault:
                await _set_aside(app, name, event.message, fault)
                set_aside += 1
            if is_last:
                for table in tables:
                    await table.confirm()
                for done in batch:
                    await stream.ack(done)
                observer.handled(len(batch), set_aside, batch[0].message.timestamp)
                batch, set_aside = [], 0

    raw = app.topic(topic, key_serializer="raw", value_serializer="raw")
    app.agent(raw, name=name, concurrency=1, supervisor_strategy=CrashingSupervisor)(agent)


async def _set_aside(app: ProjectionApp, agent: str, message: Message, fault: CannotHandle) -> None:
    error = type(fault.__cause__ or fault).__name__
    headers = {
        "agent": agent,
        "topic": message.topic,
        "partition": str(message.partition),
        "offset": str(message.offset),
        "error": error,
    }
    await app.producer.send_and_wait(
        FAULTS,
        message.key,
        message.value,
        None,
        None,
        {name: text.encode() for name, text in headers.items()},
    )
    log.error(
        "%s[%d]@%d: %s could not handle it (%s). A copy is in %s; it is passed over.",
        message.topic, message.partition, message.offset, agent, error, FAULTS,
    )  # fmt: skip
