"""The note of one exchange process: what it suspects after a raise, and after a death."""

from pathlib import Path

from gateway.exchange.suspicion import Suspicion
from gateway.messages import OutboxRecord


def record(offset: int, topic: str = "east.outbox", partition: int = 3) -> OutboxRecord:
    return OutboxRecord(topic, partition, offset, 0, b"x")


def test_nothing_is_suspected_at_first(tmp_path: Path) -> None:
    suspicion = Suspicion(tmp_path / "a" / "note.json")
    assert suspicion.suspects(3) == frozenset()


def test_a_record_that_raised_twice_is_a_suspect(tmp_path: Path) -> None:
    for _ in range(2):
        suspicion = Suspicion(tmp_path / "note.json")
        assert suspicion.suspects(3) == frozenset()
        suspicion.deciding([[record(7), record(8)]])
        suspicion.raised(("east.outbox", 3, 8))
    assert Suspicion(tmp_path / "note.json").suspects(3) == frozenset({("east.outbox", 8)})
    assert Suspicion(tmp_path / "note.json").suspects(2) == frozenset(), (
        "the same offset of another slot is innocent"
    )


def test_after_a_death_the_batch_is_decided_record_by_record(tmp_path: Path) -> None:
    Suspicion(tmp_path / "note.json").deciding([[record(7), record(8), record(9)]])
    second = Suspicion(tmp_path / "note.json")
    whole = [record(7), record(8), record(9), record(10)]
    assert [len(portion) for portion in second.portions([whole])] == [1, 1, 1, 1]
    assert len(second.portions([[record(10), record(11)]])) == 1
    assert second.suspects(3) == frozenset()


def test_a_record_on_which_it_died_twice_alone_is_a_suspect(tmp_path: Path) -> None:
    Suspicion(tmp_path / "note.json").deciding([[record(7), record(8)]])
    for _ in range(2):
        lone = Suspicion(tmp_path / "note.json")
        assert lone.suspects(3) == frozenset()
        lone.deciding([[record(7)]])
        lone.decided()
        lone.deciding([[record(8)]])
    assert Suspicion(tmp_path / "note.json").suspects(3) == frozenset({("east.outbox", 8)})


def test_a_batch_that_was_decided_leaves_no_trace(tmp_path: Path) -> None:
    suspicion = Suspicion(tmp_path / "note.json")
    suspicion.deciding([[record(7)]])
    suspicion.decided()
    again = Suspicion(tmp_path / "note.json")
    assert len(again.portions([[record(7), record(8)]])) == 1
