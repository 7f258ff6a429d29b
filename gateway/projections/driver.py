"""Faust's Kafka driver and tables, held to four rules of ours.

1. Only committed records are read; Faust asks for uncommitted ones unless its own `exactly_once` is on.
2. Reading starts at the group's committed offset, or where the tables stand if that is before it: a table
   whose changelog was lost is built again from the ledger. No changelog, no reading.
3. What a table sent to its changelog is remembered until the broker has confirmed it.
4. Of Faust's own web pages none is served.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, cast

import faust
from aiokafka.errors import IllegalStateError
from faust.transport.drivers import aiokafka
from faust.types import TP, FutureMessage
from faust.web.base import BlueprintManager

from gateway.errors import BrokerFault

EMBEDDED_FETCH_WAIT_MS: Final = 50
"""The embedded broker answers an empty fetch only after the whole wait; Faust's own is 1500."""


class CommittedThread(aiokafka.AIOKafkaConsumerThread):
    """The thread in which aiokafka reads. Both settings are read when the consumer starts, after this."""

    def _create_worker_consumer(self, transport: aiokafka.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = "read_committed"
        if not self.app.conf.broker_check_crcs:
            consumer._fetch_max_wait_ms = EMBEDDED_FETCH_WAIT_MS
        return consumer


class CommittedConsumer(aiokafka.Consumer):
    """Reads committed records, from where the tables stand."""

    app: "ProjectionApp"
    _held: AbstractSet[TP] = frozenset()
    """Inputs that are to be resumed as soon as they were sought."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._starts: dict[TP, int] = {}
        """Where each resumed input began to be read."""
        self._seeks = 0

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Hold inputs back: Faust resumes them before it has sought, and would read from the wrong place."""
        changelogs = {tp for tp in tps if self._is_changelog_tp(tp)}
        self._held = set(tps) - changelogs
        super().resume_partitions(changelogs)

    def pause_partitions(self, tps: Iterable[TP]) -> None:
        """Called whenever partitions are given out anew."""
        given = set(tps)
        self._held = self._held - given
        self._starts = {tp: start for tp, start in self._starts.items() if tp not in given}
        super().pause_partitions(given)

    async def perform_seek(self) -> None:
        """Seek every input to where the tables need it; none to the committed offset, which may lie beyond.

        Faust calls this once the tables are recovered, before an agent is handed a record; and again, in any
        order with that, when it drops what it fetched while its flow stood still. Reading twice is harmless.
        """
        held, self._held = self._held, frozenset()
        if held:
            await super().perform_seek()  # learns what is committed; nothing of these is handed on yet
        for tp in held:
            start, committed = self.app.starts_at(tp), self._committed_offset[tp] or 0
            if start is not None:
                self._check_changelogs(tp)
            self._starts[tp] = committed if start is None else min(start, committed)
        await self._seek_inputs()
        super().resume_partitions(held)

    async def _seek_inputs(self) -> None:
        self._seeks += 1
        for tp, start in self._starts.items():
            await self.seek(tp, start)

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Mapping[TP, list[Any]]:
        """Fetch, and drop records of inputs that were asked for before these were sought.

        aiokafka reads ahead from the committed offset of every input, held back or not, and hands that out
        when none is active; it may arrive here when they are resumed. What it hands out, it counts as read.
        """
        seeks = self._seeks
        fetched = await super()._getmany(active_partitions, timeout)
        sought = set(self._starts)
        if seeks != self._seeks:
            await self._seek_inputs()
            sought = set()
        return {tp: found for tp, found in fetched.items() if tp in sought or self._is_changelog_tp(tp)}

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Leave changelogs out: after five minutes Faust takes each for an input that nobody processes."""
        if not self._is_changelog_tp(tp):
            super().verify_event_path(now, tp)

    def _check_changelogs(self, tp: TP) -> None:
        """Faust goes on without a changelog that is not there, and says that it is ready."""
        for table in self.app.tables.values():
            changelog = TP(table.changelog_topic.get_topic_name(), tp.partition)
            if changelog not in self.assignment():
                raise BrokerFault(
                    f"{changelog.topic} has no partition {tp.partition}, which {tp.topic} has. "
                    "Nothing was read; make the topic as topics/ wants it."
                )

    async def waiting(self, tp: TP, next_offset: int) -> int | None:
        """Offsets of a partition from `next_offset` on; 0 if only markers are left; None if not known now."""
        try:
            end = cast(int | None, self.highwater(tp))  # none before the first fetch
            position = await self.position(tp)
        except (AssertionError, IllegalStateError):  # taken away meanwhile
            return None
        if end is None or position is None:
            return None
        read = self._read_offset[tp]
        is_drained = position >= end and read is not None and read <= next_offset
        return 0 if is_drained else max(0, end - next_offset)


class CommittedTransport(aiokafka.Transport):
    """Hands out the consumer above."""

    Consumer = CommittedConsumer


class ConfirmedTable(faust.Table[bytes, Any]):
    """A table that knows which of its rows the broker has not confirmed yet."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sent: list[FutureMessage] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> FutureMessage:
        sent = super().send_changelog(*args, **kwargs)
        self._sent.append(sent)
        return sent

    async def confirm(self) -> None:
        """Wait until all rows set so far are in the changelog; raises the broker's error if one is not."""
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)


class ProjectionApp(faust.App):
    """A Faust app that keeps these rules.

    starts_at: for a partition of an input, the offset from which the tables need it; None for others.
    """

    starts_at: Callable[[TP], int | None]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, Table=ConfirmedTable, **kwargs)
        self.web.blueprints = BlueprintManager()

    def _new_transport(self) -> CommittedTransport:
        return CommittedTransport(self.conf.broker_consumer, self)
