"""Where an input is read from, in whatever order Faust asks for it."""

from types import SimpleNamespace
from typing import Any

import pytest
from faust.transport.drivers import aiokafka
from faust.types import TP

from gateway.ledger import LEDGER
from gateway.projections.driver import CommittedConsumer

INPUT = TP(LEDGER, 3)
COMMITTED = 8
MARK = 1


class Driver:
    """Faust's own consumer, as far as ours asks it: what is sought and resumed, in order."""

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        self.said: list[tuple[str, int]] = []
        self._committed_offset: dict[TP, int | None] = {}

    def _is_changelog_tp(self, _tp: TP) -> bool:
        return False

    async def perform_seek(self) -> None:
        self._committed_offset[INPUT] = COMMITTED
        self.said.append(("seek", COMMITTED))

    async def seek(self, _tp: TP, offset: int) -> None:
        self.said.append(("seek", offset))

    async def _getmany(self, _active: set[TP] | None, _timeout: float) -> dict[TP, list[int]]:
        """What aiokafka read ahead. Meanwhile the rest of Faust goes on."""
        await self.meanwhile()
        return {INPUT: [COMMITTED]}

    async def meanwhile(self) -> None:
        pass

    def resume_partitions(self, tps: set[TP]) -> None:
        self.said += [("resume", tp.partition) for tp in tps]

    def pause_partitions(self, _tps: set[TP]) -> None:
        pass


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("__init__", "_is_changelog_tp", "perform_seek", "seek", "_getmany"):
        monkeypatch.setattr(aiokafka.Consumer, name, getattr(Driver, name))
    for name in ("resume_partitions", "pause_partitions"):
        monkeypatch.setattr(aiokafka.Consumer, name, getattr(Driver, name))
    monkeypatch.setattr(aiokafka.Consumer, "meanwhile", Driver.meanwhile, raising=False)
    made: Any = CommittedConsumer()
    made.app = SimpleNamespace(starts_at=lambda _tp: MARK, tables={})
    return made


def read_from(consumer: Any) -> int:
    """The place that was sought last, wherever it was resumed."""
    return [offset for what, offset in consumer.said if what == "seek"][-1]


async def test_an_input_is_read_from_where_the_tables_stand(consumer: Any) -> None:
    consumer.resume_partitions({INPUT})
    await consumer.perform_seek()
    assert consumer.said == [("seek", COMMITTED), ("seek", MARK), ("resume", INPUT.partition)]


async def test_a_second_seek_of_fausts_own_does_not_skip_to_the_committed_offset(consumer: Any) -> None:
    consumer.resume_partitions({INPUT})
    await consumer.perform_seek()
    await consumer.perform_seek()  # it dropped what it had fetched
    assert read_from(consumer) == MARK


async def test_faust_may_seek_before_the_tables_are_recovered(consumer: Any) -> None:
    await consumer.perform_seek()
    assert consumer.said == []
    consumer.resume_partitions({INPUT})
    await consumer.perform_seek()
    await consumer.perform_seek()
    assert read_from(consumer) == MARK


async def test_given_out_anew_it_is_sought_only_when_it_is_recovered_again(consumer: Any) -> None:
    consumer.resume_partitions({INPUT})
    await consumer.perform_seek()
    consumer.pause_partitions({INPUT})
    consumer.said.clear()
    await consumer.perform_seek()
    assert consumer.said == []


async def test_what_is_read_ahead_of_the_seek_is_not_handed_on(consumer: Any) -> None:
    consumer.resume_partitions({INPUT})
    assert await consumer._getmany(set(), 1.0) == {}


async def test_what_was_asked_for_before_the_seek_and_comes_after_it_is_read_again(consumer: Any) -> None:
    consumer.resume_partitions({INPUT})
    consumer.meanwhile = consumer.perform_seek
    assert await consumer._getmany(set(), 1.0) == {}
    assert consumer.said[-2:] == [("resume", INPUT.partition), ("seek", MARK)]

    consumer.meanwhile = Driver().meanwhile
    assert await consumer._getmany({INPUT}, 1.0) == {INPUT: [COMMITTED]}
