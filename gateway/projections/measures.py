"""What a projections worker measures of itself, in a registry of its own."""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest


class Measures:
    """Counted per confirmed batch, not per entry."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._entries = Counter(
            "gateway_projection_entries_total", "Ledger entries folded and confirmed", registry=registry
        )
        self._faults = Counter(
            "gateway_projection_faults_total",
            "Records an agent could not handle; copies are in gateway.projection-faults",
            registry=registry,
        )
        self._seconds = Histogram(
            "gateway_projection_seconds",
            "From the ledger to confirmed rows, the oldest entry of each batch",
            buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 30, 120, 600, 3600),
            registry=registry,
        )
        self._lag = Gauge(
            "gateway_projection_lag_records",
            "Ledger records not yet folded, all slots of this worker",
            registry=registry,
        )

    def handled(self, records: int, set_aside: int, oldest: float) -> None:
        """A batch is confirmed. oldest: when its first record was written, seconds since the epoch."""
        self._entries.inc(records - set_aside)
        self._faults.inc(set_aside)
        self._seconds.observe(max(0.0, time.time() - oldest))

    def behind(self, records: int) -> None:
        self._lag.set(records)

    def catalogue(self) -> list[tuple[str, str, str]]:
        """Name, kind and meaning of each measure, for docs/metrics.md."""
        return [
            (
                f"{family.name}_total" if family.type == "counter" else family.name,
                family.type,
                family.documentation,
            )
            for family in self._registry.collect()
        ]

    def exposition(self) -> bytes:
        """The text Prometheus reads."""
        return generate_latest(self._registry)
