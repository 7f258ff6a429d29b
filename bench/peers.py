"""The systems by name: how each is started, and where its progress is seen."""

from functools import partial
from pathlib import Path
from typing import Final

from bench import java
from bench.broker import Broker
from bench.corpus import EVENTS, LAG
from bench.definitions import CATALOGUE, ROOT
from bench.drains import System, python_module

REGIONS: Final = ("anhui", "jiangsu", "shanghai", "zhejiang")
OUTBOXES: Final = tuple(f"{region}.outbox" for region in REGIONS)
STATE: Final = "gateway.state"
JOB: Final = (
    *(f"{region}.{kind}" for region in REGIONS for kind in ("inbox", "receipts")),
    "gateway.ledger",
    "gateway.quarantine",
    STATE,
)
FULL_MIX: Final = LAG * EVENTS
"""From here on each generation holds the answers to an earlier one."""


def by_group(group: str, broker: Broker) -> int:
    return broker.committed(group, OUTBOXES)


def _plain_program(broker: Broker, name: str, *words: str) -> list[str]:
    return python_module(f"bench.systems.{name}", broker.bootstrap, *words)


COPY: Final = System(
    "copy",
    lambda broker: _plain_program(broker, "copy", *OUTBOXES),
    ("copy.out",),
    partial(by_group, "bench-copy"),
    "bench-copy",
    inboxes=("copy.out",),
    note="confluent-kafka, 100 ms transactions, one output topic",
)
PLAIN: Final = System(
    "plain",
    lambda broker: _plain_program(broker, "plain", str(CATALOGUE)),
    JOB,
    partial(by_group, "bench-plain"),
    "bench-plain",
    (STATE,),
    skip=FULL_MIX,
    note="confluent-kafka and fastavro, the whole job, 100 ms transactions",
)


def line(name: str, package: Path, note: str, cycle_ms: int = 100) -> System:
    """The line from the package in this folder."""
    return System(
        name,
        lambda _broker: python_module("gateway", "run", "exchange", "--process", "0"),
        JOB,
        partial(by_group, "gateway-decide"),
        "gateway-decide",
        (STATE,),
        {
            "PYTHONPATH": str(package),
            "GATEWAY_DEFINITIONS_ROOT": str(CATALOGUE),
            "GATEWAY_DATA_DIR": str(ROOT / "build" / "bench" / "data"),
            "GATEWAY_EXCHANGE__PLACE": "bench",
            "GATEWAY_EXCHANGE__CYCLE_MS": str(cycle_ms),
            "GATEWAY_METRICS__PORT": "19101",
        },
        inboxes=tuple(f"{region}.inbox" for region in REGIONS),
        ready="holding slots",
        skip=FULL_MIX,
        note=note,
    )


FAUST: Final = System(
    "faust",
    lambda broker: _plain_program(broker, "faust_copy", *OUTBOXES),
    ("copy.out",),
    partial(by_group, "bench-faust"),
    "bench-faust",
    leftovers=("bench-faust",),
    note="a Faust agent, bare copy, at least once, memory store, no web server",
)
STREAMS: Final = System(
    "streams",
    java.streams,
    JOB,
    partial(by_group, "bench-streams"),
    "bench-streams",
    (STATE,),
    leftovers=("bench-streams",),
    warm_up_seconds=20,
    skip=FULL_MIX,
    absent=java.missing,
    note="Kafka Streams 4.1, the whole job, exactly_once_v2, 100 ms, RocksDB with changelogs, cache off",
)


def _mirrored(broker: Broker) -> int:
    """Records in the copies, with the marks of transactions; `_real_share` takes those out."""
    return broker.committed_ends(topic for topic in MIRRORED if topic in broker.topics())


def _real_share(broker: Broker) -> float:
    """How much of the offsets in a copy are records: counted in one partition."""
    return broker.records_per_offset(MIRRORED[0], 0)


MIRRORED: Final = tuple(f"a.{topic}" for topic in OUTBOXES)
MIRROR: Final = System(
    "mirror",
    lambda broker: java.mirror(broker, OUTBOXES),
    (),
    _mirrored,
    leftovers=("a.", "mm2-", "heartbeats"),
    warm_up_seconds=8,
    real_share=_real_share,
    absent=java.missing,
    note="MirrorMaker 2 of Kafka 4.1, bare copy, exactly-once source, transactions of 100 ms",
)
