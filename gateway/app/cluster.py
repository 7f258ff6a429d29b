"""A whole gateway on this machine, for `gateway run --embedded`, the demo and tests.

Embedded: this process holds the broker; its topics appear when they are first named.
Kafka: topics are planned and applied first, with as many copies as there are brokers, if asked to.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway import broker
from gateway.app import keeper, ports
from gateway.app.keeper import Keeper
from gateway.app.supervisor import Supervisor
from gateway.definitions import Definitions
from gateway.embedded import EmbeddedBroker
from gateway.errors import Finding
from gateway.settings import Registry, Settings

log = logging.getLogger("gateway.cluster")


@dataclass(frozen=True)
class Cluster:
    """What is running. settings: with the address of the broker that is really used."""

    settings: Settings
    definitions: Definitions
    supervisor: Supervisor


@contextmanager
def running(
    settings: Settings, *, projections: bool = True, apply_topics: bool = False, log_dir: Path | None = None
) -> Iterator[Cluster]:
    """Start exchange processes and projections over an embedded or a real broker; stop them at the end.

    apply_topics: create what is missing on a real broker (the demo does; a production start does not).
    log_dir: where the children write; None is this terminal.
    Raises `SettingsError`, `DefinitionError`, `BrokerFault`.
    """
    ports.check(ports.exchanges(settings) + (ports.web(settings) if projections else []))
    if settings.embedded:
        with EmbeddedBroker() as held, tempfile.TemporaryDirectory(prefix="gateway-") as fresh:
            kafka = settings.kafka.model_copy(update={"bootstrap": held.bootstrap})
            alone = {"kafka": kafka, "registry": Registry(), "data_dir": Path(fresh)}
            own = settings.model_copy(update=alone)

            def touch(definitions: Definitions) -> tuple[Finding, ...]:
                held.touch(topic.name for topic in definitions.topics)
                return ()

            kept = keeper.of(own, touch)
            touch(kept.start())
            yield from _supervised(own, kept, projections, log_dir)
        return
    kept = keeper.of(settings)
    definitions = kept.start()
    if apply_topics:
        _apply(settings, definitions)
    yield from _supervised(settings, kept, projections, log_dir)


def _supervised(
    settings: Settings, kept: Keeper, projections: bool, log_dir: Path | None
) -> Iterator[Cluster]:
    environment = {
        "GATEWAY_KAFKA__BOOTSTRAP": settings.kafka.bootstrap,
        "GATEWAY_DATA_DIR": str(settings.data_dir),
        "GATEWAY_DEFINITIONS_ROOT": str(settings.definitions_root.resolve()),
        "GATEWAY_DEFINITIONS_LOOK_SECONDS": str(settings.definitions_look_seconds),
        "GATEWAY_REGISTRY__URL": settings.registry.url,
        "GATEWAY_EMBEDDED": str(settings.embedded).lower(),
        "GATEWAY_METRICS__PORT": str(settings.metrics.port),
        "GATEWAY_PROJECTIONS__WEB_PORT": str(settings.projections.web_port),
    }
    supervisor = Supervisor(settings.exchange.processes, projections, environment, log_dir)
    with kept.watching():
        supervisor.start()
        try:
            yield Cluster(settings, kept.running, supervisor)
        finally:
            supervisor.stop()


def _apply(settings: Settings, definitions: Definitions) -> None:
    admin = broker.connect(settings.kafka.librdkafka())
    copies = settings.replication or broker.brokers(admin)
    wanted = broker.overridden(definitions.topics, copies if copies < 3 else None)
    changes = broker.plan(wanted, broker.found(admin, [topic.name for topic in wanted]))
    for change in changes:
        log.info("%s", change)
    broker.apply(admin, changes)
