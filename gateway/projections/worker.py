"""The Faust worker: how it is configured, put together and run."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, cast

import faust
from faust.types.auth import CredentialsT

from gateway.definitions import GATEWAY
from gateway.definitions.book import Book
from gateway.ledger import LEDGER
from gateway.projections.agents import add_agent
from gateway.projections.driver import CommittedConsumer, ConfirmedTable, ProjectionApp
from gateway.projections.folds import case_key, fold_case, fold_pair_hour, pair_key
from gateway.projections.ledger_fold import LedgerFold, Projection
from gateway.projections.measures import Measures
from gateway.projections.readiness import ASSIGNMENT, RECOVERY, Readiness
from gateway.projections.views import Views

GROUP: Final = f"{GATEWAY}-cases"
CHANGELOGS: Final = {"cases": f"{GATEWAY}.cases", "pair_hours": f"{GATEWAY}.pair-hours"}
"""Table name -> its changelog: compacted, as many partitions as there are slots. Not created here."""
ROCKSDB: Final = {"driver": "rocksdict", "write_buffer_size": 8 << 20, "block_cache_size": 16 << 20}
"""Per table and slot; Faust's own are 64 MB and 2 GB."""
LOOK_SECONDS: Final = 1.0


@dataclass(frozen=True)
class ProjectionConfig:
    """How one worker runs. kafka: librdkafka's connection properties (brokers, TLS, SASL).

    data_dir: its own folder for RocksDB; a fresh one for the embedded broker, whose changelogs are new.
    web_host, web_port: where the other workers and people reach it.
    """

    kafka: dict[str, str]
    data_dir: Path
    web_host: str
    web_port: int
    embedded: bool = False


def build_app(config: ProjectionConfig, latest: Callable[[], Book]) -> ProjectionApp:
    """The app with its tables, agent and views; nothing is contacted before it is started.

    latest: the book as the definitions are now. Slots and contracts stay those of the first.
    """
    book = latest()
    app = ProjectionApp(
        GROUP,
        broker=[f"kafka://{server}" for server in config.kafka["bootstrap.servers"].split(",")],
        broker_credentials=_credentials(config.kafka),
        broker_check_crcs=not config.embedded,  # its batches carry none
        broker_session_timeout=10.0,  # a killed worker's slots move after this long
        broker_heartbeat_interval=3.0,
        broker_request_timeout=40.0,  # must be above the session timeout
        broker_commit_interval=1.0,
        stream_wait_empty=False,  # a batch begun is read again; to wait for its end would be for ever
        store="rocksdb://",
        datadir=str(config.data_dir),
        table_standby_replicas=0,  # a slot that moves is read back from its changelogs
        topic_partitions=book.slots,
        topic_allow_declare=False,  # topics are made by `gateway topics apply`, by the operator
        topic_disable_leader=True,  # no agent of ours asks for one
        web_host=config.web_host,
        web_bind=config.web_host,
        web_port=config.web_port,
        canonical_url=f"http://{config.web_host}:{config.web_port}",
        worker_redirect_stdouts=False,
    )
    cases, pair_hours = (_table(app, name, topic, book) for name, topic in CHANGELOGS.items())
    measures, readiness = Measures(), Readiness(time.time)
    fold = LedgerFold(
        book,
        [
            Projection(cases, partial(case_key, slots=book.slots), fold_case),
            Projection(pair_hours, pair_key, fold_pair_hour),
        ],
    )
    app.starts_at = fold.starts_at
    add_agent(app, "ledger", LEDGER, fold, [cases, pair_hours], measures)
    Views(app, latest, cases, pair_hours, readiness, measures).serve()
    _watch(app, fold, readiness, measures)
    return app


def run(config: ProjectionConfig, latest: Callable[[], Book]) -> NoReturn:
    """Run a worker until SIGTERM or SIGINT; leaves by SystemExit, or with the error that stopped it."""
    worker = faust.Worker(build_app(config, latest), override_logging=False, quiet=True)
    worker.spinner = None  # it would write to a terminal that is not its own
    worker.execute_from_commandline()


def _table(app: ProjectionApp, name: str, changelog: str, book: Book) -> ConfirmedTable:
    topic = app.topic(changelog, partitions=book.slots, compacting=True, internal=True)
    table = app.Table(name, key_type=bytes, changelog_topic=topic, options=ROCKSDB.copy())
    return cast(ConfirmedTable, table)  # ProjectionApp makes no other


def _watch(app: ProjectionApp, fold: LedgerFold, readiness: Readiness, measures: Measures) -> None:
    """Keep readiness and lag current."""

    async def revoked(*_: Any, **__: Any) -> None:
        readiness.note(ASSIGNMENT, False, "slots are being given out")
        readiness.note(RECOVERY, False, "waits for its slots")

    async def assigned(*given: Any, **_: Any) -> None:
        slots = sorted(tp.partition for tp in given[1] if tp.topic == LEDGER)
        readiness.note(ASSIGNMENT, True, f"slots {slots}")
        readiness.note(RECOVERY, False, "reads its tables back from their changelogs")

    async def recovered(*_: Any, **__: Any) -> None:
        readiness.note(RECOVERY, True, "tables are read back")

    async def look() -> None:
        consumer = cast(CommittedConsumer, app.consumer)
        slots = [tp for tp in consumer.assignment() if tp.topic == LEDGER]
        lags = [await consumer.waiting(tp, fold.next_offset(tp.partition)) for tp in slots]
        known = [lag for lag in lags if lag is not None]
        if len(known) == len(lags):
            readiness.note_lag(sum(known))
            measures.behind(sum(known))

    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)
    app.on_rebalance_complete.connect(recovered)
    app.timer(LOOK_SECONDS)(look)


def _credentials(kafka: Mapping[str, str]) -> CredentialsT | None:
    """TLS and SASL as Faust wants them, from librdkafka's properties."""
    protocol = kafka.get("security.protocol", "PLAINTEXT").upper()
    context = _tls(kafka) if protocol.endswith("SSL") else None
    if protocol.startswith("SASL_"):
        return faust.SASLCredentials(
            mechanism=kafka.get("sasl.mechanism", kafka.get("sasl.mechanisms", "PLAIN")),
            username=kafka["sasl.username"],
            password=kafka["sasl.password"],
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)


def _tls(kafka: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=kafka.get("ssl.ca.location"))
    if "ssl.certificate.location" in kafka:
        context.load_cert_chain(
            kafka["ssl.certificate.location"], kafka.get("ssl.key.location"), kafka.get("ssl.key.password")
        )
    return context
