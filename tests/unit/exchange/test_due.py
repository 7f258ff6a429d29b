"""When the loop polls, so that a commit is sent when it is due. The client is faked."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange import Exchange, ExchangeConfig
from gateway.metrics import ExchangeMetrics
from tests.world import Desk

CYCLE_SECONDS = 0.04


@pytest.fixture
def waits() -> list[float]:
    """How long each poll was to wait."""
    return []


@pytest.fixture
def exchange(tmp_path: Path, waits: list[float]) -> Any:
    """One that has decided something, and has just sent a commit that is through already."""
    config = ExchangeConfig(kafka={}, place="test-0", data_dir=tmp_path, cycle_seconds=CYCLE_SECONDS)
    made: Any = Exchange(config, Desk().book, ExchangeMetrics(1))
    made._consumer = SimpleNamespace(poll=waits.append)
    made._transactions = SimpleNamespace(pending_records=1, in_flight=False, sent_at=time.monotonic())
    return made


def test_what_is_polled_is_decided_when_the_commit_is_due(exchange: Any, waits: list[float]) -> None:
    exchange._deciding_took = 0.03
    exchange._poll()
    assert 0 < waits[0] <= CYCLE_SECONDS - 0.03


def test_a_commit_that_is_nearly_due_waits_for_a_last_look(exchange: Any, waits: list[float]) -> None:
    exchange._deciding_took = 1.0
    exchange._poll()
    assert waits == [0.001]


def test_how_long_deciding_takes_is_learnt(exchange: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exchange.loop.drain", lambda *_: [None])
    monkeypatch.setattr("gateway.exchange.loop.by_slot", lambda *_: time.sleep(0.02) or [])
    exchange._registry = SimpleNamespace(admit=lambda *_: [])
    exchange._poll()
    assert exchange._deciding_took >= 0.02
