"""How the parts are handed to one another: settings and definitions in, running processes out."""

import gc
import logging
import signal
import sys
from types import FrameType
from typing import Final, NoReturn

from gateway import broker, definition_files, metrics
from gateway.app import keeper, ports, schemas
from gateway.definition_files import Refused
from gateway.definitions import Definitions
from gateway.exchange import Exchange, ExchangeConfig
from gateway.exchange.crash_points import CrashPoints
from gateway.settings import Settings, SettingsError

log = logging.getLogger("gateway")

SWITCH_SECONDS: Final = 0.0005
"""So long one thread keeps the interpreter from another, instead of Python's 5 ms: a commit is three calls in
a thread of its own, and between them it waits for what is being decided (docs/decisions/0015).
"""


def run_exchange(settings: Settings, process: int = 0) -> None:
    """Run one exchange process until SIGTERM or SIGINT.

    process: its number on this machine; the metrics port and the names it holds at the broker follow.
    Raises `SettingsError`, `DefinitionError`, `BrokerFault`, `CoreFault`; nothing undecided was committed.
    """
    config = exchange_config(settings, process)
    kept = keeper.of(settings)
    definitions = kept.start()
    registry = schemas.connect(settings)
    book = schemas.book(settings, definitions, registry)
    observer = metrics.ExchangeMetrics(definitions.number)
    _serve(observer, settings.metrics.host, settings.metrics.port + process)
    exchange = Exchange(config, book, observer, schemas.ask(definitions, registry))
    _stop_on_signal(exchange)
    _collect_rarely()
    sys.setswitchinterval(SWITCH_SECONDS)
    log.info(
        "exchange %d decides by definitions %d (%s) over %d slots, schema ids from %s",
        process,
        definitions.number,
        definitions.digest[:12],
        book.slots,
        settings.registry.url or "the files",
    )

    def renew(new: Definitions) -> None:
        exchange.renew(schemas.book(settings, new, registry))

    def refused(found: Refused | None) -> None:
        if found is not None:
            observer.refused(found.since, found.times)

    with kept.watching(renew, refused):
        exchange.run()


def run_projections(settings: Settings) -> NoReturn:
    """Run one projections worker until SIGTERM or SIGINT; leaves by SystemExit.

    Raises `SettingsError`, `DefinitionError`, `BrokerFault`.
    """
    from gateway import projections  # Faust patches event loops when imported: only where it runs

    ports.check(ports.web(settings))
    kept = keeper.of(settings)
    definitions = kept.start()
    registry = schemas.connect(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # Faust makes its own folder, not those above
    config = projections.ProjectionConfig(
        kafka=settings.kafka.librdkafka(),
        data_dir=settings.data_dir / "projections",
        web_host=settings.projections.web_host,
        web_port=settings.projections.web_port,
        embedded=settings.embedded,
    )
    book = schemas.book(settings, definitions, registry)

    def renew(new: Definitions) -> None:
        nonlocal book
        book = schemas.book(settings, new, registry)

    with kept.watching(renew):
        projections.run(config, lambda: book)


def exchange_config(settings: Settings, process: int) -> ExchangeConfig:
    """The exchange's own view of the settings."""
    own = settings.exchange
    return ExchangeConfig(
        kafka=settings.kafka.librdkafka(),
        place=f"{own.place}-{process}",
        data_dir=settings.data_dir,
        cycle_seconds=own.cycle_ms / 1000,
        max_batch=own.max_batch,
        transaction_timeout_ms=own.transaction_timeout_ms,
        session_timeout_ms=own.session_timeout_ms,
        embedded=settings.embedded,
        patience_seconds=settings.registry.patience_seconds,
        crash_points=_crash_points(settings),
    )


def _collect_rarely() -> None:
    """Look for garbage only after a million objects more than before.

    Nothing on the line forms cycles, so collections free nothing there; but each would walk what waits for
    its transaction, and a full one all cases and requests. That was a quarter of a decision's cost.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000, 1_000, 1_000)


def _crash_points(settings: Settings) -> CrashPoints:
    try:
        return CrashPoints(settings.crash_at, settings.stall_at)
    except ValueError as fault:
        raise SettingsError((f"GATEWAY_CRASH_AT, GATEWAY_STALL_AT: {fault}",)) from fault


def _serve(observer: metrics.ExchangeMetrics, host: str, port: int) -> None:
    try:
        metrics.serve(observer, host, port)
    except OSError as fault:
        raise SettingsError((ports.sentence(ports.METRICS, host, port, fault),)) from fault


def used_outboxes(settings: Settings) -> tuple[str, ...]:
    """The outboxes of these definitions that hold records. Raises `DefinitionError`, `BrokerFault`."""
    kafka = settings.kafka.librdkafka()
    regions = definition_files.load(settings.definitions_root).regions.values()
    outboxes = tuple(region.outbox for region in regions)
    there = broker.found(broker.connect(kafka), outboxes)
    return tuple(name for name in there if any(True for _ in broker.records(kafka, name, 1, False)))


def wanted_topics(definitions: Definitions) -> list[str]:
    """Every topic name of these definitions."""
    return [topic.name for topic in definitions.topics]


def _stop_on_signal(exchange: Exchange) -> None:
    def stop(_number: int, _frame: FrameType | None) -> None:
        exchange.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
