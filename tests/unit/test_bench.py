"""What the benchmark computes and says without a broker: memory over time, and programs that fail."""

import io
import os
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import drains, latency, measuring, programs, publisher, run
from bench.corpus import MADE_AT, MADE_AT_BYTES, corpus, varint
from bench.memory import (
    CASE_BYTES,
    FIXED_BYTES,
    ID_BYTES,
    Look,
    behind,
    judgment,
    rebuilt_line,
    slope,
    total,
    verdict,
)
from bench.peers import OUTBOXES

RATE = 5_000


def looks(bytes_an_event: float, beside: int = 90_000_000, minutes: int = 10) -> list[Look]:
    """Of a run whose every event is an id and every third a case, and that keeps so much more of each."""
    found = []
    for seconds in range(0, minutes * 60 + 1, 15):
        events = seconds * RATE
        owed = events * ID_BYTES + events // 3 * CASE_BYTES
        rss = beside + owed + round(events * bytes_an_event)
        found.append(Look(float(seconds), events, rss, events, events // 3))
    return found


def test_bound_is_a_fixed_part_and_a_price_for_each_id_and_case() -> None:
    look = Look(60.0, 300, rss=100_000_000, ids=1_000_000, cases=2_000)
    assert look.bound == 150_000_000 + 132_000_000 + 2_000_000
    assert look.below == 184_000_000
    assert str(look) == (
        "   60 s        300 events  RSS  100.0 MB  1,000,000 ids      2,000 cases  "
        "bound  284.0 MB,  184.0 MB below it"
    )


def test_slope_is_that_of_least_squares() -> None:
    assert slope([(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) == pytest.approx(2.0)
    assert slope([(0.0, 0.0), (1.0, 3.0), (2.0, 0.0)]) == pytest.approx(0.0)


def test_memory_that_ids_and_cases_explain_is_flat() -> None:
    assert judgment(looks(0)) == (
        "beyond ids and cases: +0.0 MB an hour, +0.00 B an event: flat "
        "(at most 144.0 MB an hour, which is 8 B, one reference, an event)"
    )


def test_a_little_more_than_a_reference_kept_of_each_event_is_not_flat() -> None:
    said = judgment(looks(8.5))
    assert said.startswith("beyond ids and cases: +153.0 MB an hour, +8.50 B an event: NOT FLAT")


def test_what_the_first_fifth_fills_is_not_judged() -> None:
    steep = [Look(s, round(s) * RATE, 90_000_000 + round(min(s, 60) * 1e6), 0, 0) for s in range(0, 601, 15)]
    assert ": flat" in judgment(steep)


def test_a_run_of_a_few_looks_is_not_judged() -> None:
    assert judgment(looks(0, minutes=1)) == "too short to judge: 4 looks after the first fifth, 5 are needed"


def test_one_look_above_the_bound_breaks_it() -> None:
    ran = looks(0)
    assert verdict(ran) == "bound: kept in all 41 looks; nearest at 0 s, 60.0 MB below it"
    ran[7] = Look(105.0, 0, FIXED_BYTES + 2_000_000, 0, 0)
    assert verdict(ran) == "bound: BROKEN in 1 of 41 looks; nearest at 105 s, -2.0 MB below it"


def test_what_ran_is_told_beside_what_only_read_back() -> None:
    said = rebuilt_line(Look(600.0, 2_000_000, 310_000_000, 7, 3), Look(630.0, 2_000_000, 300_000_000, 0, 0))
    assert said == (
        "a process that only read 7 ids and 3 cases back: RSS 300.0 MB; the one that ran: +10.0 MB, "
        "+5.00 B an event"
    )


def test_a_run_that_falls_behind_its_load_says_so() -> None:
    assert behind(looks(0), RATE, 600.0) == "at most 0.0 s behind 5,000/s"
    slow = [*looks(0)[:20], Look(600.0, 2_900_000, 0, 0, 0), Look(660.0, 3_000_000, 0, 0, 0)]
    assert behind(slow, RATE, 600.0).startswith("at most 20.0 s behind 5,000/s: NOT the load")


def test_a_gauge_is_summed_over_its_slots() -> None:
    page = "# TYPE gateway_window_ids gauge\n" + "".join(
        f'gateway_window_ids{{slot="{slot}"}} {ids}.0\n' for slot, ids in enumerate((3, 4))
    )
    assert total(page, "gateway_window_ids") == 7
    assert total("# TYPE gateway_window_ids gauge\n", "gateway_window_ids") == 0
    with pytest.raises(ValueError, match="says nothing of gateway_live_cases"):
        total(page, "gateway_live_cases")


def test_a_long_run_gets_generations_large_enough_for_fresh_ids() -> None:
    assert publisher.generation_size(RATE * 35) == 5_000
    assert publisher.generation_size(RATE * 600) == 60_000
    with pytest.raises(ValueError, match="6000000 events are too many: at most 5238000 have fresh ids"):
        publisher.generation_size(6_000_000)


def test_the_publisher_gets_each_event_with_the_place_of_its_time() -> None:
    pipe = io.BytesIO()
    publisher.write(pipe, 3)
    told = io.BytesIO(pipe.getvalue())
    for topic, key, value, _ in publisher.events(corpus(publisher.generation_size(3)), 3):
        place, key_length = told.read(2)
        assert (OUTBOXES[place], told.read(key_length)) == (topic, key)
        assert told.read(int.from_bytes(told.read(2))) == value
        at = int.from_bytes(told.read(2))
        assert value[at : at + MADE_AT_BYTES] == varint(MADE_AT)
    assert told.read() == b""


def test_a_program_that_fails_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "LOGS", tmp_path)
    with (
        programs.running("publisher") as without_words,
        pytest.raises(programs.ProgramError, match=r"bench\.publisher ended with 1: IndexError") as told,
    ):
        without_words.told(30)
    assert "Traceback" in str(told.value)


def test_a_program_does_not_outlive_the_run_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "LOGS", tmp_path)
    seen = []

    def fail() -> None:
        with programs.running("inboxes", "127.0.0.1:1") as reader:
            seen.append(reader)
            raise TimeoutError("nothing is decided")

    with pytest.raises(TimeoutError, match="nothing is decided"):
        fail()
    assert not seen[0].runs


def latency_of(
    name: str, cycle_ms: int, most: float = 1.0, compiling: float = 0.0, late: float = 0.0
) -> latency.Latency:
    return latency.Latency(
        name,
        cycle_ms,
        rate=5000,
        samples=1,
        p50=1.0,
        p95=1.0,
        p99=1.0,
        p999=1.0,
        most=most,
        late=late,
        compiling=compiling,
        memory_ns=300.0,
    )


@pytest.mark.parametrize(
    ("compiling", "uncounted"), [([0.02], 1), ([0.3, 0.08, 0.01], 3), ([0.3] * 20, run.WARMINGS_AT_MOST)]
)
def test_latencies_count_once_the_broker_is_compiled(
    monkeypatch: pytest.MonkeyPatch, compiling: list[float], uncounted: int
) -> None:
    measured: list[tuple[str, int]] = []
    left = iter([*compiling, *[0.0] * 20])

    def measure(system: drains.System, cycle_ms: int, *_: object) -> latency.Latency:
        measured.append((system.name, cycle_ms))
        return latency_of(system.name, cycle_ms, most=len(measured), compiling=next(left))

    monkeypatch.setattr(latency, "measure", measure)
    found: Any = {name: SimpleNamespace(name=name) for name in ("line, compiled", "copy")}
    broker: Any = None
    results = run.Results("")
    run.run_latencies(found, broker, run.QUICK, results)
    counted = [("line, compiled", 100), ("copy", 100), ("line, compiled", 25), ("copy", 25)]
    assert measured == [("line, compiled", 25)] * uncounted + counted
    assert [one.most for one in results.latencies] == [uncounted + n for n in (1, 2, 3, 4)]


@pytest.mark.parametrize(
    ("late", "tries"), [([0.0], 1), ([0.0011, 0.001], 2), ([0.02] * run.TRIES + [0.0], run.TRIES)]
)
def test_a_latency_whose_publisher_was_late_is_measured_again(
    monkeypatch: pytest.MonkeyPatch, late: list[float], tries: int
) -> None:
    left = iter(late)
    monkeypatch.setattr(latency, "measure", lambda *_: latency_of("copy", 100, late=next(left)))
    nobody: Any = None
    one = run.valid(nobody, 100, nobody, 1.0, run.TRIES, run.Results(""))
    assert one is not None
    assert (one.late, list(left)) == (late[tries - 1], late[tries:])


def test_the_line_is_measured_again_more_often_than_the_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[tuple[str, int]] = []

    def measure(system: drains.System, cycle_ms: int, *_: object) -> latency.Latency:
        measured.append((system.name, cycle_ms))
        return latency_of(system.name, cycle_ms, late=0.02)

    monkeypatch.setattr(latency, "measure", measure)
    found: Any = {name: SimpleNamespace(name=name) for name in ("line, compiled", "copy")}
    broker: Any = None
    results = run.Results("")
    run.run_latencies(found, broker, run.QUICK, results)
    warm, *counted = measured
    tries = {"line, compiled": run.TRIES, "copy": run.TRIES_OF_THE_COPY}
    assert warm == ("line, compiled", 25)
    assert counted == [(name, ms) for ms in run.CYCLES_MS for name in tries for _ in range(tries[name])]
    assert [one.void for one in results.latencies] == [True] * 4


def open_files() -> set[Path]:
    return {file.readlink() for file in Path("/proc/self/fd").iterdir() if file.is_symlink()}


def test_cores_stay_awake_until_the_block_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    idle = tmp_path / "cpu_dma_latency"
    monkeypatch.setattr(measuring, "IDLE", idle)
    with measuring.awake() as is_awake:
        assert is_awake
        assert idle.read_bytes() == bytes(4)
        assert idle in open_files()
    assert idle not in open_files()


def test_without_the_right_to_it_cores_may_sleep(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(measuring, "IDLE", tmp_path / "nowhere" / "cpu_dma_latency")
    with measuring.awake() as is_awake:
        assert not is_awake


def test_a_latency_that_cannot_be_had_is_said_and_the_others_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(system: drains.System, cycle_ms: int, *_: object) -> latency.Latency:
        if (system.name, cycle_ms) == ("copy", 100):
            raise TimeoutError("copy does not catch up\nits log")
        return latency_of(system.name, cycle_ms)

    monkeypatch.setattr(latency, "measure", measure)
    found: Any = {name: SimpleNamespace(name=name) for name in ("line, compiled", "copy")}
    broker: Any = None
    results = run.Results("")
    run.run_latencies(found, broker, run.QUICK, results)
    assert results.absent == {"latency of copy, 100 ms": "copy does not catch up"}
    assert len(results.latencies) == 3


def test_what_a_thread_spent_is_found_by_its_name() -> None:
    spun, done = threading.Event(), threading.Event()

    def spin() -> None:
        Path("/proc/thread-self/comm").write_text("C2 Compiler")
        end = time.thread_time() + 0.1
        while time.thread_time() < end:
            pass
        spun.set()
        done.wait()

    one = threading.Thread(target=spin, daemon=True)
    one.start()
    assert spun.wait(10)
    spent = measuring.thread_seconds(os.getpid(), "C2 Comp"), measuring.thread_seconds(os.getpid(), "C1 Comp")
    done.set()
    one.join()
    assert spent[0] >= 0.05
    assert spent[1] == 0.0
