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


def test_a_short_note_over_a_long_one_is_read_alone(tmp_path: Path) -> None:
    suspicion = Suspicion(tmp_path / "note.json")
    suspicion.raised(("east.outbox", 3, 7))
    suspicion.deciding([[record(offset, partition=offset) for offset in range(100)]])
    suspicion.decided()
    again = Suspicion(tmp_path / "note.json")
    assert len(again.portions([[record(7), record(8)]])) == 1
    again.raised(("east.outbox", 3, 7))
    assert Suspicion(tmp_path / "note.json").suspects(3) == frozenset({("east.outbox", 7)})


def test_a_note_is_never_cut_off_before_the_next_is_written(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    suspicion = Suspicion(note)
    suspicion.deciding([[record(offset, partition=offset) for offset in range(100)]])
    length = note.stat().st_size
    suspicion.decided()
    assert note.stat().st_size == length, "a process killed between the two would leave nothing"


def test_a_torn_note_does_not_keep_the_process_from_starting(tmp_path: Path) -> None:
    note = tmp_path / "note.json"
    Suspicion(note).deciding([[record(7), record(8)]])
    note.write_bytes(note.read_bytes()[:20])
    suspicion = Suspicion(note)
    assert len(suspicion.portions([[record(7), record(8)]])) == 1
    suspicion.deciding([[record(7)]])
    assert len(Suspicion(note).portions([[record(7)], [record(8)]])) == 2
