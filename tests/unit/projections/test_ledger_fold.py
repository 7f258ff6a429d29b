"""What one ledger record does to the tables, with dicts for tables."""

from typing import Any, cast

import pytest
from faust.types import TP, Message

from gateway.ledger import LEDGER
from gateway.projections.agents import CannotHandle
from gateway.projections.driver import ConfirmedTable
from gateway.projections.folds import fold_case, fold_pair_hour, pair_key
from gateway.projections.ledger_fold import MARK_EVERY, LedgerFold, LedgerGap, Projection, is_mark, mark_key
from tests import world
from tests.world import CASE, Desk


class Rows(dict[bytes, Any]):
    """A table that remembers what was set, in order; each of it goes to the changelog."""

    def __init__(self) -> None:
        self.set: list[tuple[bytes, Any]] = []

    def __setitem__(self, key: bytes, row: Any) -> None:
        self.set.append((key, row))
        super().__setitem__(key, row)


class Written(Message):
    """A ledger record as Faust hands it over."""

    def __init__(self, value: bytes, slot: int, offset: int) -> None:
        super().__init__(LEDGER, slot, offset, 0.0, 0, {}, CASE.encode(), value, None, tp=TP(LEDGER, slot))


class Bench:
    """A fold over two tables, and a ledger to feed it."""

    def __init__(self, case_fold: Any = fold_case) -> None:
        self.desk = Desk()
        self.cases = Rows()
        self.pairs = Rows()
        self.fold = LedgerFold(
            self.desk.book,
            [
                Projection(cast(ConfirmedTable, self.cases), lambda entry, _: entry.case_id, case_fold),
                Projection(cast(ConfirmedTable, self.pairs), pair_key, fold_pair_hour),
            ],
        )

    @property
    def tp(self) -> TP:
        return TP(LEDGER, self.desk.partition)

    def write(self, count: int) -> None:
        for _ in range(count):
            self.desk.send(world.request())

    def read(self, number: int, offset: int | None = None, value: bytes | None = None) -> None:
        given = self.desk.entries[number] if value is None else value
        message = Written(given, self.desk.partition, number * 2 if offset is None else offset)
        self.fold(message, is_last=False)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_every_projection_takes_the_entry(bench: Bench) -> None:
    bench.write(1)
    bench.read(0)

    assert bench.cases[CASE.encode()]["seq"] == 0
    assert [row["counts"] for key, row in bench.pairs.items() if not is_mark(key)] == [
        {"licence-verification-requested/delivered/-": 1}
    ]


def test_missing_entry_stops_the_fold(bench: Bench) -> None:
    bench.write(3)
    bench.read(0)

    with pytest.raises(LedgerGap, match=r"entry 2 follows entry 0; 1 missing"):
        bench.read(2)
    assert bench.cases[CASE.encode()]["seq"] == 0


def test_entry_read_again_is_set_again_unchanged(bench: Bench) -> None:
    bench.write(2)
    bench.read(0)
    bench.read(1)
    row = bench.cases[CASE.encode()]
    bench.cases.set.clear()

    bench.read(1)

    assert bench.cases.set == [(CASE.encode(), row)]


@pytest.mark.parametrize("value", [b"", b"\0", b"garbage", b"\0\0\0\0\1rest"])
def test_unreadable_record_is_beyond_the_agent_and_stops_nothing(bench: Bench, value: bytes) -> None:
    bench.write(2)
    bench.read(0)
    with pytest.raises(CannotHandle):
        bench.read(1, value=value)
    bench.read(1)

    assert bench.cases[CASE.encode()]["seq"] == 1


def test_another_contract_is_beyond_the_agent(bench: Bench) -> None:
    with pytest.raises(CannotHandle) as caught:
        bench.read(0, value=bench.desk.frame(world.request()))
    assert str(caught.value.__cause__) == "a licence-verification-requested in gateway.ledger"


def test_value_without_the_magic_byte_is_beyond_the_agent(bench: Bench) -> None:
    bench.write(1)
    with pytest.raises(CannotHandle):
        bench.read(0, value=b"\1" + bench.desk.entries[0][1:])


def test_entry_whose_fold_fails_sets_no_row_and_leaves_no_gap() -> None:
    def fails_at_one(row: Any, entry: Any) -> Any:
        if entry.seq == 1:
            raise KeyError("no such column")
        return fold_case(row, entry)

    bench = Bench(fails_at_one)
    bench.write(3)
    bench.read(0)
    before = dict(bench.pairs)
    with pytest.raises(CannotHandle) as caught:
        bench.read(1)
    assert isinstance(caught.value.__cause__, KeyError)
    assert bench.pairs == before

    bench.read(2)

    assert bench.cases[CASE.encode()]["seq"] == 2


def test_failing_table_is_no_fault_of_the_record(bench: Bench) -> None:
    class Closed(dict[bytes, Any]):
        def get(self, *_: Any) -> Any:
            raise OSError("the store is closed")

    bench.write(1)
    broken = LedgerFold(
        bench.desk.book, [Projection(cast(ConfirmedTable, Closed()), pair_key, fold_pair_hour)]
    )
    with pytest.raises(OSError, match="the store is closed"):
        broken(Written(bench.desk.entries[0], bench.desk.partition, 0), is_last=True)


def test_slot_is_marked_at_the_end_of_a_batch_and_now_and_then(bench: Bench) -> None:
    bench.write(MARK_EVERY + 2)
    marks = set()
    for number in range(MARK_EVERY + 1):
        bench.read(number)
        marks.add(bench.cases[mark_key(bench.desk.partition)]["seq"])
    assert marks == {0, MARK_EVERY}

    last = MARK_EVERY + 1
    bench.fold(Written(bench.desk.entries[last], bench.desk.partition, 900), is_last=True)

    assert bench.cases[mark_key(bench.desk.partition)] == {"seq": last, "next_offset": 901}
    assert bench.fold.next_offset(bench.desk.partition) == 901


def test_reading_starts_where_the_table_that_knows_least_stands(bench: Bench) -> None:
    mark = mark_key(bench.desk.partition)
    bench.cases[mark], bench.pairs[mark] = {"seq": 7, "next_offset": 15}, {"seq": 5, "next_offset": 11}
    assert bench.fold.starts_at(bench.tp) == 11

    del bench.cases[mark]
    assert bench.fold.starts_at(bench.tp) == 0
    assert bench.fold.starts_at(TP("gateway.cases", 0)) is None


def test_density_is_judged_from_the_mark_on(bench: Bench) -> None:
    bench.write(4)
    mark = mark_key(bench.desk.partition)
    bench.cases[mark] = bench.pairs[mark] = {"seq": 1, "next_offset": 3}
    bench.fold.starts_at(bench.tp)

    bench.read(1)
    bench.read(2)
    bench.fold.starts_at(bench.tp)
    with pytest.raises(LedgerGap):
        bench.read(3)
