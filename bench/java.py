"""What runs on Java beside the broker: its jars from Maven, our classes, and how the peers are started."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from bench.broker import JAVA_OPTIONS, Broker
from bench.definitions import CATALOGUE, ROOT
from gateway.definition_files import load
from gateway.definitions.book import scope_prefix

POM: Final = Path(__file__).with_name("pom.xml")
SOURCES: Final = sorted(Path(__file__).with_name("jvm").glob("*.java"))
BUILD: Final = ROOT / "build" / "bench"
RULES: Final = BUILD / "streams-definitions.json"
STREAMS_STATE: Final = BUILD / "streams-state"
MIRROR_SETTINGS: Final = BUILD / "mirror.properties"


def missing() -> str:
    """What the Java peers need and this machine has not; empty if they can run."""
    for tool, why in (("java", "Java 17"), ("javac", "a JDK 17"), ("mvn", "Maven")):
        if shutil.which(tool) is None:
            return f"{why} is missing"
    return ""


def jars() -> Path:
    """The folder of their jars, fetched when pom.xml is new."""
    folder = BUILD / f"jars-{hashlib.sha256(POM.read_bytes()).hexdigest()[:8]}"
    if not folder.exists():
        part = folder.with_suffix(".part")
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={part}"]
        subprocess.run(["mvn", "-q", "-B", "-f", str(POM), *goal], check=True, stdout=subprocess.DEVNULL)
        part.rename(folder)
    return folder


def classes() -> Path:
    """The folder of our compiled classes."""
    content = b"".join(source.read_bytes() for source in SOURCES)
    folder = BUILD / f"classes-{hashlib.sha256(content).hexdigest()[:8]}"
    if not folder.exists():
        subprocess.run(["javac", "-cp", f"{jars()}/*", "-d", str(folder), *map(str, SOURCES)], check=True)
    return folder


def java(*words: str, options: Iterable[str] = JAVA_OPTIONS) -> list[str]:
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ["java", *options, quiet, "-cp", f"{jars()}/*:{classes()}", *words]


def streams(broker: Broker) -> list[str]:
    shutil.rmtree(STREAMS_STATE, ignore_errors=True)
    RULES.write_text(json.dumps(_definitions()))
    return java(
        "-Dorg.apache.avro.fastread=true", "SameJob", broker.bootstrap, str(RULES), str(STREAMS_STATE)
    )


def _definitions() -> dict[str, Any]:
    """What SameJob reads: the same files, as JSON."""
    found = load(CATALOGUE)
    kept = [one for one in found.contracts if (one.kind == "event") == (one.writers == "regions")]
    kept += [one for one in found.contracts if one.name == "event-receipt"]
    recognition = [rule for agreement in found.agreements for rule in agreement.recognition]
    return {
        "number": found.number,
        "regions": [
            {"name": region.name, "division": region.division, "receipts": region.receipts}
            for region in found.regions.values()
        ],
        "recognition": [
            _listed(rule)
            | {
                "allows": rule.effect != "deny",
                "issuing_prefix": scope_prefix(rule.issuing_scope[0]),
                "recognising_prefix": scope_prefix(rule.recognising_scope[0]),
            }
            for rule in recognition
        ],
        "services": [_listed(rule) for agreement in found.agreements for rule in agreement.services],
        "contracts": [
            {
                "name": one.name,
                "version": one.version,
                "schema_id": one.schema_id,
                "schema": json.dumps(_without_logical_types(json.loads(one.schema))),
            }
            for one in kept
        ],
    }


def _listed(rule: Any) -> dict[str, Any]:
    given = {
        name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(rule).items()
    }
    conditions = ("asked_when", "answered_when")  # SameJob knows no CEL
    return {name: value for name, value in given.items() if value is not None and name not in conditions}


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_logical_types(value) for key, value in schema.items() if key != "logicalType"}
    return [_without_logical_types(one) for one in schema] if isinstance(schema, list) else schema


def mirror(broker: Broker, topics: tuple[str, ...]) -> list[str]:
    """MirrorMaker 2 in its dedicated mode: the one cluster under two names, exactly once at the source."""
    lines = {
        "clusters": "a,b",
        "a.bootstrap.servers": broker.bootstrap,
        "b.bootstrap.servers": broker.bootstrap,
        "a->b.enabled": "true",
        "b->a.enabled": "false",
        "topics": ",".join(topics).replace(".", "\\\\."),
        "tasks.max": "1",
        "replication.factor": "1",
        "emit.heartbeats.enabled": "false",
        "heartbeats.topic.replication.factor": "1",
        "emit.checkpoints.enabled": "false",
        "sync.topic.configs.enabled": "false",
        "sync.topic.acls.enabled": "false",
        "sync.group.offsets.enabled": "false",
        "refresh.topics.enabled": "false",
        "refresh.groups.enabled": "false",
        "offset-syncs.topic.replication.factor": "1",
        "offset.storage.replication.factor": "1",
        "status.storage.replication.factor": "1",
        "config.storage.replication.factor": "1",
        "offset.storage.partitions": "1",
        "status.storage.partitions": "1",
        "dedicated.mode.enable.internal.rest": "true",
        "listeners": "http://127.0.0.1:0",
        "exactly.once.source.support": "enabled",
        "b.exactly.once.source.support": "enabled",
        "transaction.boundary": "interval",
        "transaction.boundary.interval.ms": "100",
        "consumer.auto.offset.reset": "earliest",
        "a.consumer.auto.offset.reset": "earliest",
        "a.consumer.max.poll.records": "5000",
        "b.producer.linger.ms": "10",
        "b.producer.batch.size": "262144",
        "b.producer.buffer.memory": "33554432",
        "b.producer.acks": "all",
    }
    MIRROR_SETTINGS.parent.mkdir(parents=True, exist_ok=True)
    MIRROR_SETTINGS.write_text("".join(f"{name} = {value}\n" for name, value in lines.items()))
    return java("org.apache.kafka.connect.mirror.MirrorMaker", str(MIRROR_SETTINGS))
