"""What librdkafka takes of settings that go together."""

from pathlib import Path

from confluent_kafka import Consumer, Producer

from gateway.exchange import ExchangeConfig
from gateway.settings import Exchange


def bound(field: str, name: str) -> int:
    """The least or the most that a setting may be."""
    found = (getattr(one, name, None) for one in Exchange.model_fields[field].metadata)
    return next(int(one) for one in found if one is not None)


def test_the_longest_cycle_goes_with_the_shortest_time_out() -> None:
    config = ExchangeConfig(
        {},
        "test-0",
        Path(),
        cycle_seconds=bound("cycle_ms", "le") / 1000,
        transaction_timeout_ms=bound("transaction_timeout_ms", "ge"),
    )
    Producer(config.producer())
    Consumer(config.lease()).close()


def test_the_longest_time_outs_go_together() -> None:
    config = ExchangeConfig(
        {},
        "test-0",
        Path(),
        transaction_timeout_ms=bound("transaction_timeout_ms", "le"),
        session_timeout_ms=bound("session_timeout_ms", "le"),
    )
    Producer(config.producer())
    Consumer(config.lease()).close()
