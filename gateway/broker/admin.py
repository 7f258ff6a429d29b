"""Ask the brokers what is there, and tell them what has to change. Every call may raise `BrokerFault`."""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from typing import Any, Final

from confluent_kafka import KafkaException, libversion
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ClusterMetadata,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from gateway.broker.faults import fault, sentence
from gateway.broker.plan import Alter, Cannot, Change, Create, Found, lines, listed
from gateway.definitions import GATEWAY, Topic
from gateway.errors import BrokerFault

ANSWER_SECONDS: Final = 10.0
VISIBLE_SECONDS: Final = 30.0
"""How long a change may take until it shows; less than a second is usual."""

LEASE: Final = f"{GATEWAY}.outbox"


def connect(kafka: Mapping[str, str]) -> AdminClient:
    """A client for the calls below. kafka: librdkafka's connection settings; nothing is asked yet."""
    return AdminClient({**kafka, "log_level": "0"})  # what it would log, the faults below say


def found(admin: AdminClient, names: Iterable[str]) -> dict[str, Found]:
    """Those of the named topics that are there, with all their settings."""
    topics = _metadata(admin).topics
    there = [name for name in names if name in topics]
    if not there:
        return {}
    asked = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, name) for name in there])
    settings = _answers({resource.name: future for resource, future in asked.items()}, "{} could not be read")
    return {
        name: Found(
            name=name,
            partitions=len(topics[name].partitions),
            replication=min(len(partition.replicas) for partition in topics[name].partitions.values()),
            config={key: entry.value for key, entry in settings[name].items() if entry.value is not None},
        )
        for name in there
    }


def apply(admin: AdminClient, changes: Iterable[Change]) -> None:
    """Make the changes; if one cannot be made, make none.

    Returns when the broker that answers shows them; the others of a cluster follow within moments.
    """
    changes = tuple(changes)
    impossible = [change for change in changes if isinstance(change, Cannot)]
    if impossible:
        raise BrokerFault("\n".join(["Nothing was changed; first these need a hand:", *lines(impossible)]))
    _create(admin, [change for change in changes if isinstance(change, Create)])
    _alter(admin, [change for change in changes if isinstance(change, Alter)])


def slots(admin: AdminClient) -> int:
    """How many slots there are: the partitions of gateway.outbox, with which the lease is held."""
    topic = _metadata(admin).topics.get(LEASE)
    if topic is None:
        raise BrokerFault(f"{LEASE} is not on the brokers: run `gateway topics apply` first.")
    return len(topic.partitions)


def brokers(admin: AdminClient) -> int:
    """How many brokers there are: the most copies a topic can have."""
    return len(_metadata(admin).brokers)


def _create(admin: AdminClient, changes: list[Create]) -> None:
    if not changes:
        return
    topics = [change.topic for change in changes]
    asked = admin.create_topics(
        [
            NewTopic(topic.name, topic.partitions, topic.replication, config=dict(topic.config))
            for topic in topics
        ]
    )
    _answers(asked, "{} could not be made")
    _wait_until_none(lambda: _without_leaders(_metadata(admin), topics))


def _alter(admin: AdminClient, changes: list[Alter]) -> None:
    if not changes:
        return
    asked = admin.incremental_alter_configs([_resource(change) for change in changes])
    _answers({resource.name: future for resource, future in asked.items()}, "{} could not be altered")
    _wait_until_none(lambda: _not_yet_altered(found(admin, [change.topic for change in changes]), changes))


def _resource(change: Alter) -> ConfigResource:
    entries = [
        ConfigEntry(name, wanted, incremental_operation=AlterConfigOpType.SET)
        for name, _, wanted in change.differences
    ]
    return ConfigResource(ConfigResource.Type.TOPIC, change.topic, incremental_configs=entries)


def _wait_until_none(not_shown: Callable[[], list[str]]) -> None:
    """A change is confirmed before brokers show it: ask again until no topic is behind."""
    deadline = time.monotonic() + VISIBLE_SECONDS
    while names := not_shown():
        if time.monotonic() > deadline:
            raise BrokerFault(f"{', '.join(names)}: confirmed, but not shown after {VISIBLE_SECONDS:.0f} s.")
        time.sleep(0.05)


def _without_leaders(metadata: ClusterMetadata, topics: Iterable[Topic]) -> list[str]:
    led = {
        name: sum(partition.leader >= 0 for partition in topic.partitions.values())
        for name, topic in metadata.topics.items()
    }
    return [topic.name for topic in topics if led.get(topic.name, 0) < topic.partitions]


def _not_yet_altered(there: Mapping[str, Found], changes: Iterable[Alter]) -> list[str]:
    return [
        change.topic
        for change in changes
        if any(there[change.topic].config.get(name) != wanted for name, _, wanted in change.differences)
    ]


def _metadata(admin: AdminClient) -> ClusterMetadata:
    try:
        return admin.list_topics(timeout=ANSWER_SECONDS)
    except KafkaException as error:
        raise fault("the brokers could not be asked for their topics", error) from error


def _answers(asked: Mapping[str, "Future[Any]"], doing: str) -> dict[str, Any]:
    """Wait for all answers; raises one fault with a line for each cause of failures."""
    answers: dict[str, Any] = {}
    failures: dict[str, tuple[KafkaException, list[str]]] = {}
    for name, future in asked.items():
        try:
            answers[name] = future.result()
        except KafkaException as error:
            failures.setdefault(sentence("", error), (error, []))[1].append(name)
    if failures:
        told = list(failures.values())
        lines = [sentence(doing.format(listed(names)), error) for error, names in told]
        raise BrokerFault("\n".join(lines)) from told[0][0]
    return answers


def librdkafka_version() -> str:
    """The version of the C library that confluent-kafka brings."""
    return libversion()[0]
