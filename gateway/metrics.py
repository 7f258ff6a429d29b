"""What operators watch, counted per batch: docs/metrics.md is printed from `CATALOGUE`.

Labels come only from closed sets: regions, contracts, outcomes, reasons, slot numbers. The figures of a
batch are added once its transaction is committed, so a metric never shows what did not happen.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.pipeline import Ending
from gateway.slot import Slot

CATALOGUE: Final = (
    (
        "gateway_events_total",
        "counter",
        ("source", "target", "contract", "outcome", "reason"),
        "Records decided and committed. `target`, `contract` and `reason` are `-` where there is none.",
    ),
    (
        "gateway_event_seconds",
        "histogram",
        ("source", "target"),
        "From arrival at the hub to the commit of the decision, delivered events only.",
    ),
    ("gateway_commit_seconds", "histogram", (), "Sending positions and committing one transaction."),
    (
        "gateway_transactions_unclear_total",
        "counter",
        (),
        "Transactions whose result was unclear: the producer was replaced, the slots taken over afresh.",
    ),
    (
        "gateway_slot_lag_records",
        "gauge",
        ("slot",),
        "Records waiting in all outboxes of a slot this process holds.",
    ),
    (
        "gateway_waiting_seconds",
        "gauge",
        ("source", "slot"),
        "How long an outbox has been waiting in a slot for the schema registry; absent where none waits.",
    ),
    (
        "gateway_open_requests",
        "gauge",
        ("slot",),
        "Requests delivered and not yet answered; overdue ones among them.",
    ),
    ("gateway_live_cases", "gauge", ("slot",), "Cases in the state of a slot."),
    ("gateway_window_ids", "gauge", ("slot",), "Event ids remembered to find repeats."),
    ("gateway_ledger_next_seq", "gauge", ("slot",), "The number the next ledger entry of a slot will have."),
    (
        "gateway_publisher_headers_dropped_total",
        "counter",
        (),
        "Headers of publishers, none of which is forwarded.",
    ),
    ("gateway_definitions_number", "gauge", (), "The number of the definitions this process decides by."),
    (
        "gateway_definitions_refused_seconds",
        "gauge",
        (),
        "How long the definition files that lie there have been refused; 0 while they are those in force.",
    ),
    (
        "gateway_definitions_refused_total",
        "counter",
        (),
        "How often changed definition files were refused on this machine.",
    ),
)
EVENT_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)
COMMIT_BUCKETS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
_HELP: Final = {name: (labels, sentence) for name, _, labels, sentence in CATALOGUE}

EventLabels = tuple[str, str, str, str, str]


class _Histogram:
    """Counts per bucket and a sum; filled by the batch."""

    __slots__ = ("buckets", "counts", "total")

    def __init__(self, buckets: tuple[float, ...]) -> None:
        self.buckets = buckets
        self.counts = [0] * (len(buckets) + 1)
        self.total = 0.0

    def observe(self, seconds: float, times: int = 1) -> None:
        self.counts[bisect_left(self.buckets, seconds)] += times
        self.total += seconds * times

    def cumulative(self) -> list[tuple[str, float]]:
        running, rows = 0, []
        for bound, count in zip((*self.buckets, float("inf")), self.counts, strict=True):
            running += count
            rows.append(("+Inf" if bound == float("inf") else str(bound), float(running)))
        return rows


class ExchangeMetrics(Collector):
    """The figures of one exchange process; an `Observer` of its loop."""

    def __init__(self, definitions_number: int) -> None:
        self._number = definitions_number
        self._events: dict[EventLabels, int] = {}
        self._seconds: dict[tuple[str, str], _Histogram] = {}
        self._commits = _Histogram(COMMIT_BUCKETS)
        self._slots: dict[int, Slot] = {}
        self._lags: dict[int, int] = {}
        self._waits: dict[tuple[str, int], float] = {}
        self._headers = 0
        self._unclear = 0
        self._refused_since = 0.0
        self._refused_times = 0

    def decided(self, partition: int, slot: Slot, headers: int) -> None:
        """A batch of a slot was decided; not yet counted as it is not yet committed."""
        self._slots[partition] = slot
        self._headers += headers

    def committed(self, endings: list[dict[Ending, int]], seconds: float) -> None:
        """The transaction in which records ended like this is committed; it took so long."""
        self._commits.observe(seconds)
        now = time.time_ns() // 1_000_000
        for batch in endings:
            for (source, target, contract, outcome, reason, arrived_at), times in batch.items():
                labels = (source, target or "-", contract or "-", outcome, reason or "-")
                self._events[labels] = self._events.get(labels, 0) + times
                if reason is None:
                    pair = self._seconds.setdefault(labels[:2], _Histogram(EVENT_BUCKETS))
                    pair.observe(max(0, now - arrived_at) / 1000, times)

    def unclear(self) -> None:
        """A transaction ended without a clear result."""
        self._unclear += 1

    def holding(self, lags: dict[int, int]) -> None:
        """The slots held now and the records waiting in each."""
        self._lags = lags
        self._slots = {partition: slot for partition, slot in self._slots.items() if partition in lags}

    def switched(self, number: int) -> None:
        """From now on this process decides by the definitions of this number."""
        self._number = number

    def refused(self, since: float, times: int) -> None:
        """Definition files are refused since then (seconds since the epoch, 0 if none are now)."""
        self._refused_since, self._refused_times = since, times

    def waiting(self, seconds: dict[tuple[str, int], float]) -> None:
        """The topic-partitions that wait for the schema registry, and how long each."""
        self._waits = seconds

    def collect(self) -> Iterator[Metric]:
        """The families of one scrape."""
        events = _counter("gateway_events_total")
        for labels, count in sorted(self._events.items()):
            events.add_metric(labels, count)
        yield events
        seconds = _histogram("gateway_event_seconds")
        for pair, histogram in sorted(self._seconds.items()):
            seconds.add_metric(pair, histogram.cumulative(), histogram.total)
        yield seconds
        commits = _histogram("gateway_commit_seconds")
        commits.add_metric((), self._commits.cumulative(), self._commits.total)
        yield commits
        unclear = _counter("gateway_transactions_unclear_total")
        unclear.add_metric((), self._unclear)
        yield unclear
        yield from self._slot_gauges()
        headers = _counter("gateway_publisher_headers_dropped_total")
        headers.add_metric((), self._headers)
        yield headers
        number = _gauge("gateway_definitions_number")
        number.add_metric((), self._number)
        yield number
        refused = _gauge("gateway_definitions_refused_seconds")
        refused.add_metric((), max(0.0, time.time() - self._refused_since) if self._refused_since else 0.0)
        yield refused
        refusals = _counter("gateway_definitions_refused_total")
        refusals.add_metric((), self._refused_times)
        yield refusals

    def _slot_gauges(self) -> Iterator[Metric]:
        lag = _gauge("gateway_slot_lag_records")
        for partition, records in sorted(self._lags.items()):
            lag.add_metric((str(partition),), records)
        yield lag
        waiting = _gauge("gateway_waiting_seconds")
        for (topic, partition), seconds in sorted(self._waits.items()):
            waiting.add_metric((topic.removesuffix(".outbox"), str(partition)), seconds)
        yield waiting
        slots = sorted(self._slots.items())
        figures = {
            "gateway_open_requests": [slot.requests.unanswered for _, slot in slots],
            "gateway_live_cases": [len(slot.cases) for _, slot in slots],
            "gateway_window_ids": [slot.window_size() for _, slot in slots],
            "gateway_ledger_next_seq": [slot.seq for _, slot in slots],
        }
        for name, values in figures.items():
            family = _gauge(name)
            for (partition, _), value in zip(slots, values, strict=True):
                family.add_metric((str(partition),), value)
            yield family


class ShadowMetrics(Collector):
    """What coming rules would have decided otherwise, as `gateway what-if --follow` counts it.

    flips: by asking and issuing region, what was decided and what would have been.
    """

    def __init__(self) -> None:
        self.judged = 0
        self.flips: dict[tuple[str, str, str, str], int] = {}

    def collect(self) -> Iterator[Metric]:
        judged = CounterMetricFamily("gateway_shadow_judged", "Decisions judged under coming rules too.")
        judged.add_metric((), self.judged)
        yield judged
        flips = CounterMetricFamily(
            "gateway_shadow_flips",
            "Decisions that coming rules would have taken otherwise.",
            labels=("source", "target", "was", "would_be"),
        )
        for labels, count in list(self.flips.items()):
            flips.add_metric(labels, count)
        yield flips


def serve(metrics: Collector, host: str, port: int) -> None:
    """Answer `/metrics` from a thread of its own. Raises OSError if the port is taken."""
    registry = CollectorRegistry()
    registry.register(metrics)
    start_http_server(port, host, registry)


def _counter(name: str) -> CounterMetricFamily:
    labels, sentence = _HELP[name]
    return CounterMetricFamily(name, sentence, labels=labels)


def _gauge(name: str) -> GaugeMetricFamily:
    labels, sentence = _HELP[name]
    return GaugeMetricFamily(name, sentence, labels=labels)


def _histogram(name: str) -> HistogramMetricFamily:
    labels, sentence = _HELP[name]
    return HistogramMetricFamily(name, sentence, labels=labels)
